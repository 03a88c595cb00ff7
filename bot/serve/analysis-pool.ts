/** The processes that analyse threads, within the limits of the settings. */
import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { AnalysisTask, AnalysisTold } from '../analysis/worker.ts';
import type { Settings } from '../settings/schema.ts';
import { WorkerPool } from '../workers/pool.ts';

const workerFile = join(import.meta.dirname, '../analysis/worker.ts');

export const analysisPool = (settings: Settings, signal: AbortSignal) =>
  new WorkerPool<AnalysisTask, AnalysisTold>({
    jobs: settings.analysis.jobs,
    start: () =>
      fork(workerFile, [JSON.stringify(withoutPassword(settings))], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] }),
    limits: { cpuSecondsMax: settings.analysis.cpuSecondsMax, megabytesMax: settings.analysis.megabytesMax },
    signal,
  });

/** A command line is there for all of the machine to read; who analyses has no use for the store. */
const withoutPassword = ({ store, ...settings }: Settings): Settings => ({
  ...settings,
  store: { ...store, url: null },
});
