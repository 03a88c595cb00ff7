/** Works whose author asked for an answer whatever it is: a pass of theirs is mailed though the list wants none. */
import type { Insertable, Kysely } from 'kysely';
import type { Tables } from './tables.ts';

interface Work {
  readonly author: string;
  readonly name: string;
}

export async function askForPass(tx: Kysely<Tables>, asked: Insertable<Tables['asked_passes']>): Promise<void> {
  await tx
    .insertInto('asked_passes')
    .values(asked)
    .onConflict((conflict) => conflict.columns(['author', 'name']).doNothing())
    .execute();
}

export async function isPassAsked(db: Kysely<Tables>, { author, name }: Work): Promise<boolean> {
  const row = await db
    .selectFrom('asked_passes')
    .select('at')
    .where('author', '=', author)
    .where('name', '=', name)
    .executeTakeFirst();
  return row !== undefined;
}
