/**
 * Threads go to worker processes, one at a time each; rows come back as they are ready. A worker that takes too long, or dies,
 * is replaced, and the patches it owed get a row that says so: no thread takes another with it.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ArchiveThread } from './catalogue.ts';
import { type Row, unreviewedRow } from './row.ts';
import { rowStart } from './thread-review.ts';
import type { Told, WorkerSetup } from './worker.ts';

export interface PoolOptions {
  readonly jobs: number;
  /** A new worker, which takes threads and tells rows (worker.ts). */
  readonly start: () => ChildProcess;
  /** What a thread may take, in seconds of CPU, which a busy machine does not stretch. */
  readonly threadSecondsMax: number;
  readonly onRow: (row: Row) => void;
  readonly signal: AbortSignal;
}

const workerFile = join(import.meta.dirname, 'worker.ts');
const watchMs = 500;

/** Resolves when all are done, or when the signal has stopped it. */
export async function reviewThreads(threads: readonly ArchiveThread[], options: PoolOptions): Promise<void> {
  const queue = [...threads];
  const work = async () => {
    let worker: ChildProcess | null = null;
    for (let thread = queue.shift(); thread !== undefined && !options.signal.aborted; thread = queue.shift()) {
      worker ??= options.start();
      const alive = await reviewOne(worker, thread, options);
      if (!alive) worker = null;
    }
    worker?.disconnect();
  };
  await Promise.all(Array.from({ length: Math.min(options.jobs, threads.length) }, work));
}

export function startWorker(setup: WorkerSetup): ChildProcess {
  return fork(workerFile, [JSON.stringify(setup)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
}

/** @returns whether the worker is still good for another */
async function reviewOne(worker: ChildProcess, thread: ArchiveThread, options: PoolOptions): Promise<boolean> {
  const owed = new Map(thread.patches.map((patch) => [patch.id, patch]));
  const end = new AbortController();
  let limited = false;
  const [started, startedMs] = [cpuSecondsOf(worker), performance.now()];
  const watch = setInterval(() => {
    const now = cpuSecondsOf(worker);
    const spent = now === null || started === null ? (performance.now() - startedMs) / 1000 : now - started;
    limited ||= spent > options.threadSecondsMax;
    if (limited || options.signal.aborted) worker.kill('SIGKILL');
  }, watchMs);
  let done = false;
  const onTold = (told: Told) => {
    if (told.kind === 'done') {
      done = true;
      end.abort();
      return;
    }
    owed.delete(told.row.messageId);
    options.onRow(told.row);
  };
  worker.on('message', onTold);
  worker.send(thread);
  await Promise.race([once(worker, 'exit', { signal: end.signal }), once(end.signal, 'abort')]).catch(() => {});
  clearInterval(watch);
  worker.off('message', onTold);
  if (done) return true;
  if (options.signal.aborted) return false;
  for (const patch of owed.values()) {
    const row = limited
      ? unreviewedRow(rowStart(patch), 'limit', `its thread took more than ${options.threadSecondsMax} s of CPU`)
      : unreviewedRow(rowStart(patch), 'crash', `the worker ended with ${worker.signalCode ?? worker.exitCode}`);
    options.onRow(row);
  }
  return false;
}

/** Of the whole process so far; null where the system does not say. proc(5): fields 14 and 15, in ticks of 10 ms. */
function cpuSecondsOf({ pid }: ChildProcess): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return null;
  }
}
