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

/** From how many mails, of an author or of all, with or without proof, something was obeyed since. */
export async function countCommands(
  db: Kysely<Tables>,
  {
    byAddress,
    proved,
    since,
    verb = null,
  }: {
    readonly byAddress: string | null;
    readonly proved: boolean;
    readonly since: Date;
    readonly verb?: string | null;
  },
): Promise<number> {
  const { count } = await db
    .selectFrom('commands')
    .select(sql<number>`count(distinct mail_id)::int`.as('count'))
    .where('at', '>=', since)
    .where('proved', '=', proved)
    .where('outcome', 'not like', 'limited%')
    .$if(verb !== null, (query) => query.where('verb', '=', verb ?? ''))
    .$if(byAddress !== null, (query) => query.where('by_address', '=', byAddress ?? ''))
    .executeTakeFirstOrThrow();
  return count;
}

/**
 * The Message-ID of another mail by the same author and of the same second that was obeyed, with the same words, or an order that
 * it proves to be his: this one under another name. Null where there is none. Of a mail that is signed blanks may change on its
 * way, and a subject that is not signed: its date and what it orders stay.
 */
export async function obeyedTwin(
  db: Kysely<Tables>,
  mail: Pick<Selectable<Tables['mails']>, 'id' | 'content' | 'from_address' | 'sent_at'>,
  orders: readonly Pick<CommandRow, 'verb' | 'args'>[],
): Promise<string | null> {
  const twin = await db
    .selectFrom('commands')
    .innerJoin('mails', 'mails.id', 'commands.mail_id')
    .select('mails.message_id')
    .where('commands.by_address', '=', mail.from_address)
    .where('mails.id', '<>', mail.id)
    .where('mails.sent_at', 'is not distinct from', mail.sent_at)
    .where(({ or, and, eb }) =>
      or([
        eb('mails.content', '=', mail.content),
        ...orders.map(({ verb, args }) =>
          and([
            eb('commands.proved', '=', true),
            eb('commands.verb', '=', storable(verb)),
            eb('commands.args', '=', storable(args)),
          ]),
        ),
      ]),
    )
    .executeTakeFirst();
  return twin?.message_id ?? null;
}

/** What was begun is done. @returns whether it was not before */
export async function endCommand(tx: Kysely<Tables>, id: number, outcome: string): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('commands')
    .set({ outcome: storable(outcome) })
    .where('id', '=', id)
    .where('outcome', 'like', 'begun%')
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}
