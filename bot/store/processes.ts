/**
 * The processes of the daemon: each says every few seconds that it lives, and what it has counted since it began. What those that
 * have ended had counted is kept, for sums that only grow.
 */
import type { Insertable, Kysely, Selectable } from 'kysely';
import { json, type Tables } from './tables.ts';

export type ProcessRow = Selectable<Tables['processes']>;

/** Of all that ended long ago, in one row. */
const before = 'before';
const silentMs = 60_000;
/** One that was cut off comes back, or has ended. */
const foldMs = 24 * 3_600_000;

export async function tellProcess(db: Kysely<Tables>, row: Insertable<Tables['processes']>): Promise<void> {
  const { told_at, ended, counted } = row;
  await db
    .insertInto('processes')
    .values(row)
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ told_at, ended, counted }))
    .execute();
}

/** All whose counts count, those that live first. */
export async function processesOf(db: Kysely<Tables>): Promise<readonly ProcessRow[]> {
  return db.selectFrom('processes').selectAll().orderBy('ended').orderBy('started_at').orderBy('name').execute();
}

export const isLiving = ({ ended, told_at }: Pick<ProcessRow, 'ended' | 'told_at'>, now: Date): boolean =>
  !ended && now.getTime() - told_at.getTime() < silentMs;

/** Rows of processes that ended long ago become one. */
export async function foldProcesses(
  db: Kysely<Tables>,
  now: Date,
  sum: (counted: readonly unknown[]) => Promise<unknown>,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const rows = await tx
      .selectFrom('processes')
      .selectAll()
      .where(({ eb, or }) => or([eb('told_at', '<', new Date(now.getTime() - foldMs)), eb('name', '=', before)]))
      .forUpdate()
      .execute();
    if (rows.every(({ name }) => name === before)) return;
    const counted = json(await sum(rows.map((row) => row.counted)));
    await tx
      .deleteFrom('processes')
      .where(
        'name',
        'in',
        rows.map(({ name }) => name),
      )
      .execute();
    const row = { name: before, roles: [], version: '', started_at: now, told_at: now, ended: true };
    await tx
      .insertInto('processes')
      .values({ ...row, counted })
      .execute();
  });
}
