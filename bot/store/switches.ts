/** What an operator has switched on for all processes at once. */
import type { Kysely } from 'kysely';
import type { Tables } from './tables.ts';

/** `posting-stopped`: nothing leaves; what is due waits. */
export type SwitchName = 'posting-stopped';

export interface Switched {
  readonly at: Date;
  readonly by: string;
  readonly why: string;
}

/** Null where it is off. */
export async function readSwitch(db: Kysely<Tables>, name: SwitchName): Promise<Switched | null> {
  return (await db.selectFrom('switches').selectAll().where('name', '=', name).executeTakeFirst()) ?? null;
}

export async function switchOn(db: Kysely<Tables>, name: SwitchName, { at, by, why }: Switched): Promise<void> {
  await db
    .insertInto('switches')
    .values({ name, at, by, why })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ at, by, why }))
    .execute();
}

export async function switchOff(db: Kysely<Tables>, name: SwitchName): Promise<void> {
  await db.deleteFrom('switches').where('name', '=', name).execute();
}
