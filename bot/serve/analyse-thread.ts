/**
 * The job that analyses a thread: its mails and what was said of its series go to a worker process; what comes back is stored in
 * one transaction with the decisions, the replies and their jobs. A thread that takes too long or kills its process is tried
 * again, then parked with the reason: it stops nobody else.
 */
import type { Kysely } from 'kysely';
import type { SeriesOutcome } from '../analysis/analyse.ts';
import { analyzerVersion } from '../analysis/version.ts';
import type { AnalysisTask, AnalysisTold } from '../analysis/worker.ts';
import { keepMarks } from '../github/keep-marks.ts';
import { trackWork } from '../github/track.ts';
import { askModerators } from '../moderation/moderate.ts';
import { keepChecks } from '../patchwork/keep.ts';
import type { ReplyKind, Said } from '../reply/since.ts';
import type { Settings } from '../settings/schema.ts';
import { isPassAsked } from '../store/asked-passes.ts';
import { recordDecision } from '../store/decisions.ts';
import { disputesOfWork } from '../store/disputes.ts';
import { optedOut } from '../store/opt-outs.ts';
import type { Queue } from '../store/queue.ts';
import { insertReply, leftStates, moveReply, readReply, repliesOfWork, replyByMessageId } from '../store/replies.ts';
import { saveReview } from '../store/reviews.ts';
import { answerSeries, saveSeries, supersede, versionsOf } from '../store/series.ts';
import type { Store } from '../store/store.ts';
import type { ReplyState, Tables } from '../store/tables.ts';
import { beginAnalysis, endAnalysis, readThread, type Thread } from '../store/threads.ts';
import { keyText, seriesKey } from '../thread/work.ts';
import type { Ended, WorkerPool } from '../workers/pool.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import { keepVersions, readNewest } from './newest-series.ts';
import { questionOf } from './question.ts';

export interface Analysing {
  readonly store: Store;
  readonly queue: Pick<Queue, 'enqueue'>;
  readonly pool: Pick<WorkerPool<AnalysisTask, AnalysisTold>, 'run'>;
  readonly settings: Settings;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly now: () => Date;
}

/** A job `analyse`. @throws where the store fails, the daemon stops, or a mail to be withdrawn left: the job comes again */
export async function analyseThread(threadId: number, analysing: Analysing): Promise<void> {
  const { store, log, metrics, now } = analysing;
  const thread = await beginAnalysis(store.db, threadId);
  if (thread === null) return;
  const { ended, outcomes } = await judge(thread, analysing, () => {});
  if (ended.kind === 'stopped') throw new Error('the daemon stops: the thread is analysed after the next start');
  const { isKept, replies } = await store.db.transaction().execute(async (tx) => {
    const end =
      ended.kind === 'done'
        ? ({ state: 'analysed', now: now() } as const)
        : ({ state: 'parked', reason: 'why' in ended ? ended.why : '' } as const);
    // A mail has come meanwhile: its own look will begin anew, and what was found is not said any more.
    if (!(await endAnalysis(tx, thread, end))) {
      // One that nobody looks at, such as an import's, is none of that: then we do.
      const found = await readThread(tx, threadId);
      if (found?.state === 'analysing' && found.run === thread.run)
        await analysing.queue.enqueue(tx, 'analyse', { threadId }, now());
      return { isKept: false, replies: [] };
    }
    if (end.state === 'parked') {
      await recordDecision(tx, { thread_id: threadId, at: now(), what: 'parked', why: end.reason, by: 'analysis' });
      return { isKept: true, replies: [] };
    }
    return { isKept: true, replies: await keepOutcomes(tx, { thread, outcomes, analysing }) };
  });
  if (!isKept) return;
  for (const { answer, first, patches, decision } of outcomes) {
    metrics.series.inc({ answer });
    for (const { levels } of patches) for (const level of levels) metrics.verdicts.inc({ level });
    log.info({ messageId: first, answer, why: decision.why, patches: patches.length }, 'a series is judged');
  }
  for (const { state, messageId, parent } of replies) {
    metrics.replies.inc({ state });
    log.info({ messageId, parent, state }, 'a reply is written');
  }
}

interface Judged {
  readonly ended: Ended;
  readonly outcomes: readonly SeriesOutcome[];
}

/** In a worker process, as often as the settings say where it fails. */
async function judge(thread: Thread, analysing: Analysing, progress: (text: string) => void): Promise<Judged> {
  const { settings, pool, log, metrics, now } = analysing;
  const started = now();
  const task = await taskOf(analysing, thread.id, started);
  let outcomes: readonly SeriesOutcome[] = [];
  let ended: Ended = { kind: 'stopped' };
  for (let tried = 0; tried <= settings.analysis.retries; tried++) {
    ended = await pool.run(task, (told) => {
      if (told.kind === 'outcomes') outcomes = told.outcomes;
      else if (told.kind === 'progress') {
        progress(told.text);
        log.debug({ messageId: thread.root, progress: told.text }, 'analysing');
      }
    });
    if (ended.kind === 'done' || ended.kind === 'stopped') break;
    log.warn({ messageId: thread.root, tried: tried + 1, why: ended.why }, 'the analysis failed');
  }
  metrics.analysisSeconds.observe((now().getTime() - started.getTime()) / 1000);
  return { ended, outcomes };
}

/**
 * Of a thread that nobody was to look at, such as one of an archive, because somebody asks: what would be said is kept as a dry
 * run, for nobody is mailed years later over a question.
 * @returns in words why there is no answer; null where there is, though it be that the thread is parked
 */
export async function analyseQuiet(
  threadId: number,
  analysing: Analysing,
  progress: (text: string) => void,
): Promise<string | null> {
  const { store, now } = analysing;
  const thread = await readThread(store.db, threadId);
  if (thread === null || thread.state !== 'quiet') return null;
  const { ended, outcomes } = await judge(thread, analysing, progress);
  if (ended.kind === 'stopped') return 'the analysis was stopped; ask again';
  return store.db.transaction().execute(async (tx) => {
    const end =
      ended.kind === 'done'
        ? ({ state: 'analysed', now: now() } as const)
        : ({ state: 'parked', reason: ended.why } as const);
    if (!(await endAnalysis(tx, thread, end, 'quiet'))) return 'a mail has come to the thread meanwhile; ask again';
    if (end.state === 'parked')
      await recordDecision(tx, { thread_id: threadId, at: now(), what: 'parked', why: end.reason, by: 'query' });
    else await keepOutcomes(tx, { thread, outcomes: outcomes.map(unsent), analysing });
    return null;
  });
}

const unsent = (outcome: SeriesOutcome): SeriesOutcome => {
  const { decision, mode } = outcome;
  const why =
    decision.kind === 'nothing' ? decision.why : `${decision.why}; it was asked for by query: nobody is mailed`;
  const kept = { ...decision, why, withdraws: [] };
  const quiet = mode === null || mode === 'off' ? mode : 'dry-run';
  return { ...outcome, mode: quiet, decision: kept.kind === 'nothing' ? kept : { ...kept, mode: 'dry-run' } };
};

async function taskOf({ store, settings }: Analysing, threadId: number, now: Date): Promise<AnalysisTask> {
  const { mails, series: all, versions } = await readNewest(store, threadId);
  await store.db.transaction().execute((tx) => keepVersions(tx, threadId, versions));
  const said: Record<string, readonly Said[]> = {};
  const own: string[] = [];
  const asked: string[] = [];
  const disputed: Record<string, readonly string[]> = {};
  for (const series of all) {
    const key = seriesKey(series);
    const rows = await repliesOfWork(store.db, key);
    said[keyText(key)] = rows.map(({ message_id, version, kind, fingerprints, state }) => ({
      ...{ messageId: message_id, version, fingerprints, kind: kind as ReplyKind },
      isSent: leftStates.has(state),
      ended: state === 'withdrawn' || state === 'rejected' ? state : null,
    }));
    if (await isPassAsked(store.db, key)) asked.push(keyText(key));
    disputed[keyText(key)] = (await disputesOfWork(store.db, key)).map(({ fingerprint }) => fingerprint);
    own.push(...rows.filter(({ state }) => leftStates.has(state)).map(({ raw }) => raw.toString('base64')));
  }
  const out = [...(await optedOut(store.db, settings))];
  const raws = mails.map((raw) => raw.toString('base64'));
  return { mails: raws, said, own, asked, disputed, optedOut: out, nowMs: now.getTime() };
}

const stateOfMode = { 'dry-run': 'dry', moderate: 'held', post: 'due' } as const;

interface Outcomes {
  readonly thread: Thread;
  readonly outcomes: readonly SeriesOutcome[];
  readonly analysing: Analysing;
}
interface Written {
  readonly messageId: string;
  readonly parent: string;
  readonly state: ReplyState;
}

async function keepOutcomes(
  tx: Kysely<Tables>,
  { thread, outcomes, analysing }: Outcomes,
): Promise<readonly Written[]> {
  const { settings, queue } = analysing;
  const now = analysing.now();
  const written: Written[] = [];
  for (const outcome of outcomes) {
    const { name, author, version, total, first, answer, patches, document, decision } = outcome;
    const threadId = thread.id;
    const seriesId = await saveSeries(tx, {
      changeId: null,
      ...{ threadId, name, author, version, total, firstMessageId: first },
      patches: patches.map(({ messageId }) => messageId),
    });
    const older = (await versionsOf(tx, { author, name, changeId: null })).filter((one) => one.version < version);
    await supersede(
      tx,
      older.map(({ id }) => id),
      seriesId,
    );
    const inputs = {
      question: questionOf(
        patches.map(({ messageId }) => messageId),
        settings,
      ),
      bases: patches.map(({ base }) => base),
    };
    const { id: reviewId } = await saveReview(
      tx,
      {
        ...{ threadId, seriesId, analyzer: analyzerVersion, inputs, document },
        verdicts: patches.map(({ messageId, answer, findings }) => ({
          ...{ messageId, answer },
          // One a fingerprint: the first is the one that is told of.
          findings: [...new Map(findings.toReversed().map((one) => [one.fingerprint, { ...one }])).values()],
        })),
      },
      now,
    );
    await answerSeries(tx, seriesId, { answer, at: now });
    await recordDecision(tx, {
      ...{ thread_id: threadId, at: now, by: 'analysis', why: decision.why },
      what: decision.kind === 'reply' ? decision.reply : 'nothing',
    });
    for (const messageId of decision.withdraws) {
      const row = await replyByMessageId(tx, messageId);
      if (row === null) continue;
      const error = 'a later analysis does not bear it out';
      const moved = await moveReply(tx, row.id, { from: ['dry', 'held', 'due'], state: 'withdrawn', error });
      // What is decided here was decided as if nobody had it: people may be owed a correction.
      if (moved === null && (await hasLeft(tx, row.id)))
        throw new Error(`<${messageId}> has left meanwhile: the thread is analysed again`);
    }
    const kept = await keepReply(tx, { outcome, threadId, seriesId, reviewId }, { queue, settings, now });
    if (kept?.isNew) written.push(kept.written);
    const mail = kept === null ? null : { id: kept.id, messageId: kept.written.messageId };
    const keeping = { queue, settings, log: analysing.log, now };
    await keepChecks(tx, { outcome, seriesId, reviewId, reply: mail }, keeping);
    await keepMarks(tx, { outcome, seriesId, reply: mail }, keeping);
  }
  for (const { author, name } of outcomes) await trackWork(tx, { author, name }, { settings, queue, now });
  return written;
}

async function hasLeft(tx: Kysely<Tables>, replyId: number): Promise<boolean> {
  const row = await readReply(tx, replyId);
  return row !== null && leftStates.has(row.state);
}

interface Replied {
  readonly outcome: SeriesOutcome;
  readonly threadId: number;
  readonly seriesId: number;
  readonly reviewId: number;
}

/** @returns null where nothing is said */
async function keepReply(
  tx: Kysely<Tables>,
  { outcome: { decision, reply, told }, threadId, seriesId, reviewId }: Replied,
  { queue, settings, now }: { readonly queue: Analysing['queue']; readonly settings: Settings; readonly now: Date },
): Promise<{ readonly id: number; readonly isNew: boolean; readonly written: Written } | null> {
  if (reply === null || decision.kind === 'nothing') return null;
  const state = stateOfMode[decision.mode];
  const { id, isNew } = await insertReply(tx, {
    ...{ message_id: reply.messageId, parent_message_id: reply.parent, thread_id: threadId, series_id: seriesId },
    review_id: reviewId,
    ...{ kind: decision.reply, mode: decision.mode, state, raw: Buffer.from(reply.raw), created_at: now },
    recipients: [...reply.recipients],
    fingerprints: [...told],
  });
  const kept = { id, isNew, written: { messageId: reply.messageId, parent: reply.parent, state } };
  if (!isNew) return kept;
  const held = { messageId: reply.messageId, parent: reply.parent, recipients: reply.recipients };
  if (state === 'held')
    await askModerators(
      tx,
      { held: { ...held, raw: Buffer.from(reply.raw) }, threadId, why: decision.why },
      { queue, settings, now },
    );
  if (state === 'due') await queue.enqueue(tx, 'post', { replyId: id }, now);
  return kept;
}
