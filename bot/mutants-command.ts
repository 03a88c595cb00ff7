/**
 * `npm run mutants -- TREE…`: edits of what modifies text in kernel trees whose right answers are known by construction, reviewed as
 * the patches they are. A line an outcome as it comes; the summary is in the last four lines.
 */
import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError } from 'commander';
import { catalogue } from './mutants/catalogue/catalogue.ts';
import { styleOf } from './mutants/mutant.ts';
import { runTasks } from './mutants/pool.ts';
import { listText, outcomeText, type Result, summaryLines } from './mutants/report.ts';
import type { Row } from './mutants/row.ts';
import type { Task } from './mutants/worker.ts';
import { openTree } from './sources/tree.ts';
import { endWhereOutputFails } from './standard-output.ts';

endWhereOutputFails('mutants');

const program = new Command('mutants')
  .description(
    'Edit what modifies text in kernel trees, review each edit as a patch, and compare with the right answer.',
  )
  .argument('[tree...]', 'kernel sources: directories, git clones (with @REVISION) or tarballs, as for review --tree')
  .option('--list', 'print the catalogue and run nothing')
  .option('--only <id|kind...>', 'only rows of these ids or kinds')
  .option('--jobs <n>', 'processes; as many as there are CPUs by default', count, availableParallelism())
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .showHelpAfterError('(add --help for what it takes)')
  .addHelpText(
    'after',
    `
A tree before v6.6 gets code of ours on top that rewrites two words of a call site (style two-word); trees of v6.6 to v6.12
are of style patchable, those since v6.13 out-of-line. A row runs on every tree that is of one of its styles.

Prints a line for every mutant, and in the last four lines how many harmful ones were found and at the right line, how many
harmless ones stayed silent, which rows applied to no tree, and what was wrong.
Exit status: 0 all right, 1 a wrong answer, 2 nothing was run.

Examples:
  npm run mutants -- ~/src/linux@v6.1 ~/src/linux@v6.12 ~/src/linux@v7.2
  npm run mutants -- ~/src/linux@v7.2 --only drop-save swap-writes
  npm run mutants -- --list`,
  )
  .parse();

function count(value: string): number {
  const n = Number(value);
  if (!Number.isInteger(n) || n < 1) throw new InvalidArgumentError('give a whole number from 1 on');
  return n;
}

const { list, only, jobs } = program.opts<{ list?: boolean; only?: string[]; jobs: number }>();

/** The rows asked for; in words what is wrong with the question. */
function chosen(): readonly Row[] | string {
  if (only === undefined) return catalogue;
  const unknown = only.find((word) => !catalogue.some(({ id, kind }) => id === word || kind === word));
  if (unknown !== undefined) return `"${unknown}" is no id and no kind of the catalogue; --list prints them`;
  return catalogue.filter(({ id, kind }) => only.includes(id) || only.includes(kind));
}

function fail(text: string): void {
  process.stderr.write(`mutants: ${text}\n`);
  process.exitCode = 2;
}

/** Every row on every tree of its style; in words what is wrong with a tree. */
function tasksOf(rows: readonly Row[], trees: readonly string[]): Task[] | string {
  const tasks: Task[] = [];
  for (const spec of trees) {
    const { tree, problem } = openTree(spec);
    if (tree === null) return problem ?? spec;
    const style = styleOf(tree);
    if (style === null) return `${spec} holds no arch/powerpc/kernel/trace/ftrace.c of v4.19 or later`;
    for (const { id, styles } of rows) if (styles.includes(style)) tasks.push({ tree: spec, id });
  }
  return tasks;
}

async function run(rows: readonly Row[], trees: readonly string[]): Promise<void> {
  const tasks = tasksOf(rows, trees);
  if (typeof tasks === 'string') return fail(tasks);
  if (tasks.length === 0) return fail('none of the rows asked for is of the style of these trees');
  const results: Result[] = [];
  await runTasks(tasks, jobs, (told) => {
    const row = rows.find(({ id }) => id === told.id);
    if (row === undefined) return;
    const result = { ...told, row };
    results.push(result);
    process.stdout.write(outcomeText(result));
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${results.length} of ${tasks.length}\r`);
  });
  const { lines, right } = summaryLines(results);
  process.stdout.write(`\n${lines.join('\n')}\n`);
  if (!right) process.exitCode = 1;
}

const rows = chosen();
if (typeof rows === 'string') fail(rows);
else if (list === true) process.stdout.write(listText(rows));
else if (program.args.length === 0) fail('give one or more kernel trees, or --list');
else await run(rows, program.args);
