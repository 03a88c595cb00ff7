/**
 * `npm run archive -- GITDIR`: every relevant patch of a public-inbox archive, reviewed, as a table.
 *
 * Exit status: 0 done, 1 done and some patch ended in a crash, 2 it could not be run, 130 stopped by ^C (the same command goes on).
 */
import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { allLevels, type Level } from '../analyzers/verdict/verdict.ts';
import { type ArchiveThread, type Catalogue, Cataloguer } from './archive/catalogue.ts';
import { commitsOf, mailsOf, openArchive } from './archive/epochs.ts';
import { reviewThreads, startWorker } from './archive/pool.ts';
import { summaryOf, summaryText, tableOf, tsvOf } from './archive/report.ts';
import type { Row } from './archive/row.ts';
import { RowStore } from './archive/row-store.ts';
import { openTree } from './sources/tree.ts';
import { endWhereOutputFails } from './standard-output.ts';

interface Options {
  readonly tree: readonly string[];
  readonly state?: string;
  readonly since?: number;
  readonly until?: number;
  readonly patch: readonly string[];
  readonly path?: string;
  readonly jobs: number;
  readonly limit: number;
  readonly level: Level;
  readonly json?: boolean;
  readonly tsv?: boolean;
}

const day = (text: string) => {
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw new InvalidArgumentError('A date, as 2024-06-10.');
  return time;
};
const count = (text: string) => {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new InvalidArgumentError('A whole number from 1.');
};

endWhereOutputFails('archive');

const program = new Command('archive')
  .description('Review every relevant patch of a public-inbox archive (version 2) and print a table of the answers.')
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .showHelpAfterError('(add --help for what it takes)')
  .argument('<gitdir>', 'a clone of the archive: one git repository, or a directory of epochs 0.git, 1.git, …')
  .option(
    '--tree <dir|git[@rev]|tarball>',
    'kernel source, as for review; several may be given, and each patch is judged on the one it fits',
    (spec: string, before: string[]) => [...before, spec],
    [],
  )
  .option('--state <dir>', 'keep rows there, and go on with what it lacks')
  .option('--since <date>', 'only patches sent on this day or later', day)
  .option('--until <date>', 'only patches sent before this day', day)
  .option(
    '--patch <msgid...>',
    'only these patches, by Message-ID',
    (id: string, before: string[]) => [...before, id.replace(/^<|>$/g, '')],
    [],
  )
  .option('--path <text>', 'only patches of a relevant file whose path holds this')
  .option('--jobs <number>', 'worker processes', count, availableParallelism())
  .option('--limit <seconds>', 'CPU time for one thread', count, 900)
  .addOption(new Option('--level <level>', 'the highest level to run').choices(allLevels).default('architecture'))
  .addOption(new Option('--json', 'one JSON document').conflicts('tsv'))
  .option('--tsv', 'tab-separated, nothing cut')
  .addHelpText(
    'after',
    `
The table goes to standard output: the day it was sent, its Message-ID, what it was judged on, the answer (finding,
question, pass, silence; damaged, limit, crash), the findings, how many runs have something unread, and why.
Progress and a summary go to standard error. Nothing is checked out and nothing is sent.

Example:
  npm run archive -- ~/lore/linuxppc-dev/git/0.git --tree ~/src/linux@v6.4 --tree ~/src/linux@v6.13 --state /var/tmp/ppc`,
  )
  .action(async (gitdir: string, options: Options) => {
    process.exitCode = await archiveCommand(gitdir, options);
  });

async function archiveCommand(gitdir: string, options: Options): Promise<number> {
  const refuse = (problem: string) => {
    process.stderr.write(`archive: ${problem}\n`);
    return 2;
  };
  const { epochs, problem } = openArchive(gitdir);
  if (problem !== null) return refuse(problem);
  for (const spec of options.tree) {
    const opened = openTree(spec);
    if (opened.problem !== null) return refuse(opened.problem);
  }
  const setup = { trees: options.tree, level: options.level };
  let store: RowStore | null = null;
  try {
    if (options.state !== undefined) store = new RowStore(options.state, setup);
  } catch (error) {
    return refuse(`--state ${options.state}: no folder can be made there (${(error as NodeJS.ErrnoException).code})`);
  }
  const started = performance.now();
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  const progress = new Progress();
  const catalogue = await readArchive(epochs, { progress, signal: stop.signal });
  const rows = store?.read() ?? new Map<string, Row>();
  const asked = catalogue.threads.map((thread) => within(thread, options)).filter(({ patches }) => patches.length > 0);
  const ids = new Set(asked.flatMap(({ patches }) => patches.map(({ id }) => id)));
  const open = asked
    .map((thread) => ({ ...thread, patches: thread.patches.filter(({ id }) => !rows.has(id)) }))
    .filter(({ patches }) => patches.length > 0);
  await reviewThreads(open, {
    ...{ jobs: options.jobs, threadSecondsMax: options.limit, signal: stop.signal },
    start: () => startWorker(setup),
    onRow: (row) => {
      rows.set(row.messageId, row);
      store?.write(row);
      const done = [...ids].filter((id) => rows.has(id)).length;
      progress.tell(`reviewed ${done} of ${ids.size} patches: ${row.answer}: ${row.subject}`);
    },
  });
  progress.end();
  if (stop.signal.aborted) {
    process.stderr.write(`archive: stopped${store === null ? '' : '; the same command goes on from here'}\n`);
    return 130;
  }
  const chosen = [...rows.values()].filter(({ messageId }) => ids.has(messageId)).sort(byDate);
  const summary = summaryOf(chosen, { ...catalogue, threads: asked }, (performance.now() - started) / 1000);
  if (options.json) process.stdout.write(`${JSON.stringify({ summary, rows: chosen }, null, 2)}\n`);
  else process.stdout.write(options.tsv ? tsvOf(chosen) : tableOf(chosen));
  process.stderr.write(summaryText(summary, chosen));
  return chosen.some(({ answer }) => answer === 'crash') ? 1 : 0;
}

const byDate = (a: Row, b: Row) => (a.date < b.date ? -1 : a.date > b.date ? 1 : 0);

async function readArchive(
  epochs: readonly string[],
  { progress, signal }: { readonly progress: Progress; readonly signal: AbortSignal },
): Promise<Catalogue> {
  const cataloguer = new Cataloguer();
  for (const epoch of epochs) {
    const commits = commitsOf(epoch);
    let done = 0;
    for await (const mail of mailsOf(epoch, commits)) {
      if (signal.aborted) break;
      await cataloguer.add(mail);
      if (++done % 5000 === 0) progress.tell(`read ${done} of ${commits.length} mails of ${epoch}`);
    }
  }
  return cataloguer.finish();
}

function within(thread: ArchiveThread, { since, until, patch, path }: Options): ArchiveThread {
  const patches = thread.patches.filter(
    ({ id, sentMs, paths }) =>
      sentMs >= (since ?? 0) &&
      sentMs < (until ?? Number.POSITIVE_INFINITY) &&
      (patch.length === 0 || patch.includes(id)) &&
      (path === undefined || paths.some((one) => one.includes(path))),
  );
  return { ...thread, patches };
}

/** A line that is rewritten on a terminal, lines where it goes to a file. */
class Progress {
  readonly #interactive = process.stderr.isTTY === true;

  tell(text: string): void {
    const plain = text.replace(/\p{C}+/gu, ' ');
    process.stderr.write(this.#interactive ? `\r\u001b[K${plain.slice(0, 110)}` : `${plain}\n`);
  }

  end(): void {
    if (this.#interactive) process.stderr.write('\r\u001b[K');
  }
}

await program.parseAsync();
