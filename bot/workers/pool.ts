/**
 * Work that may not take its caller with it, in processes of its own: one task at a time each. A process is kept for the next
 * task; one that dies, or takes more than its limits, is ended and replaced, and its task is told as what it came to.
 *
 * Example: of three tasks over two processes the second never ends: the first process does the third, the second is killed
 * when its CPU time is spent, and run() of its task resolves to { kind: 'limit', … }.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Said } from './serve-tasks.ts';

interface WorkerLimits {
  /** What one task may take, in seconds of CPU, which a busy machine does not stretch. */
  readonly cpuSecondsMax: number;
  /** In seconds of the clock, for work that waits; none by default. */
  readonly wallSecondsMax?: number;
  /** Resident memory of the process, in MiB; none by default. */
  readonly megabytesMax?: number;
}

export interface PoolOptions {
  /** Processes at most, from 1. */
  readonly jobs: number;
  /** A new process that serves tasks (serve-tasks.ts). */
  readonly start: () => ChildProcess;
  readonly limits: WorkerLimits;
  /** Ends running tasks at once, as `stopped`, and begins no more. */
  readonly signal: AbortSignal;
}

/** How a task ended; `why` is words for a person. */
export type Ended =
  | { readonly kind: 'done' }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'limit' | 'died'; readonly why: string };

const watchMs = 500;

export class WorkerPool<Task, Told> {
  readonly #options: PoolOptions;
  readonly #idle: ChildProcess[] = [];
  readonly #waiting: (() => void)[] = [];
  #busy = 0;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** Runs when a process is free; `onTold` gets what it tells meanwhile. Never rejects over what a process does. */
  async run(task: Task, onTold: (told: Told) => void): Promise<Ended> {
    if (this.#busy >= this.#options.jobs) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#busy++;
    try {
      if (this.#options.signal.aborted) return { kind: 'stopped' };
      const worker = this.#idle.pop() ?? this.#options.start();
      const ended = await runOn(worker, { task, onTold }, this.#options);
      if (ended.kind === 'done') this.#idle.push(worker);
      return ended;
    } finally {
      // The place goes to who waits longest.
      const next = this.#waiting.shift();
      if (next === undefined) this.#busy--;
      else next();
    }
  }

  /** Lets idle processes go; call it when no task runs any more. */
  close(): void {
    for (const worker of this.#idle.splice(0)) worker.disconnect();
  }
}

interface Work<Task, Told> {
  readonly task: Task;
  readonly onTold: (told: Told) => void;
}

async function runOn<Task, Told>(
  worker: ChildProcess,
  { task, onTold }: Work<Task, Told>,
  { limits, signal }: PoolOptions,
): Promise<Ended> {
  let isDone = false;
  let exceeded: string | null = null;
  let complaint = '';
  const end = new AbortController();
  const onComplaint = (text: Buffer) => {
    complaint = `${complaint}${text}`.slice(-2_000);
  };
  const onSaid = (said: Said<Told>) => {
    if (said.kind === 'told') onTold(said.told);
    else {
      isDone = true;
      end.abort();
    }
  };
  const spent = watchOf(worker);
  const watch = setInterval(() => {
    exceeded ??= spent(limits);
    if (exceeded !== null || signal.aborted) worker.kill('SIGKILL');
  }, watchMs);
  worker.stderr?.on('data', onComplaint);
  worker.on('message', onSaid);
  // One that has ended already closes its channel, and 'exit' says so.
  worker.send({ task }, () => {});
  const exited = worker.exitCode !== null || worker.signalCode !== null;
  if (!exited)
    await Promise.race([once(worker, 'exit', { signal: end.signal }), once(end.signal, 'abort')]).catch(() => {});
  clearInterval(watch);
  worker.off('message', onSaid);
  worker.stderr?.off('data', onComplaint);
  if (isDone) return { kind: 'done' };
  if (signal.aborted) return { kind: 'stopped' };
  if (exceeded !== null) return { kind: 'limit', why: exceeded };
  const told = complaint.trim() === '' ? '' : `: ${complaint.trim()}`;
  return { kind: 'died', why: `its process ended with ${worker.signalCode ?? `status ${worker.exitCode}`}${told}` };
}

/** @returns what says which limit has been passed since, null for none */
function watchOf(worker: ChildProcess): (limits: WorkerLimits) => string | null {
  const [cpuBefore, startedMs] = [cpuSecondsOf(worker), performance.now()];
  return ({ cpuSecondsMax, wallSecondsMax, megabytesMax }) => {
    const wall = (performance.now() - startedMs) / 1000;
    const now = cpuSecondsOf(worker);
    const cpu = now === null || cpuBefore === null ? wall : now - cpuBefore;
    if (cpu > cpuSecondsMax) return `it took more than ${cpuSecondsMax} s of CPU`;
    if (wallSecondsMax !== undefined && wall > wallSecondsMax) return `it took more than ${wallSecondsMax} s`;
    const megabytes = megabytesMax === undefined ? null : residentMegabytesOf(worker);
    return megabytes !== null && megabytes > megabytesMax! ? `it took more than ${megabytesMax} MiB of memory` : null;
  };
}

/** Of the whole process so far; null where the system does not say. proc(5): fields 14 and 15, in ticks of 10 ms. */
function cpuSecondsOf({ pid }: ChildProcess): number | null {
  const stat = procText(pid, 'stat');
  if (stat === null) return null;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** proc(5): VmRSS, in KiB. */
function residentMegabytesOf({ pid }: ChildProcess): number | null {
  const found = /^VmRSS:\s+(\d+) kB$/m.exec(procText(pid, 'status') ?? '');
  return found === null ? null : Number(found[1]) / 1024;
}

function procText(pid: number | undefined, name: string): string | null {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return null;
  }
}
