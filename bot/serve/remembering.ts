/**
 * A pool that asks nothing twice: before a task runs, verdicts on its patches that any process of this store has made are looked
 * up and go with it; those that it makes are kept as it makes them, also where it is ended later. A patch that another process
 * is judging right now is waited for, as long as that one lives and is within its limit of CPU time: its verdict is then found.
 */
import { randomUUID } from 'node:crypto';
import type { AnalysisTask, AnalysisTold } from '../analysis/worker.ts';
import { sleep } from '../inbox/source.ts';
import { readMessage } from '../mail/message.ts';
import {
  claimPatches,
  keepVerdict,
  keptVerdictsOf,
  releaseAllPatches,
  releasePatches,
  renewPatches,
} from '../store/kept-verdicts.ts';
import type { Store } from '../store/store.ts';
import { namesRelevant } from '../thread/touched.ts';
import { patchIdsOf } from '../verdicts/patches.ts';
import type { WorkerPool } from '../workers/pool.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

type Pool = Pick<WorkerPool<AnalysisTask, AnalysisTold>, 'run'>;

interface Remembering {
  readonly store: Store;
  readonly log: Log;
  readonly metrics: Metrics;
  /** For how long another process is waited for at most. */
  readonly waitSecondsMax: number;
  readonly signal: AbortSignal;
}

const claimSeconds = 15;
const renewMs = 4_000;
const pollMs = 500;

export function remembering(pool: Pool, { store, log, metrics, waitSecondsMax, signal }: Remembering): Pool {
  const { db } = store;
  // What is kept serves to be quick: an analysis goes on without it.
  const quietly = async <Value>(asked: Promise<Value>, otherwise: Value): Promise<Value> => {
    try {
      return await asked;
    } catch (error) {
      log.warn({ why: (error as Error).message }, 'verdicts cannot be looked up or kept');
      return otherwise;
    }
  };

  // A locked directory is nobody else's.
  const begun = store.engine === 'PGlite' ? quietly(releaseAllPatches(db), undefined) : Promise.resolve();

  async function claim(patches: readonly string[], holder: string): Promise<void> {
    const until = performance.now() + waitSecondsMax * 1000;
    const claimed = () => quietly(claimPatches(db, patches, { holder, seconds: claimSeconds }), true);
    while (!(await claimed())) {
      if (signal.aborted || performance.now() > until) return;
      await sleep(pollMs, signal);
    }
  }

  return {
    async run(task, onTold) {
      const patches = patchIdsOf(await patchesOf(task));
      if (patches.length === 0) return pool.run(task, onTold);
      const holder = randomUUID();
      await begun;
      await claim(patches, holder);
      const renewing = setInterval(() => {
        void quietly(renewPatches(db, { holder, seconds: claimSeconds }), undefined);
      }, renewMs);
      const kept: Promise<void>[] = [];
      try {
        const verdicts = await quietly(keptVerdictsOf(db, patches), []);
        return await pool.run({ ...task, verdicts }, (told) => {
          if (told.kind !== 'verdict') return onTold(told);
          metrics.patchVerdicts.inc({ from: told.from });
          const keeping = keepVerdict(db, told.kept).then(() => releasePatches(db, { holder, patch: told.kept.patch }));
          kept.push(quietly(keeping, undefined));
        });
      } finally {
        clearInterval(renewing);
        await Promise.all(kept);
        await quietly(releasePatches(db, { holder }), undefined);
      }
    },
  };
}

/** Bodies of its mails that may hold a patch that matters. */
async function patchesOf({ mails, trial }: AnalysisTask): Promise<readonly string[]> {
  const bodies: string[] = [];
  for (const mail of trial === undefined ? mails : [...mails, trial.mail]) {
    const { body } = await readMessage(Buffer.from(mail, 'base64'));
    if (namesRelevant(body)) bodies.push(body);
  }
  return bodies;
}
