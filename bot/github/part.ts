/**
 * GitHub as a part of the daemon: what is due is written, and from time to time what should be there is read anew from all rows, for
 * a mail that a moderator let out, or took back, changes it without anybody analysing anything.
 */
import type { Settings } from '../settings/schema.ts';
import { itemsIn, worksToTrack } from '../store/github-items.ts';
import type { Jobs, Queue } from '../store/queue.ts';
import { wantReview } from './delivery.ts';
import { takeBackMarks } from './keep-marks.ts';
import { lanesOf } from './lanes.ts';
import { Accounts } from './login.ts';
import { openPulls } from './pull.ts';
import { trackWork } from './track.ts';
import { type Writing, writeItem } from './write.ts';

interface PartContext extends Omit<Writing, 'open' | 'queue' | 'bot' | 'branches'> {
  readonly queue: Pick<Queue, 'enqueue'>;
  readonly work: (name: 'github', run: (data: Jobs['github']) => Promise<void>) => Promise<void>;
  /** Is this process still the one that writes? */
  readonly mayWrite: () => boolean;
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
  work,
  mayWrite,
  ...common
}: PartContext): Promise<{ stopped(): Promise<void> }> {
  const { auth, api, gapSeconds, issues, pulls, marks } = settings.github;
  const loops: Promise<void>[] = [];
  const { store, queue, log, now } = common;
  if (auth !== null) {
    const lanes = lanesOf(gapSeconds * 1000, mayWrite);
    const accounts = new Accounts(auth, { api, lanes, now, sleep: (ms) => sleep(ms, signal) });
    const written = { bot: settings.from.name, branches: marks?.branches ?? [] };
    await work('github', ({ itemId }) =>
      writeItem(itemId, { ...common, ...written, open: () => accounts.open(signal) }),
    );
    for (const { id, not_before } of await itemsIn(store.db, ['due']))
      await queue.enqueue(store.db, 'github', { itemId: id }, not_before ?? now());
    if (pulls !== null)
      loops.push(
        every(pulls.minutes * 60_000, 'pull requests cannot be looked for', async () => {
          const { account, problem } = await accounts.open(signal);
          if (account === null) throw new Error(problem);
          const open = await openPulls(account.client, pulls.repository);
          if (open.trouble !== null) throw new Error(open.trouble.why);
          for (const one of open.data) await wantReview(one, { store, queue, now, pulls }, null);
        }),
      );
  }
  if (issues !== null || marks !== null)
    loops.push(
      every(sweepMs, 'what should be on GitHub cannot be read', async () => {
        for (const work of await worksToTrack(store.db, new Date(now().getTime() - sweptMs)))
          await store.db.transaction().execute(async (tx) => {
            await trackWork(tx, work, { settings, queue, now: now() });
            if (marks !== null) await takeBackMarks(tx, work, { queue, now: now() });
          });
      }),
    );
  return { stopped: async () => void (await Promise.all(loops)) };

  async function every(ms: number, complaint: string, run: () => Promise<void>): Promise<void> {
    while (!signal.aborted) {
      await run().catch((error: Error) => log.error({ why: error.message }, complaint));
      await sleep(ms, signal);
    }
  }
}
