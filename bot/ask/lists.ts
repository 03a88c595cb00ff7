/**
 * Lists for people and programs: series, findings that are disputed, what is parked, what was said. Newest first, in pages: each
 * gives the cursor of the next, a text to be handed back as it is. A cursor that is none lists nothing; nothing here throws over
 * what somebody asks.
 */
import { type Kysely, sql } from 'kysely';
import type { Answer, ReplyState, Tables, ThreadState } from '../store/tables.ts';
import type { DecisionKnown } from './known.ts';
import { type ReplyKnown, replyKnown, untoldKinds } from './reply.ts';

export interface Page<Row> {
  readonly rows: readonly Row[];
  /** To be given as `after`; null on the last page. */
  readonly next: string | null;
}

interface Paging {
  /** From the page before; null for the first. */
  readonly after: string | null;
  /** From 1 to 100. */
  readonly limit: number;
}

export interface SeriesFilter extends Paging {
  /** Words of its title and its author, or their beginnings, all of which it has; '' for any. */
  readonly text: string;
  readonly answer: Answer | null;
  /** Of its thread. */
  readonly state: ThreadState | null;
}

export interface SeriesLine {
  /** Of the cover letter, else of the first patch. */
  readonly messageId: string;
  /** As it was sent; its title in lower case where that mail is not here. */
  readonly subject: string;
  /** An address. */
  readonly author: string;
  readonly version: number;
  readonly total: number;
  readonly sentAt: Date;
  /** Null where it was never judged. */
  readonly answer: Answer | null;
  readonly reviewedAt: Date | null;
  readonly state: ThreadState;
  readonly reason: string | null;
  /** There is a newer version. */
  readonly isSuperseded: boolean;
  /** Of our last mail about it; null where there is none. */
  readonly replyState: ReplyState | null;
}

/** What a cursor looks like: whoever takes one from a stranger may refuse others. */
export const cursorPattern = /^\d{1,15}-\d{1,15}$/;

export async function listSeries(db: Kysely<Tables>, filter: SeriesFilter): Promise<Page<SeriesLine>> {
  if (isNoCursor(filter)) return nothing;
  const found = await seriesQuery(db, filter).execute();
  const page = pageOf(found, filter, ({ sent_at, id }) => ({ at: sent_at, id }));
  return {
    next: page.next,
    rows: page.rows.map((row) => ({
      ...{ messageId: row.first_message_id, subject: row.subject ?? row.name, author: row.author },
      ...{ version: row.version, total: row.total, sentAt: row.sent_at, answer: row.answer },
      ...{ reviewedAt: row.reviewed_at, state: row.state, reason: row.reason, replyState: row.reply_state },
      isSuperseded: row.superseded_by !== null,
    })),
  };
}

/** One more than the page has: whether there is a next one. */
export function seriesQuery(db: Kysely<Tables>, { text, answer, state, after, limit }: SeriesFilter) {
  const words = text.toLowerCase().split(between).filter(Boolean).slice(0, limits.words);
  const asked = words.map((word) => `'${word.slice(0, limits.wordLength)}':*`).join(' & ');
  const at = cursorOf(after);
  // Chosen before anything else is asked of them: of a common word thousands have it.
  const chosen = db
    .selectFrom('series')
    .selectAll()
    .$if(answer !== null, (query) => query.where('answer', '=', answer))
    .$if(state !== null, (query) =>
      query.where(
        sql<boolean>`exists (select from threads where threads.id = series.thread_id and threads.state = ${state})`,
      ),
    )
    // By the expression of migration 2 and its index, and by itself: along the dates every row would be asked for its words.
    .$if(asked !== '', (query) =>
      query.where(
        sql<boolean>`series.id = any(array(
          select id from series where to_tsvector('simple', spaced(name || ' ' || author)) @@ to_tsquery('simple', ${asked})))`,
      ),
    )
    .$if(at !== null, (query) =>
      query.where(sql<boolean>`(series.sent_at, series.id) < (${at?.at}::timestamptz, ${at?.id}::bigint)`),
    )
    .orderBy('sent_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limitOf(limit) + 1);
  return db
    .selectFrom(chosen.as('series'))
    .innerJoin('threads', 'threads.id', 'series.thread_id')
    .selectAll('series')
    .select(['threads.state', 'threads.reason'])
    .select(subjectOf(db, 'series.first_message_id'))
    .select((eb) =>
      eb
        .selectFrom('replies')
        .select('replies.state')
        .whereRef('replies.series_id', '=', 'series.id')
        .orderBy('replies.id', 'desc')
        .limit(1)
        .as('reply_state'),
    )
    .orderBy('series.sent_at', 'desc')
    .orderBy('series.id', 'desc');
}

export interface DisputedLine {
  readonly fingerprint: string;
  readonly reason: string;
  /** Who disputes it, by address. */
  readonly by: string;
  readonly at: Date;
  /** Of the mail that says so. */
  readonly messageId: string;
  readonly series: {
    readonly messageId: string;
    readonly name: string;
    readonly author: string;
    readonly version: number;
  };
}

export async function listDisputed(db: Kysely<Tables>, paging: Paging): Promise<Page<DisputedLine>> {
  if (isNoCursor(paging)) return nothing;
  const at = cursorOf(paging.after);
  const found = await db
    .selectFrom('disputes')
    .innerJoin('series', 'series.id', 'disputes.series_id')
    .selectAll('disputes')
    .select(['series.first_message_id', 'series.name', 'series.author', 'series.version'])
    .$if(at !== null, (query) => query.where('disputes.id', '<', at!.id))
    .orderBy('disputes.id', 'desc')
    .limit(limitOf(paging.limit) + 1)
    .execute();
  const page = pageOf(found, paging, (row) => row);
  return {
    next: page.next,
    rows: page.rows.map(({ fingerprint, reason, by_address, at, message_id, first_message_id, ...series }) => ({
      ...{ fingerprint, reason, by: by_address, at, messageId: message_id },
      series: {
        ...{ messageId: first_message_id, name: series.name, author: series.author, version: series.version },
      },
    })),
  };
}

export interface ParkedThread {
  /** Of the thread's first mail. */
  readonly messageId: string;
  /** As it was sent; '' where that mail is not here. */
  readonly subject: string;
  readonly reason: string;
  /** When its last mail came. */
  readonly touchedAt: Date;
}

/** Threads whose analysis failed. Newest first. */
export async function listParked(db: Kysely<Tables>, paging: Paging): Promise<Page<ParkedThread>> {
  if (isNoCursor(paging)) return nothing;
  const at = cursorOf(paging.after);
  const found = await db
    .selectFrom('threads')
    .select(['threads.id', 'threads.root', 'threads.reason', 'threads.touched_at'])
    .select(subjectOf(db, 'threads.root'))
    .where('threads.state', '=', 'parked')
    .$if(at !== null, (query) => query.where('threads.id', '<', at!.id))
    .orderBy('threads.id', 'desc')
    .limit(limitOf(paging.limit) + 1)
    .execute();
  const page = pageOf(found, paging, ({ touched_at, id }) => ({ at: touched_at, id }));
  return {
    next: page.next,
    rows: page.rows.map(({ root, subject, reason, touched_at }) => ({
      ...{ messageId: root, subject: subject ?? '', reason: reason ?? '', touchedAt: touched_at },
    })),
  };
}

export interface ReplyLine extends ReplyKnown {
  /** Of the mail that it answers; '' where that is not here. */
  readonly subject: string;
  /** What names the series that it is about; null where it is about none. */
  readonly series: string | null;
}

/** What was said and what was not, with why. What moderators are mailed is not in it. */
export async function listReplies(
  db: Kysely<Tables>,
  { state, ...paging }: Paging & { readonly state: ReplyState | null },
): Promise<Page<ReplyLine>> {
  if (isNoCursor(paging)) return nothing;
  const at = cursorOf(paging.after);
  const found = await db
    .selectFrom('replies')
    .leftJoin('series', 'series.id', 'replies.series_id')
    .select(['replies.id', 'replies.message_id', 'replies.parent_message_id', 'replies.thread_id'])
    .select(['replies.series_id', 'replies.review_id', 'replies.kind', 'replies.mode', 'replies.state'])
    .select([
      'replies.fingerprints',
      'replies.not_before',
      'replies.slot_at',
      'replies.attempts',
      'replies.error',
      'replies.decided_by',
    ])
    .select(['replies.created_at', 'replies.sent_at', 'replies.confirmed_at'])
    .select(['series.version', 'series.first_message_id'])
    .select(subjectOf(db, 'replies.parent_message_id'))
    .select((eb) =>
      eb
        .selectFrom('decisions')
        .select('decisions.why')
        .whereRef('decisions.thread_id', '=', 'replies.thread_id')
        .whereRef('decisions.at', '=', 'replies.created_at')
        .whereRef('decisions.what', '=', 'replies.kind')
        .orderBy('decisions.id')
        .limit(1)
        .as('why'),
    )
    .where((eb) => eb.and(untoldKinds.map((kind) => eb('replies.kind', 'not like', `${kind}%`))))
    .$if(state !== null, (query) => query.where('replies.state', '=', state!))
    .$if(at !== null, (query) =>
      query.where(sql<boolean>`(replies.created_at, replies.id) < (${at?.at}::timestamptz, ${at?.id}::bigint)`),
    )
    .orderBy('replies.created_at', 'desc')
    .orderBy('replies.id', 'desc')
    .limit(limitOf(paging.limit) + 1)
    .execute();
  const page = pageOf(found, paging, ({ created_at, id }) => ({ at: created_at, id }));
  return {
    next: page.next,
    rows: page.rows.map(({ subject, first_message_id, why, ...reply }) => ({
      ...replyKnown(reply, why),
      ...{ subject: subject ?? '', series: first_message_id },
    })),
  };
}

export interface DecisionLine extends DecisionKnown {
  /** Of the thread's first mail; '' where that is not here. */
  readonly subject: string;
}

/** What was decided on any thread, newest first. */
export async function listDecisions(db: Kysely<Tables>, paging: Paging): Promise<Page<DecisionLine>> {
  if (isNoCursor(paging)) return nothing;
  const at = cursorOf(paging.after);
  const found = await db
    .selectFrom('decisions')
    .innerJoin('threads', 'threads.id', 'decisions.thread_id')
    .select(['decisions.id', 'decisions.at', 'decisions.what', 'decisions.why', 'decisions.by', 'threads.root'])
    .select(subjectOf(db, 'threads.root'))
    .$if(at !== null, (query) => query.where('decisions.id', '<', at!.id))
    .orderBy('decisions.id', 'desc')
    .limit(limitOf(paging.limit) + 1)
    .execute();
  const page = pageOf(found, paging, (row) => row);
  return {
    next: page.next,
    rows: page.rows.map(({ root, subject, at, what, why, by }) => ({
      ...{ thread: root, subject: subject ?? '', at, what, why, by },
    })),
  };
}

/** Of the mail that first had the Message-ID; null where that is not here. */
const subjectOf = (db: Kysely<Tables>, id: 'series.first_message_id' | 'threads.root' | 'replies.parent_message_id') =>
  db
    .selectFrom('mails')
    .select('mails.subject')
    .where('mails.message_id', '=', sql.ref<string>(id))
    .where('mails.reused', '=', false)
    .limit(1)
    .as('subject');

const limits = { page: 100, words: 10, wordLength: 64 } as const;
/** Of words, as the index has them. Quotes and backslashes among it: nothing of PostgreSQL's query language is left. */
const between = /[\s\p{Cc}!-/:-@[-`{-~\ud800-\udfff]+/u;

const limitOf = (limit: number) => Math.min(limits.page, Math.max(1, Math.trunc(limit) || 1));
const nothing = { rows: [], next: null };
const isNoCursor = ({ after }: Paging) => after !== null && !cursorPattern.test(after);

function cursorOf(after: string | null): { readonly at: Date; readonly id: number } | null {
  const [ms = 0, id = 0] = (after ?? '').split('-').map(Number);
  return after === null ? null : { at: new Date(Math.min(ms, Date.UTC(9999, 0))), id };
}

function pageOf<Row>(
  found: readonly Row[],
  { limit }: Paging,
  keyOf: (row: Row) => { readonly at: Date; readonly id: number },
): Page<Row> {
  const rows = found.slice(0, limitOf(limit));
  const last = rows.at(-1);
  if (found.length <= rows.length || last === undefined) return { rows, next: null };
  const { at, id } = keyOf(last);
  return { rows, next: `${at.getTime()}-${id}` };
}
