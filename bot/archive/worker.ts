/**
 * One worker of the archive's pool, a process of its own, so that what a thread costs, or breaks, is that thread's. Asked by
 * the pool: one thread at a time; answers with rows, then with `done`.
 */
import type { Level } from '../../analyzers/verdict/verdict.ts';
import { cpuSeconds } from '../cpu-seconds.ts';
import { readMessage } from '../mail/message.ts';
import { openTree, type Tree } from '../sources/tree.ts';
import type { ArchiveThread } from './catalogue.ts';
import { mailsAt } from './epochs.ts';
import type { Row } from './row.ts';
import { reviewThread } from './thread-review.ts';

export interface WorkerSetup {
  readonly trees: readonly string[];
  readonly level: Level;
}
/** What a worker says. */
export type Told = { readonly kind: 'row'; readonly row: Row } | { readonly kind: 'done' };

const { trees: specs, level }: WorkerSetup = JSON.parse(process.argv[2] ?? '');
const trees: readonly Tree[] = specs.flatMap((spec) => openTree(spec).tree ?? []);
const tell = (told: Told) => new Promise((resolve) => process.send?.(told, resolve));

async function review({ mails, patches }: ArchiveThread): Promise<void> {
  const messages = [];
  for (const mail of await mailsAt(mails)) if (mail !== null) messages.push(await readMessage(mail));
  // Awaited, so that a row has left before the next patch is begun.
  for (const row of reviewThread(messages, patches, { trees, level, cpuSeconds })) await tell({ kind: 'row', row });
  await tell({ kind: 'done' });
}

// Without the pool there is nobody to work for; an interrupt of the terminal is the pool's to handle.
process.on('disconnect', () => process.exit());
process.on('SIGINT', () => {});
process.on('message', (thread: ArchiveThread) => review(thread));
