/**
 * The command line. It only parses words, opens files and streams, and prints: what happens is bot/review.ts.
 *
 * Exit status: 0 no finding (a question included), 1 a finding, 2 nothing could be read or the words were off.
 */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { SubjectId } from '../analyzers/protocol/protocol.ts';
import { subjectIds } from '../analyzers/protocol/subjects/table.ts';
import { allLevels, type Level } from '../analyzers/verdict/verdict.ts';
import { b4CheckCommand } from './b4-check-command.ts';
import { checkConfigCommand } from './check-config-command.ts';
import { digestCommand } from './digest-command.ts';
import { disasmCommand, disasmUsage } from './disasm-command.ts';
import { githubCommand } from './github-command.ts';
import { initCommand } from './init-command.ts';
import { observeCommand } from './observe-command.ts';
import { orderCommands } from './order-commands.ts';
import { queryCommand } from './query-command.ts';
import { formatReplay } from './replay.ts';
import { reviewCommand } from './review-command.ts';
import { defaultsFile } from './settings/settings.ts';
import { endWhereOutputFails } from './standard-output.ts';
import { storeCommands } from './store-commands.ts';
import { explain } from './usage/usage.ts';
import { usageCommands } from './usage-commands.ts';
import { vectorsCommand, vectorsUsage } from './vectors-command.ts';

const streams = {
  out: (text: string) => process.stdout.write(text),
  err: (text: string) => process.stderr.write(text),
};
/** Of an option that may be given more than once. */
const several = (value: string, earlier: readonly string[]) => [...earlier, value];

const { version }: { version: string } = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8'));

/** Whose definitions `--help`, the manual and the completion of shells are made of. */
export const program = new Command('scenario-bot')
  .version(version, '--version', 'print the version')
  .helpOption('-h, --help', 'print this')
  .description(
    'Reviews powerpc ftrace patches: can a task interrupted on the old instruction resume on the new one, and crash?',
  )
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .showHelpAfterError('(add --help for what it takes)');
explain(program, {
  more: `
Each command has its own help: scenario-bot COMMAND --help. In a clone of the repository "npm run bot -- COMMAND" is
"scenario-bot COMMAND".`,
  status: {
    0: 'it is as it should be',
    1: 'review and query: a finding; vectors: a difference; import: a part could not be read',
    2: 'nothing was done; why is said',
  },
  examples: [
    'scenario-bot review thread.mbox --tree ~/src/linux',
    'scenario-bot init && scenario-bot serve --settings scenario-bot.yaml',
  ],
});

program.commandsGroup('To look at a patch:');
explain(
  program
    .command('review')
    .description('Read a patch thread and print the one reply that would be posted.')
    .argument('[file]', 'an mbox or a single mail; - for standard input', '-')
    .option('--patch <msgid>', 'judge only this patch of the thread (its Message-ID, with or without <>)')
    .option(
      '--tree <dir|git[@rev]|tarball>',
      'the kernel source the patches apply to: a directory, a git clone or a tarball; several may be given, and the one that a patch fits is taken; without it the base is looked for on GitHub',
      several,
      [],
    )
    .option(
      '--also <file>',
      'an mbox with patches that the thread names as its prerequisites; several may be given',
      several,
      [],
    )
    .option('--archive <gitdir>', 'a clone of a public-inbox archive that has them, by their Message-IDs')
    .option('--no-github', "without --tree, take the diff's own lines for all there is, and ask nobody")
    .addOption(new Option('--level <level>', 'the highest level to run').choices(allLevels).default('architecture'))
    .option('--json', 'print one JSON document in place of the reply')
    .option('--config <file>', "a kernel's .config: that kernel alone, in place of every one that the tree can have")
    .option('--settings <file>', 'settings in place of config/defaults.yaml')
    .action(
      async (
        file: string,
        options: {
          patch?: string;
          tree: string[];
          also: string[];
          archive?: string;
          github: boolean;
          level: Level;
          json?: boolean;
          config?: string;
          settings?: string;
        },
      ) => {
        process.exitCode = await reviewCommand({
          file,
          patch: options.patch ?? null,
          trees: options.tree,
          also: options.also,
          archive: options.archive ?? null,
          github: options.github,
          config: options.config ?? null,
          settings: options.settings ?? null,
          level: options.level,
          json: options.json ?? false,
          now: new Date(),
          ...streams,
          interactive: process.stderr.isTTY === true,
        });
      },
    ),
  {
    more: `
Standard output holds the reply, or nothing on silence; progress and the reason for silence go to standard error.`,
    status: { 0: 'no finding (a question included)', 1: 'a finding', 2: 'nothing could be read' },
    examples: [
      'scenario-bot review thread.mbox --tree ~/src/linux@v5.2-rc6',
      'curl -s https://lore.kernel.org/linuxppc-dev/MSGID/t.mbox.gz | zcat | scenario-bot review --json',
    ],
  },
);

explain(
  program
    .command('b4-check')
    .description(
      'Answer `b4 review`: a mail on standard input, JSON on standard output (b4.review-perpatch-check-cmd).',
    )
    .option('--url <url>', 'where a daemon answers over HTTP; what it has judged is not judged again')
    .option(
      '--tree <dir|git[@rev]|tarball>',
      'the kernel source the patch applies to; several may be given',
      several,
      [],
    )
    .action(async ({ url, tree }: { url?: string; tree: string[] }) => {
      const chunks: Buffer[] = [];
      for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
      process.exitCode = await b4CheckCommand({
        ...{ mail: Buffer.concat(chunks), trees: tree, ...streams },
        url: url?.replace(/\/+$/, '') ?? null,
      });
    }),
  {
    more: `
Prints a JSON array of { tool, status, summary, url, details }, with the status pass, warn or fail; [] where there is nothing
to say. Of a patch on others of its series ask a daemon (--url): here it is judged alone.`,
    status: { 0: 'answered, whatever the answer', 2: 'not answered; standard error says why' },
    examples: [
      "git config b4.review-perpatch-check-cmd 'scenario-bot b4-check --tree ~/src/linux'",
      'scenario-bot b4-check --url http://127.0.0.1:8025 < patch.eml',
    ],
  },
);

explain(
  program
    .command('observe')
    .description("Print what a kernel's own code does to its call sites: each store, and what happens between stores.")
    .argument('<tree>', 'the kernel source: a directory, a git clone (with @REVISION if not HEAD) or a tarball')
    .option('--config <file>', "a kernel's .config: that kernel alone")
    .addOption(new Option('--subject <subject>', 'what modifies text').choices(subjectIds).default('ftrace'))
    .option('--profile <profile>', 'kernel as configured and compiled; without it every one that the tree can have')
    .option('--entry <entry>', 'what the kernel is asked to do: boot, enable, …; without it everything')
    .addOption(
      new Option('--site <kind>', 'where the records are; without it everywhere').choices(['near', 'far', 'module']),
    )
    .addOption(
      new Option('--plan <plan>', 'which of the two records are hit').choices(['all', 'first', 'last']).default('all'),
    )
    .option('--toc', 'of functions that set up their TOC first (ELFv2: entered through their global entry point)')
    .option('--json', 'print one JSON document in place of the tables')
    .action(
      (
        tree: string,
        options: {
          config?: string;
          subject: SubjectId;
          profile?: string;
          entry?: string;
          site?: string;
          plan: 'all' | 'first' | 'last';
          toc?: boolean;
          json?: boolean;
        },
      ) => {
        process.exitCode = observeCommand({
          tree,
          config: options.config ?? null,
          subject: options.subject,
          profile: options.profile ?? null,
          entry: options.entry ?? null,
          site: options.site ?? null,
          plan: options.plan,
          setUp: options.toc ?? false,
          json: options.json ?? false,
          ...streams,
        });
      },
    ),
  {
    more: `
Addresses count from the function's symbol; words are values as the ISA prints them, whatever the byte order. Instructions
are those that the code which pokes text executes in C and inline assembly, in order; switch_mm_irqs_off() ends in an
isync. Text is poked as with STRICT_KERNEL_RWX, with the radix MMU on 64 bits. Steps come in the order in which the
kernel makes them, so records come in the order in which they are walked.

An unknown profile or entry point is answered by those there are.`,
    status: { 0: 'observed', 2: 'nothing could be observed' },
    examples: ['scenario-bot observe ~/src/linux-6.1 --profile ppc64-mprofile-gcc6 --entry enable'],
  },
);

explain(
  program
    .command('replay')
    .description('Print an execution step by step from the schedule a reply gives.')
    .argument('<schedule>', 'the schedule, quoted; or @FILE to read it from a file', schedule)
    .action(async (given: string) => {
      const file = given.startsWith('@') ? given.slice(1) : null;
      const text = file === null ? given : await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => error);
      if (typeof text !== 'string') {
        process.stderr.write(`replay: ${file} cannot be read (${text.code}); give a file that holds a schedule\n`);
        process.exitCode = 2;
        return;
      }
      const replay = formatReplay(text.trim());
      if (replay.problem !== null) {
        process.stderr.write(`replay: ${replay.problem}\n`);
        process.exitCode = 2;
        return;
      }
      process.stdout.write(replay.text);
    }),
  {
    more: `
Each step has its CPU, its task, the address, the word that was fetched and whether it was the newest, registers and
modifications. A schedule holds all it needs: no kernel source is read.`,
    status: { 0: 'replayed', 2: 'it is no schedule, or cannot be read' },
    examples: ["scenario-bot replay 'r0.64.full.live/f@1000=60000000,…/d00-s0v0-m-m-m-m-s0v1'"],
  },
);

program.commandsGroup('To run the bot:');
explain(
  program
    .command('serve')
    .description(
      'Read lists, answer what deserves an answer, until it is stopped. By the default settings nothing is sent.',
    )
    .option('--settings <file>', 'settings in place of config/defaults.yaml')
    .option('--role <roles>', 'fetch, analyse, post, http: what this process does; all by default', several, [])
    .action(async ({ settings, role }: { settings?: string; role: readonly string[] }) => {
      // What a daemon needs is loaded for a daemon alone.
      const { serveCommand } = await import('./serve-command.ts');
      process.exitCode = await serveCommand(settings ?? null, role);
    }),
  {
    more: `
What it does is said in the settings. SIGTERM and SIGINT let what runs come to an end within a minute; a second one ends it at
once, which loses nothing: what was begun is begun again at the next start. Logs are lines of JSON on standard error.

Roles: fetch reads the sources, analyse judges, post sends what is to be sent and obeys mails, http serves pages and orders.
Several with commas between them, or by several --role. Any number of processes on any number of hosts may have the same role
where the store is a PostgreSQL server: each source is read by one of them, and one posts; the others stand by.`,
    status: {
      0: 'stopped as told',
      2: 'the settings or the words are off',
      3: 'it could not start just now: the store is away or taken, or the port is; trying again may do',
      130: 'stopped at once',
    },
    examples: [
      'scenario-bot serve --settings /etc/scenario-bot.yaml',
      'scenario-bot serve --settings /etc/scenario-bot.yaml --role analyse,http',
    ],
  },
);

explain(
  program
    .command('init')
    .description('Write a commented copy of the default settings, to be edited.')
    .argument('[file]', 'where; a file that is there is left as it is', 'scenario-bot.yaml')
    .action((file: string) => {
      process.exitCode = initCommand(file, streams);
    }),
  {
    more: 'As it is written nothing is read and nothing sent; each setting says what it does.',
    status: { 0: 'written', 2: 'there is a file of that name, or it cannot be written' },
    examples: ['scenario-bot init /etc/scenario-bot.yaml'],
  },
);

explain(
  program
    .command('check-config')
    .description('Read settings as the daemon would, and print all that is wrong with them, with lines.')
    .argument('[file]', 'the settings', defaultsFile)
    .action(async (file: string) => {
      process.exitCode = await checkConfigCommand(file, streams);
    }),
  {
    more: 'It then says what would be read and sent by them. Nothing is opened but the files that they name.',
    status: { 0: 'the daemon would start', 2: 'it would not' },
    examples: ['scenario-bot check-config /etc/scenario-bot.yaml'],
  },
);

add(queryCommand());
program.commandsGroup('To order what it does:');
for (const command of [...orderCommands(), githubCommand()]) add(command);
program.commandsGroup('To look at what is kept, and keep it:');
for (const command of [digestCommand(), ...storeCommands()]) add(command);
program.commandsGroup('To look at instructions:');

// Its options are -le, -be and -32, which are none to a parser of options.
explain(
  program
    .command('vectors')
    .usage('FILE.tsv [-le | -be | -32]')
    .description('Run each instruction vector of a file, and compare what it leaves with what the line says.')
    .helpOption(false)
    .allowUnknownOption()
    .argument('[words...]')
    .action((words: string[]) => {
      process.exitCode = vectorsCommand(words, streams);
    }),
  vectorsUsage,
);

explain(
  program
    .command('disasm')
    .usage('[FILE] [-32]')
    .description('Print words as objdump -Mpower10 does.')
    .helpOption(false)
    .allowUnknownOption()
    .argument('[words...]')
    .action(async (words: string[]) => {
      process.exitCode = await disasmCommand(words, streams);
    }),
  disasmUsage,
);

/** Words that are off end a command of a group as they end any other. */
function add(command: Command): void {
  inherit(command, program);
  program.addCommand(command);
}

function inherit(command: Command, parent: Command): void {
  command.copyInheritedSettings(parent);
  for (const one of command.commands) inherit(one, command);
}

/** A schedule that is empty cannot be anything but a quoting mistake: say so before looking at it. */
function schedule(value: string): string {
  if (value.trim() === '') throw new InvalidArgumentError('it is empty; quote the whole schedule with single quotes');
  return value;
}

program.commandsGroup('Of the command line itself:');
for (const command of usageCommands(program)) add(command);
program.addHelpCommand(
  new Command('help')
    .argument('[command]', 'which; without it that of scenario-bot itself')
    .description('Print the help of a command.')
    .helpGroup('Of the command line itself:'),
);

if (import.meta.main) {
  endWhereOutputFails('scenario-bot');
  await program.parseAsync();
}
