/**
 * Series: one version of a set of patches, as bot/thread/series.ts reads it of a thread. It is the same series as long as it
 * shares a patch: the cover letter, or the first patch, may come last.
 */
import { type Kysely, type Selectable, sql } from 'kysely';
import type { Answer, Tables } from './tables.ts';

export type SeriesRow = Selectable<Tables['series']>;

export interface SeenSeries {
  readonly threadId: number;
  /** The title of the cover letter, else of the first patch, in lower case. */
  readonly name: string;
  readonly changeId: string | null;
  /** In lower case. */
  readonly author: string;
  readonly version: number;
  readonly total: number;
  /** Of the cover letter, else of the first patch. */
  readonly firstMessageId: string;
  /** Message-IDs of the patches sent as this version; not of those it takes over from an earlier one. */
  readonly patches: readonly string[];
}

/** @returns its id, new or as it was */
export async function saveSeries(tx: Kysely<Tables>, seen: SeenSeries): Promise<number> {
  const row = {
    ...{ thread_id: seen.threadId, name: seen.name, change_id: seen.changeId, author: seen.author },
    ...{ version: seen.version, total: seen.total, first_message_id: seen.firstMessageId, patches: [...seen.patches] },
  };
  const known = await tx
    .selectFrom('series')
    .select('id')
    .where('thread_id', '=', seen.threadId)
    .where('version', '=', seen.version)
    .where(sql<boolean>`patches && ${row.patches}::text[]`)
    .orderBy('id')
    .executeTakeFirst();
  // The date that a mail gives itself may be any.
  const sentAt = sql<Date>`coalesce((select min(least(sent_at, received_at)) from mails
    where message_id = ${seen.firstMessageId} and not reused), date_trunc('milliseconds', now()))`;
  if (known !== undefined) {
    await tx
      .updateTable('series')
      .set({ ...row, sent_at: sentAt })
      .where('id', '=', known.id)
      .execute();
    return known.id;
  }
  const { id } = await tx
    .insertInto('series')
    .values({ ...row, sent_at: sentAt })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

export async function answerSeries(
  tx: Kysely<Tables>,
  id: number,
  { answer, at }: { readonly answer: Answer; readonly at: Date },
): Promise<void> {
  await tx.updateTable('series').set({ answer, reviewed_at: at }).where('id', '=', id).execute();
}

/** What a series is compared with: other versions by the same author under the same name or change id, newest first. */
export async function versionsOf(
  db: Kysely<Tables>,
  { author, name, changeId }: Pick<SeenSeries, 'author' | 'name' | 'changeId'>,
): Promise<readonly SeriesRow[]> {
  return db
    .selectFrom('series')
    .selectAll()
    .where(({ eb, and, or }) => {
      const alike = and([eb('author', '=', author), eb('name', '=', name)]);
      return changeId === null ? alike : or([alike, eb('change_id', '=', changeId)]);
    })
    .orderBy('version', 'desc')
    .orderBy('id', 'desc')
    .execute();
}

export async function supersede(tx: Kysely<Tables>, older: readonly number[], by: number): Promise<void> {
  if (older.length === 0) return;
  await tx.updateTable('series').set({ superseded_by: by }).where('id', 'in', older).where('id', '<>', by).execute();
}

export async function seriesById(db: Kysely<Tables>, id: number): Promise<SeriesRow | null> {
  return (await db.selectFrom('series').selectAll().where('id', '=', id).executeTakeFirst()) ?? null;
}

/** As it was seen in a thread, by its first mail. */
export async function seriesOfFirst(
  db: Kysely<Tables>,
  { threadId, firstMessageId }: Pick<SeenSeries, 'threadId' | 'firstMessageId'>,
): Promise<SeriesRow | null> {
  const row = await db
    .selectFrom('series')
    .selectAll()
    .where('thread_id', '=', threadId)
    .where('first_message_id', '=', firstMessageId)
    .orderBy('id', 'desc')
    .executeTakeFirst();
  return row ?? null;
}

/** In the order in which they were seen. */
export async function seriesOfThread(db: Kysely<Tables>, threadId: number): Promise<readonly SeriesRow[]> {
  return db.selectFrom('series').selectAll().where('thread_id', '=', threadId).orderBy('id').execute();
}

/** Of which a mail is a patch or the cover letter; of several the newest. */
export async function seriesWith(db: Kysely<Tables>, messageId: string): Promise<SeriesRow | null> {
  const row = await db
    .selectFrom('series')
    .selectAll()
    .where(({ eb, or }) =>
      or([eb('first_message_id', '=', messageId), sql<boolean>`patches @> array[${messageId}]::text[]`]),
    )
    .orderBy('id', 'desc')
    .executeTakeFirst();
  return row ?? null;
}

/** Null where none in it was judged. */
export async function newestSeriesOfThread(db: Kysely<Tables>, threadId: number): Promise<SeriesRow | null> {
  const row = await db
    .selectFrom('series')
    .selectAll()
    .where('thread_id', '=', threadId)
    .orderBy('version', 'desc')
    .orderBy('id', 'desc')
    .executeTakeFirst();
  return row ?? null;
}
