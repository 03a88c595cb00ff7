/**
 * GitHub as a part of the daemon: what is due is written, and from time to time what should be there is read anew from all rows, for
 * a mail that a moderator let out, or took back, changes it without anybody analysing anything.
 */
import type { Settings } from '../settings/schema.ts';
import { itemsIn, worksToTrack } from '../store/github-items.ts';
import type { Queue } from '../store/queue.ts';
import { lanesOf } from './lanes.ts';
import { Accounts } from './login.ts';
import { trackWork } from './track.ts';
import { type Writing, writeItem } from './write.ts';

interface PartContext extends Omit<Writing, 'open' | 'queue'> {
  readonly queue: Queue;
  readonly settings: Settings;
  readonly signal: AbortSignal;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

const sweepMs = 10 * 60_000;
const sweptMs = 60 * 24 * 3_600_000;

/** Runs until the signal. @returns what to wait for then */
export async function startGithub({
  settings,
  signal,
  sleep,
  ...common
}: PartContext): Promise<{ stopped(): Promise<void> }> {
  const { auth, api, gapSeconds, issues } = settings.github;
  const { store, queue, log, now } = common;
  if (auth !== null) {
    const lanes = lanesOf(gapSeconds * 1000);
    const accounts = new Accounts(auth, { api, lanes, now, sleep: (ms) => sleep(ms, signal) });
    await queue.work('github', {
      atOnce: 1,
      run: ({ itemId }) => writeItem(itemId, { ...common, open: () => accounts.open(signal) }),
    });
    for (const { id, not_before } of await itemsIn(store.db, ['due']))
      await queue.enqueue(store.db, 'github', { itemId: id }, not_before ?? now());
  }
  if (issues === null) return { stopped: async () => {} };
  const sweeping = async () => {
    while (!signal.aborted) {
      try {
        for (const work of await worksToTrack(store.db, new Date(now().getTime() - sweptMs)))
          await store.db.transaction().execute((tx) => trackWork(tx, work, { settings, queue, now: now() }));
      } catch (error) {
        log.error({ why: (error as Error).message }, 'what should be on GitHub cannot be read');
      }
      await sleep(sweepMs, signal);
    }
  };
  const swept = sweeping();
  return { stopped: () => swept };
}
