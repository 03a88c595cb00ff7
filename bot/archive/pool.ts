/**
 * Threads go to worker processes, rows come back as they are ready. Where a worker takes too long, or dies, the patches it owed
 * get a row that says so: no thread takes another with it.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { WorkerPool } from '../workers/pool.ts';
import type { ArchiveThread } from './catalogue.ts';
import { type Row, unreviewedRow } from './row.ts';
import { rowStart } from './thread-review.ts';
import type { WorkerSetup } from './worker.ts';

export interface ArchivePoolOptions {
  readonly jobs: number;
  /** A new worker, which takes threads and tells rows (worker.ts). */
  readonly start: () => ChildProcess;
  /** What a thread may take, in seconds of CPU. */
  readonly threadSecondsMax: number;
  readonly onRow: (row: Row) => void;
  readonly signal: AbortSignal;
}

const workerFile = join(import.meta.dirname, 'worker.ts');

/** Resolves when all are done, or when the signal has stopped it. */
export async function reviewThreads(threads: readonly ArchiveThread[], options: ArchivePoolOptions): Promise<void> {
  const { jobs, start, threadSecondsMax, onRow, signal } = options;
  const pool = new WorkerPool<ArchiveThread, Row>({ jobs, start, limits: { cpuSecondsMax: threadSecondsMax }, signal });
  const review = async (thread: ArchiveThread) => {
    const owed = new Map(thread.patches.map((patch) => [patch.id, patch]));
    const ended = await pool.run(thread, (row) => {
      owed.delete(row.messageId);
      onRow(row);
    });
    if (ended.kind === 'done' || ended.kind === 'stopped') return;
    const answer = ended.kind === 'limit' ? 'limit' : 'crash';
    for (const patch of owed.values()) onRow(unreviewedRow(rowStart(patch), answer, `its thread: ${ended.why}`));
  };
  await Promise.all(threads.map(review));
  pool.close();
}

export function startWorker(setup: WorkerSetup): ChildProcess {
  return fork(workerFile, [JSON.stringify(setup)], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
}
