/**
 * `qemu`: compares the instruction table with qemu's user mode on three targets, and prints for each how many cases were
 * run, the rows and forms they executed, the fewest cases of a form, what differed and what was left out; or writes cases
 * with what qemu made of them as a vector file.
 *
 * Exit status: 0 no difference, 1 some, 2 it could not be run.
 */
import { randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { compareWithQemu, type Report, type Wanted } from './comparison.ts';
import { leftOut } from './exclusions.ts';
import { exportVectors } from './export.ts';
import { missing, type Target, targets } from './harness.ts';

const help = `Usage: npm run qemu -- [-le] [-be] [-32] [--cases N] [--per-form N] [--seed N] [--export FILE]

Runs random instructions and sequences on the table's processor and under qemu, and compares what they leave.
  -le -be -32    only these targets: ppc64le, ppc64, ppc32
  --per-form N   so many cases of one instruction for each form of each row (50)
  --cases N      and so many sequences on ppc64le, a quarter of them on each of the others (20000)
  --seed N       the seed of a run that is to be repeated
  --export FILE  write cases of one target, with what qemu made of them, as a vector file for \`npm run vectors\`
`;

interface Options {
  readonly chosen: readonly Target[];
  readonly wanted: Wanted;
  readonly file: string | null;
}

/** @returns null where the words cannot be understood */
function optionsOf(words: readonly string[]): Options | null {
  const names = new Set<string>(targets.map(({ option }) => option));
  const chosen = targets.filter(({ option }) => words.includes(option));
  const number = (text: string | undefined, otherwise: number) => (text === undefined ? otherwise : Number(text));
  try {
    const { values } = parseArgs({
      args: words.filter((word) => !names.has(word)),
      options: {
        ...{ cases: { type: 'string' }, 'per-form': { type: 'string' } },
        ...{ seed: { type: 'string' }, export: { type: 'string' } },
      },
    });
    const wanted = {
      seed: number(values.seed, randomInt(2 ** 32)),
      perForm: number(values['per-form'], 50),
      sequences: number(values.cases, 20_000),
    };
    if (!Object.values(wanted).every((value) => Number.isSafeInteger(value) && value >= 0)) return null;
    return { chosen: chosen.length > 0 ? chosen : targets, wanted, file: values.export ?? null };
  } catch {
    return null;
  }
}

function printReport(report: Report, seconds: number): string {
  const { target, cases, rows, accepted, counts, differing, told } = report;
  const [least = ['no form', 0]] = [...counts].sort((a, b) => a[1] - b[1]);
  return [
    `${target.name} (${target.emulator} -cpu ${target.cpu}): ${cases} cases, ${rows} rows (${rows - accepted} refused by both), ` +
      `${counts.size} forms, at least ${least[1]} cases a form (${least[0]}), ${differing} differences, ${seconds.toFixed(1)} s`,
    ...leftOut(target).map(
      ({ reason, forms, some }) => `  left out: ${some ? 'some cases of ' : ''}${forms.join(', ')}: ${reason}`,
    ),
    ...told.map((text) => `  ${text.replaceAll('\n', '\n  ')}`),
  ].join('\n');
}

function main(words: readonly string[]): number {
  if (words.includes('--help')) {
    process.stdout.write(help);
    return 0;
  }
  const options = optionsOf(words);
  const absent = missing();
  if (options === null || absent.length > 0) {
    process.stderr.write(options === null ? help : `qemu: install ${absent.join(', ')} first\n`);
    return 2;
  }
  const { chosen, wanted, file } = options;
  console.log(`seed ${wanted.seed}`);
  if (file !== null) {
    const [target = targets[0] as Target] = chosen;
    writeFileSync(file, exportVectors(target, wanted));
    return 0;
  }
  let differing = 0;
  for (const target of chosen) {
    const started = performance.now();
    const share = target.option === '-le' ? 1 : 4;
    const sequences = target.only === undefined ? Math.ceil(wanted.sequences / share) : 0;
    const report = compareWithQemu(target, { ...wanted, sequences });
    console.log(printReport(report, (performance.now() - started) / 1000));
    differing += report.differing;
  }
  return differing > 0 ? 1 : 0;
}

process.exitCode = main(process.argv.slice(2));
