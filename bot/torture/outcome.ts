/** What became of the threads: what a subscriber of the list finds in his mailbox, and what is in the database. */
import { simpleParser } from 'mailparser';
import type { MailSystem } from '../serve/testing/mail-system.ts';
import { repliesIn } from '../store/replies.ts';
import { openStore, type Place } from '../store/store.ts';
import { checkDatabase, type DatabaseCheck } from './check-database.ts';

export interface Outcome {
  readonly threads: number;
  readonly answeredOnce: number;
  /** Message-IDs of patches. */
  readonly lost: readonly string[];
  readonly twice: readonly string[];
  /** Replies of the store by state. */
  readonly states: Readonly<Record<string, number>>;
  readonly database: DatabaseCheck;
}

/** Nothing lost, nothing said twice, and the database whole. */
export const isWhole = ({ lost, twice, database }: Outcome): boolean =>
  lost.length + twice.length + database.problems.length === 0;

export async function outcomeOf(list: MailSystem, sent: readonly string[], place: Place): Promise<Outcome> {
  const answers = await answersIn(list);
  const often = (isSo: (count: number) => boolean) => sent.filter((id) => isSo(answers.get(id) ?? 0));
  return {
    threads: sent.length,
    answeredOnce: often((count) => count === 1).length,
    lost: often((count) => count === 0),
    twice: often((count) => count > 1),
    states: await statesIn(place),
    database: await checkDatabase(place),
  };
}

export async function isOpen(list: MailSystem, sent: readonly string[]): Promise<boolean> {
  const answers = await answersIn(list);
  return sent.some((id) => !answers.has(id));
}

/** How many answers of ours each mail has in the list's mailbox. */
async function answersIn(list: MailSystem): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const mail of await list.mails()) {
    const { headers, inReplyTo } = await simpleParser(mail);
    if (!headers.has('x-scenario-bot') || inReplyTo === undefined) continue;
    const id = inReplyTo.replace(/^<|>$/g, '');
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
}

const states = ['dry', 'held', 'due', 'sending', 'sent', 'confirmed', 'withdrawn', 'rejected', 'parked'] as const;

async function statesIn(place: Place): Promise<Readonly<Record<string, number>>> {
  const { store, problem } = await openStore(place, { holder: 'torture' });
  if (store === null) throw new Error(problem.text);
  const counts: Record<string, number> = {};
  for (const { state } of await repliesIn(store.db, states)) counts[state] = (counts[state] ?? 0) + 1;
  await store.close();
  return counts;
}
