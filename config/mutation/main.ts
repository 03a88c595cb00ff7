/**
 * `npm run mutation`: changes the code of the rooms that judge, a place at a time (Stryker), and runs the tests against each
 * change. Printed are the part that some test notices, by room, and the changes that none does; it fails where that part is
 * too small. Stopped, it goes on where it was: what is known is in .cache/mutation.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import type { MutantResult } from '@stryker-mutator/api/core';
import { Stryker } from '@stryker-mutator/core';
import { Command } from 'commander';
import { count, scoreOf, survivors } from './report.ts';
import { isInSample, mutated, notInSample, type Room, type RunOptions, rooms, scoreMin } from './selection.ts';

interface Flags {
  readonly share: string;
  readonly seed: string;
  readonly cpu: string;
  readonly file?: readonly string[];
  readonly concurrency: string;
  readonly again?: true;
  readonly quiet?: true;
}

const command = new Command('mutation')
  .description('changes the code of the analyzers and counts the changes that a test notices')
  .argument('[rooms...]', `of ${rooms.join(', ')}`, [...rooms])
  .option('--share <part>', 'part of the mutants, drawn by the seed', '1')
  .option('--seed <number>', 'draws other mutants', '1')
  .option('--cpu <seconds>', 'CPU for a mutant, after which it survives', '10')
  .option('--file <paths...>', 'mutants of these files only')
  .option('--concurrency <number>', 'processes', '1')
  .option('--again', 'runs survivors again, too')
  .option('--quiet', 'no survivors with a reason');

const incrementalFile = (room: Room) => `.cache/mutation/${room}.json`;

/** What Stryker keeps between runs, without the mutants that are not drawn, and on demand without survivors. */
function forget(room: Room, statuses: readonly string[]): void {
  const path = incrementalFile(room);
  if (!existsSync(path)) return;
  const known: { files: Record<string, { mutants: { status: string }[] }> } = JSON.parse(readFileSync(path, 'utf8'));
  for (const file of Object.values(known.files))
    file.mutants = file.mutants.filter(({ status }) => !statuses.includes(status));
  writeFileSync(path, JSON.stringify(known));
}

async function run(room: Room, flags: Flags, options: RunOptions): Promise<readonly MutantResult[]> {
  forget(room, flags.again ? ['RuntimeError', 'Survived', 'NoCoverage'] : ['RuntimeError']);
  const stryker = new Stryker({
    mutate: flags.file ? [...flags.file] : [...mutated(room)],
    testRunner: 'analyzers',
    plugins: [new URL('./runner.ts', import.meta.url).pathname],
    ignorePatterns: ['**', '!analyzers/**', '!bot/**', '!config/**', '!fixtures/**', '!templates/**', '!package.json'],
    tempDirName: '.cache/stryker',
    coverageAnalysis: 'perTest',
    concurrency: Number(flags.concurrency),
    incremental: true,
    incrementalFile: incrementalFile(room),
    reporters: ['progress-append-only'],
    // Of a mutant that nothing else ends: runner.ts.
    timeoutMS: 10_000,
    dryRunTimeoutMinutes: 20,
    allowConsoleColors: false,
    warnings: false,
  });
  const results = await stryker.runMutationTest();
  forget(room, ['RuntimeError']);
  const failed = results.find((one) => one.status === 'RuntimeError' && one.statusReason !== notInSample);
  if (failed !== undefined) throw new Error(`${failed.fileName}: ${failed.statusReason}`);
  // A result counts lines and columns from 1, a mutant that is run from 0.
  return results.filter(({ location: { start }, ...one }) =>
    isInSample({ ...one, location: { start: { line: start.line - 1, column: start.column - 1 } } }, options),
  );
}

async function main(asked: readonly string[], flags: Flags): Promise<void> {
  const common = {
    share: Number(flags.share),
    seed: Number(flags.seed),
    cpuMsMax: 1000 * Number(flags.cpu),
  };
  const lines: string[] = [];
  for (const room of rooms.filter((one) => asked.includes(one))) {
    const options: RunOptions = { ...common, room };
    process.env.MUTATION_RUN = JSON.stringify(options);
    const results = await run(room, flags, options);
    const { killed, endless, survived, uncovered } = count(results);
    const left = survivors(results);
    for (const { text, reason } of left) {
      if (reason === null) console.log(text);
      else if (!flags.quiet) console.log(`${text}\n    ${reason}`);
    }
    const explained = left.filter(({ reason }) => reason !== null).length;
    const score = scoreOf({ killed, endless, survived, uncovered });
    const bad = score < scoreMin;
    if (bad) process.exitCode = 1;
    lines.push(
      `${room.padEnd(8)} ${score.toFixed(1)} %${bad ? ` (below ${scoreMin} %)` : ''}: of ${results.length} mutants ` +
        `${killed} failed a test, ${endless} made one endless, ${survived} survived, ` +
        `${uncovered} were run by none; ${explained} of those with a reason`,
    );
  }
  console.log(lines.join('\n'));
  if (common.share < 1)
    console.log(`a sample: ${(100 * common.share).toFixed(0)} % of the mutants, drawn by seed ${common.seed}`);
}

setPriority(10);
command.action(main);
await command.parseAsync();
