/**
 * The daemon: sources are read, threads looked at and analysed, replies posted, until it is told to stop. Everything that must
 * outlive it is in the store; what it holds itself is connections and processes.
 */
import { randomBytes } from 'node:crypto';
import { resolve as resolveName } from 'node:dns/promises';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Bottleneck from 'bottleneck';
import { obey } from '../commands/obey.ts';
import { startDigest } from '../digest/part.ts';
import { takeDelivery } from '../github/delivery.ts';
import { startGithub } from '../github/part.ts';
import type { RunOrder } from '../http/orders.ts';
import { type HttpServer, serveHttp } from '../http/server.ts';
import { sleep } from '../inbox/source.ts';
import type { Intake } from '../intake/take.ts';
import type { Resolve } from '../mail/proof.ts';
import { askAboutHeld, moderate } from '../moderation/moderate.ts';
import { type Posting, postReply } from '../outbox/post.ts';
import { senderOf } from '../outbox/sender.ts';
import { pagesOf } from '../pages/pages.ts';
import { PatchworkClient } from '../patchwork/client.ts';
import { type CheckPosting, postCheck } from '../patchwork/post.ts';
import type { Settings } from '../settings/schema.ts';
import { readSecret } from '../settings/secret.ts';
import { checksIn } from '../store/patchwork-checks.ts';
import { Queue } from '../store/queue.ts';
import { repliesIn } from '../store/replies.ts';
import { isAlive, maintain, openStore, type Store } from '../store/store.ts';
import { threadsIn } from '../store/threads.ts';
import { analyseThread } from './analyse-thread.ts';
import { analysisPool } from './analysis-pool.ts';
import { judgeOf } from './judge-pull.ts';
import type { Log } from './log.ts';
import { lookAtThread } from './look.ts';
import { type Metrics, newMetrics } from './metrics.ts';
import { runOrder } from './orders.ts';
import { Queries } from './queries.ts';
import { remembering } from './remembering.ts';
import { Sources } from './sources.ts';
import { tryMail } from './try-mail.ts';

interface Daemon {
  /** Of the HTTP server; null where the settings have none. */
  readonly port: number | null;
  /** Lets what runs come to an end, within the time given. */
  stop(timeoutMs: number): Promise<void>;
}

export type Started =
  | { readonly daemon: Daemon; readonly problem: null }
  | { readonly daemon: null; readonly problem: string };

/** Mails of a series come within seconds of each other. */
const soonMostMs = 15_000;
/** Between two mails that leave, or two requests of patchwork, so that a server is not run over. */
const sendGapMs = 1_000;
const patchworkTimeoutMs = 30_000;

interface DaemonContext {
  readonly log: Log;
  readonly now: () => Date;
  readonly resolve?: Resolve;
}

/** Never rejects over what is away: a database may be just then, and whoever runs it tries again. */
export async function startDaemon(settings: Settings, context: DaemonContext): Promise<Started> {
  const { store, problem } = await openStore(placeOfStore(settings), { holder: 'serve' });
  if (problem !== null) return { daemon: null, problem: problem.text };
  let queue: Queue | null = null;
  let why: string;
  try {
    queue = await Queue.open(store, (error) => context.log.error({ why: error.message }, 'the queue has a problem'));
    const started = await startOn({ store, queue }, settings, context);
    if (typeof started !== 'string') return { daemon: started, problem: null };
    why = started;
  } catch (error) {
    why = `${store.name} cannot be used (${(error as Error).message})`;
  }
  await queue?.stop(0).catch(() => {});
  await store.close();
  return { daemon: null, problem: why };
}

/** @returns in words why it cannot be */
async function startOn(
  { store, queue }: { readonly store: Store; readonly queue: Queue },
  settings: Settings,
  { log, now, resolve = resolveName as Resolve }: DaemonContext,
): Promise<Daemon | string> {
  const stop = new AbortController();
  const metrics = newMetrics();
  const settleMs = settings.settleMinutes * 60_000;
  const intake: Intake = { store, look: { queue, settleMs, soonMs: Math.min(soonMostMs, settleMs) } };
  const sources = new Sources({ intake, log, metrics, now, random: Math.random, signal: stop.signal });
  const workers = analysisPool(settings, stop.signal);
  const pool = remembering(workers, {
    ...{ store, log, metrics, signal: stop.signal },
    waitSecondsMax: settings.analysis.cpuSecondsMax,
  });
  const common = { store, queue, log, metrics, now };
  const posting: Posting = {
    ...common,
    settings,
    send: spaced(senderOf(settings, stop.signal, now)),
    readSince: () => sources.readSince(),
  };
  await wakeAll(store, queue, now());
  await store.db.transaction().execute((tx) => askAboutHeld(tx, { queue, settings, now: now() }));
  await queue.work('look', { atOnce: 1, run: ({ threadId }) => lookAtThread(threadId, { ...common, settings }) });
  await queue.work('analyse', {
    atOnce: settings.analysis.jobs,
    run: ({ threadId }) => analyseThread(threadId, { ...common, settings, pool }),
  });
  await queue.work('post', { atOnce: 1, run: ({ replyId }) => postReply(replyId, posting) });
  await queue.work('moderate', {
    atOnce: 1,
    run: ({ mailId }) => moderate(mailId, { ...common, settings, resolve }),
  });
  await queue.work('try', { atOnce: 1, run: ({ mailId }) => tryMail(mailId, { ...common, settings, pool }) });
  await queue.work('obey', { atOnce: 1, run: ({ mailId }) => obey(mailId, { ...common, settings, resolve }) });
  const github = await startGithub({ ...common, settings, sleep, judge: judgeOf(pool, now), signal: stop.signal });
  const queries = new Queries({ ...common, settings, pool, signal: stop.signal });
  const client = patchworkOf(settings, stop.signal);
  await queue.work('patchwork', { atOnce: 1, run: ({ checkId }) => postCheck(checkId, { ...common, client }) });
  const http = await openHttp(settings, { store, queue, sources, queries, metrics, now, log });
  if (typeof http === 'string') return http;
  const digest = startDigest({
    ...{ ...common, settings, sleep, signal: stop.signal },
    readSince: () => sources.readSince(),
  });
  sources.start(settings.sources);
  log.info(
    { store: store.name, sources: settings.sources.map(({ name }) => name), port: http?.port ?? null },
    'started',
  );
  const hourly = setInterval(() => {
    maintain(store).catch((error) => log.error({ why: error.message }, 'the store cannot be maintained'));
  }, 3_600_000);
  const end = async (timeoutMs: number) => {
    clearInterval(hourly);
    stop.abort();
    await sources.stopped();
    await github.stopped();
    await digest.stopped();
    await queue.stop(timeoutMs);
    await queries.ended();
    workers.close();
    await http?.close();
    await store.close();
    log.info({}, 'stopped');
  };
  return { port: http?.port ?? null, stop: end };
}

export const placeOfStore = ({ store }: Pick<Settings, 'store'>) =>
  store.url === null
    ? ({ kind: 'directory', path: store.directory } as const)
    : ({ kind: 'server', url: store.url } as const);

/** Bottleneck keeps the gap; the caps that count over processes and restarts are rows of the store. */
function spaced(send: Posting['send']): Posting['send'] {
  if (send === null) return null;
  const limiter = new Bottleneck({ maxConcurrent: 1, minTime: sendGapMs });
  return (reply) => limiter.schedule(() => send(reply));
}

/** Null where the settings have none. */
function patchworkOf({ patchwork }: Settings, signal: AbortSignal): CheckPosting['client'] {
  if (patchwork === null) return null;
  const { url, project, token } = patchwork;
  return new PatchworkClient({
    ...{ url, project, signal, gapMs: sendGapMs, timeoutMs: patchworkTimeoutMs },
    token: () => readSecret(token, signal),
  });
}

/** What a crash has left: analyses that were running, replies that are due or of which it is not known, checks. */
async function wakeAll(store: Store, queue: Queue, now: Date): Promise<void> {
  await store.db.transaction().execute(async (tx) => {
    for (const { id } of await threadsIn(tx, 'analysing')) await queue.enqueue(tx, 'analyse', { threadId: id }, now);
    for (const { id, settles_at } of await threadsIn(tx, 'waiting'))
      await queue.enqueue(tx, 'look', { threadId: id }, settles_at ?? now);
    for (const { id, not_before } of await repliesIn(tx, ['due', 'sending']))
      await queue.enqueue(tx, 'post', { replyId: id }, not_before ?? now);
    for (const { id, not_before } of await checksIn(tx, ['due']))
      await queue.enqueue(tx, 'patchwork', { checkId: id }, not_before ?? now);
  });
}

interface Parts {
  readonly store: Store;
  readonly queue: Queue;
  readonly sources: Sources;
  readonly queries: Queries;
  readonly metrics: Metrics;
  readonly now: () => Date;
  readonly log: Log;
}

/** Null where the settings have none; in words why it cannot be. */
async function openHttp(settings: Settings, parts: Parts): Promise<HttpServer | null | string> {
  const {
    http,
    github: { pulls },
    store: { directory, url },
  } = settings;
  if (http === null) return null;
  const { store, queue, sources, queries, metrics, now, log } = parts;
  const run: RunOrder = (name, args) => runOrder(name, args, { store, queue, settings, queries, now });
  try {
    return await serveHttp({
      ...http,
      ...{ log, now, pages: pagesOf({ store, settings, log }) },
      metrics: async () => {
        await gauge(parts);
        return { text: await metrics.registry.metrics(), type: metrics.registry.contentType };
      },
      notReady: async () => [
        ...((await isAlive(store)) ? [] : [`${store.name} does not answer`]),
        ...sources.failing(),
      ],
      orders: url === null ? { token: tokenIn(directory), run } : null,
      api: { store, run },
      webhook:
        pulls === null || pulls.webhook === null
          ? null
          : { secret: pulls.webhook, take: (delivery) => takeDelivery(delivery, { store, queue, now, pulls }) },
      feed: { store, domain: settings.domain, name: settings.from.name, url: http.url },
    });
  } catch (error) {
    return `http ${http.host}:${http.port}: ${(error as Error).message}; set another port, or null`;
  }
}

async function gauge({ store, queue, metrics, now }: Parts): Promise<void> {
  for (const { name, queuedCount, activeCount } of await queue.counts()) {
    metrics.queue.set({ kind: name, state: 'waiting' }, queuedCount);
    metrics.queue.set({ kind: name, state: 'running' }, activeCount);
  }
  metrics.parked.set({ what: 'threads' }, (await threadsIn(store.db, 'parked')).length);
  metrics.parked.set({ what: 'replies' }, (await repliesIn(store.db, ['parked'])).length);
  metrics.parked.set({ what: 'checks' }, (await checksIn(store.db, ['parked'])).length);
  const due = (await threadsIn(store.db, 'waiting')).flatMap(({ settles_at }) =>
    settles_at === null ? [] : [settles_at.getTime()],
  );
  metrics.queueAgeSeconds.set(Math.max(0, (now().getTime() - Math.min(now().getTime(), ...due)) / 1000));
}

/** Who may read the directory may give orders. */
export const tokenFile = (directory: string) => join(directory, '.order-token');

function tokenIn(directory: string): string {
  const file = tokenFile(directory);
  // One that a full disk has cut short is made anew: an empty token would let in anybody.
  const kept = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  if (/^[0-9a-f]{64}$/.test(kept)) return kept;
  const token = randomBytes(32).toString('hex');
  writeFileSync(file, `${token}\n`, { mode: 0o600 });
  return token;
}
