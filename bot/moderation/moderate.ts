/**
 * The job that reads a moderator's answer, and the mail that asks for one: both are rows of the outbox, written in the transaction
 * that changes the reply, so that each is sent once. An answer does something where it answers the mail that asked, its author is a moderator
 * of the settings and proves it, and the reply is as it was when he was asked; else nothing changes, and the log says why.
 */
import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import { readMessage } from '../mail/message.ts';
import { proofOf, type Resolve } from '../mail/proof.ts';
import type { AsideMail } from '../reply/aside-mail.ts';
import type { Settings } from '../settings/schema.ts';
import { recordDecision } from '../store/decisions.ts';
import { mailById } from '../store/mails.ts';
import type { Queue } from '../store/queue.ts';
import { insertReply, moveReply, type Reply, repliesIn, replyByMessageId, requestsAbout } from '../store/replies.ts';
import type { Store } from '../store/store.ts';
import type { Tables } from '../store/tables.ts';
import { silenceOf } from '../thread/silence.ts';
import { type Order, readOrder } from './answer.ts';
import { composeOutcome, composeRequest, type Held, heldOf, markOf, moderatorsOf, outcomeId, shows } from './mails.ts';

export interface Moderating {
  readonly store: Store;
  readonly queue: Pick<Queue, 'enqueue'>;
  readonly settings: Settings;
  readonly resolve: Resolve;
  readonly log: Logger;
  readonly now: () => Date;
}

interface Asking {
  readonly queue: Pick<Queue, 'enqueue'> | null;
  readonly settings: Parameters<typeof composeRequest>[1]['settings'];
  readonly now: Date;
}

/** Of one reply, by a server that takes mails and never says so. What is held then is in `outbox list` all the same. */
const asksMost = 5;

interface Question {
  readonly held: Held;
  readonly threadId: number;
  readonly why: string;
}

/**
 * Asks those moderators who were not asked yet about the reply as it is; with the transaction that holds or changes it, and
 * again when there may be others.
 */
export async function askModerators(tx: Kysely<Tables>, question: Question, asking: Asking): Promise<void> {
  const before = await requestsAbout(tx, { threadId: question.threadId, messageId: question.held.messageId });
  const asked = before
    .filter((one) => one.state !== 'withdrawn' && shows(one, question.held))
    .flatMap(({ recipients }) => recipients.map((address) => address.toLowerCase()));
  const recipients = moderatorsOf(asking.settings).filter((one) => !asked.includes(one.toLowerCase()));
  if (recipients.length > 0) await request(tx, question, { ...asking, recipients, sequence: before.length });
}

/** What is held may have come to be before somebody became a moderator. */
export async function askAboutHeld(tx: Kysely<Tables>, asking: Asking): Promise<void> {
  for (const row of await repliesIn(tx, ['held'])) {
    const why = 'it is held since before you were asked about anything';
    await askModerators(tx, { held: heldOf(row), threadId: row.thread_id, why }, asking);
  }
}

/**
 * It may have been lost on its way, and nothing brings it back to show that it was not: those it went to are asked once more, by
 * a mail of its own.
 */
export async function askAgain(tx: Kysely<Tables>, lost: Reply, asking: Asking): Promise<void> {
  const held = await replyByMessageId(tx, lost.parent_message_id);
  if (held?.state !== 'held' || !shows(lost, heldOf(held))) return;
  const before = await requestsAbout(tx, { threadId: held.thread_id, messageId: held.message_id });
  if (before.length >= asksMost) return;
  const why = 'a mail about it may have been lost; if you have that one, answer either';
  await askModerators(tx, { held: heldOf(held), threadId: held.thread_id, why }, asking);
}

async function request(
  tx: Kysely<Tables>,
  { held, threadId, why }: Question,
  { queue, now, ...asking }: Asking & { readonly recipients: readonly string[]; readonly sequence: number },
): Promise<void> {
  const mail = await composeRequest(held, { ...asking, why, now });
  const row = rowOf(mail, { kind: 'moderation', parent: held.messageId, threadId, now });
  const { id, isNew } = await insertReply(tx, row);
  if (isNew) await queue?.enqueue(tx, 'post', { replyId: id }, now);
}

/** A job `moderate`. @throws where the store fails, or a key cannot be asked for: the job comes again */
export async function moderate(mailId: number, moderating: Moderating): Promise<void> {
  const { store, settings, resolve, log, now } = moderating;
  const mail = await mailById(store.db, mailId);
  if (mail === null) return;
  const nothing = (why: string) =>
    log.warn({ messageId: mail.message_id, why }, 'an answer to moderation changes nothing');
  const message = await readMessage(mail.raw);
  const asked = await replyByMessageId(store.db, message.inReplyTo ?? message.references.at(-1) ?? '');
  if (asked?.kind !== 'moderation') return nothing('it answers no mail that asked');
  if (mail.reused) return nothing('another mail came under its Message-ID before');
  const silence = silenceOf(message);
  if (silence !== null) return nothing(silence);
  const isModerator = (author: string) =>
    moderatorsOf(settings).some((one) => one.toLowerCase() === author.toLowerCase());
  // Of a stranger no key is asked for.
  if (!isModerator(message.from.address)) return nothing(`${message.from.address} is no moderator`);
  const proof = await proofOf(mail.raw, { resolve, now: now() });
  if (proof.author === null) {
    if (proof.isPassing) throw new Error(proof.problem);
    return nothing(proof.problem);
  }
  if (!isModerator(proof.author)) return nothing(`${proof.author} is no moderator`);
  // Else a signed mail could be given to another reply than the one its author was asked about.
  const isBound =
    (proof.signed.has('in-reply-to') && message.inReplyTo === asked.message_id) ||
    (proof.signed.has('subject') && message.subject.includes(markOf(asked.message_id)));
  if (!isBound)
    return nothing('its signature covers neither In-Reply-To nor a subject that says which reply it is about');
  const order = readOrder(message, mail.raw);
  if (order === null) return nothing('it orders nothing');
  const outcome = await store.db.transaction().execute(async (tx) => {
    if ((await replyByMessageId(tx, outcomeId(message.id, settings.domain))) !== null) return null;
    const came = await carryOut(tx, order, { asked, by: proof.author, moderating });
    const told = composeOutcome(message, { settings, to: proof.author, outcome: came, now: now() });
    const row = rowOf(told, { kind: 'moderation-answer', parent: message.id, threadId: asked.thread_id, now: now() });
    const { id, isNew } = await insertReply(tx, row);
    if (!isNew) throw new Error('the answer was read elsewhere at the same time');
    await moderating.queue.enqueue(tx, 'post', { replyId: id }, now());
    return came;
  });
  if (outcome !== null)
    log.info(
      { messageId: mail.message_id, reply: asked.parent_message_id, by: proof.author, outcome },
      'a moderator answered',
    );
}

interface Carrying {
  readonly asked: Reply;
  readonly by: string;
  readonly moderating: Moderating;
}

/** @returns in words what came of it */
async function carryOut(tx: Kysely<Tables>, order: Order, { asked, by, moderating }: Carrying): Promise<string> {
  const { queue, now } = moderating;
  if (order.kind === 'unclear') return `Nothing is changed: ${order.why}.`;
  const held = await replyByMessageId(tx, asked.parent_message_id);
  if (held === null) return 'Nothing is changed: there is no such reply any more.';
  if (held.state !== 'held')
    return `Nothing is changed: the reply is ${held.state}${held.error ? ` (${held.error})` : ''}.`;
  if (!shows(asked, heldOf(held)))
    return 'Nothing is changed: the reply was edited since. Answer the newer mail about it.';
  const set =
    order.kind === 'approve'
      ? ({ state: 'due', what: 'approved', why: '' } as const)
      : ({ state: 'rejected', what: 'rejected', why: order.reason } as const);
  const moved = await moveReply(tx, held.id, {
    ...{ from: ['held'], state: set.state, decided_by: by, error: set.why || null },
  });
  if (moved === null) return 'Nothing is changed: somebody else was faster.';
  const decision = { thread_id: held.thread_id, at: now(), what: set.what, by };
  await recordDecision(tx, { ...decision, why: `${held.message_id} ${set.why}`.trim() });
  if (set.state === 'rejected') return `Rejected: the reply stays here. Why: ${set.why}`;
  await queue.enqueue(tx, 'post', { replyId: held.id }, now());
  return 'Approved: the reply goes out when the last check and the caps let it.';
}

const rowOf = (
  { messageId, recipients, raw }: AsideMail,
  about: {
    readonly kind: 'moderation' | 'moderation-answer';
    readonly parent: string;
    readonly threadId: number;
    readonly now: Date;
  },
) => ({
  ...{ message_id: messageId, parent_message_id: about.parent, thread_id: about.threadId, series_id: null },
  ...{ review_id: null, kind: about.kind, mode: 'post', state: 'due' as const, raw, created_at: about.now },
  recipients: [...recipients],
});
