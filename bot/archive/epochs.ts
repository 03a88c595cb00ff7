/**
 * A public-inbox v2 archive as git holds it: one repository an epoch, one commit a mail, the mail as blob `m`. Read through
 * `git cat-file --batch`, in order, without a checkout and without a shell.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { BatchReader } from './batch-reader.ts';

/** Where a mail stands: which repository, and the commit that brought it. */
export interface MailPlace {
  readonly epoch: string;
  readonly commit: string;
}

export interface StoredMail extends MailPlace {
  /** Its Date; where the archive took it in before that, then. Milliseconds. */
  readonly sentMs: number;
  readonly bytes: Buffer;
  /** Of the mail; more than `bytes` holds where it is beyond the limit. */
  readonly size: number;
}

/** What one mail may hold; of a larger one the beginning is read, for its headers. */
export const mailBytesMax = 8 << 20;
const beginningBytes = 256 << 10;

/** @returns the git directories of an archive, oldest first, or in words what is wrong with the path */
export function openArchive(path: string): { readonly epochs: readonly string[]; readonly problem: string | null } {
  const none = (problem: string) => ({ epochs: [], problem });
  if (!existsSync(path) || !statSync(path).isDirectory()) return none(`there is no directory ${path}`);
  const epochs = isGit(path) ? [path] : epochsIn(path);
  if (epochs.length === 0)
    return none(`${path} is no git repository and holds none named 0.git, 1.git, …; give a clone of a public-inbox`);
  for (const epoch of epochs) {
    // The newest commit of an epoch may take a mail out again: then there is no m, but a d.
    const wrong = git(epoch, ['cat-file', '-e', 'HEAD:m']);
    if (wrong === null || git(epoch, ['cat-file', '-e', 'HEAD:d']) === null) continue;
    if (wrong.includes('dubious ownership'))
      return none(`${epoch} is another user's; allow it by: git config --global --add safe.directory ${epoch}`);
    return none(`${epoch} is no public-inbox of version 2: its newest commit holds no mail named m`);
  }
  return { epochs, problem: null };
}

const isGit = (path: string) =>
  existsSync(join(path, '.git')) || (existsSync(join(path, 'HEAD')) && existsSync(join(path, 'objects')));

/** As `public-inbox-clone` lays them out: NUMBER.git, in the directory or in its git/. */
function epochsIn(path: string): string[] {
  const inside = existsSync(join(path, 'git')) ? join(path, 'git') : path;
  return readdirSync(inside)
    .filter((name) => /^\d+(\.git)?$/.test(name) && isGit(join(inside, name)))
    .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))
    .map((name) => join(inside, name));
}

/** @returns null where it went well, else what it says */
function git(path: string, args: readonly string[]): string | null {
  const { status, stderr } = spawnSync('git', ['-C', path, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  return status === 0 ? null : `${stderr}`;
}

export interface Commit {
  readonly commit: string;
  readonly sentMs: number;
}

const logFormat = ['log', '--reverse', '--format=%H %at %ct'];

/** Oldest first. */
export function commitsOf(epoch: string): readonly Commit[] {
  const { stdout } = spawnSync('git', ['-C', epoch, ...logFormat, 'HEAD'], {
    encoding: 'utf8',
    maxBuffer: 1 << 30,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return stdout.split('\n').flatMap(commitIn);
}

/** The same while others run; those behind an ancestor of the newest, or all. @throws Error where git fails, or is stopped */
export async function commitsAfter(
  epoch: string,
  { ancestor, signal }: { readonly ancestor: string | null; readonly signal: AbortSignal },
): Promise<readonly Commit[]> {
  const range = ancestor === null ? 'HEAD' : `${ancestor}..HEAD`;
  const words = ['-C', epoch, ...logFormat, range];
  const process = spawn('git', words, { stdio: ['ignore', 'pipe', 'ignore'], signal });
  const ended = once(process, 'close');
  // Met below; until then it is nobody's.
  ended.catch(() => {});
  const commits: Commit[] = [];
  for await (const line of createInterface({ input: process.stdout })) commits.push(...commitIn(line));
  const [status] = await ended;
  if (status !== 0) throw new Error(`git log fails in ${epoch} (${status}); see git fsck`);
  return commits;
}

function commitIn(line: string): readonly Commit[] {
  const [commit = '', sent = '', taken = ''] = line.split(' ');
  return commit === '' ? [] : [{ commit, sentMs: Math.min(Number(sent), Number(taken)) * 1000 }];
}

/** All mails of an epoch, oldest first. Commits that only take a mail out are passed over. @throws Error where git fails */
export async function* mailsOf(epoch: string, commits: readonly Commit[]): AsyncGenerator<StoredMail> {
  let at = 0;
  for await (const { bytes, size } of blobsOf(
    epoch,
    commits.map(({ commit }) => commit),
  )) {
    const { commit, sentMs } = commits[at++]!;
    if (bytes !== null) yield { epoch, commit, sentMs, bytes, size };
  }
  if (at < commits.length) throw new Error(`git ends after ${at} of ${commits.length} mails of ${epoch}; see git fsck`);
}

/** The mails at some places, in their order; null for one that is not there. */
export async function mailsAt(places: readonly MailPlace[]): Promise<readonly (Buffer | null)[]> {
  const found = new Map<string, Buffer | null>();
  for (const epoch of new Set(places.map((place) => place.epoch))) {
    const commits = places.filter((place) => place.epoch === epoch).map(({ commit }) => commit);
    let at = 0;
    for await (const { bytes } of blobsOf(epoch, commits)) found.set(`${epoch} ${commits[at++]}`, bytes);
  }
  return places.map(({ epoch, commit }) => found.get(`${epoch} ${commit}`) ?? null);
}

async function* blobsOf(epoch: string, commits: readonly string[]) {
  const process = spawn('git', ['-C', epoch, 'cat-file', '--batch'], { stdio: ['pipe', 'pipe', 'ignore'] });
  // A git that ends early closes the pipe; what it did not answer is missing then.
  process.stdin.on('error', () => {});
  process.stdin.end(commits.map((commit) => `${commit}:m\n`).join(''));
  const reader = new BatchReader({ bytesMax: mailBytesMax, beginningBytes });
  try {
    for await (const chunk of process.stdout) yield* reader.push(chunk);
  } finally {
    process.kill();
  }
}
