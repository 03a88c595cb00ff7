/**
 * Looks at a thread that mails have come to: is there a series whose parts are all there, or has nothing come for so long that
 * no more is to be waited for? Then it is analysed; else looked at again when it has settled.
 */
import { readMessage } from '../mail/message.ts';
import { mailsOfThread } from '../store/mails.ts';
import type { Queue } from '../store/queue.ts';
import type { Store } from '../store/store.ts';
import { readThread } from '../store/threads.ts';
import { newest, readSeries } from '../thread/series.ts';
import type { Log } from './log.ts';

export interface Looking {
  readonly store: Store;
  readonly queue: Pick<Queue, 'enqueue'>;
  readonly log: Log;
  readonly now: () => Date;
}

/** A job `look`. @throws where the store fails: the job comes again */
export async function lookAtThread(threadId: number, { store, queue, log, now }: Looking): Promise<void> {
  const thread = await readThread(store.db, threadId);
  if (thread === null || thread.state !== 'waiting') return;
  const settlesAt = thread.settles_at ?? now();
  const isSettled = settlesAt <= now();
  const isDue = isSettled || (await isComplete(store, threadId));
  const [name, at] = isDue ? (['analyse', now()] as const) : (['look', settlesAt] as const);
  await store.db.transaction().execute((tx) => queue.enqueue(tx, name, { threadId }, at));
  const why = isDue ? (isSettled ? 'nothing more has come' : 'it is complete') : 'parts of it may still come';
  log.debug({ messageId: thread.root, why, next: name }, 'looked at a thread');
}

/** Are all parts of its newest version there? Of a patch alone nothing else is to come. */
async function isComplete(store: Store, threadId: number): Promise<boolean> {
  const messages = [];
  for (const { raw, own } of await mailsOfThread(store.db, threadId)) if (!own) messages.push(await readMessage(raw));
  const series = newest(readSeries(messages));
  return (
    series.length > 0 &&
    series.every(({ patches, total, problems }) => patches.length === total && problems.length === 0)
  );
}
