/**
 * One check on its way to patchwork. Called by a job that may come twice, late, or after a crash in the middle: it looks what
 * is on the patch, and posts where the newest check of the context is not the one that is wanted. So a post whose answer was
 * lost is found, and no check is there twice.
 *
 * Example: the mail is on the list and patchwork has not read it yet. The check waits five minutes, then ten, and so on; after
 * three days without the patch it is parked, with that reason.
 */
import type { Log } from '../serve/log.ts';
import type { Metrics } from '../serve/metrics.ts';
import { changeCheck, checksOn, type PatchworkCheck, readCheck } from '../store/patchwork-checks.ts';
import type { Queue } from '../store/queue.ts';
import { readReply } from '../store/replies.ts';
import { seriesById } from '../store/series.ts';
import type { Store } from '../store/store.ts';
import { readSwitch } from '../store/switches.ts';
import { type ReplyState, storable } from '../store/tables.ts';
import { readThread } from '../store/threads.ts';
import type { Answer, CheckBody, PatchworkClient, PresentCheck } from './client.ts';

export interface CheckPosting {
  readonly store: Store;
  readonly queue: Pick<Queue, 'enqueue'>;
  /** Null where no instance is set: what is due waits for one. */
  readonly client: Pick<PatchworkClient, 'patchOf' | 'checksOf' | 'post'> | null;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly now: () => Date;
}

const minute = 60_000;
const hour = 60 * minute;
const waitMs = { first: 5 * minute, most: 6 * hour, leastReply: minute, mostReply: 15 * minute } as const;
/** From the first try: until patchwork has the mail; until it takes the check. */
const patienceMs = { unknown: 72 * hour, failing: 7 * 24 * hour } as const;

/** A job `patchwork`. @throws where the store fails: the job comes again */
export async function postCheck(checkId: number, posting: CheckPosting): Promise<void> {
  const { store, client } = posting;
  const row = await readCheck(store.db, checkId);
  // Without an instance the next start with one wakes it.
  if (row === null || row.state !== 'due' || client === null) return;
  const cleared = await clear(row, posting);
  if (cleared.kind === 'withdraw') return end(row, posting, { state: 'withdrawn', error: cleared.why });
  if (cleared.kind === 'wait') return later(row, posting, cleared);
  const at = posting.now();
  const begun = await changeCheck(store.db, row, {
    ...{ attempts: row.attempts + 1, first_tried_at: row.first_tried_at ?? at },
  });
  if (begun === null) return;
  await put(begun, { posting, client });
}

type Clearance =
  | { readonly kind: 'post' }
  | { readonly kind: 'wait'; readonly why: string; readonly waitMs: number }
  | { readonly kind: 'withdraw'; readonly why: string };
const withdraw = (why: string): Clearance => ({ kind: 'withdraw', why });

/** May it be posted, as things are? */
async function clear(row: PatchworkCheck, { store: { db }, now }: CheckPosting): Promise<Clearance> {
  if ((await readSwitch(db, 'posting-stopped')) !== null)
    return { kind: 'wait', why: 'posting is stopped', waitMs: waitMs.first };
  const [newest, ...others] = await checksOn(db, row);
  if (newest !== undefined && newest.id !== row.id) return withdraw('a later one has taken its place');
  const series = await seriesById(db, row.series_id);
  const thread = series === null ? null : await readThread(db, series.thread_id);
  if (thread?.state === 'ignored') return withdraw('the thread was closed to the bot');
  if (row.reply_id !== null) {
    const sinceMs = now().getTime() - row.created_at.getTime();
    return replyClears[(await readReply(db, row.reply_id))?.state ?? 'withdrawn'](sinceMs);
  }
  // What was wrong on an old version stays wrong there, and is put right.
  const isCorrecting = others.some(({ state }) => state === 'posted');
  if (series?.superseded_by !== null && !isCorrecting) return withdraw('there is a newer version');
  return { kind: 'post' };
}

const gone = (): Clearance => ({ kind: 'post' });
/** Looked at again soon at first: a mail leaves within minutes, or a moderator takes days. */
const notYet = (sinceMs: number): Clearance => ({
  kind: 'wait',
  why: 'its mail has not gone out',
  waitMs: Math.min(waitMs.mostReply, Math.max(waitMs.leastReply, sinceMs / 4)),
});
const replyClears: Readonly<Record<ReplyState, (sinceMs: number) => Clearance>> = {
  dry: () => withdraw('its mail was a dry run'),
  held: notYet,
  due: notYet,
  sending: notYet,
  parked: notYet,
  sent: gone,
  confirmed: gone,
  withdrawn: () => withdraw('its mail was withdrawn'),
  rejected: () => withdraw('a moderator rejected its mail'),
};

interface Putting {
  readonly posting: CheckPosting;
  readonly client: NonNullable<CheckPosting['client']>;
}

async function put(row: PatchworkCheck, { posting, client }: Putting): Promise<void> {
  const found = await client.patchOf(row.message_id);
  if (found.kind !== 'is') return failed(row, posting, found);
  const patchId = found.value;
  if (patchId === null) return unknown(row, posting);
  const present = await client.checksOf(patchId, row.context);
  if (present.kind !== 'is') return failed(row, posting, present);
  const body = bodyOf(row);
  const there = presentCheck(present.value, body);
  if (there !== null) return end(row, posting, { state: 'posted', patch_id: patchId, check_id: there.id, error: null });
  const posted = await client.post(patchId, body);
  if (posted.kind !== 'is') return failed(row, posting, posted);
  return end(row, posting, { state: 'posted', patch_id: patchId, check_id: posted.value, error: null });
}

const bodyOf = ({ result, context, description, target_url }: PatchworkCheck): CheckBody => ({
  ...{ state: result, context, description, target_url },
});

/** Of each user the newest of a context counts, as patchwork has it. Nothing, for it, is null or empty. */
function presentCheck(present: readonly PresentCheck[], body: CheckBody): PresentCheck | null {
  const isSame = (one: PresentCheck) =>
    one.state === body.state &&
    one.context === body.context &&
    (one.description ?? '') === body.description &&
    (one.target_url ?? '') === (body.target_url ?? '');
  const seen = new Set<string>();
  for (const one of present.toSorted((a, b) => b.id - a.id)) {
    if (!seen.has(one.user.username) && isSame(one)) return one;
    seen.add(one.user.username);
  }
  return null;
}

async function unknown(row: PatchworkCheck, posting: CheckPosting): Promise<void> {
  const why = `patchwork has no patch <${row.message_id}> in the project`;
  if (isOver(row, posting, patienceMs.unknown)) return end(row, posting, { state: 'parked', error: why });
  return later(row, posting, { why: `${why}, or not yet`, waitMs: retryMs(row.attempts) });
}

async function failed(
  row: PatchworkCheck,
  posting: CheckPosting,
  answer: Exclude<Answer<unknown>, { kind: 'is' }>,
): Promise<void> {
  const isHopeless = answer.kind === 'refused' || isOver(row, posting, patienceMs.failing);
  if (isHopeless) return end(row, posting, { state: 'parked', error: answer.why });
  const pauseMs = Math.min(waitMs.most, answer.waitMs ?? 0);
  return later(row, posting, { why: answer.why, waitMs: Math.max(pauseMs, retryMs(row.attempts)) });
}

const isOver = ({ first_tried_at }: PatchworkCheck, { now }: CheckPosting, patience: number) =>
  first_tried_at !== null && now().getTime() - first_tried_at.getTime() >= patience;
const retryMs = (attempts: number) => Math.min(waitMs.most, waitMs.first * 2 ** Math.min(attempts - 1, 20));

async function later(
  row: PatchworkCheck,
  { store, queue, log, now }: CheckPosting,
  { why, waitMs: ms }: { readonly why: string; readonly waitMs: number },
): Promise<void> {
  const at = new Date(now().getTime() + ms);
  // Of one whose mail a moderator has for days nothing new is to be said.
  const level = row.attempts === 0 ? 'debug' : 'info';
  log[level]({ messageId: row.message_id, result: row.result, why, until: at.toISOString() }, 'a check waits');
  await store.db.transaction().execute(async (tx) => {
    if ((await changeCheck(tx, row, { not_before: at, error: storable(why) })) !== null)
      await queue.enqueue(tx, 'patchwork', { checkId: row.id }, at);
  });
}

type Ended =
  | { readonly state: 'posted'; readonly patch_id: number; readonly check_id: number; readonly error: null }
  | { readonly state: 'withdrawn' | 'parked'; readonly error: string };

async function end(row: PatchworkCheck, { store, log, metrics, now }: CheckPosting, set: Ended): Promise<void> {
  const { state, error } = set;
  const moved = await changeCheck(store.db, row, {
    ...{ ...set, error: error === null ? null : storable(error) },
    ...(state === 'posted' ? { posted_at: now() } : {}),
  });
  if (moved === null) return;
  metrics.checks.inc({ state });
  log[state === 'parked' ? 'warn' : 'info'](
    { messageId: row.message_id, result: row.result, why: error },
    `a check is ${state}`,
  );
}
