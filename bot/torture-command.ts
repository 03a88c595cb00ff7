/**
 * `npm run torture`: kills the daemon and what it leans on at random moments, and says what became of the threads.
 *
 * Exit status: 0 every thread was answered once and the databases are whole, 1 not so, 2 it could not be run.
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import { mailSystemAbsent } from './serve/testing/mail-system.ts';
import { postgresAbsent } from './servers/postgres.ts';
import { type Figures, isSound, torture } from './torture/torture.ts';

const whole = (text: string) => {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new InvalidArgumentError('A whole number from 1.');
};
const engines = { pglite: 'PGlite', postgres: 'PostgreSQL' } as const;
type Name = keyof typeof engines;

const program = new Command('torture')
  .description('Kill the daemon, IMAP, SMTP and PostgreSQL at random moments under a stream of threads.')
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .showHelpAfterError('(add --help for what it takes)')
  .option('--kills <number>', 'kills on each engine', whole, 500)
  .addOption(new Option('--engine <engine>', 'one engine alone').choices(Object.keys(engines)))
  .option('--seed <number>', 'of its random numbers; by default another each time', whole)
  .addHelpText(
    'after',
    `
The servers are of its own, in a folder for temporary files, run as an ordinary user. A kill takes about four seconds.
Exit status: 0 every thread was answered once and the databases are whole, 1 not so, 2 it could not be run.

Example:
  npm run torture -- --kills 20 --engine pglite`,
  );
program.parse();

const {
  kills,
  engine,
  seed = 1 + Math.floor(Math.random() * 2 ** 31),
} = program.opts<{
  kills: number;
  engine?: Name;
  seed?: number;
}>();
const names: readonly Name[] = engine === undefined ? ['pglite', 'postgres'] : [engine];
const absent = mailSystemAbsent || (names.includes('postgres') && postgresAbsent);
if (absent !== false) {
  process.stderr.write(`torture: ${absent}\n`);
  process.exit(2);
}
process.stdout.write(`seed ${seed}\n`);
for (const name of names) {
  const progress = (text: string) => void process.stderr.write(`${name}: ${text}\n`);
  const figures = await torture({ engine: engines[name], kills, seed, progress });
  process.stdout.write(textOf(figures));
  if (!isSound(figures)) process.exitCode = 1;
}

function textOf({ database: { tables, indexes, problems }, ...figures }: Figures): string {
  const counts = (of: Readonly<Record<string, number>>) =>
    Object.entries(of)
      .map(([name, count]) => `${count} ${name}`)
      .join(', ') || 'none';
  const { lost, twice } = figures;
  return `${figures.engine}, ${figures.seconds} s
  killed:    ${counts(figures.kills)}; ${figures.drops} mails taken without an answer; the daemon could not start ${figures.refusals} times, and crashed ${figures.crashes} times
  threads:   ${figures.threads}, answered once ${figures.answeredOnce}, lost ${lost.length}, twice ${twice.length}
  replies:   ${counts(figures.states)}
  database:  ${tables} tables and ${indexes} indexes checked, ${problems.length} problems
  stopped:   ${figures.stopStatus === 0 ? 'as told' : `with status ${figures.stopStatus}`}
${[...lost.map((id) => `  lost  ${id}\n`), ...twice.map((id) => `  twice ${id}\n`), ...problems.map((text) => `  ${text}\n`)].join('')}`;
}
