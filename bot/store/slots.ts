/**
 * When mails of ours left, and when those that a cap holds back may: a reply's `slot_at`. A cap is so many slots in any span of
 * time, wherever it begins; who is held back takes the first slot that is free, so that each wakes when it may leave, and nobody
 * who comes later gets there before.
 */
import { type Kysely, type RawBuilder, sql } from 'kysely';
import { lockUntilCommit } from './locks.ts';
import type { Reply } from './replies.ts';
import type { Tables } from './tables.ts';

/** Which mails of ours a cap counts. What moderators and askers are told must not take the place of what a list is. */
type CapScope =
  | { readonly kind: 'replies' }
  | { readonly kind: 'aside'; readonly of: string }
  /** In lower case. */
  | { readonly kind: 'recipient'; readonly address: string }
  | { readonly kind: 'thread'; readonly threadId: number };

export interface Cap {
  readonly name: string;
  readonly scope: CapScope;
  readonly most: number;
  readonly perMs: number;
}

/** By which cap, until when. */
interface Held {
  readonly at: Date;
  readonly cap: string;
}

/** Nobody else takes a slot until the transaction ends. */
export const lockSlots = (tx: Kysely<Tables>) => lockUntilCommit(tx, 'slots');

/**
 * From when on the caps let it leave, and the cap that says so; null where they do now. One that has a slot stands behind those
 * with earlier ones alone, one that has none behind all.
 */
export async function heldUntil(
  tx: Kysely<Tables>,
  reply: Pick<Reply, 'id' | 'slot_at'>,
  { caps, now }: { readonly caps: readonly Cap[]; readonly now: Date },
): Promise<Held | null> {
  const taken = await takenSlots(tx, reply, { caps, now });
  let held: { readonly at: number; readonly cap: Cap } | null = null;
  for (;;) {
    const from: number = held?.at ?? now.getTime();
    const later = caps
      .map((cap, index) => ({ cap, at: freeFrom(taken[index]!, cap, from) }))
      .reduce((a, b) => (b.at > a.at ? b : a));
    if (later.at <= from) return held === null ? null : { at: new Date(held.at), cap: held.cap.name };
    // Another cap may have no place by then.
    held = later;
  }
}

/**
 * The first time, `from` on, at which fewer than the cap's have a slot in the span that ends there.
 * @param taken ascending
 */
export function freeFrom(taken: readonly number[], { most, perMs }: Pick<Cap, 'most' | 'perMs'>, from: number): number {
  let [at, first, behind] = [from, 0, 0];
  for (;;) {
    while (behind < taken.length && taken[behind]! <= at) behind++;
    while (first < behind && taken[first]! <= at - perMs) first++;
    if (behind - first < most) return at;
    at = taken[behind - most]! + perMs;
  }
}

/** Of each cap what counts for it, as times in ms, ascending. */
async function takenSlots(
  tx: Kysely<Tables>,
  { id, slot_at }: Pick<Reply, 'id' | 'slot_at'>,
  { caps, now }: { readonly caps: readonly Cap[]; readonly now: Date },
): Promise<readonly (readonly number[])[]> {
  const since = new Date(now.getTime() - Math.max(...caps.map(({ perMs }) => perMs)));
  const ahead = slot_at === null ? sql`true` : sql`(slot_at, id) < (${slot_at}::timestamptz, ${id}::bigint)`;
  const scopes = new Map(caps.map(({ scope }) => [JSON.stringify(scope), scope]));
  const columns = [...scopes.values()].map(
    (scope, index) =>
      sql`coalesce(array_agg(at) filter (where ${countedBy(scope)}), '{}') as ${sql.ref(`scope${index}`)}`,
  );
  // A clock that went back does not bring back what left by the one before.
  const { rows } = await sql<Record<string, readonly number[]>>`select ${sql.join(columns)} from (
      select kind, thread_id, lower(recipients::text)::text[] as addresses, round(1000 * extract(epoch from
        case when state = 'due' then slot_at else least(slot_at, ${now}::timestamptz) end))::double precision as at
      from replies
      where slot_at > ${since}::timestamptz and id <> ${id}
        and (state in ('sending', 'sent', 'confirmed') or (state = 'due' and ${ahead}))
      order by at) taken`.execute(tx);
  return caps.map(({ scope }) => rows[0]![`scope${[...scopes.keys()].indexOf(JSON.stringify(scope))}`]!);
}

function countedBy(scope: CapScope): RawBuilder<unknown> {
  switch (scope.kind) {
    case 'replies':
      return isReply;
    case 'aside':
      return sql`kind = ${scope.of}`;
    case 'recipient':
      return sql`${isReply} and ${scope.address} = any(addresses)`;
    case 'thread':
      return sql`${isReply} and thread_id = ${scope.threadId}`;
  }
}

const isReply = sql`kind !~ '^(moderation|command-)'`;
