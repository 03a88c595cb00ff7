/**
 * What is to be on GitHub, a row each: wanted first, written afterwards. The row is the lock: whoever claims one has it for some
 * minutes, and what he may have made meanwhile is known to be unsure, so that a process that dies leaves no doubt but that one.
 */
import { createHash } from 'node:crypto';
import { type Kysely, type Selectable, sql } from 'kysely';
import { type GithubState, json, type Tables } from './tables.ts';

export type GithubItem = Selectable<Tables['github_items']>;

export interface NewItem {
  readonly kind: GithubItem['kind'];
  readonly repository: string;
  /** At most 200 characters. */
  readonly key: string;
  /** Of the work that it is about; null where it is about none. */
  readonly work: { readonly author: string; readonly name: string; readonly fingerprint: string | null } | null;
  readonly wanted: unknown;
  /** False where nothing is to leave. */
  readonly isPosted: boolean;
}

/** Above what the requests for one item may take. */
const leaseMs = 10 * 60_000;

/** @returns the row, and whether there is something to do about it now */
export async function wantItem(
  tx: Kysely<Tables>,
  { kind, repository, key, work, wanted, isPosted }: NewItem,
  now: Date,
): Promise<{ readonly id: number; readonly isDue: boolean }> {
  const digest = createHash('sha256').update(json(wanted)).digest('hex');
  const state: GithubState = isPosted ? 'due' : 'dry';
  const made = await tx
    .insertInto('github_items')
    .values({
      ...{ kind, repository, key, wanted: json(wanted), digest, state, created_at: now, updated_at: now },
      ...{ author: work?.author ?? null, name: work?.name ?? null, fingerprint: work?.fingerprint ?? null },
    })
    .onConflict((conflict) => conflict.columns(['repository', 'key']).doNothing())
    .returning('id')
    .executeTakeFirst();
  if (made !== undefined) return { id: made.id, isDue: isPosted };
  // What a person took away stays away; what is as it was needs no writing, unless it was a dry run until now.
  const changed = await tx
    .updateTable('github_items')
    .set({ wanted: json(wanted), digest, state, why: null, not_before: null, attempts: 0, updated_at: now })
    .where('repository', '=', repository)
    .where('key', '=', key)
    .where('state', '<>', 'left')
    .where(({ eb, or }) => or([eb('digest', '<>', digest), ...(isPosted ? [eb('state', '=', 'dry')] : [])]))
    .returning('id')
    .executeTakeFirst();
  if (changed !== undefined) return { id: changed.id, isDue: isPosted };
  const { id } = await tx
    .selectFrom('github_items')
    .select('id')
    .where('repository', '=', repository)
    .where('key', '=', key)
    .executeTakeFirstOrThrow();
  return { id, isDue: false };
}

export async function readItem(db: Kysely<Tables>, id: number): Promise<GithubItem | null> {
  return (await db.selectFrom('github_items').selectAll().where('id', '=', id).executeTakeFirst()) ?? null;
}

/** @returns the row as it was; null where there is nothing to do, or somebody is at it */
export async function claimItem(db: Kysely<Tables>, id: number, now: Date): Promise<GithubItem | 'taken' | null> {
  return db.transaction().execute(async (tx) => {
    const row = await tx.selectFrom('github_items').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
    if (row?.state !== 'due') return null;
    if (row.lease_until !== null && row.lease_until > now) return 'taken';
    await tx
      .updateTable('github_items')
      .set({
        lease_until: new Date(now.getTime() + leaseMs),
        // Until it is known better.
        unsure_at: row.number === null ? now : null,
        attempts: sql<number>`attempts + 1`,
      })
      .where('id', '=', id)
      .execute();
    return row;
  });
}

export interface ItemEnd {
  readonly state: GithubState;
  readonly number: number | null;
  readonly url: string | null;
  readonly why: string | null;
  readonly unsureAt: Date | null;
  readonly notBefore: Date | null;
}

/** @returns when it is to be tried again; null where it is not. What changed meanwhile is due at once. */
export async function endItem(
  tx: Kysely<Tables>,
  { id, digest }: Pick<GithubItem, 'id' | 'digest'>,
  { state, number, url, why, unsureAt, notBefore }: ItemEnd,
  now: Date,
): Promise<Date | null> {
  const row = await tx
    .updateTable('github_items')
    .set({
      ...{ number, url, why, unsure_at: unsureAt, lease_until: null, updated_at: now },
      state: sql<GithubState>`case when state = 'due' and (digest = ${digest} or ${state} = 'left')
        then ${state} else state end`,
      not_before: notBefore,
      ...(state === 'due' ? {} : { attempts: 0 }),
    })
    .where('id', '=', id)
    .returning(['state', 'digest'])
    .executeTakeFirst();
  if (row?.state !== 'due') return null;
  return row.digest === digest ? (notBefore ?? now) : now;
}

/** Of a work, whatever became of them. */
export async function itemsOfWork(
  db: Kysely<Tables>,
  { author, name }: { readonly author: string; readonly name: string },
): Promise<readonly GithubItem[]> {
  return db
    .selectFrom('github_items')
    .selectAll()
    .where('author', '=', author)
    .where('name', '=', name)
    .orderBy('id')
    .execute();
}

export async function itemsIn(db: Kysely<Tables>, states: readonly GithubState[]): Promise<readonly GithubItem[]> {
  return db.selectFrom('github_items').selectAll().where('state', 'in', states).orderBy('id').execute();
}

/** One that is parked is tried again. @returns its id; null where none is parked under the key */
export async function retryItem(tx: Kysely<Tables>, key: string): Promise<number | null> {
  const row = await tx
    .updateTable('github_items')
    .set({ state: 'due', why: null, not_before: null, attempts: 0 })
    .where('key', '=', key)
    .where('state', 'in', ['parked', 'left'])
    .returning('id')
    .executeTakeFirst();
  return row?.id ?? null;
}

/** Works whose findings may not be on GitHub as they should be: mailed about since then, or tracked. */
export async function worksToTrack(
  db: Kysely<Tables>,
  since: Date,
): Promise<readonly { readonly author: string; readonly name: string }[]> {
  const mailed = db
    .selectFrom('series')
    .innerJoin('replies', 'replies.series_id', 'series.id')
    .select(['series.author', 'series.name'])
    .where('replies.created_at', '>=', since)
    .where(sql<boolean>`cardinality(replies.fingerprints) > 0`);
  const tracked = db
    .selectFrom('github_items')
    .select([sql<string>`author`.as('author'), sql<string>`name`.as('name')])
    .where('author', 'is not', null)
    .where('updated_at', '>=', since);
  return mailed.union(tracked).execute();
}
