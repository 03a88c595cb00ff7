/**
 * Takes mails in: each is stored once, put into its thread, and the position of its source saved, in one transaction; a thread
 * that holds a patch for us gets a job that looks at it when it has settled. The same mail again, by whatever way, changes
 * nothing but the position.
 *
 * One batch at a time is taken in, whatever process it comes to: which threads are joined is decided from what is stored.
 */
import type { Kysely } from 'kysely';
import { lockUntilCommit } from '../store/locks.ts';
import { insertMails, loosePatches, mailsByMessageId, type NewMail } from '../store/mails.ts';
import { savePositions } from '../store/positions.ts';
import type { Queue } from '../store/queue.ts';
import { confirmReplies, moderationAmong } from '../store/replies.ts';
import type { Store } from '../store/store.ts';
import type { Tables, ThreadState } from '../store/tables.ts';
import {
  insertThreads,
  mergeThreads,
  placeIds,
  takeIds,
  threadsById,
  threadsOfIds,
  touchThread,
} from '../store/threads.ts';
import { type Arrival, readArrival } from './arrival.ts';
import { type Joined, type Placed, placeMails } from './placing.ts';
import type { RawMail } from './raw-mail.ts';

export interface Intake {
  readonly store: Store;
  /** Who is told of threads that matter; null: nobody, they are only kept. */
  readonly look: {
    readonly queue: Pick<Queue, 'enqueue'>;
    /** After so long without a mail no more is waited for. */
    readonly settleMs: number;
    /** Looked at so soon already: it may be complete. */
    readonly soonMs: number;
  } | null;
}

export interface Taken {
  /** known: it was here. reused: another mail was, under the same Message-ID. */
  readonly kind: Placed['kind'];
  readonly messageId: string;
  readonly subject: string;
  readonly relevant: boolean;
  readonly damage: string | null;
}

export async function takeMail(intake: Intake, mail: RawMail, now: Date): Promise<Taken> {
  const [taken] = await takeMails(intake, [mail], now);
  return taken!;
}

/** All of them or, where this throws, none. */
export async function takeMails(intake: Intake, mails: readonly RawMail[], now: Date): Promise<readonly Taken[]> {
  const arrivals: Arrival[] = [];
  for (const mail of mails) arrivals.push(await readArrival(mail));
  if (arrivals.length === 0) return [];
  const placed = await intake.store.db.transaction().execute(async (tx) => {
    await lockUntilCommit(tx, 'intake');
    const surroundings = {
      mails: await mailsByMessageId(tx, [...new Set(arrivals.map(({ messageId }) => messageId))]),
      threadOf: await threadsOfIds(tx, [
        ...new Set(arrivals.flatMap(({ messageId, parents }) => [messageId, ...parents])),
      ]),
      loose: await loosePatches(tx, alikeOf(arrivals)),
    };
    const { placed, joined } = placeMails(arrivals, surroundings, now);
    await keep(tx, intake, { placed, joined, now });
    await confirmReplies(
      tx,
      arrivals.map(({ messageId }) => messageId),
      now,
    );
    await savePositions(
      tx,
      arrivals.map(({ mail }) => mail),
      now,
    );
    return placed;
  });
  return placed.map(({ kind, arrival }) => ({
    ...{ kind, messageId: arrival.messageId, subject: arrival.subject },
    ...{ relevant: arrival.relevant, damage: arrival.damage },
  }));
}

/** Of the series that mails without a thread may be of. */
function alikeOf(arrivals: readonly Arrival[]) {
  const alike = arrivals
    .filter(({ loose }) => loose)
    .map(({ fromAddress, patch }) => ({ from_address: fromAddress, version: patch!.version, total: patch!.total }));
  return [...new Map(alike.map((one) => [JSON.stringify(one), one])).values()];
}

interface Plan {
  readonly placed: readonly Placed[];
  readonly joined: readonly Joined[];
  readonly now: Date;
}

async function keep(tx: Kysely<Tables>, { look }: Intake, { placed, joined, now }: Plan): Promise<void> {
  const before = new Map(
    (
      await threadsById(
        tx,
        joined.flatMap(({ threads }) => threads),
      )
    ).map((one) => [one.id, one]),
  );
  const begun = await takeIds(tx, 'threads', joined.filter(({ threads }) => threads.length === 0).length);
  const reused = new Set(placed.filter(({ kind }) => kind === 'reused').map(({ arrival }) => arrival));
  const settlesAt = look === null ? null : new Date(now.getTime() + look.settleMs);
  const threadOf = new Map<Arrival, number>();
  const placedIds = new Map<string, number>();
  const waiting: number[] = [];
  const news: NewThread[] = [];
  let taken = 0;
  for (const { threads, arrivals, ids } of joined) {
    const [oldest, ...others] = threads;
    const id = oldest ?? begun[taken++]!;
    for (const arrival of arrivals) threadOf.set(arrival, id);
    for (const messageId of ids) placedIds.set(messageId, id);
    // What a bot like us said, or somebody under another's Message-ID, is nothing to look at.
    const heard = arrivals.filter((arrival) => !arrival.own && !reused.has(arrival));
    const state = stateAfter(
      threads.map((thread) => before.get(thread)?.state ?? 'quiet'),
      heard,
    );
    const waits = settlesAt !== null && state === 'waiting' ? { settlesAt } : null;
    if (waits !== null) waiting.push(id);
    if (oldest === undefined) news.push(threadOfFirst(id, arrivals[0]!, { now, waits }));
    else {
      await mergeThreads(tx, id, others);
      // An analysis that runs is of no less worth for them.
      if (heard.length > 0 || state !== 'as it is')
        await touchThread(tx, id, { now, waits, isIgnored: state === 'ignored' });
    }
  }
  await insertThreads(tx, news);
  await placeIds(tx, placedIds);
  const fresh = placed.map(({ arrival }) => arrival).filter((arrival) => threadOf.has(arrival));
  const rows = await rowsOf(tx, fresh, { threadOf, reused, now });
  await insertMails(tx, rows);
  if (look === null) return;
  const soon = new Date(now.getTime() + look.soonMs);
  for (const threadId of waiting) await look.queue.enqueue(tx, 'look', { threadId }, soon);
  const answers = fresh.map(({ parents }, index) => ({ parents, mailId: rows[index]!.id }));
  const asked = await moderationAmong(tx, [...new Set(answers.flatMap(({ parents }) => parents))]);
  for (const { parents, mailId } of answers)
    if (parents.some((parent) => asked.has(parent))) await look.queue.enqueue(tx, 'moderate', { mailId }, now);
  for (const [index, { own, ordering }] of fresh.entries())
    if (ordering && !own) await look.queue.enqueue(tx, 'obey', { mailId: rows[index]!.id }, now);
}

/** A thread that matters to us waits after every mail; one that was analysed by the name of another thread, as well. */
function stateAfter(states: readonly ThreadState[], heard: readonly Arrival[]): ThreadState | 'as it is' {
  if (states.includes('ignored')) return 'ignored';
  const matters = states.some((state) => state !== 'quiet') || heard.some(({ relevant }) => relevant);
  return matters && (heard.length > 0 || states.length > 1) ? 'waiting' : 'as it is';
}

type NewThread = Parameters<typeof insertThreads>[1][number];

const threadOfFirst = (
  id: number,
  { messageId, parents }: Arrival,
  { now, waits }: { readonly now: Date; readonly waits: { readonly settlesAt: Date } | null },
): NewThread => ({
  ...{ id, root: parents[0] ?? messageId, touched_at: now },
  ...{ state: waits === null ? 'quiet' : 'waiting', settles_at: waits?.settlesAt ?? null },
});

/** In the order in which they came. */
async function rowsOf(
  tx: Kysely<Tables>,
  arrivals: readonly Arrival[],
  rows: { readonly threadOf: ReadonlyMap<Arrival, number>; readonly reused: ReadonlySet<Arrival>; readonly now: Date },
): Promise<readonly NewMail[]> {
  const ids = await takeIds(tx, 'mails', arrivals.length);
  return arrivals.map((arrival, index) => ({
    ...{ id: ids[index]!, thread_id: rows.threadOf.get(arrival)!, message_id: arrival.messageId },
    ...{ content: arrival.content, digest: arrival.digest, raw: arrival.mail.raw, subject: arrival.subject },
    ...{ from_address: arrival.fromAddress, sent_at: arrival.sentAt, received_at: rows.now },
    ...{ reused: rows.reused.has(arrival), own: arrival.own, relevant: arrival.relevant, loose: arrival.loose },
    ...{ damage: arrival.damage, parents: [...arrival.parents] },
    ...{
      version: arrival.patch?.version ?? null,
      part: arrival.patch?.part ?? null,
      total: arrival.patch?.total ?? null,
    },
  }));
}
