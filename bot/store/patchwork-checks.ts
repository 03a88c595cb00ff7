/**
 * Checks on patches, from the verdict to patchwork's word that it has them. Of several on one patch in one context the newest
 * counts, here and there. What the states mean says CheckState.
 */
import type { Insertable, Kysely, Selectable, Updateable } from 'kysely';
import type { CheckState, Tables } from './tables.ts';

export type PatchworkCheck = Selectable<Tables['patchwork_checks']>;

export async function insertCheck(
  tx: Kysely<Tables>,
  check: Insertable<Tables['patchwork_checks']>,
): Promise<PatchworkCheck> {
  return tx.insertInto('patchwork_checks').values(check).returningAll().executeTakeFirstOrThrow();
}

export async function readCheck(db: Kysely<Tables>, id: number): Promise<PatchworkCheck | null> {
  return (await db.selectFrom('patchwork_checks').selectAll().where('id', '=', id).executeTakeFirst()) ?? null;
}

/** What is or will be on a patch, newest first. */
export async function checksOn(
  db: Kysely<Tables>,
  { message_id, context }: Pick<PatchworkCheck, 'message_id' | 'context'>,
): Promise<readonly PatchworkCheck[]> {
  return db
    .selectFrom('patchwork_checks')
    .selectAll()
    .where('message_id', '=', message_id)
    .where('context', '=', context)
    .where('state', '<>', 'withdrawn')
    .orderBy('id', 'desc')
    .execute();
}

/** Oldest first. */
export async function checksIn(db: Kysely<Tables>, states: readonly CheckState[]): Promise<readonly PatchworkCheck[]> {
  return db.selectFrom('patchwork_checks').selectAll().where('state', 'in', states).orderBy('id').execute();
}

/**
 * @param from the row as it was read: of two who change the same, one gets it
 * @returns the row as it is now; null where somebody else has changed it since
 */
export async function changeCheck(
  tx: Kysely<Tables>,
  from: Pick<PatchworkCheck, 'id' | 'state' | 'attempts'>,
  set: Updateable<Tables['patchwork_checks']>,
): Promise<PatchworkCheck | null> {
  const row = await tx
    .updateTable('patchwork_checks')
    .set(set)
    .where('id', '=', from.id)
    .where('state', '=', from.state)
    .where('attempts', '=', from.attempts)
    .returningAll()
    .executeTakeFirst();
  return row ?? null;
}
