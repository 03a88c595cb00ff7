/**
 * One worker of the archive's pool, a process of its own, so that what a thread costs, or breaks, is that thread's: a thread
 * is its task, a row of a patch is what it tells.
 */
import type { Level } from '../../analyzers/verdict/verdict.ts';
import { cpuSeconds } from '../cpu-seconds.ts';
import { readMessage } from '../mail/message.ts';
import { openTree, type Tree } from '../sources/tree.ts';
import { serveTasks } from '../workers/serve-tasks.ts';
import type { ArchiveThread } from './catalogue.ts';
import { mailsAt } from './epochs.ts';
import type { Row } from './row.ts';
import { reviewThread } from './thread-review.ts';

export interface WorkerSetup {
  readonly trees: readonly string[];
  readonly level: Level;
}

const { trees: specs, level }: WorkerSetup = JSON.parse(process.argv[2] ?? '');
const trees: readonly Tree[] = specs.flatMap((spec) => openTree(spec).tree ?? []);

serveTasks<ArchiveThread, Row>(async ({ mails, patches }, tell) => {
  const messages = [];
  for (const mail of await mailsAt(mails)) if (mail !== null) messages.push(await readMessage(mail));
  // Awaited, so that a row has left before the next patch is begun.
  for (const row of reviewThread(messages, patches, { trees, level, cpuSeconds })) await tell(row);
});
