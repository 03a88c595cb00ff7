/**
 * `bench`: what things cost. Alone: a review. `patch`: one patch after start-up, by stage. `spin`: the search, against SPIN on
 * the same models. `growth`: the search with more tasks and CPUs. `import`: an archive of mails into the store. `pages`: how soon a page comes, while mails are imported.
 * `scale`: threads through several processes, and larger deployments by simulation.
 *
 * Exit status: 0, 1 where SPIN and we disagree or something failed, 2 where it could not be run.
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import { growthCommand } from './growth-command.ts';
import { importBench } from './import-command.ts';
import { pagesBench } from './pages-command.ts';
import { patchCommand } from './patch-command.ts';
import { reviewBench } from './review-bench.ts';
import { rowNames } from './rows.ts';
import { scaleBench } from './scale-command.ts';
import { spinCommand } from './spin-command.ts';

const numbers = (least: number, most: number) => (text: string) => {
  const list = text.split(',').map(Number);
  if (list.every((number) => Number.isInteger(number) && number >= least && number <= most)) return list;
  throw new InvalidArgumentError(`Numbers from ${least} to ${most}, separated by commas.`);
};
const seconds = (text: string) => {
  const number = Number(text);
  if (number > 0) return number;
  throw new InvalidArgumentError('A number of seconds.');
};
const rows = (text: string) => {
  const list = text.split(',');
  const unknown = list.find((name) => !rowNames.includes(name));
  if (unknown === undefined) return list;
  throw new InvalidArgumentError(`"${unknown}" is none of ${rowNames.join(', ')}.`);
};
const level = () =>
  new Option('--level <level>', 'what a fetch sees').choices(['preemption', 'stale']).default('stale');
const preemption = () => new Option('--preemption <kind>', "the kernel's").choices(['none', 'full']).default('full');

const program = new Command('bench')
  .description('Measures: without a command, what a review costs.')
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .action(reviewBench);

program
  .command('spin')
  .description('The search against SPIN on the same models: verdicts, states, CPU seconds, memory.')
  .option('--rows <names>', 'which protocols, by their names in fixtures/litmus', rows, [...rowNames])
  .option('--tasks <counts>', 'with how many tasks', numbers(1, 8), [1, 2, 3, 4])
  .option('--largest <row@tasks>', 'one more run, without a time limit; none: without it', 'in+ipi+tasks@5')
  .addOption(level())
  .addOption(preemption())
  .option('--limit <seconds>', 'of each run of SPIN', seconds, 120)
  .option('--print', "print the first row's Promela and run nothing")
  .addHelpText(
    'after',
    '\nAll of it takes about a quarter of an hour. Ratios are against the setting of SPIN that is fastest here.',
  )
  .action((options) => {
    process.exitCode = spinCommand(options);
  });

program
  .command('patch')
  .description('CPU seconds of reviewing one patch after start-up, by stage, against the same without shortcuts.')
  .argument('<trees...>', 'kernel trees, as --tree of review takes them')
  .option('--no-plain', 'leave out the review without shortcuts')
  .addHelpText(
    'after',
    '\nOne edit of each kind of file is reviewed: made for the tree, and changing every run where it can.',
  )
  .action((trees, options) => {
    process.exitCode = patchCommand(trees, options);
  });

program
  .command('growth')
  .description('States, CPU seconds and memory of the search with 1 to 16 tasks and 2 to 8 CPUs.')
  .option('--row <name>', 'which protocol', (text) => rows(text)[0], 'in+ipi+tasks')
  .option('--tasks <counts>', 'with how many tasks', numbers(1, 16), [1, 2, 3, 4, 5, 6, 8, 10, 12, 14, 16])
  .option('--cpus <counts>', 'on how many CPUs', numbers(1, 8), [2, 4, 8])
  .option('--svg <file>', 'write the figures as a drawing')
  .addOption(level())
  .addOption(preemption())
  .action((options) => {
    process.exitCode = growthCommand(options);
  });

program
  .command('import')
  .description('Mails a second, CPU seconds and memory of importing a public-inbox of invented mails; twice.')
  .option('--mails <number>', 'how many', (text) => numbers(1, 1_000_000)(text)[0], 20_000)
  .option('--archive <dir>', 'keep the archive there, or take the one that is there; 0.git is a good name')
  .option('--store <place>', 'a data directory or a postgres:// URL, in place of a temporary directory')
  .action(async ({ mails, archive, store }) => {
    process.exitCode = await importBench({ mails, archive: archive ?? null, store: store ?? null });
  });

program
  .command('pages')
  .description(
    'Milliseconds to the first byte of each page with many series on PGlite, idle and while mails are imported.',
  )
  .option('--series <number>', 'how many', (text) => numbers(10, 1_000_000)(text)[0], 10_000)
  .option('--rounds <number>', 'how often each page is asked for', (text) => numbers(1, 10_000)(text)[0], 40)
  .action(async (options) => {
    process.exitCode = await pagesBench(options);
  });

program
  .command('scale')
  .description(
    'Threads a second with more processes on PostgreSQL, their wait under load, and larger deployments by simulation.',
  )
  .option('--processes <counts>', 'how many processes', numbers(1, 64), [1, 2, 4])
  .option('--threads <number>', 'how many threads for each', (text) => numbers(1, 10_000)(text)[0], 24)
  .option('--seconds <number>', 'for how long threads come one by one', seconds, 60)
  .option('--inputs <file>', 'what real lists bring and cost, as JSON (bot/bench/scale-inputs.ts)')
  .option('--seed <number>', 'of all that is by chance', (text) => numbers(0, 2 ** 31)(text)[0], 1)
  .action(async ({ inputs, ...options }) => {
    process.exitCode = await scaleBench({ ...options, inputs: inputs ?? null });
  });

await program.parseAsync();
