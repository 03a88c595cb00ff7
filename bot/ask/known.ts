/**
 * What is known of a mail, as one value: the series that it belongs to, all versions of that work side by side, what was decided
 * and said. Command line, mail, JSON and pages are made of it; nothing is worded here, and nothing of it is secret but `raw`
 * texts, which are not in it.
 *
 * Example: of a reviewer's answer to `[PATCH v2 4/7]` the mail's `role` is `reply`, `about` is that patch, `series` the index of
 * version 2 among `versions`, and of version 1 there is which of its findings version 2 has fixed.
 */
import type { Kysely } from 'kysely';
import { readMessage } from '../mail/message.ts';
import { decisionsOfThreads } from '../store/decisions.ts';
import { type Dispute, disputesOfWork } from '../store/disputes.ts';
import { type Mail, mailById, mailsByMessageId } from '../store/mails.ts';
import { repliesOfThread, repliesOfWork, replyByMessageId } from '../store/replies.ts';
import type { SeriesRow } from '../store/series.ts';
import type { Tables, ThreadState } from '../store/tables.ts';
import { readThread, type Thread, threadsById, threadsOfIds } from '../store/threads.ts';
import { type Place, placeOf } from './place.ts';
import { isTold, type ReplyKnown, replyKnown } from './reply.ts';
import { type VersionKnown, versionsKnown } from './versions.ts';
import { workOf } from './work.ts';

export interface Known {
  /** Null where only others name it: it never came. */
  readonly mail: MailKnown | null;
  readonly thread: ThreadKnown;
  /** Of `versions` the one that the mail belongs to; null where it belongs to none. */
  readonly series: number | null;
  /** All versions of the work, oldest first; for a stable backport those for its tree. At most 50, the newest. */
  readonly versions: readonly VersionKnown[];
  /** On the threads of these versions, oldest first. */
  readonly decisions: readonly DecisionKnown[];
  /** Ours, of any version, oldest first; not what moderators are mailed. */
  readonly replies: readonly ReplyKnown[];
  /** Findings that somebody says are none, oldest first. */
  readonly disputes: readonly DisputeKnown[];
}

interface MailKnown {
  readonly messageId: string;
  readonly subject: string;
  readonly author: { readonly name: string; readonly address: string };
  readonly sentAt: Date | null;
  readonly receivedAt: Date;
  /** ours: of this bot or one like it. other: of no series. */
  readonly role: 'cover' | 'patch' | 'reply' | 'ours' | 'other';
  /** Of a mail of a series itself; of a reply the cover letter or patch that it is about. */
  readonly about: string | null;
  /** Why the mail is not whole; null where it is. */
  readonly damage: string | null;
}

interface ThreadKnown {
  /** Message-ID of its first mail, which need not be here. */
  readonly root: string;
  readonly state: ThreadState;
  /** Why it is parked or ignored. */
  readonly reason: string | null;
  readonly touchedAt: Date;
  /** When it is looked at though parts are missing. */
  readonly settlesAt: Date | null;
  readonly analysedAt: Date | null;
}

export interface DecisionKnown {
  /** Root of the thread. */
  readonly thread: string;
  readonly at: Date;
  /** A kind of reply, `nothing`, `parked`, or what an operator or a command did. */
  readonly what: string;
  readonly why: string;
  /** `analysis`, or who. */
  readonly by: string;
}

interface DisputeKnown {
  readonly fingerprint: string;
  readonly reason: string;
  /** An address. */
  readonly by: string;
  readonly at: Date;
  /** Of the mail that says so. */
  readonly messageId: string;
}

/** @returns null where no mail of that Message-ID came, none names it, and none of ours has it */
export async function known(db: Kysely<Tables>, messageId: string): Promise<Known | null> {
  // No mail that is stored has one, and PostgreSQL takes no such text.
  if (messageId.includes('\0')) return null;
  const own = await replyByMessageId(db, messageId);
  const threadId = own?.thread_id ?? (await threadsOfIds(db, [messageId])).get(messageId) ?? null;
  const thread = threadId === null ? null : await readThread(db, threadId);
  if (thread === null) return null;
  const mail = await mailOf(db, messageId);
  const place = await placeOf(db, { messageId, own, thread });
  const { series } = place;
  const rows = series === null ? [] : await workOf(db, series, place.others);
  const disputes = series === null ? [] : await disputesOfWork(db, series);
  const threads = await threadsById(db, [...new Set([thread.id, ...rows.map(({ row }) => row.thread_id)])]);
  const rootOf = new Map(threads.map(({ id, root }) => [id, root]));
  const decisions = (await decisionsOfThreads(db, [...rootOf.keys()])).map(({ thread_id, at, what, why, by }) => ({
    ...{ thread: rootOf.get(thread_id) ?? '', at, what, why, by },
  }));
  return {
    mail: mail === null ? null : await mailKnown(mail, place),
    thread: threadKnown(thread),
    series: series === null ? null : rows.findIndex(({ row }) => row.id === series.id),
    versions: await versionsKnown(db, rows, { threads, disputes }),
    decisions,
    replies: await repliesKnown(db, { thread, series, decisions }),
    disputes: disputes.map(disputeKnown),
  };
}

/** Of those under one Message-ID the first that came. */
async function mailOf(db: Kysely<Tables>, messageId: string): Promise<Mail | null> {
  const ids = (await mailsByMessageId(db, [messageId])).map(({ id }) => id);
  return ids.length === 0 ? null : mailById(db, Math.min(...ids));
}

async function mailKnown(mail: Mail, { role, about }: Place): Promise<MailKnown> {
  const { message_id, subject, from_address, sent_at, received_at, damage, own, raw } = mail;
  const { from } = await readMessage(raw);
  return {
    ...{ messageId: message_id, subject, sentAt: sent_at, receivedAt: received_at, damage, about },
    author: { name: from.name, address: from_address },
    role: own ? 'ours' : role,
  };
}

const threadKnown = ({ root, state, reason, touched_at, settles_at, analysed_at }: Thread): ThreadKnown => ({
  ...{ root, state, reason, touchedAt: touched_at, settlesAt: settles_at, analysedAt: analysed_at },
});

const disputeKnown = ({ fingerprint, reason, by_address, at, message_id }: Dispute): DisputeKnown => ({
  ...{ fingerprint, reason, by: by_address, at, messageId: message_id },
});

interface Spoken {
  readonly thread: Thread;
  readonly series: SeriesRow | null;
  readonly decisions: readonly DecisionKnown[];
}

async function repliesKnown(db: Kysely<Tables>, { thread, series, decisions }: Spoken): Promise<readonly ReplyKnown[]> {
  const ofWork = series === null ? [] : await repliesOfWork(db, series);
  const ids = new Set(ofWork.map(({ id }) => id));
  const others = (await repliesOfThread(db, thread.id)).filter(({ id }) => series === null && !ids.has(id));
  return [...ofWork, ...others.map((reply) => ({ ...reply, version: null }))].filter(isTold).map((reply) => {
    // They are written with the decision that they follow from.
    const decision = decisions.find(
      ({ at, what }) => what === reply.kind && at.getTime() === reply.created_at.getTime(),
    );
    return replyKnown(reply, decision?.why ?? null);
  });
}
