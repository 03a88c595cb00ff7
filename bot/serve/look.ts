/**
 * Looks at a thread that mails have come to: is there a series whose parts are all there, or has nothing come for so long that
 * no more is to be waited for? Then it is analysed; else looked at again when it has settled. What has been judged already is
 * not judged again because somebody answers it.
 */
import type { Settings } from '../settings/schema.ts';
import type { Queue } from '../store/queue.ts';
import { lastReview } from '../store/reviews.ts';
import { seriesOfFirst } from '../store/series.ts';
import type { Store } from '../store/store.ts';
import { leaveAnswered, readThread } from '../store/threads.ts';
import type { Series } from '../thread/series.ts';
import { firstIdOf } from '../thread/work.ts';
import type { Log } from './log.ts';
import { keepVersions, readNewest } from './newest-series.ts';
import { isAnswered, questionOf } from './question.ts';

export interface Looking {
  readonly store: Store;
  readonly queue: Pick<Queue, 'enqueue'>;
  readonly settings: Pick<Settings, 'analysis' | 'trees'>;
  readonly log: Log;
  readonly now: () => Date;
}

/** A job `look`. @throws where the store fails: the job comes again */
export async function lookAtThread(threadId: number, looking: Looking): Promise<void> {
  const { store, queue, log, now } = looking;
  const thread = await readThread(store.db, threadId);
  if (thread === null || thread.state !== 'waiting') return;
  const { series, versions } = await readNewest(store, threadId);
  await store.db.transaction().execute((tx) => keepVersions(tx, threadId, versions));
  if (!thread.retried && (await isAllAnswered(threadId, series, looking))) {
    // A mail that has come meanwhile has a look of its own.
    await leaveAnswered(store.db, thread, now());
    log.debug({ messageId: thread.root, why: 'nothing in it is new to be judged' }, 'looked at a thread');
    return;
  }
  const settlesAt = thread.settles_at ?? now();
  const isSettled = settlesAt <= now();
  const isDue = isSettled || isComplete(series);
  const [name, at] = isDue ? (['analyse', now()] as const) : (['look', settlesAt] as const);
  await store.db.transaction().execute((tx) => queue.enqueue(tx, name, { threadId }, at));
  const why = isDue ? (isSettled ? 'nothing more has come' : 'it is complete') : 'parts of it may still come';
  log.debug({ messageId: thread.root, why, next: name }, 'looked at a thread');
}

/** Are all parts of its newest version there? Of a patch alone nothing else is to come. */
const isComplete = (series: readonly Series[]) =>
  series.length > 0 &&
  series.every(({ patches, total, problems }) => patches.length === total && problems.length === 0);

/** People talk in threads that have been judged; and a patch may be taken back in them, which the last check reads. */
async function isAllAnswered(
  threadId: number,
  series: readonly Series[],
  { store, settings }: Looking,
): Promise<boolean> {
  for (const one of series) {
    const { patches } = one;
    const first = firstIdOf(one);
    const row = await seriesOfFirst(store.db, { threadId, firstMessageId: first });
    const review = row === null ? null : await lastReview(store.db, row.id);
    const question = questionOf(
      patches.map(({ message }) => message.id),
      settings,
    );
    if (review === null || !isAnswered(question, review.inputs)) return false;
  }
  return series.length > 0;
}
