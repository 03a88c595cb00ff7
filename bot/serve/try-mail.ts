/**
 * The job that tries a patch which somebody sent with `#scenario test`: judged in a worker on top of the series that it is about, and
 * answered to whoever asked. What came of it and the answer are one transaction; a job that comes twice finds it done.
 */
import type { AnalysisTask, AnalysisTold } from '../analysis/worker.ts';
import { composeAnswer, type Said } from '../commands/answer.ts';
import { readMessage } from '../mail/message.ts';
import type { Settings } from '../settings/schema.ts';
import { commandsOfMail, endCommand } from '../store/commands.ts';
import { mailById } from '../store/mails.ts';
import type { Queue } from '../store/queue.ts';
import { insertReply } from '../store/replies.ts';
import type { Store } from '../store/store.ts';
import { threadsOfIds } from '../store/threads.ts';
import type { Ended, WorkerPool } from '../workers/pool.ts';
import type { Log } from './log.ts';
import { readNewest } from './newest-series.ts';

export interface Trying {
  readonly store: Store;
  readonly queue: Pick<Queue, 'enqueue'>;
  readonly pool: Pick<WorkerPool<AnalysisTask, AnalysisTold>, 'run'>;
  readonly settings: Settings;
  readonly log: Log;
  readonly now: () => Date;
}

const begun = 'begun: ';

/** A job `try`. @throws where the store fails or the daemon stops: the job comes again */
export async function tryMail(mailId: number, trying: Trying): Promise<void> {
  const { store, settings, queue, log, now } = trying;
  const mail = await mailById(store.db, mailId);
  const command = (await commandsOfMail(store.db, mailId)).find(
    ({ verb, outcome }) => verb === 'test' && outcome.startsWith(begun),
  );
  if (mail === null || command === undefined) return;
  const said = await triedOf(mail.raw, command.outcome.slice(begun.length), trying);
  const { messageId, raw, recipients } = composeAnswer(await readMessage(mail.raw), {
    ...{ settings, to: command.by_address, isProved: true, now: now(), which: 'trial' },
    said: [{ ...said, order: { verb: 'test', written: '#scenario test' } }],
  });
  await store.db.transaction().execute(async (tx) => {
    if (!(await endCommand(tx, command.id, `done: ${said.prose[0] ?? ''}`))) return;
    const { id, isNew } = await insertReply(tx, {
      ...{ message_id: messageId, parent_message_id: mail.message_id, thread_id: mail.thread_id, series_id: null },
      ...{ review_id: null, kind: 'command-answer', mode: 'post', state: 'due', raw, recipients: [...recipients] },
      created_at: now(),
    });
    if (isNew) await queue.enqueue(tx, 'post', { replyId: id }, now());
  });
  log.info({ messageId: mail.message_id, by: command.by_address, outcome: said.prose[0] }, 'a patch was tried');
}

async function triedOf(mail: Buffer, first: string, { store, pool, settings, log, now }: Trying): Promise<Said> {
  const none = (why: string): Said => ({ prose: [`Your patch was not judged: ${why}.`], lines: [] });
  const threadId = (await threadsOfIds(store.db, [first])).get(first);
  if (threadId === undefined) return none('its series is not here any more');
  const task: AnalysisTask = {
    mails: (await readNewest(store, threadId)).mails.map((raw) => raw.toString('base64')),
    ...{ said: {}, own: [], asked: [], disputed: {}, optedOut: [], nowMs: now().getTime() },
    trial: { first, mail: mail.toString('base64') },
  };
  let told: Said | null = null;
  let ended: Ended = { kind: 'stopped' };
  for (let tried = 0; tried <= settings.analysis.retries && told === null; tried++) {
    ended = await pool.run(task, (one) => {
      if (one.kind === 'tried')
        told = { prose: one.tried.prose, lines: one.tried.text === '' ? [] : one.tried.text.trimEnd().split('\n') };
    });
    if (ended.kind === 'stopped') throw new Error('the daemon stops: the patch is tried after the next start');
    if ('why' in ended) log.warn({ tried: tried + 1, why: ended.why }, 'a patch could not be tried');
  }
  return told ?? none('why' in ended ? ended.why : 'nothing came of it');
}
