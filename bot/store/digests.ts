/** Digests, one a group and week; what they are read from that no other query gives; and how a subscriber without a key is known. */
import { type Kysely, type Selectable, sql } from 'kysely';
import { type DigestState, json, type Tables } from './tables.ts';

export type DigestRow = Selectable<Tables['digests']>;

export interface NewDigest {
  readonly group: string;
  readonly week: string;
  readonly since: Date;
  readonly until: Date;
  readonly state: DigestState;
  /** Null where there is none. */
  readonly digest: unknown;
}

/** @returns false where the group has one of that week: somebody was faster, and nothing is to be done */
export async function insertDigest(
  tx: Kysely<Tables>,
  { group, digest, ...row }: NewDigest,
  now: Date,
): Promise<boolean> {
  const made = await tx
    .insertInto('digests')
    .values({ ...row, group_name: group, digest: json(digest), created_at: now })
    .onConflict((conflict) => conflict.columns(['group_name', 'week']).doNothing())
    .returning('id')
    .executeTakeFirst();
  return made !== undefined;
}

/** The one that reaches farthest; null where the group is new. */
export async function lastDigest(db: Kysely<Tables>, group: string): Promise<DigestRow | null> {
  const row = await db
    .selectFrom('digests')
    .selectAll()
    .where('group_name', '=', group)
    .orderBy('until', 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row ?? null;
}

/** The one before, of those that were made; null where there is none. */
export async function lastMade(db: Kysely<Tables>, group: string): Promise<DigestRow | null> {
  const row = await db
    .selectFrom('digests')
    .selectAll()
    .where('group_name', '=', group)
    .where('state', '=', 'made')
    .orderBy('until', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row ?? null;
}

/** Those that were made, newest first. */
export async function madeDigests(db: Kysely<Tables>, limit: number): Promise<readonly DigestRow[]> {
  return db
    .selectFrom('digests')
    .selectAll()
    .where('state', '=', 'made')
    .orderBy('until', 'desc')
    .orderBy('id')
    .limit(limit)
    .execute();
}

interface Window {
  readonly since: Date;
  readonly until: Date;
}

/** Works that something happened to in the window, or that came so long before it; by the first mail of their newest version then. */
export async function worksIn(
  db: Kysely<Tables>,
  { since, until, reachMs, limit }: Window & { readonly reachMs: number; readonly limit: number },
): Promise<readonly { readonly author: string; readonly name: string; readonly first: string }[]> {
  const from = new Date(since.getTime() - reachMs);
  const { rows } = await sql<{ author: string; name: string; first: string }>`
    select distinct on (author, name) author, name, first_message_id as first from series
    where sent_at < ${until}::timestamptz and (sent_at >= ${from}::timestamptz or exists (
      select from disputes where disputes.series_id = series.id and at >= ${since}::timestamptz and at < ${until}::timestamptz))
    order by author, name, version desc, sent_at desc, id desc limit ${limit}`.execute(db);
  return rows;
}

/** When each series was judged first, by its first mail. */
export async function firstReviewsOf(
  db: Kysely<Tables>,
  { author, name }: { readonly author: string; readonly name: string },
): Promise<ReadonlyMap<string, Date>> {
  const rows = await db
    .selectFrom('series')
    .innerJoin('reviews', 'reviews.series_id', 'series.id')
    .select('series.first_message_id')
    .select(({ fn }) => fn.min('reviews.created_at').as('at'))
    .where('series.author', '=', author)
    .where('series.name', '=', name)
    .groupBy('series.first_message_id')
    .execute();
  return new Map(rows.map(({ first_message_id, at }) => [first_message_id, at]));
}

/** What the author wrote in the threads of a work beside patches, oldest first. */
export async function answersOfAuthor(
  db: Kysely<Tables>,
  { author, name, until }: { readonly author: string; readonly name: string; readonly until: Date },
): Promise<readonly { readonly message_id: string; readonly at: Date; readonly raw: Buffer }[]> {
  const { rows } = await sql<{ message_id: string; at: Date; raw: Buffer }>`
    select message_id, least(sent_at, received_at) as at, raw from mails
    where from_address = ${author} and version is null and not own and not reused
      and thread_id in (select thread_id from series where author = ${author} and name = ${name})
      and least(sent_at, received_at) < ${until}::timestamptz
    order by at, id limit 200`.execute(db);
  return rows;
}

/** What names a subscriber in a link: the same every time. @param token taken where there is none yet */
export async function unsubscribeToken(
  tx: Kysely<Tables>,
  { address, list, token, at }: Selectable<Tables['unsubscribe_tokens']>,
): Promise<string> {
  await tx
    .insertInto('unsubscribe_tokens')
    .values({ address, list, token, at })
    .onConflict((conflict) => conflict.columns(['address', 'list']).doNothing())
    .execute();
  const row = await tx
    .selectFrom('unsubscribe_tokens')
    .select('token')
    .where('address', '=', address)
    .where('list', '=', list)
    .executeTakeFirstOrThrow();
  return row.token;
}

export async function subscriberOfToken(
  db: Kysely<Tables>,
  token: string,
): Promise<{ readonly address: string; readonly list: string } | null> {
  const row = await db
    .selectFrom('unsubscribe_tokens')
    .select(['address', 'list'])
    .where('token', '=', token)
    .executeTakeFirst();
  return row ?? null;
}
