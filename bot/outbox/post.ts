/**
 * One reply on its way out: last check, caps, `sending` committed, SMTP, and what became of it. Called by a job that may come
 * twice, late, or after a crash in the middle: the row says what is left to do, and nothing is sent of which it is not known
 * that it has not left.
 *
 * Example: the connection is lost after the text was handed over. The row stays `sending`; the mail comes back by the list and
 * is confirmed, or, when every source has been read to its end an hour later and has not brought it, it is sent again under the
 * same Message-ID.
 */
import type { Kysely } from 'kysely';
import { askAgain } from '../moderation/moderate.ts';
import type { Log } from '../serve/log.ts';
import type { Metrics } from '../serve/metrics.ts';
import type { Settings } from '../settings/schema.ts';
import type { Queue } from '../store/queue.ts';
import { moveReply, type Reply, readReply } from '../store/replies.ts';
import { type Cap, heldUntil, lockSlots } from '../store/slots.ts';
import type { Store } from '../store/store.ts';
import type { ReplyState, Tables } from '../store/tables.ts';
import { leftBefore } from './left-before.ts';
import { clear, isAside } from './surroundings.ts';
import type { Sent } from './transport.ts';

export interface Posting {
  readonly store: Store;
  readonly queue: Pick<Queue, 'enqueue'>;
  readonly settings: Settings;
  /** Signs and sends; null where no server is set: what is due waits for one. */
  readonly send: ((reply: Reply) => Promise<Sent>) | null;
  /** Since when every source that may bring our own mail back has been read to its end; null where one has not, or there is none. */
  readonly readSince: () => Promise<Date | null>;
  /** @throws Error where another process is the one that posts, since */
  readonly check: (tx: Kysely<Tables>) => Promise<void>;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly now: () => Date;
}

const minute = 60_000;
const hour = 60 * minute;
const waitMs = {
  killed: 5 * minute,
  noServer: 5 * minute,
  check: hour,
  sources: minute,
  mostRetry: 6 * hour,
} as const;

/** A job `post`. @throws where the store fails: the job comes again */
export async function postReply(replyId: number, posting: Posting): Promise<void> {
  const reply = await readReply(posting.store.db, replyId);
  if (reply === null) return;
  if (reply.state === 'sending') await resolveUnknown(reply, posting);
  else if (reply.state === 'due') await postDue(reply, posting);
}

async function postDue(reply: Reply, posting: Posting): Promise<void> {
  const { store, log, send, now } = posting;
  if (send === null) return later(reply, posting, { waitMs: waitMs.noServer, why: 'no SMTP server is set' });
  const {
    clearance: cleared,
    isKilled,
    recipients,
  } = await clear(store.db, reply, { settings: posting.settings, now: now() });
  if (cleared.kind === 'withdraw') return end(reply, posting, { state: 'withdrawn', error: cleared.why });
  if (cleared.kind === 'wait')
    return later(reply, posting, { waitMs: isKilled ? waitMs.killed : waitMs.check, why: cleared.why });
  if (await leftBefore(store.db, reply, { settings: posting.settings, now: now() }))
    return end(reply, posting, { state: 'confirmed', error: 'it had left already, and came back' });
  const begun = await begin(reply, posting);
  if (begun === null) return;
  const sent = await send({ ...begun, recipients: [...recipients] });
  log.info(
    { messageId: reply.message_id, parent: reply.parent_message_id, outcome: sent.kind },
    'handed to the server',
  );
  switch (sent.kind) {
    case 'sent':
      for (const why of sent.rejected) log.warn({ messageId: reply.message_id, why }, 'a recipient was refused');
      return end(begun, posting, { state: 'sent', error: sent.rejected.join('; ') || null });
    case 'refused':
      return end(begun, posting, { state: 'parked', error: sent.why });
    case 'later': {
      const moved = await moveReply(store.db, reply.id, {
        ...{ from: ['sending'], ofTry: begun.attempts, state: 'due' },
        ...{ sent_at: null, slot_at: null, error: sent.why },
      });
      // It was asked long ago, and another try has begun: what became of that one says nothing of this.
      if (moved === null) return;
      return later(begun, posting, { waitMs: retryMs(begun.attempts, posting.settings), why: sent.why });
    }
    case 'unknown':
      await moveReply(store.db, reply.id, { from: ['sending'], state: 'sending', error: sent.why });
      return later(begun, posting, { waitMs: posting.settings.confirmMinutes * minute, why: sent.why });
  }
}

/** Caps and the move to `sending` in one transaction: held back, it has a slot and a job at it. */
async function begin(reply: Reply, posting: Posting): Promise<Reply | null> {
  const { store, queue, settings, log, metrics, now } = posting;
  const begun = await store.db.transaction().execute(async (tx) => {
    await posting.check(tx);
    await lockSlots(tx);
    const at = now();
    const held = await heldUntil(tx, reply, { caps: capsOf(reply, settings.caps), now: at });
    if (held === null)
      return moveReply(tx, reply.id, {
        ...{ from: ['due'], state: 'sending', attempts: reply.attempts + 1, sent_at: at, slot_at: at, error: null },
      });
    await setNotBefore(tx, reply.id, { at: held.at, why: `the cap ${held.cap} holds it back`, slotAt: held.at });
    await queue.enqueue(tx, 'post', { replyId: reply.id }, held.at);
    return held;
  });
  if (begun === null || 'state' in begun) return begun;
  metrics.capsHit.inc({ cap: begun.cap.split(':')[0] ?? '' });
  log.info({ messageId: reply.message_id, cap: begun.cap, until: begun.at.toISOString() }, 'a cap holds a reply back');
  return null;
}

function capsOf(reply: Reply, caps: Settings['caps']): readonly Cap[] {
  const { kind, thread_id: threadId, recipients } = reply;
  const day = 24 * hour;
  if (isAside(reply)) {
    const scope = { kind: 'aside', of: kind } as const;
    return [
      { name: `${kind}:day`, scope, most: caps.perDay, perMs: day },
      { name: `${kind}:hour`, scope, most: caps.perHour, perMs: hour },
    ];
  }
  const addresses = new Set(recipients.map((to) => to.toLowerCase()));
  return [
    { name: 'day', scope: { kind: 'replies' }, most: caps.perDay, perMs: day },
    { name: 'hour', scope: { kind: 'replies' }, most: caps.perHour, perMs: hour },
    ...[...addresses].map((address) => ({
      ...{ name: `recipient:${address}`, scope: { kind: 'recipient', address } as const },
      ...{ most: caps.perRecipient, perMs: day },
    })),
    { name: `thread:${threadId}`, scope: { kind: 'thread', threadId }, most: caps.perThread, perMs: day },
  ];
}

/** It was handed over, or was about to be, and nobody knows what became of it. */
async function resolveUnknown(reply: Reply, posting: Posting): Promise<void> {
  const { store, settings, readSince, now } = posting;
  const confirmMs = settings.confirmMinutes * minute;
  const triedMs = reply.sent_at?.getTime() ?? reply.created_at.getTime();
  const dueMs = triedMs + confirmMs;
  if (now().getTime() < dueMs)
    return later(reply, posting, { waitMs: dueMs - now().getTime(), why: 'it may have left' });
  if (isAside(reply)) return takenForLost(reply, posting);
  const since = await readSince();
  if (since === null || since.getTime() < dueMs)
    return later(reply, posting, {
      waitMs: Math.min(confirmMs, waitMs.sources),
      why: 'the sources that would show it are not read to their end',
    });
  const why = `it did not come back within ${settings.confirmMinutes} minutes`;
  posting.log.warn({ messageId: reply.message_id, why }, 'sent again');
  await store.db.transaction().execute(async (tx) => {
    const moved = await moveReply(tx, reply.id, {
      from: ['sending'],
      state: 'due',
      sent_at: null,
      slot_at: null,
      error: why,
    });
    if (moved !== null) await posting.queue.enqueue(tx, 'post', { replyId: reply.id }, now());
  });
}

/** No source brings back what moderators and askers were sent: nobody can tell, and the same is not sent to them twice. */
async function takenForLost(reply: Reply, { store, queue, settings, log, now }: Posting): Promise<void> {
  const why = 'it may have left, and is not sent twice';
  log.warn({ messageId: reply.message_id, why }, 'a mail to a person may be lost');
  await store.db.transaction().execute(async (tx) => {
    const moved = await moveReply(tx, reply.id, { from: ['sending'], state: 'withdrawn', error: why });
    if (moved !== null && reply.kind === 'moderation') await askAgain(tx, moved, { queue, settings, now: now() });
  });
}

async function later(
  reply: Reply,
  { store, queue, log, now }: Posting,
  { waitMs: ms, why }: { readonly waitMs: number; readonly why: string },
): Promise<void> {
  const at = new Date(now().getTime() + ms);
  log.info({ messageId: reply.message_id, why, until: at.toISOString() }, 'a reply waits');
  await store.db.transaction().execute(async (tx) => {
    await setNotBefore(tx, reply.id, { at, why, slotAt: null });
    await queue.enqueue(tx, 'post', { replyId: reply.id }, at);
  });
}

/** One that has come back meanwhile waits for nothing; one that may have left keeps the slot in which it did. */
const setNotBefore = (
  tx: Kysely<Tables>,
  id: number,
  { at, why, slotAt }: { readonly at: Date; readonly why: string; readonly slotAt: Date | null },
) =>
  tx
    .updateTable('replies')
    .set(({ eb, ref, val }) => ({
      ...{ not_before: at, error: why },
      slot_at: eb.case().when('state', '=', 'due').then(val(slotAt)).else(ref('slot_at')).end(),
    }))
    .where('id', '=', id)
    .where('state', 'in', ['due', 'sending'])
    .execute();

async function end(
  reply: Reply,
  { store, log, metrics, now }: Posting,
  {
    state,
    error,
  }: {
    readonly state: Extract<ReplyState, 'sent' | 'parked' | 'withdrawn' | 'confirmed'>;
    readonly error: string | null;
  },
): Promise<void> {
  const at = now();
  const sentAt = state === 'sent' ? { sent_at: at, slot_at: at } : {};
  // A server that has it has it, whichever try that was; all else is of one try.
  const ofTry = state === 'sent' ? null : reply.attempts;
  const moved = await moveReply(store.db, reply.id, { from: ['due', 'sending'], ofTry, state, error, ...sentAt });
  if (moved === null) return;
  metrics.replies.inc({ state });
  if (state === 'sent' && !isAside(reply))
    metrics.postingDelaySeconds.observe((now().getTime() - reply.created_at.getTime()) / 1000);
  log[state === 'parked' ? 'warn' : 'info']({ messageId: reply.message_id, state, why: error }, `a reply is ${state}`);
}

const retryMs = (attempts: number, { retryMinutes }: Pick<Settings, 'retryMinutes'>) =>
  Math.min(waitMs.mostRetry, retryMinutes * minute * 2 ** Math.min(attempts - 1, 20));
