/**
 * `bench spin`: the same protocols as models of ours and as Promela, run by both, side by side. First SPIN's settings are tried on
 * one model, and the fastest is what it is measured with. Each run is a process of its own.
 *
 * Columns: "plain" is our search without any reduction, on the very states that SPIN has; "reduced" is the search as a review
 * runs it. Our figures are with the way to the break, where there is one.
 */

import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { type PromelaOptions, promelaOf } from '../../analyzers/explore/promela/promela.ts';
import { readRow } from './rows.ts';
import { measureSearch, type SearchFigures } from './search-process.ts';
import { missingSpin, runSpin, type SpinFigures, type SpinSetting, settings } from './spin.ts';
import { printRow, short } from './table.ts';

export interface SpinOptions {
  readonly rows: readonly string[];
  readonly tasks: readonly number[];
  readonly largest: string;
  readonly level: 'preemption' | 'stale';
  readonly preemption: 'none' | 'full';
  readonly limit: number;
  readonly print?: boolean;
}

interface Compared {
  readonly name: string;
  readonly tasks: number;
  readonly spin: SpinFigures;
  readonly plain: SearchFigures;
  readonly reduced: SearchFigures;
}

const cpuCount = 2;
/** With so many tasks everything is explored, in spite of breaks. */
const wholeMax = 2;
/** More than any of the models has; above it the answer is "limit". */
const statesMax = 2 ** 28;
/** The protocol and the tasks that SPIN's settings are compared on: it holds, so that every state is met. */
const probe = { row: 'in+ipi+tasks', tasks: 4 } as const;

export function spinCommand(options: SpinOptions): number {
  if (options.print === true) {
    process.stdout.write(promela(options, options.rows[0] ?? probe.row, options.tasks[0] ?? 1, false));
    return 0;
  }
  const missing = missingSpin();
  if (missing !== null) {
    process.stderr.write(`bench spin: ${missing}\n`);
    return 2;
  }
  const version = spawnSync('spin', ['-V'], { encoding: 'utf8' }).stdout.trim();
  console.log(`${version}; node ${process.version}; ${cpus()[0]?.model ?? 'unknown processor'}`);
  console.log(
    `level ${options.level}, preemption ${options.preemption}, ${cpuCount} CPUs; CPU seconds, user and system\n`,
  );
  const setting = fastestSetting(options);
  console.log(`\nBelow, SPIN is ${setting.name}; each of its runs takes ${options.limit} s at most. ${legend}\n`);
  return compareAll(options, setting);
}

const legend = `Up to ${wholeMax} tasks both
go on after a break, so that all states can be counted; with more they stop at the first. "plain" has no reduction;
"reduced" is what a review runs, "process" the whole of it with the start of node, whose memory is in both of ours.`;

/** Tries each setting, and SPIN on the model whose words that never change are merged by us. */
function fastestSetting(options: SpinOptions): SpinSetting {
  const { row, tasks } = probe;
  console.log(`SPIN's exhaustive settings on ${row}, ${tasks} tasks, level stale, preemption full:`);
  const print = (cells: readonly string[]) => console.log(printRow([46, 10, 9, 8, 9], cells));
  print(['setting', 'states', 'CPU s', 'MB', 'compile']);
  const asked = { ...options, level: 'stale', preemption: 'full' } as const;
  const run = (name: string, setting: SpinSetting, merge: boolean) => {
    const figures = runSpin(promela(asked, row, tasks, merge), { setting, tasks, whole: false, seconds: null });
    const { states, cpuSeconds, megabytes, compileSeconds } = figures;
    print([name, String(states), short(cpuSeconds), short(megabytes), short(compileSeconds)]);
    return cpuSeconds;
  };
  const tried = settings.map((setting) => ({ setting, seconds: run(setting.name, setting, false) }));
  run('depth-first, on a model that we merged', settings[0], true);
  const [fastest] = tried.sort((a, b) => a.seconds - b.seconds);
  return fastest?.setting ?? settings[0];
}

function compareAll(options: SpinOptions, setting: SpinSetting): number {
  print(head);
  const compared: Compared[] = [];
  const runs = options.tasks.flatMap((tasks) => options.rows.map((name) => ({ name, tasks, limit: options.limit })));
  const [largest = '', most] = options.largest.split('@');
  const all = largest === 'none' ? runs : [...runs, { name: largest, tasks: Number(most), limit: null }];
  for (const [i, { name, tasks, limit }] of all.entries()) {
    process.stderr.write(`${i + 1} of ${all.length}: ${name}, ${tasks} tasks\n`);
    const one = compare(options, { name, tasks, setting, limit });
    if (one === null) continue;
    print(cellsOf(one));
    compared.push(one);
  }
  return summary(compared, all.length);
}

interface Run {
  readonly name: string;
  readonly tasks: number;
  readonly setting: SpinSetting;
  readonly limit: number | null;
}

/** Null where a process failed. */
function compare(options: SpinOptions, { name, tasks, setting, limit }: Run): Compared | null {
  const whole = tasks <= wholeMax;
  const spin = runSpin(promela(options, name, tasks, false), { setting, tasks, whole, seconds: limit });
  const { model, idle } = readRow(name, options.preemption);
  const question = { level: options.level, tasks, cpus: cpuCount, idle, stopAtBreak: !whole };
  // Where SPIN was stopped, as many states as it had by then.
  const states = spin.outcome === 'limit' && spin.states > 0 ? spin.states : statesMax;
  const plain = measureSearch(model, { ...question, symmetry: false, merge: false, statesMax: states });
  const reduced = measureSearch(model, { ...question, statesMax });
  return plain === null || reduced === null ? null : { name, tasks, spin, plain, reduced };
}

function promela(
  options: Pick<SpinOptions, 'level' | 'preemption'>,
  name: string,
  tasks: number,
  merge: boolean,
): string {
  const { model, idle } = readRow(name, options.preemption);
  const shape: PromelaOptions = { stale: options.level === 'stale', tasks, cpus: cpuCount, idle, merge };
  const text = promelaOf(model, shape);
  if (text === null) throw new Error(`${name} is not told in Promela`);
  return text;
}

/** Do all say the same, and have the two without reductions met the same states? */
function agree({ spin, plain, reduced, tasks }: Compared): boolean {
  const outcomes = new Set(
    [spin, plain, reduced].map(({ outcome }) => outcome).filter((outcome) => outcome !== 'limit'),
  );
  const exhaustive = [spin, plain].every(
    ({ outcome }) => outcome === 'held' || (outcome === 'broken' && tasks <= wholeMax),
  );
  // SPIN prints eight digits.
  return outcomes.size <= 1 && (!exhaustive || Number(plain.states.toPrecision(8)) === spin.states);
}

const widths = [24, 5, 7, 10, 8, 7, 10, 8, 7, 8, 8, 8, 8, 7, 9, 7];
const head = [
  'protocol',
  'tasks',
  'verdict',
  'SPIN',
  'CPU s',
  'MB',
  'plain',
  'CPU s',
  'MB',
  'states/s',
  'reduced',
  'CPU s',
  'process',
  'MB',
  'CPU',
  'memory',
];
const print = (cells: readonly string[]) => console.log(printRow(widths, cells));

const rate = ({ states, cpuSeconds }: SpinFigures | SearchFigures) => states / cpuSeconds;
const cpuRatio = ({ spin, reduced }: Compared) => spin.cpuSeconds / reduced.cpuSeconds;
const memoryRatio = ({ spin, reduced }: Compared) => spin.megabytes / reduced.megabytes;
const rateRatio = ({ spin, plain }: Compared) => rate(plain) / rate(spin);

function cellsOf(one: Compared): string[] {
  const { name, tasks, spin, plain, reduced } = one;
  const verdict = agree(one) ? reduced.outcome : 'DIFFER';
  const figures = ({ states, cpuSeconds, megabytes }: SpinFigures | SearchFigures) => [
    String(states),
    short(cpuSeconds),
    short(megabytes),
  ];
  const [states = '', seconds = '', memory = ''] = figures(reduced);
  return [
    name,
    String(tasks),
    verdict,
    ...figures(spin).map((cell, i) => (i === 0 && spin.outcome === 'limit' ? `>${cell}` : cell)),
    ...figures(plain),
    `${short(rateRatio(one))}x`,
    states,
    seconds,
    short(reduced.processSeconds),
    memory,
    `${short(cpuRatio(one))}x`,
    `${short(memoryRatio(one))}x`,
  ];
}

/** The goals at 4 and more tasks, over the protocols that hold: there both meet all states. */
function summary(compared: readonly Compared[], wanted: number): number {
  const differing = compared.filter((one) => !agree(one));
  const large = compared.filter(({ tasks, spin }) => tasks >= 4 && spin.outcome !== 'broken');
  console.log(`\n${compared.length - differing.length} of ${wanted} agree: verdicts, and states where all were met.`);
  const lines: readonly (readonly [string, (one: Compared) => number])[] = [
    ['states a second, plain to SPIN', rateRatio],
    ['CPU, SPIN to reduced', cpuRatio],
    ['CPU, SPIN to the whole process', ({ spin, reduced }) => spin.cpuSeconds / reduced.processSeconds],
    ['memory, SPIN to reduced, node included', memoryRatio],
  ];
  if (large.length > 0) console.log(`\nWith 4 tasks and more, what holds (${large.length} runs): least, middle, most`);
  for (const [title, of] of large.length > 0 ? lines : []) {
    const sorted = large.map(of).sort((a, b) => a - b);
    const [least = 0, middle = 0, most = 0] = [0, Math.floor(sorted.length / 2), sorted.length - 1].map(
      (i) => sorted[i],
    );
    console.log(printRow([40, 8, 8, 8], [title, ...[least, middle, most].map((ratio) => `${short(ratio)}x`)]));
  }
  return compared.length === wanted && differing.length === 0 ? 0 : 1;
}
