/** Why the bot spoke or kept silent: one row for every decision on a thread. */
import type { Insertable, Kysely, Selectable } from 'kysely';
import { storable, type Tables } from './tables.ts';

export type DecisionRow = Selectable<Tables['decisions']>;

export async function recordDecision(tx: Kysely<Tables>, decision: Insertable<Tables['decisions']>): Promise<void> {
  const { why } = decision;
  await tx
    .insertInto('decisions')
    .values({ ...decision, why: storable(why) })
    .execute();
}

/** Oldest first. */
export async function decisionsOf(db: Kysely<Tables>, threadId: number): Promise<readonly DecisionRow[]> {
  return db.selectFrom('decisions').selectAll().where('thread_id', '=', threadId).orderBy('id').execute();
}

/** Of any of the threads, oldest first. */
export async function decisionsOfThreads(
  db: Kysely<Tables>,
  threadIds: readonly number[],
): Promise<readonly DecisionRow[]> {
  if (threadIds.length === 0) return [];
  return db.selectFrom('decisions').selectAll().where('thread_id', 'in', threadIds).orderBy('id').execute();
}

export async function countDecisions(
  db: Kysely<Tables>,
  { threadId, what, since }: { readonly threadId: number; readonly what: string; readonly since: Date },
): Promise<number> {
  const { count } = await db
    .selectFrom('decisions')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('thread_id', '=', threadId)
    .where('what', '=', what)
    .where('at', '>', since)
    .executeTakeFirstOrThrow();
  return Number(count);
}
