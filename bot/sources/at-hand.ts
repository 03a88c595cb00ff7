/**
 * Mails that a user puts beside a thread, for prerequisites: mboxes, and what an archive has of the Message-IDs that the
 * thread names. Nothing else is looked into, and nothing is looked for where no mail names a prerequisite.
 */
import { readFile } from 'node:fs/promises';
import { readMbox } from '../mail/mbox.ts';
import { type Message, readMessage } from '../mail/message.ts';
import { prerequisitesOf } from '../thread/base-lines.ts';
import { openInbox } from './inbox.ts';

interface Beside {
  readonly also: readonly string[];
  readonly archive: string | null;
}

/** @returns the mails, or in words what cannot be read */
export async function mailsBeside(
  messages: readonly Message[],
  { also, archive }: Beside,
  progress: (text: string) => void,
): Promise<{ readonly mails: readonly Message[]; readonly problem: string | null }> {
  const mails: Message[] = [];
  for (const file of also) {
    const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => error.code ?? error.message);
    if (typeof bytes === 'string') return { mails, problem: `--also ${file}: cannot be read (${bytes})` };
    const { mails: raw, problems } = readMbox(bytes);
    if (raw.length === 0) return { mails, problem: `--also ${file}: ${problems[0]?.text ?? 'there is no mail in it'}` };
    for (const mail of raw) mails.push(await readMessage(mail));
  }
  if (archive === null) return { mails, problem: null };
  const { inbox, problem } = openInbox(archive);
  if (inbox === null) return { mails, problem };
  const known = new Set([...messages, ...mails].map(({ id }) => id));
  const named = messages.flatMap(prerequisitesOf).filter(({ kind, id }) => kind === 'message-id' && !known.has(id));
  if (named.length === 0) return { mails, problem: null };
  const dates = messages.flatMap(({ date }) => (date === null ? [] : [date.getTime()]));
  const newest = dates.length === 0 ? null : new Date(dates.reduce((a, b) => Math.max(a, b)));
  const found = await inbox.find(new Set(named.map(({ id }) => id)), newest, (count) =>
    progress(`looked through ${count} mails of ${archive} for prerequisites`),
  );
  return { mails: [...mails, ...found], problem: null };
}
