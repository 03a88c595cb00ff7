/**
 * The daemon: sources are read, threads looked at and analysed, replies posted, until it is told to stop. Everything that must
 * outlive it is in the store; what it holds itself is connections and processes. What it does of all that its roles say; others do
 * the rest, on other hosts, with the same PostgreSQL.
 */
import { resolve as resolveName } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HttpServer } from '../http/server.ts';
import type { Intake } from '../intake/take.ts';
import type { Resolve } from '../mail/proof.ts';
import type { Settings } from '../settings/schema.ts';
import { Queue } from '../store/queue.ts';
import { type SingletonEvent, Singletons, type SingletonTiming } from '../store/singletons.ts';
import { openStore, type Store } from '../store/store.ts';
import { analyseThread } from './analyse-thread.ts';
import { analysisPool } from './analysis-pool.ts';
import { keeper, keepWhile } from './keeper.ts';
import { openHttp } from './listen.ts';
import type { Log } from './log.ts';
import { lookAtThread } from './look.ts';
import { newMetrics } from './metrics.ts';
import { poster, postWhile } from './poster.ts';
import { Presence } from './presence.ts';
import { Queries } from './queries.ts';
import { remembering } from './remembering.ts';
import { roles as allRoles, type Role } from './roles.ts';
import { fetcherOf, readSource } from './sources.ts';
import { tryMail } from './try-mail.ts';

interface Daemon {
  /** Of the HTTP server; null where the settings have none, or another process is to have it. */
  readonly port: number | null;
  /** Lets what runs come to an end, within the time given. */
  stop(timeoutMs: number): Promise<void>;
}

/** `again`: may it do the next time, with the same settings? */
export type Started =
  | { readonly daemon: Daemon; readonly problem: null }
  | { readonly daemon: null; readonly problem: string; readonly again: boolean };

const { version }: { version: string } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'),
);

/** Mails of a series come within seconds of each other. */
const soonMostMs = 15_000;

export interface DaemonContext {
  readonly log: Log;
  /** All by default. */
  readonly roles?: ReadonlySet<Role>;
  readonly resolve?: Resolve;
  readonly timing?: SingletonTiming;
}

/** Never rejects over what is away: a database may be just then, and whoever runs it tries again. */
export async function startDaemon(settings: Settings, context: DaemonContext): Promise<Started> {
  const roles = context.roles ?? new Set(allRoles);
  if (settings.store.url === null && roles.size < allRoles.length) {
    const problem = `a data directory has one process, with all roles: set store.url to a PostgreSQL server, or leave --role out`;
    return { daemon: null, problem, again: false };
  }
  const { store, problem } = await openStore(placeOfStore(settings), { holder: 'serve' });
  if (problem !== null) return { daemon: null, problem: problem.text, again: true };
  let queue: Queue | null = null;
  let singletons: Singletons | null = null;
  let why: string;
  try {
    queue = await Queue.open(store, (error) => context.log.error({ why: error.message }, 'the queue has a problem'));
    singletons = await Singletons.open(store, (event) => tellOf(event, context.log), context.timing);
    const started = await startOn({ store, queue, singletons }, settings, { ...context, roles });
    if (typeof started !== 'string') return { daemon: started, problem: null };
    why = started;
  } catch (error) {
    why = `${store.name} cannot be used (${(error as Error).message})`;
  }
  await singletons?.stop(0);
  await queue?.stop(0).catch(() => {});
  await store.close();
  return { daemon: null, problem: why, again: true };
}

function tellOf({ name, what, why }: SingletonEvent, log: Log): void {
  if (what === 'lost' || what === 'failed') log.warn({ singleton: name, why }, `what one process does is ${what}`);
  else log.info({ singleton: name }, `what one process does is ${what}`);
}

interface Opened {
  readonly store: Store;
  readonly queue: Queue;
  readonly singletons: Singletons;
}

/** @returns in words why it cannot be */
async function startOn(
  { store, queue, singletons }: Opened,
  settings: Settings,
  { log, roles, resolve = resolveName as Resolve }: DaemonContext & { readonly roles: ReadonlySet<Role> },
): Promise<Daemon | string> {
  const stop = new AbortController();
  const { now } = singletons;
  const metrics = newMetrics();
  const workers = analysisPool(settings, stop.signal);
  const pool = remembering(workers, {
    ...{ store, log, metrics, signal: stop.signal },
    waitSecondsMax: settings.analysis.cpuSecondsMax,
  });
  const common = { store, queue, settings, log, metrics, now };
  const presence = new Presence({ ...common, roles, version });
  const queries = new Queries({ ...common, pool, signal: stop.signal });
  await presence.told;
  let http: HttpServer | null = null;
  if (roles.has('http')) {
    const opened = await openHttp({ ...common, queries, presence });
    if (typeof opened === 'string') {
      await presence.end();
      return opened;
    }
    http = opened;
  }
  singletons.hold(keeper, (holding) => keepWhile(holding, common));
  if (roles.has('analyse')) {
    await queue.work('look', { atOnce: 1, run: ({ threadId }) => lookAtThread(threadId, common) });
    await queue.work('analyse', {
      atOnce: settings.analysis.jobs,
      run: ({ threadId }) => analyseThread(threadId, { ...common, pool }),
    });
    await queue.work('try', { atOnce: 1, run: ({ mailId }) => tryMail(mailId, { ...common, pool }) });
  }
  if (roles.has('post')) singletons.hold(poster, (holding) => postWhile(holding, { ...common, pool, resolve }));
  if (roles.has('fetch')) {
    const settleMs = settings.settleMinutes * 60_000;
    const intake: Intake = { store, look: { queue, settleMs, soonMs: Math.min(soonMostMs, settleMs) } };
    for (const source of settings.sources)
      singletons.hold(fetcherOf(source), (holding) =>
        readSource(source, holding, { intake, log, metrics, now, random: Math.random }),
      );
  }
  const sources = roles.has('fetch') ? settings.sources.map(({ name }) => name) : [];
  log.info({ store: store.name, roles: [...roles], sources, port: http?.port ?? null }, 'started');
  const end = async (timeoutMs: number) => {
    const by = performance.now() + timeoutMs;
    stop.abort();
    await singletons.stop(timeoutMs);
    await queue.stop(Math.max(0, by - performance.now()));
    await queries.ended();
    workers.close();
    await http?.close();
    await presence.end();
    await store.close();
    log.info({}, 'stopped');
  };
  return { port: http?.port ?? null, stop: end };
}

export const placeOfStore = ({ store }: Pick<Settings, 'store'>) =>
  store.url === null
    ? ({ kind: 'directory', path: store.directory } as const)
    : ({ kind: 'server', url: store.url } as const);
