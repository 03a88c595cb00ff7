/**
 * `npm run torture`: kills the daemon and what it leans on at random moments, with `--hosts` breaks hosts and the links between
 * them, or with `--upgrade-from` takes hosts from another version to this one, and says what became of the threads.
 *
 * Exit status: 0 every thread was answered once and the databases are whole, 1 not so, 2 it could not be run.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { mailSystemAbsent } from './serve/testing/mail-system.ts';
import { hostsAbsent } from './servers/hosts.ts';
import { postgresAbsent } from './servers/postgres.ts';
import { type HostsFigures, isSoundOnHosts, layouts } from './torture/hosts.ts';
import { tortureOnHosts } from './torture/on-hosts.ts';
import type { Outcome } from './torture/outcome.ts';
import { type Figures, isSound, torture } from './torture/torture.ts';
import { isSoundUpgrade, tortureUpgrade, type UpgradeFigures } from './torture/upgrade.ts';

const whole = (text: string) => {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new InvalidArgumentError('A whole number from 1.');
};
const engines = { pglite: 'PGlite', postgres: 'PostgreSQL' } as const;
type Name = keyof typeof engines;
const layoutNames = Object.keys(layouts) as (keyof typeof layouts)[];

const program = new Command('torture')
  .description('Kill the daemon, IMAP, SMTP and PostgreSQL at random moments under a stream of threads.')
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .showHelpAfterError('(add --help for what it takes)')
  .option('--kills <number>', 'kills on each engine', whole, 500)
  .addOption(new Option('--engine <engine>', 'one engine alone').choices(Object.keys(engines)))
  .option('--hosts', 'three hosts, one with PostgreSQL and one with the mail, each in namespaces of its own')
  .option('--faults <number>', 'faults on hosts and links, with --hosts, in each layout', whole, 60)
  .addOption(new Option('--layout <layout>', 'one layout of the hosts alone').choices(Object.keys(layouts)))
  .option(
    '--upgrade-from <revision>',
    'two hosts, taken from that version of this clone to this one, back, and here again',
  )
  .option('--seed <number>', 'of its random numbers; by default another each time', whole)
  .addHelpText(
    'after',
    `
The servers are of its own, in a folder for temporary files, run as an ordinary user. A kill takes about four seconds, a
fault on hosts eight. Hosts need root and iproute2, and leave nothing behind. Layouts: together, each host has all roles; apart,
each has two processes with one role. An upgrade takes some minutes; its hosts are processes here, one for each role.
Exit status: 0 every thread was answered once and the databases are whole, 1 not so, 2 it could not be run.

Example:
  npm run torture -- --kills 20 --engine pglite
  npm run torture -- --hosts --faults 20
  npm run torture -- --upgrade-from HEAD~20`,
  );
program.parse();

const {
  kills,
  engine,
  seed = 1 + Math.floor(Math.random() * 2 ** 31),
  hosts = false,
  faults,
  layout,
  upgradeFrom,
} = program.opts<{
  kills: number;
  engine?: Name;
  seed?: number;
  hosts?: true;
  faults: number;
  layout?: keyof typeof layouts;
  upgradeFrom?: string;
}>();
const names: readonly Name[] = engine === undefined ? ['pglite', 'postgres'] : [engine];
const absent =
  mailSystemAbsent ||
  ((hosts || upgradeFrom !== undefined || names.includes('postgres')) && postgresAbsent) ||
  (hosts && hostsAbsent());
if (absent !== false) {
  process.stderr.write(`torture: ${absent}\n`);
  process.exit(2);
}
process.stdout.write(`seed ${seed}\n`);
for (const one of hosts ? (layout === undefined ? layoutNames : [layout]) : []) {
  const progress = (text: string) => void process.stderr.write(`${one}: ${text}\n`);
  const figures = await tortureOnHosts({ layout: one, pace: 'usual', faults, seed }, progress);
  process.stdout.write(textOfHosts(figures));
  if (!isSoundOnHosts(figures)) process.exitCode = 1;
}
if (upgradeFrom !== undefined) await upgrade(upgradeFrom);
for (const name of hosts || upgradeFrom !== undefined ? [] : names) {
  const progress = (text: string) => void process.stderr.write(`${name}: ${text}\n`);
  const figures = await torture({ engine: engines[name], kills, seed, progress });
  process.stdout.write(textOf(figures));
  if (!isSound(figures)) process.exitCode = 1;
}

async function upgrade(from: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'torture-'));
  const progress = (text: string) => void process.stderr.write(`${text}\n`);
  try {
    const figures = await tortureUpgrade({ folder, from, seed, dwellMs: 10_000 }, progress);
    process.stdout.write(textOfUpgrade(figures));
    if (isSoundUpgrade(figures)) return rmSync(folder, { recursive: true });
    process.exitCode = 1;
  } catch (error) {
    process.stderr.write(`torture: ${(error as Error).message}\n`);
    process.exitCode = 2;
  }
  progress(`what the daemons said is in ${folder}`);
}

function textOf({ engine: on, seconds, kills: killed, ...figures }: Figures): string {
  const stopped = figures.stopStatus === 0 ? 'as told' : `with status ${figures.stopStatus}`;
  return `${on}, ${seconds} s
  killed:    ${counts(killed)}; ${figures.drops} mails taken without an answer; the daemon could not start ${figures.refusals} times, and crashed ${figures.crashes} times
${textOfOutcome(figures)}  stopped:   ${stopped}
`;
}

function textOfHosts({ layout: placed, seconds, ...figures }: HostsFigures): string {
  const late = figures.stopped.filter((status) => status !== 0);
  return `hosts, ${placed}, ${seconds} s
  faults:    ${counts(figures.faults)}; a process could not start ${figures.refusals} times, and crashed ${figures.crashes} times
  posters:   ${figures.posters} one after the other; all was answered ${figures.drainSeconds} s after the last fault
${textOfOutcome(figures)}  stopped:   ${late.length === 0 ? 'as told' : `with status ${late.join(', ')}`}
`;
}

function textOfUpgrade({
  from,
  seconds,
  kills: killed,
  by,
  longestWaitMs,
  unanswered,
  ...figures
}: UpgradeFigures): string {
  const late = figures.stopped.filter((status) => status !== 0);
  const waits = Object.entries(longestWaitMs).map(([what, ms]) => `${Math.round(ms / 100) / 10} s with ${what}`);
  const complaints = Object.entries(figures.complaints).map(([text, count]) => `    ${count} times ${text}\n`);
  return `upgrade from ${from}, ${seconds} s
  killed:    ${killed}; a process could not start ${figures.refusals} times, and crashed ${figures.crashes} times
  by:        ${counts(by)} (who wrote the reply, who sent it)
  waited:    at most ${waits.join(', ')}
${textOfOutcome(figures)}  asked:     ${unanswered.length} without an answer; not ready: ${counts(figures.notReady)}
${[...unanswered.map((text) => `    ${text}\n`), ...complaints].join('')}  stopped:   ${late.length === 0 ? 'as told' : `with status ${late.join(', ')}`}
`;
}

function textOfOutcome({ threads, answeredOnce, lost, twice, states, database }: Outcome): string {
  const { tables, indexes, problems } = database;
  const named = [...lost.map((id) => `lost  ${id}`), ...twice.map((id) => `twice ${id}`), ...problems];
  return `  threads:   ${threads}, answered once ${answeredOnce}, lost ${lost.length}, twice ${twice.length}
  replies:   ${counts(states)}
  database:  ${tables} tables and ${indexes} indexes checked, ${problems.length} problems
${named.map((text) => `    ${text}\n`).join('')}`;
}

function counts(of: Readonly<Record<string, number>>): string {
  const words = Object.entries(of).map(([name, count]) => `${count} ${name}`);
  return words.join(', ') || 'none';
}
