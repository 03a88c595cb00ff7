/**
 * SPIN as a peer: a Promela model in, verdict, states, CPU seconds and memory out. Its verifier is C that spin makes and gcc
 * compiles; what it used is asked of the kernel when it ends.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { freemem, tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SpinSetting {
  readonly name: string;
  readonly defines: readonly string[];
}

/** Exhaustive ones, all for safety; the first has exactly the states of the model. */
export const settings = [
  { name: 'depth-first', defines: ['NOREDUCE'] },
  { name: 'depth-first, partial-order reduction', defines: [] },
  { name: 'depth-first, collapsed states', defines: ['NOREDUCE', 'COLLAPSE'] },
  { name: 'breadth-first', defines: ['NOREDUCE', 'BFS'] },
] as const satisfies readonly SpinSetting[];

export interface SpinFigures {
  readonly outcome: 'held' | 'broken' | 'limit';
  readonly states: number;
  readonly cpuSeconds: number;
  /** Of spin and gcc, in seconds of the clock. */
  readonly compileSeconds: number;
  /** The most memory it had. */
  readonly megabytes: number;
}

export interface SpinRun {
  readonly setting: SpinSetting;
  /** Of the model: the more, the larger its hash table from the start. */
  readonly tasks: number;
  /** Break after break, to the end; else it stops at the first. */
  readonly whole: boolean;
  readonly seconds: number | null;
  /** Of gcc; -O3 by default. */
  readonly optimization?: '-O0' | '-O3';
}

type Verified = Omit<SpinFigures, 'compileSeconds'> & { readonly tooDeep: boolean };

/** A stack of this depth takes a gigabyte. */
const depthMax = 10_000_000;

/** Null where SPIN is there. Installs it where that is possible. */
export function missingSpin(): string | null {
  const isThere = () => ['spin', 'gcc'].every((name) => spawnSync(name, ['--version']).error === undefined);
  if (isThere()) return null;
  if (process.getuid?.() !== 0) return 'SPIN is not installed; as root: apt-get install spin gcc libc6-dev';
  process.stderr.write('installing SPIN from Debian\n');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const words of [['update'], ['install', '-y', '--no-install-recommends', 'spin', 'gcc', 'libc6-dev']])
    spawnSync('apt-get', ['-qq', ...words], { stdio: ['ignore', 'ignore', 'inherit'], env });
  return isThere() ? null : 'SPIN could not be installed: apt-get install spin gcc libc6-dev';
}

/** Printed by the verifier when it ends. */
const usage = `#include <stdio.h>
#include <sys/resource.h>
static void __attribute__((destructor)) tell_usage(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  fprintf(stderr, "used %ld.%06ld %ld.%06ld %ld\\n", (long)u.ru_utime.tv_sec, (long)u.ru_utime.tv_usec,
    (long)u.ru_stime.tv_sec, (long)u.ru_stime.tv_usec, u.ru_maxrss);
}
`;

export function runSpin(promela: string, run: SpinRun): SpinFigures {
  const folder = mkdtempSync(join(tmpdir(), 'spin-'));
  try {
    writeFileSync(join(folder, 'model.pml'), promela);
    writeFileSync(join(folder, 'usage.h'), usage);
    const started = performance.now();
    const memory = Math.floor(freemem() / 2 ** 20);
    const defines = ['SAFETY', `MEMLIM=${memory}`, ...run.setting.defines].map((name) => `-D${name}`);
    command(folder, 'spin', ['-a', 'model.pml']);
    command(folder, 'gcc', [run.optimization ?? '-O3', '-w', '-include', 'usage.h', ...defines, '-o', 'pan', 'pan.c']);
    const compileSeconds = (performance.now() - started) / 1000;
    // Its stack is memory it uses from the start: the smallest that suffices.
    for (let depth = run.tasks < 4 ? 100_000 : 10 ** (run.tasks + 2); ; depth *= 10) {
      const { tooDeep, ...figures } = verify(folder, depth, run);
      if (!tooDeep || depth >= depthMax) return { ...figures, compileSeconds };
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function verify(folder: string, depth: number, run: SpinRun): Verified {
  const bits = Math.min(28, Math.max(18, 8 + 4 * run.tasks));
  const options = [`-w${bits}`, `-m${depth}`, `-c${run.whole ? 0 : 1}`];
  // An interrupt ends it with its figures so far.
  const words = run.seconds === null ? ['./pan'] : ['timeout', '--signal=INT', String(run.seconds), './pan'];
  const [name = '', ...more] = [...words, ...options];
  const { stdout, stderr } = spawnSync(name, more, { cwd: folder, encoding: 'utf8', maxBuffer: 2 ** 28 });
  const states = Number(/^\s*([\d.e+]+) states, stored/m.exec(stdout)?.[1] ?? 0);
  const errors = Number(/errors: (\d+)/.exec(stdout)?.[1] ?? 0);
  const [, user = 0, system = 0, kilobytes = 0] = /^used (\S+) (\S+) (\S+)$/m.exec(stderr) ?? [];
  const tooDeep = stdout.includes('max search depth too small') && errors === 0;
  const complete = states > 0 && !tooDeep && !/Search not completed|out of memory|interrupted/i.test(stdout + stderr);
  const outcome = errors > 0 ? 'broken' : complete ? 'held' : 'limit';
  return { tooDeep, outcome, states, cpuSeconds: Number(user) + Number(system), megabytes: Number(kilobytes) / 1024 };
}

function command(folder: string, name: string, options: readonly string[]): void {
  const { status, stderr, stdout } = spawnSync(name, options, { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${name} failed: ${stdout}${stderr}`);
}
