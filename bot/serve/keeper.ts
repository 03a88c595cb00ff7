/**
 * What one process at a time does for all: jobs are asked for where a row wants one, such as after a crash that came before its
 * job, and the store is kept in shape.
 */

import { sleep } from '../inbox/source.ts';
import { checksIn } from '../store/patchwork-checks.ts';
import { foldProcesses } from '../store/processes.ts';
import type { Queue } from '../store/queue.ts';
import { repliesIn } from '../store/replies.ts';
import type { Holding } from '../store/singletons.ts';
import { maintain, type Store } from '../store/store.ts';
import { threadsIn } from '../store/threads.ts';
import type { Log } from './log.ts';
import { sumCounted } from './presence.ts';

interface Keeping {
  readonly store: Store;
  readonly queue: Queue;
  readonly log: Log;
  readonly now: () => Date;
  /** An hour by default. */
  readonly everyMs?: number;
}

/** Its name among what one process does at a time. */
export const keeper = 'keeper';

const hourMs = 3_600_000;

export async function keepWhile(
  { ending }: Holding,
  { store, queue, log, now, everyMs = hourMs }: Keeping,
): Promise<void> {
  await wakeAll(store, queue, now());
  for (;;) {
    await sleep(everyMs, ending);
    if (ending.aborted) return;
    const kept = wakeAll(store, queue, now())
      .then(() => foldProcesses(store.db, now(), sumCounted))
      .then(() => maintain(store));
    await kept.catch((error: Error) => log.error({ why: error.message }, 'the store cannot be maintained'));
  }
}

/**
 * What a crash has left, or a job that failed too often: analyses that were running, replies that are due or of which it is not
 * known, checks. What a process is at is left to it: where that process has died its job comes again by itself.
 */
async function wakeAll(store: Store, queue: Queue, now: Date): Promise<void> {
  const analysed = await queue.running('analyse');
  await store.db.transaction().execute(async (tx) => {
    for (const { id } of await threadsIn(tx, 'analysing'))
      if (!analysed.has(String(id))) await queue.enqueue(tx, 'analyse', { threadId: id }, now);
    for (const { id, settles_at } of await threadsIn(tx, 'waiting'))
      await queue.enqueue(tx, 'look', { threadId: id }, settles_at ?? now);
    for (const { id, not_before } of await repliesIn(tx, ['due', 'sending']))
      await queue.enqueue(tx, 'post', { replyId: id }, not_before ?? now);
    for (const { id, not_before } of await checksIn(tx, ['due']))
      await queue.enqueue(tx, 'patchwork', { checkId: id }, not_before ?? now);
  });
}
