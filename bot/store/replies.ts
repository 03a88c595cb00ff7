/**
 * Replies, from the decision to the proof that they arrived. A reply's Message-ID follows from what it answers, so that the
 * same decision taken twice is one row. What the states mean says ReplyState.
 */
import { type Insertable, type Kysely, type Selectable, sql, type Updateable } from 'kysely';
import type { ReplyState, Tables } from './tables.ts';

export type Reply = Selectable<Tables['replies']>;

/** Of a reply that has left, or may have: people are to be thought of as having it. */
export const leftStates: ReadonlySet<ReplyState> = new Set(['sending', 'sent', 'confirmed']);

/** What tells of a finding: others answer whoever asked, and nobody else. */
const tellingKinds: ReadonlySet<string> = new Set(['finding', 'question']);
/** Nobody has been told by these, nor will be. */
const unsaidStates: ReadonlySet<ReplyState> = new Set(['withdrawn', 'rejected']);

interface Telling {
  readonly id: number;
  readonly messageId: string;
}

/**
 * By which mail a patch's authors are told what was found: that of the decision, where one was made, else the last of this version that
 * tells of all of it and has left or may leave. What is beyond, nobody was told, or a moderator did not want to be told.
 */
export async function mailsTelling(
  db: Kysely<Tables>,
  work: {
    readonly author: string;
    readonly name: string;
    readonly version: number;
    /** Fingerprints of the findings that are told: not of those that are disputed. */
    readonly told: readonly string[];
  },
  decided: Telling | null,
): Promise<(patch: { readonly answer: string; readonly fingerprints: readonly string[] }) => Telling | null> {
  if (decided !== null) return () => decided;
  const replies = (await repliesOfWork(db, work)).filter(
    ({ version, kind, state }) => version === work.version && tellingKinds.has(kind) && !unsaidStates.has(state),
  );
  return ({ answer, fingerprints }) => {
    if (answer === 'pass') return null;
    const accused = fingerprints.filter((one) => work.told.includes(one));
    const last = replies.findLast((reply) => accused.every((one) => reply.fingerprints.includes(one)));
    return last === undefined ? null : { id: last.id, messageId: last.message_id };
  };
}

/** @returns its id, and whether it was not there before */
export async function insertReply(
  tx: Kysely<Tables>,
  reply: Insertable<Tables['replies']>,
): Promise<{ readonly id: number; readonly isNew: boolean }> {
  const made = await tx
    .insertInto('replies')
    .values(reply)
    .onConflict((conflict) => conflict.column('message_id').doNothing())
    .returning('id')
    .executeTakeFirst();
  if (made !== undefined) return { id: made.id, isNew: true };
  const { id } = await tx
    .selectFrom('replies')
    .select('id')
    .where('message_id', '=', reply.message_id)
    .executeTakeFirstOrThrow();
  return { id, isNew: false };
}

export async function readReply(db: Kysely<Tables>, id: number): Promise<Reply | null> {
  return (await db.selectFrom('replies').selectAll().where('id', '=', id).executeTakeFirst()) ?? null;
}

export async function replyByMessageId(db: Kysely<Tables>, messageId: string): Promise<Reply | null> {
  return (await db.selectFrom('replies').selectAll().where('message_id', '=', messageId).executeTakeFirst()) ?? null;
}

/** Which of the ids are of mails that asked moderators. */
export async function moderationAmong(db: Kysely<Tables>, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const { rows } = await sql<{ message_id: string }>`
    select message_id from replies where kind = 'moderation' and message_id = any(${ids}::text[])`.execute(db);
  return new Set(rows.map(({ message_id }) => message_id));
}

/** Mails that asked moderators about a reply, oldest first. */
export async function requestsAbout(
  db: Kysely<Tables>,
  { threadId, messageId }: { readonly threadId: number; readonly messageId: string },
): Promise<readonly Reply[]> {
  return db
    .selectFrom('replies')
    .selectAll()
    .where('thread_id', '=', threadId)
    .where('parent_message_id', '=', messageId)
    .where('kind', '=', 'moderation')
    .orderBy('id')
    .execute();
}

/** Oldest first. */
export async function repliesIn(db: Kysely<Tables>, states: readonly ReplyState[]): Promise<readonly Reply[]> {
  return db.selectFrom('replies').selectAll().where('state', 'in', states).orderBy('id').execute();
}

export async function repliesOfThread(db: Kysely<Tables>, threadId: number): Promise<readonly Reply[]> {
  return db.selectFrom('replies').selectAll().where('thread_id', '=', threadId).orderBy('id').execute();
}

/** All that was or will be said of any version of a work, oldest first. A work is what its author and its name say. */
export async function repliesOfWork(
  db: Kysely<Tables>,
  { author, name }: { readonly author: string; readonly name: string },
): Promise<readonly (Reply & { readonly version: number })[]> {
  return db
    .selectFrom('replies')
    .innerJoin('series', 'series.id', 'replies.series_id')
    .selectAll('replies')
    .select('series.version')
    .where('series.author', '=', author)
    .where('series.name', '=', name)
    .orderBy('replies.id')
    .execute();
}

/**
 * From one of some states to another, with what changes by it. The row itself is the lock: of two who try, one gets it.
 * @returns the row as it is now; null where it was in none of these states
 */
export async function moveReply(
  tx: Kysely<Tables>,
  id: number,
  {
    from,
    ofTry = null,
    ...set
  }: {
    readonly from: readonly ReplyState[];
    readonly state: ReplyState;
    /** Only while no other has been begun since. */
    readonly ofTry?: number | null;
  } & Updateable<Tables['replies']>,
): Promise<Reply | null> {
  const row = await tx
    .updateTable('replies')
    .set(set)
    .where('id', '=', id)
    .where('state', 'in', from)
    .$if(ofTry !== null, (rows) => rows.where('attempts', '=', ofTry))
    .returningAll()
    .executeTakeFirst();
  return row ?? null;
}

/**
 * Our own mails came back by a source. Only those that were handed to a server can have: also one that was to be sent again by
 * then, which must not be, and one that was withdrawn after all.
 */
export async function confirmReplies(tx: Kysely<Tables>, messageIds: readonly string[], now: Date): Promise<void> {
  if (messageIds.length === 0) return;
  await tx
    .updateTable('replies')
    .set(({ eb, ref, val }) => ({
      ...{ state: 'confirmed' as const, confirmed_at: now, error: null, sent_at: eb.fn.coalesce('sent_at', val(now)) },
      // One that waits has a slot in which it does not leave any more.
      slot_at: eb.case().when('state', 'in', ['sending', 'sent']).then(ref('slot_at')).else(val(now)).end(),
    }))
    .where('message_id', 'in', messageIds)
    .where(({ and, eb, or }) =>
      or([
        eb('state', 'in', ['sending', 'sent']),
        and([eb('state', 'in', ['due', 'withdrawn']), eb('attempts', '>', 0)]),
      ]),
    )
    .execute();
}
