/**
 * A clone of a public-inbox as a source: its epochs in order, each behind the commit that was kept. The clone is brought up to
 * date by others (public-inbox-fetch, grok-pull); here it is looked at again from time to time, for commits and for epochs.
 *
 * A kept commit that is no ancestor of what the epoch is at now means that its history was rewritten, as public-inbox does
 * where a mail is purged: the epoch is read from the start, and the store knows what it has.
 */
import { spawn } from 'node:child_process';
import { basename } from 'node:path';
import { commitsAfter, mailBytesMax, mailsOf, openArchive } from '../archive/epochs.ts';
import type { RawMail } from '../intake/raw-mail.ts';
import type { GitSettings } from './settings.ts';
import { limitsOf, type SourceContext, tooLarge } from './source.ts';

export async function* gitSource(settings: GitSettings, context: SourceContext): AsyncGenerator<RawMail> {
  const { signal, onState, follow, sleep } = context;
  const pollMs = settings.pollSeconds * 1000;
  const kept = new Map<number, string>();
  for (const position of context.from) if (position.kind === 'git') kept.set(position.epoch, position.commit);
  const failed = (text: string) =>
    onState({ kind: 'failed', problem: { kind: 'unreadable', text }, retryMs: follow ? pollMs : 0 });
  while (!signal.aborted) {
    try {
      const { epochs, problem } = openArchive(settings.path);
      for (const path of epochs) yield* mailsOfEpoch(path, { ...context, name: settings.name, kept });
      if (problem !== null) failed(problem);
      else if (follow && !signal.aborted) onState({ kind: 'waiting' });
    } catch (error) {
      if (!signal.aborted) failed((error as Error).message);
    }
    if (!follow || signal.aborted) break;
    await sleep(pollMs, signal);
  }
  onState({ kind: 'ended' });
}

interface EpochContext extends SourceContext {
  readonly name: string;
  /** The newest commit that was kept, by epoch. */
  readonly kept: Map<number, string>;
}

async function* mailsOfEpoch(path: string, { name, kept, ...context }: EpochContext): AsyncGenerator<RawMail> {
  const { signal, onState, onProblem } = context;
  // mailsOf() has its own limit.
  const limits = { ...limitsOf(context), mailBytesMax };
  const epoch = numberOf(path);
  let ancestor = kept.get(epoch) ?? null;
  if (ancestor !== null && !(await isAncestor(path, ancestor))) {
    const text = `${path} no longer has the commit ${ancestor} that was read last: it is read from the start, and what is known is not answered again`;
    onProblem({ kind: 'history-rewritten', text });
    ancestor = null;
    kept.delete(epoch);
  }
  if (signal.aborted) return;
  const commits = await commitsAfter(path, { ancestor, signal });
  let done = 0;
  for await (const { commit, bytes, size } of mailsOf(path, commits)) {
    if (signal.aborted) return;
    onState({ kind: 'reading', place: path, done: done++, total: commits.length });
    const problem = size > limits.mailBytesMax ? tooLarge(size, limits) : null;
    yield { raw: bytes, source: name, position: { kind: 'git', epoch, commit }, problem };
    kept.set(epoch, commit);
  }
}

/** 0.git is epoch 0, and so is a clone of another name. */
const numberOf = (path: string) => Number(/^(\d+)(?:\.git)?$/.exec(basename(path))?.[1] ?? 0);

function isAncestor(path: string, commit: string): Promise<boolean> {
  if (!/^[0-9a-f]{40,64}$/.test(commit)) return Promise.resolve(false);
  return new Promise((resolve) => {
    const git = spawn('git', ['-C', path, 'merge-base', '--is-ancestor', commit, 'HEAD'], { stdio: 'ignore' });
    git.on('error', () => resolve(false));
    git.on('close', (status) => resolve(status === 0));
  });
}
