/**
 * Mails of a public-inbox archive by Message-ID, with the mails of their threads: what stands near them in time and refers to
 * the same. The archive's git has no index of ids, so that the mails of the two years before are looked through, newest first.
 */
import { type Commit, commitsOf, mailsOf, openArchive, type StoredMail } from '../archive/epochs.ts';
import { type Message, readMessage } from '../mail/message.ts';

const limits = { yearsMs: 2 * 366 * 86_400_000, dayMs: 86_400_000, chunk: 2_000, nearMails: 1_000 } as const;

export interface Inbox {
  /** The mails, and those of their series; `progress` is told how many were looked through. */
  find(ids: ReadonlySet<string>, before: Date | null, progress: (mails: number) => void): Promise<readonly Message[]>;
  /** The thread of one, raw; none where it is not there. */
  thread(id: string, progress: (mails: number) => void): Promise<readonly Buffer[]>;
}

/** @returns the archive, or in words why it is none */
export function openInbox(path: string): { readonly inbox: Inbox | null; readonly problem: string | null } {
  const { epochs, problem } = openArchive(path);
  if (problem !== null) return { inbox: null, problem: `--archive ${path}: ${problem}` };
  const messages = async (raws: readonly Buffer[]) => {
    const read: Message[] = [];
    for (const raw of raws) read.push(await readMessage(raw));
    return read;
  };
  const inbox: Inbox = {
    find: async (ids, before, progress) => messages(await find(epochs, { ids, before }, progress)),
    thread: (id, progress) => find(epochs, { ids: new Set([id]), before: null }, progress),
  };
  return { inbox, problem: null };
}

async function find(
  epochs: readonly string[],
  { ids, before }: { readonly ids: ReadonlySet<string>; readonly before: Date | null },
  progress: (mails: number) => void,
): Promise<readonly Buffer[]> {
  const open = new Set(ids);
  const found: Buffer[] = [];
  let looked = 0;
  // What a patch stands on may be sent on the same day.
  const until = before === null ? Number.POSITIVE_INFINITY : before.getTime() + limits.dayMs;
  const from = before === null ? 0 : until - limits.yearsMs;
  for (const epoch of [...epochs].reverse()) {
    if (open.size === 0) break;
    const commits = commitsOf(epoch).filter(({ sentMs }) => sentMs >= from && sentMs <= until);
    for (let end = commits.length; end > 0 && open.size > 0; end -= limits.chunk) {
      const chunk = commits.slice(Math.max(0, end - limits.chunk), end);
      for await (const mail of mailsOf(epoch, chunk)) {
        looked++;
        const id = idOf(mail);
        if (!open.delete(id)) continue;
        found.push(...(await threadOf(epoch, commits, mail)));
      }
      progress(looked);
    }
  }
  return found;
}

/** The mails around it that answer the same mail, or it, or that it answers. */
async function threadOf(epoch: string, commits: readonly Commit[], mail: StoredMail): Promise<readonly Buffer[]> {
  const at = commits.findIndex(({ commit }) => commit === mail.commit);
  const near = commits.slice(Math.max(0, at - limits.nearMails), at + limits.nearMails);
  const own = await readMessage(mail.bytes);
  const root = rootOf(own);
  const thread: Buffer[] = [];
  for await (const { bytes } of mailsOf(epoch, near)) {
    if (!headOf(bytes).includes(root)) continue;
    const message = await readMessage(bytes);
    if (isOfThread(message, root)) thread.push(bytes);
  }
  return thread;
}

/** Message-ID of the first mail that it says its thread has. */
export const rootOf = ({ references, inReplyTo, id }: Message) => references[0] ?? inReplyTo ?? id;

export const isOfThread = ({ id, references, inReplyTo }: Message, root: string) =>
  id === root || references.includes(root) || inReplyTo === root;

/** Headers as they stand: enough to find an id in. */
export const headOf = (bytes: Buffer) => {
  const end = bytes.indexOf('\n\n');
  return bytes.toString('latin1', 0, end < 0 ? bytes.length : end);
};

const idOf = ({ bytes }: StoredMail) => /^message-id:\s*<([^<>\s]+)>/im.exec(headOf(bytes))?.[1] ?? '';
