/** Mutants over processes. One that dies takes its mutant with it, and that is told as what it is. */
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { WorkerPool } from '../workers/pool.ts';
import type { Task, Told } from './worker.ts';

export type Failed = Task & { readonly failure: string };

const workerFile = join(import.meta.dirname, 'worker.ts');
/** Of one mutant; a review takes seconds. */
const cpuSecondsMax = 900;

/** Calls `done` with each outcome as it comes; ends when there are no more. */
export async function runTasks(
  tasks: readonly Task[],
  jobs: number,
  done: (told: Told | Failed) => void,
): Promise<void> {
  const pool = new WorkerPool<Task, Told>({
    jobs: Math.max(1, jobs),
    start: () => fork(workerFile, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] }),
    limits: { cpuSecondsMax },
    signal: new AbortController().signal,
  });
  const run = async (task: Task) => {
    const ended = await pool.run(task, done);
    if (ended.kind === 'died' || ended.kind === 'limit') done({ ...task, failure: ended.why });
  };
  await Promise.all(tasks.map(run));
  pool.close();
}
