/**
 * Digests as a part of the daemon: it looks every minute whether one is due, and makes it once what came before that moment is read
 * and judged. It does not wait for that longer than a morning: what is late is told of by the next one.
 */
import type { Log } from '../serve/log.ts';
import { threadsIn } from '../store/threads.ts';
import { isAnyDue, type Making, makeDue } from './make.ts';
import { lastDue } from './week.ts';

interface PartContext extends Making {
  /** Since when every source was read to its end; null where one was not, or there is none. */
  readonly readSince: () => Promise<Date | null>;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

const lookMs = 60_000;
const patienceMs = 6 * 3_600_000;

/** Runs until the signal. @returns what to wait for then */
export function startDigest(context: PartContext): { stopped(): Promise<void> } {
  const { settings, log, signal, sleep, now } = context;
  if (settings.digest.groups.length === 0) return { stopped: async () => {} };
  const startedAt = now();
  const run = async () => {
    while (!signal.aborted) {
      try {
        await look(context, startedAt);
      } catch (error) {
        log.error({ why: (error as Error).message }, 'a digest cannot be made');
      }
      await sleep(lookMs, signal);
    }
  };
  const running = run();
  return { stopped: () => running };
}

async function look(context: PartContext, startedAt: Date): Promise<void> {
  if (!(await isAnyDue(context))) return;
  const due = lastDue(context.now(), context.settings.digest);
  const waited = context.now().getTime() - Math.max(due.getTime(), startedAt.getTime());
  if (waited < patienceMs && !(await isAllJudged(due, context))) return;
  for (const { group, week } of await makeDue(context)) context.log.info({ group, week }, 'a digest is made');
}

/** What came before then is read, and nothing of it waits to be looked at. */
async function isAllJudged(due: Date, { store, settings, readSince }: PartContext): Promise<boolean> {
  const since = await readSince();
  if (settings.sources.length > 0 && (since === null || since < due)) return false;
  for (const state of ['waiting', 'analysing'] as const)
    if ((await threadsIn(store.db, state)).some(({ touched_at }) => touched_at < due)) return false;
  return true;
}
