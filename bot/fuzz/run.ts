/** A run of damaged mails, and what came of it. A mail that is not done in time is a row of its own, and the run goes on behind it. */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { FuzzRow, FuzzTask } from './worker.ts';

export interface FuzzReport {
  readonly mails: number;
  readonly patches: number;
  readonly relevant: number;
  readonly replies: number;
  readonly megabytes: number;
  readonly slowest: { readonly index: number; readonly ms: number };
  /** In words, with the mail's number. */
  readonly wrong: readonly string[];
}

/** A mail may take so long, whatever else the machine does; a thread that is at one for much longer is ended. */
export const limits = { mailMs: 2_000, hangMs: 30_000 } as const;

export async function fuzz(
  { seed, mails, first = 0 }: { readonly seed: number; readonly mails: number; readonly first?: number },
  progress: (done: number) => void = () => {},
): Promise<FuzzReport> {
  const rows: FuzzRow[] = [];
  const wrong: string[] = [];
  const end = first + mails;
  for (let from = first; from < end; ) {
    const hung = await part({ seed, from, to: end, place: new SharedArrayBuffer(4) }, (row) => {
      rows.push(row);
      progress(rows.length);
    });
    if (hung === null) break;
    wrong.push(`${hung.index}: ${hung.why}`);
    from = hung.index + 1;
  }
  for (const { index, ms, crash, how, wrong: what } of rows) {
    const name = `${index} (${how.join(', ')})`;
    if (crash !== null) wrong.push(`${name}: crash: ${crash}`);
    if (ms > limits.mailMs) wrong.push(`${name}: took ${Math.round(ms)} ms`);
    wrong.push(...what.map((text) => `${name}: ${text}`));
  }
  const slowest = rows.reduce((a, b) => (b.ms > a.ms ? b : a), { index: -1, ms: 0 });
  const count = (holds: (row: FuzzRow) => boolean) => rows.filter(holds).length;
  return {
    ...{ mails: rows.length, wrong, slowest: { index: slowest.index, ms: slowest.ms } },
    patches: count(({ isPatch }) => isPatch),
    relevant: count(({ isRelevant }) => isRelevant),
    replies: rows.reduce((sum, row) => sum + row.replies, 0),
    megabytes: rows.reduce((sum, row) => sum + row.bytes, 0) / 1e6,
  };
}

/** @returns the mail at which it ended early; null where it is done */
function part(
  task: FuzzTask,
  onRow: (row: FuzzRow) => void,
): Promise<{ readonly index: number; readonly why: string } | null> {
  const at = new Int32Array(task.place);
  Atomics.store(at, 0, task.from - 1);
  return new Promise((resolve, reject) => {
    const worker = new Worker(join(import.meta.dirname, 'worker.ts'), { workerData: task });
    const index = () => Atomics.load(at, 0);
    let timer: NodeJS.Timeout | undefined;
    const stop = (why: string | null) => {
      clearTimeout(timer);
      worker.terminate();
      if (why !== null && index() < task.from) reject(new Error(why));
      else resolve(why === null ? null : { index: index(), why });
    };
    const wait = () => {
      clearTimeout(timer);
      timer = setTimeout(() => stop(`not done in ${limits.hangMs} ms`), limits.hangMs);
    };
    wait();
    worker.on('message', (row: FuzzRow) => {
      onRow(row);
      wait();
    });
    worker.on('error', (error) => stop(`the thread died: ${error.message}`));
    worker.on('exit', () => stop(null));
  });
}
