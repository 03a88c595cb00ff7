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
import type { GitSettings } from './settings.ts';
import { type Arrival, limitsOf, type SourceContext, tooLarge } from './source.ts';

export async function* gitSource(settings: GitSettings, context: SourceContext): AsyncGenerator<Arrival> {
  const { signal, onState, follow, sleep } = context;
  const pollMs = settings.pollSeconds * 1000;
  const limits = { ...limitsOf(context), mailBytesMax };
  const kept = new Map<number, string>();
  for (const position of context.from) if (position.kind === 'git') kept.set(position.epoch, position.commit);
  while (!signal.aborted) {
    const { epochs, problem } = openArchive(settings.path);
    if (problem !== null)
      onState({ kind: 'failed', problem: { kind: 'unreadable', text: problem }, retryMs: follow ? pollMs : 0 });
    for (const path of epochs) {
      const epoch = numberOf(path);
      const after = kept.get(epoch) ?? null;
      const rewritten = after !== null && !(await isAncestor(path, after));
      if (rewritten)
        context.onProblem({
          kind: 'history-rewritten',
          text: `${path} no longer has the commit ${after} that was read last: it is read from the start, and what is known is not answered again`,
        });
      const commits = await commitsAfter(path, rewritten ? null : after);
      let done = 0;
      for await (const { commit, bytes, size } of mailsOf(path, commits)) {
        if (signal.aborted) break;
        onState({ kind: 'reading', place: path, done: done++, total: commits.length });
        yield {
          ...{ raw: bytes, source: settings.name, position: { kind: 'git', epoch, commit } },
          problem: size > limits.mailBytesMax ? tooLarge(size, limits) : null,
        };
        kept.set(epoch, commit);
      }
      if (signal.aborted) break;
    }
    if (!follow || signal.aborted) break;
    if (problem === null) onState({ kind: 'waiting' });
    await sleep(pollMs, signal);
  }
  onState({ kind: 'ended' });
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
