/**
 * `bench` alone: what a review costs, measured on whole processes of the command itself: seconds from process start to reply,
 * states explored, states per second, peak memory. On the seed series where it is to be had (../shared/threads, with the tree
 * that SEED_TREE names), and on a fixture always.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const runsMax = 3;

interface Figures {
  readonly seconds: number;
  readonly states: number;
  readonly megabytes: number;
}

/** One review as a process of its own; null where it printed no figures. */
function measure(args: readonly string[]): Figures | null {
  const started = performance.now();
  const { stderr } = spawnSync(process.execPath, [join(root, 'bot/main.ts'), 'review', '--no-github', ...args], {
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  const seconds = (performance.now() - started) / 1000;
  const told = /(\d+) states explored, peak (\d+) MB/.exec(stderr);
  return told === null ? null : { seconds, states: Number(told[1]), megabytes: Number(told[2]) };
}

function bench(name: string, args: readonly string[]): void {
  const runs = Array.from({ length: runsMax }, () => measure(args)).filter((figures) => figures !== null);
  const best = [...runs].sort((a, b) => a.seconds - b.seconds)[0];
  if (best === undefined) {
    console.log(`${name.padEnd(36)} no figures: review failed`);
    process.exitCode = 1;
    return;
  }
  const { seconds, states, megabytes } = best;
  const perSecond = Math.round(states / seconds);
  console.log(
    `${name.padEnd(36)} ${seconds.toFixed(2).padStart(7)} s ${String(states).padStart(9)} states ${String(perSecond).padStart(9)} states/s ${String(megabytes).padStart(6)} MB peak`,
  );
}

export function reviewBench(): void {
  console.log(`process start to reply, best of ${runsMax}\n`);
  bench('fixture mflr-in-ipi, diff alone', [join(root, 'fixtures/threads/mflr-in-ipi/thread.mbox')]);
  const seed = join(root, '../shared/threads/20190627-seed-v2.mbox');
  const { SEED_TREE } = process.env;
  if (!existsSync(seed)) console.log('seed series: skipped, there is no ../shared/threads');
  else {
    bench('seed series, diff alone', [seed]);
    if (SEED_TREE === undefined)
      console.log('seed series on its tree: skipped, SEED_TREE names no tree of v5.0 to v5.2-rc');
    else bench('seed series on its tree', [seed, '--tree', SEED_TREE]);
  }
}
