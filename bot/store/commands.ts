/** Lines of mails that asked for something: each is obeyed once, however often its mail comes. */
import { type Insertable, type Kysely, type Selectable, sql } from 'kysely';
import { storable, type Tables } from './tables.ts';

export type CommandRow = Selectable<Tables['commands']>;

/** To be called in the transaction that obeys it. @returns whether it is to be obeyed: it has no row yet */
export async function recordCommand(tx: Kysely<Tables>, command: Insertable<Tables['commands']>): Promise<boolean> {
  const [verb, args, outcome] = [command.verb, command.args, command.outcome].map(storable) as [string, string, string];
  const made = await tx
    .insertInto('commands')
    .values({ ...command, verb, args, outcome })
    .onConflict((conflict) => conflict.columns(['mail_id', 'line']).doNothing())
    .returning('id')
    .executeTakeFirst();
  return made !== undefined;
}

/** In the order of their lines. */
export async function commandsOfMail(db: Kysely<Tables>, mailId: number): Promise<readonly CommandRow[]> {
  return db.selectFrom('commands').selectAll().where('mail_id', '=', mailId).orderBy('line').execute();
}

/** How many commands somebody gave since: read-only ones are limited by it. */
export async function countCommands(
  db: Kysely<Tables>,
  { byAddress, since }: { readonly byAddress: string; readonly since: Date },
): Promise<number> {
  const { count } = await db
    .selectFrom('commands')
    .select(sql<number>`count(*)::int`.as('count'))
    .where('by_address', '=', byAddress)
    .where('at', '>=', since)
    .executeTakeFirstOrThrow();
  return count;
}
