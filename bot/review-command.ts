/**
 * `review`: a file in, the reply out. Opens what the command line names, tells progress, prints the reply or the document,
 * and turns the outcome into an exit status.
 */
import { readFile } from 'node:fs/promises';
import { defaults } from '../analyzers/explore/explore.ts';
import type { Problem } from '../analyzers/source/place.ts';
import type { Level } from '../analyzers/verdict/verdict.ts';
import { documentOf } from './document.ts';
import { loadKernelConfig } from './kernel-config.ts';
import { readMbox } from './mail/mbox.ts';
import { type Message, readMessage } from './mail/message.ts';
import { composeReply } from './reply/reply.ts';
import { type Review, review } from './review.ts';
import type { Settings } from './settings/schema.ts';
import { loadSettings } from './settings/settings.ts';
import { mailsBeside } from './sources/at-hand.ts';
import { cacheFolder } from './sources/cache-folder.ts';
import { githubHistory } from './sources/github/history.ts';
import { type History, openTree, type Tree } from './sources/tree.ts';

export interface ReviewCommand {
  readonly file: string;
  readonly patch: string | null;
  /** What `--tree` names, in the order given. */
  readonly trees: readonly string[];
  /** Mboxes in which prerequisites are looked for. */
  readonly also: readonly string[];
  /** A public-inbox archive in which they are, too; null for none. */
  readonly archive: string | null;
  /** Look for a base on GitHub where no tree is given. */
  readonly github: boolean;
  /** Path of a kernel's .config; null for every kernel that the tree can have. */
  readonly config: string | null;
  /** Path of the settings; null for the defaults. */
  readonly settings: string | null;
  readonly level: Level;
  readonly json: boolean;
  readonly now: Date;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Standard error is a terminal: progress may rewrite its line. */
  readonly interactive: boolean;
}

const exit = { nothingFound: 0, finding: 1, unreadable: 2 } as const;

export async function reviewCommand(command: ReviewCommand): Promise<number> {
  const { err } = command;
  const started = performance.now();
  const bytes = await readInput(command.file).catch((error: NodeJS.ErrnoException) => error);
  if (!Buffer.isBuffer(bytes)) {
    err(
      `review: ${command.file} cannot be read (${bytes.code ?? bytes.message}); give an mbox, a mail, or - for standard input\n`,
    );
    return exit.unreadable;
  }
  const trees: Tree[] = [];
  for (const spec of command.trees) {
    const opened = openTree(spec);
    if (opened.tree === null) {
      err(`review: ${opened.problem}\n`);
      return exit.unreadable;
    }
    trees.push(opened.tree);
  }
  const config = readConfig(command.settings);
  if (typeof config === 'string') {
    err(`review: ${config}\n`);
    return exit.unreadable;
  }
  const kernel = command.config === null ? null : loadKernelConfig(command.config);
  if (kernel !== null && 'length' in kernel) {
    for (const why of kernel) err(`review: ${why}\n`);
    return exit.unreadable;
  }
  const mbox = readMbox(bytes);
  tellProblems(mbox.problems, err);
  const messages: Message[] = [];
  for (const mail of mbox.mails) messages.push(await readMessage(mail));
  const tell = (text: string) => err(command.interactive ? `\r\u001b[K${text}` : `${text}\n`);
  const beside = await mailsBeside(messages, command, tell);
  if (beside.problem !== null) {
    err(`review: ${beside.problem}\n`);
    return exit.unreadable;
  }
  const result = review(messages, {
    trees,
    beside: beside.mails,
    histories: trees.length === 0 && command.github ? historiesOf(config, tell) : [],
    kernel,
    level: command.level,
    patch: command.patch === null ? null : command.patch.replace(/^<|>$/g, ''),
    limits: defaults,
    progress: (text) => tell(`reading ${text}`),
  });
  if (command.interactive) err('\r\u001b[K');
  tellProblems(result.problems, err);
  if (result.series.length === 0) {
    err(`review: ${nothingRead(messages, mbox.problems, command.patch)}\n`);
    return exit.unreadable;
  }
  for (const { patch, verdict } of result.series.flatMap(({ patches }) => patches)) {
    const subject = patch.message.subject;
    tellProblems(
      verdict.problems.map((problem) => ({ ...problem, text: `${subject}: ${problem.text}` })),
      err,
    );
  }
  print(command, result, config);
  tellCost(result, started, err);
  return result.series.some(({ patches }) => patches.some(({ verdict }) => verdict.answer === 'finding'))
    ? exit.finding
    : exit.nothingFound;
}

/** The settings, or in words what is wrong with them. */
function readConfig(file: string | null): Settings | string {
  try {
    return loadSettings(file ?? undefined);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function historiesOf({ github: { repository, api } }: Settings, progress: (text: string) => void): readonly History[] {
  if (repository === null) return [];
  const token = process.env.GITHUB_TOKEN || null;
  return [githubHistory({ repository, api, token, cache: cacheFolder('github') }, progress)];
}

function print({ json, out, err, now }: ReviewCommand, result: Review, config: Settings): void {
  if (json) {
    out(`${JSON.stringify(documentOf(result.series), null, 2)}\n`);
    return;
  }
  for (const { series, patches } of result.series) {
    const reply = composeReply({ series, rows: patches, config, date: now });
    if (reply !== null) {
      out(reply.raw);
      continue;
    }
    for (const { patch, verdict } of patches) err(`silence: ${patch.message.subject}: ${verdict.why}\n`);
  }
}

async function readInput(file: string): Promise<Buffer> {
  if (file !== '-') return readFile(file);
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function nothingRead(messages: readonly Message[], problems: readonly Problem[], patch: string | null): string {
  if (patch !== null) return `no patch in it has the Message-ID ${patch}`;
  if (messages.length === 0) return `${problems[0]?.text ?? 'there is no mail in it'}; give an mbox or a mail`;
  const subject = messages[0]?.subject ?? '';
  const first = subject === '' ? 'has no subject: is it an mbox?' : `is "${subject}"`;
  return `there is no patch among its ${messages.length} mail(s); the first ${first}`;
}

function tellProblems(problems: readonly Problem[], err: (text: string) => void): void {
  for (const problem of problems) err(`${problem.kind}: ${problem.text}\n`);
}

/** One line that a person and the benchmark read: what it took. */
function tellCost(result: Review, started: number, err: (text: string) => void): void {
  const seconds = (performance.now() - started) / 1000;
  const patches = result.series.reduce((sum, { patches: list }) => sum + list.length, 0);
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  const [memory, busy] = [maxRSS / 1024, (userCPUTime + systemCPUTime) / 1e6];
  err(
    `reviewed ${patches} ${patches === 1 ? 'patch' : 'patches'} in ${seconds.toFixed(2)} s (${busy.toFixed(2)} s of CPU): ${result.cache.states} states explored, peak ${memory.toFixed(0)} MB\n`,
  );
}
