/**
 * The thread of a mail that is not in the store, out of the sources of the settings that can be asked for it: clones of archives,
 * mboxes and maildirs, then public-inbox servers. Nothing else is asked, whatever an address says that somebody pasted.
 */
import { openSource } from '../inbox/open.ts';
import type { MaildirSettings, MboxSettings, SourceSettings } from '../inbox/settings.ts';
import { sleep } from '../inbox/source.ts';
import { threadOf } from '../inbox/web.ts';
import { readMessage } from '../mail/message.ts';
import { headOf, isOfThread, openInbox, rootOf } from '../sources/inbox.ts';

interface Looking {
  readonly signal: AbortSignal;
  readonly progress: (text: string) => void;
}

interface ThreadFound {
  /** None where no source has the mail. */
  readonly mails: readonly Buffer[];
  /** What was asked, and what is wrong with one that could not be, a line each. */
  readonly asked: readonly string[];
}

/** What is on this machine first. */
const order: readonly SourceSettings['kind'][] = ['git', 'mbox', 'maildir', 'web'];

/** Never throws over what a source does. */
export async function findThread(
  sources: readonly SourceSettings[],
  messageId: string,
  looking: Looking,
): Promise<ThreadFound> {
  const asked: string[] = [];
  for (const source of order.flatMap((kind) => sources.filter((one) => one.kind === kind))) {
    if (looking.signal.aborted) break;
    looking.progress(`looking in ${source.name}`);
    try {
      const { mails, problem } = await within(source, messageId, looking);
      if (mails.length > 0) return { mails, asked };
      asked.push(problem === null ? `${source.name} does not have it` : `${source.name}: ${problem}`);
    } catch (error) {
      asked.push(`${source.name}: ${(error as Error).message}`);
    }
  }
  return { mails: [], asked };
}

interface Within {
  readonly mails: readonly Buffer[];
  readonly problem: string | null;
}

async function within(source: SourceSettings, messageId: string, { signal, progress }: Looking): Promise<Within> {
  switch (source.kind) {
    case 'git': {
      const { inbox, problem } = openInbox(source.path);
      if (inbox === null) return { mails: [], problem };
      const mails = await inbox.thread(messageId, (count) => {
        if (signal.aborted) throw new Error('stopped');
        progress(`looking in ${source.name}: ${count} mails`);
      });
      return { mails, problem: null };
    }
    case 'mbox':
    case 'maildir':
      return withinFiles(source, messageId, signal);
    case 'web': {
      const { arrivals, problem } = await threadOf(source, messageId, { signal });
      return {
        mails: arrivals.map(({ raw }) => raw),
        problem: problem?.kind === 'not-found' ? null : (problem?.text ?? null),
      };
    }
    case 'imap':
      return { mails: [], problem: null };
  }
}

/** Read twice: for the mail, which says where its thread begins, and for the thread. */
async function withinFiles(
  source: MboxSettings | MaildirSettings,
  messageId: string,
  signal: AbortSignal,
): Promise<Within> {
  let problem: string | null = null;
  const read = () =>
    openSource(source, {
      ...{ from: [], signal, follow: false, onProblem: () => {}, sleep, random: Math.random },
      onState: (state) => {
        if (state.kind === 'failed') problem = state.problem.text;
      },
    });
  let root: string | null = null;
  for await (const { raw } of read()) {
    if (!headOf(raw).includes(messageId)) continue;
    const message = await readMessage(raw);
    if (message.id !== messageId) continue;
    root = rootOf(message);
    break;
  }
  if (root === null) return { mails: [], problem };
  const mails: Buffer[] = [];
  for await (const { raw } of read())
    if (headOf(raw).includes(root) && isOfThread(await readMessage(raw), root)) mails.push(raw);
  return { mails, problem };
}
