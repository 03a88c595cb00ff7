/** Threads of mail, and which thread an id belongs to. What state a thread is in says ThreadState. */
import { type Insertable, type Kysely, type Selectable, sql } from 'kysely';
import type { Tables } from './tables.ts';

export type Thread = Selectable<Tables['threads']>;

/** Tables whose rows belong to a thread. */
const ofThreads = ['mails', 'message_ids', 'series', 'reviews', 'replies', 'decisions', 'disputes'] as const;

export async function readThread(db: Kysely<Tables>, id: number): Promise<Thread | null> {
  return (await db.selectFrom('threads').selectAll().where('id', '=', id).executeTakeFirst()) ?? null;
}

export async function threadsById(db: Kysely<Tables>, ids: readonly number[]): Promise<readonly Thread[]> {
  return ids.length === 0 ? [] : db.selectFrom('threads').selectAll().where('id', 'in', ids).execute();
}

/** Parked ones for `parked`, waiting ones for a start-up that has lost its jobs; longest untouched first. */
export async function threadsIn(db: Kysely<Tables>, state: Thread['state']): Promise<readonly Thread[]> {
  return db.selectFrom('threads').selectAll().where('state', '=', state).orderBy('touched_at').orderBy('id').execute();
}

/** In which threads the ids are; those that are in none are left out. */
export async function threadsOfIds(db: Kysely<Tables>, ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
  if (ids.length === 0) return new Map();
  const { rows } = await sql<{ message_id: string; thread_id: number }>`
    select message_id, thread_id from message_ids where message_id = any(${ids}::text[])`.execute(db);
  return new Map(rows.map(({ message_id, thread_id }) => [message_id, thread_id]));
}

export async function placeIds(tx: Kysely<Tables>, placed: ReadonlyMap<string, number>): Promise<void> {
  if (placed.size === 0) return;
  await sql`insert into message_ids (message_id, thread_id)
    select * from unnest(${[...placed.keys()]}::text[], ${[...placed.values()]}::bigint[])`.execute(tx);
}

/** Ids for rows that are written later, in the order in which they are to be. */
export async function takeIds(
  tx: Kysely<Tables>,
  table: 'threads' | 'mails',
  count: number,
): Promise<readonly number[]> {
  if (count === 0) return [];
  const { rows } = await sql<{ id: number }>`
    select nextval(pg_get_serial_sequence(${table}, 'id')) as id from generate_series(1, ${count}::int)`.execute(tx);
  return rows.map(({ id }) => id).sort((a, b) => a - b);
}

export async function insertThreads(
  tx: Kysely<Tables>,
  threads: readonly (Insertable<Tables['threads']> & { readonly id: number })[],
): Promise<void> {
  if (threads.length > 0) await tx.insertInto('threads').values(threads).execute();
}

/** What belongs to the others belongs to `into` then, and they are gone. A job that still names one finds nothing to do. */
export async function mergeThreads(tx: Kysely<Tables>, into: number, others: readonly number[]): Promise<void> {
  if (others.length === 0) return;
  await sql`update threads set retried = true
    where id = ${into} and exists (select from threads one where one.id = any(${others}::bigint[]) and one.retried)`.execute(
    tx,
  );
  for (const table of ofThreads)
    await sql`update ${sql.table(table)} set thread_id = ${into} where thread_id = any(${others}::bigint[])`.execute(
      tx,
    );
  await tx.deleteFrom('threads').where('id', 'in', others).execute();
}

/** A mail came. Where it matters to us the thread waits until it has settled; one that we stay out of is only told. */
export async function touchThread(
  tx: Kysely<Tables>,
  id: number,
  {
    now,
    waits,
    isIgnored,
  }: { readonly now: Date; readonly waits: { readonly settlesAt: Date } | null; readonly isIgnored: boolean },
): Promise<void> {
  const waiting = waits === null ? {} : { state: 'waiting' as const, settles_at: waits.settlesAt, reason: null };
  const ignored = isIgnored ? { state: 'ignored' as const } : {};
  await tx
    .updateTable('threads')
    .set({ touched_at: now, ...waiting, ...ignored })
    .where('id', '=', id)
    .execute();
}

/** @returns the thread as it is analysed now; null where it is not to be, such as when somebody else does it */
export async function beginAnalysis(tx: Kysely<Tables>, id: number): Promise<Thread | null> {
  const row = await tx
    .updateTable('threads')
    .set(({ eb }) => ({ state: 'analysing', run: eb('run', '+', 1) }))
    .where('id', '=', id)
    .where('state', 'in', ['waiting', 'analysing'])
    .returningAll()
    .executeTakeFirst();
  return row ?? null;
}

/**
 * What became of an analysis that began with `thread` as it was then.
 * @param from 'quiet' where nobody was told to look at it: it stayed as it was meanwhile
 * @returns false where a mail has come meanwhile, or another has begun it as well, and the thread is as that left it
 */
export async function endAnalysis(
  tx: Kysely<Tables>,
  thread: Pick<Thread, 'id' | 'touched_at' | 'run'>,
  end: End,
  from: 'analysing' | 'quiet' = 'analysing',
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('threads')
    .set(endedBy(end))
    .where('id', '=', thread.id)
    .where('state', '=', from)
    .where('touched_at', '=', thread.touched_at)
    .where('run', '=', thread.run)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

type End = { readonly state: 'analysed'; readonly now: Date } | { readonly state: 'parked'; readonly reason: string };

const endedBy = (end: End) =>
  end.state === 'analysed'
    ? { state: end.state, analysed_at: end.now, reason: null, retried: false }
    : { state: end.state, reason: end.reason, retried: false };

/** Nothing in the thread, as it was then, is to be analysed; one that a mail has come to since goes on waiting. */
export async function leaveAnswered(
  tx: Kysely<Tables>,
  thread: Pick<Thread, 'id' | 'touched_at'>,
  now: Date,
): Promise<void> {
  await tx
    .updateTable('threads')
    .set({ state: 'analysed', analysed_at: now, reason: null })
    .where('id', '=', thread.id)
    .where('state', '=', 'waiting')
    .where('retried', '=', false)
    .where('touched_at', '=', thread.touched_at)
    .execute();
}

/**
 * A parked or analysed thread is to be analysed, whatever was answered in it (`retry`), however many processes begin it.
 * @returns whether there is one
 */
export async function waitAgain(tx: Kysely<Tables>, id: number, settlesAt: Date): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('threads')
    .set({ state: 'waiting', settles_at: settlesAt, reason: null, retried: true })
    .where('id', '=', id)
    .where('state', 'in', ['parked', 'analysed', 'waiting'])
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/**
 * We stay out of it no more: where it holds a patch for us it is to be analysed as by `retry`.
 * @returns its state; null where we did not stay out
 */
export async function unignoreThread(tx: Kysely<Tables>, id: number, now: Date): Promise<'waiting' | 'quiet' | null> {
  const { rows } = await sql<{ state: 'waiting' | 'quiet' }>`
    update threads set reason = null, settles_at = ${now}::timestamptz, retried = matters,
      state = case when matters then 'waiting' else 'quiet' end
    from (select exists (select from mails where thread_id = ${id} and relevant and not reused) as matters) held
    where id = ${id} and state = 'ignored' returning state`.execute(tx);
  return rows[0]?.state ?? null;
}

/** We stay out of it from now on, whatever comes. */
export async function ignoreThread(tx: Kysely<Tables>, id: number, reason: string): Promise<void> {
  await tx.updateTable('threads').set({ state: 'ignored', reason }).where('id', '=', id).execute();
}
