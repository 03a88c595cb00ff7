/**
 * `npm run trees`: the kernels that Debian ships, or the trees that are named, each judged against itself: every entry point,
 * profile and record plan is read and run, and nothing may be guessed, unknown, refused, broken or beyond a bound.
 *
 * Exit status: 0 all is as it should be, 1 something is not, 2 nothing was judged, 3 all that was judged is as it should
 * be and a kernel was skipped.
 */
import { mkdirSync } from 'node:fs';
import { basename } from 'node:path';
import { Command, Option } from 'commander';
import { defaults } from '../analyzers/explore/explore.ts';
import type { SubjectId } from '../analyzers/protocol/protocol.ts';
import { subjectIds } from '../analyzers/protocol/subjects/table.ts';
import { newCache } from '../analyzers/verdict/protocol-run.ts';
import { cacheFolder } from './sources/cache-folder.ts';
import { openTree } from './sources/tree.ts';
import { endWhereOutputFails } from './standard-output.ts';
import { aptAbsent } from './trees/apt.ts';
import { type DebianTree, debianTrees } from './trees/debian.ts';
import { judgeTree, type TreeRow } from './trees/judge-tree.ts';

const exit = { fine: 0, wrong: 1, nothing: 2, skipped: 3 } as const;

interface Options {
  readonly cache: string;
  readonly mirror: string;
  readonly profile?: string;
  readonly subject: SubjectId;
}

/** Without it there is nothing but our models. */
const tracer = 'arch/powerpc/kernel/trace/ftrace.c';
/** Of one row. */
const wrongToldMax = 20;

function run(given: readonly string[], options: Options): number {
  const out = (text: string) => process.stdout.write(`${text}\n`);
  const skipped: string[] = [];
  const skip = (name: string, why: string) => {
    skipped.push(name);
    out(`${name}: skipped: ${why}`);
  };
  const named = given.map((folder) => ({ name: basename(folder), folder, problem: '' }));
  const trees = named.length > 0 ? named : fromDebian(options);
  const cache = newCache();
  const rows: TreeRow[] = [];
  out(line(['tree', 'profile', 'runs', 'guesses', 'unknown', 'refused', 'broken', 'limits', 'states', 'seconds']));
  for (const { name, folder, problem } of trees) {
    const opened = folder === null ? { tree: null, problem } : openTree(folder);
    if (opened.tree === null) {
      skip(name, opened.problem ?? '');
      continue;
    }
    const { read } = opened.tree;
    if (read(tracer) === null) {
      skip(name, `it holds no ${tracer}`);
      continue;
    }
    const limited = options.profile === undefined ? {} : { profiles: [options.profile] };
    const clock = () => performance.now() / 1000;
    const before = rows.length;
    for (const row of judgeTree({ read, limits: defaults, cache, clock, subject: options.subject, ...limited })) {
      rows.push(row);
      out(line([name.split(' ')[0] ?? name, ...cellsOf(row)]));
      for (const text of row.wrong.slice(0, wrongToldMax)) out(`    ${text}`);
      if (row.wrong.length > wrongToldMax) out(`    and ${row.wrong.length - wrongToldMax} more`);
    }
    if (rows.length === before)
      skip(name, `it has no profile${options.profile === undefined ? '' : ` ${options.profile}`}`);
  }
  const sum = (pick: (row: TreeRow) => number) => rows.reduce((all, row) => all + pick(row), 0);
  const wrong = rows.filter((row) => row.wrong.length > 0).length;
  const figures = `${sum((row) => row.runs)} runs, ${sum((row) => row.guesses)} guesses, ${sum((row) => row.unknownFunctions.length)} unknown functions, ${sum((row) => row.refused)} refused, ${sum((row) => row.broken)} broken, ${sum((row) => row.limits)} limits`;
  out(`${figures}: ${rows.length - wrong} of ${rows.length} lines as they should be`);
  if (skipped.length > 0) out(`skipped: ${skipped.join(', ')}`);
  if (rows.length === 0) return exit.nothing;
  return wrong > 0 ? exit.wrong : skipped.length > 0 ? exit.skipped : exit.fine;
}

/** Where none can be had, one without a folder that says why. */
function fromDebian({ cache, mirror }: Options): readonly DebianTree[] {
  const none = (problem: string) => [{ name: 'Debian’s kernels', folder: null, problem }];
  if (aptAbsent !== null) return none(`not installed: ${aptAbsent}`);
  try {
    mkdirSync(cache, { recursive: true });
  } catch (error) {
    return none(`--cache ${cache}: no folder can be made there (${(error as NodeJS.ErrnoException).code})`);
  }
  return debianTrees({ folder: cache, mirror, progress: (text) => process.stderr.write(`${text}\n`) });
}

const widths = [18, 30, 6, 8, 8, 8, 7, 7, 9, 8];
const line = (cells: readonly string[]) =>
  cells.map((cell, i) => (i < 2 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join(' ');

const cellsOf = ({ profile, deep, runs, guesses, unknownFunctions, ...row }: TreeRow): string[] => [
  `${profile}${deep ? ', deep' : ''}`,
  ...[runs, guesses, unknownFunctions.length, row.refused, row.broken, row.limits, row.states].map(String),
  row.seconds.toFixed(1),
];

endWhereOutputFails('trees');

await new Command('trees')
  .description('Judge kernel trees against themselves: nothing guessed, unknown, refused, broken or beyond a bound.')
  .argument(
    '[trees...]',
    "directories, git clones or tarballs; without any Debian's linux-source-5.10, -6.1, -6.12 and newest 7.x",
  )
  .option('--profile <profile>', 'only this one, in trees that can have it')
  .addOption(new Option('--subject <subject>', 'what modifies text').choices(subjectIds).default('ftrace'))
  .option('--cache <dir>', 'where packages are kept between runs', cacheFolder('trees'))
  .option('--mirror <url>', 'the Debian archive to take them from', 'http://deb.debian.org/debian')
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : exit.nothing))
  .addHelpText(
    'after',
    `
One line a tree and profile, twice: with the primitives that poke text built in, and with arch/powerpc/lib/code-patching.c
interpreted ("deep"). Packages are fetched by apt with settings of its own, from Debian's suites, whichever the machine
uses; a suite that cannot be reached is named. A download that was broken off is taken up again.

Exit status: 0 all is as it should be, 1 something is not, 2 nothing was judged, 3 a kernel was skipped, the rest is fine.`,
  )
  .action((given: readonly string[], options: Options) => {
    process.exitCode = run(given, options);
  })
  .parseAsync();
