/**
 * Reviews with what went into them, and the verdict on each patch. The same question is answered from here: what counts as the
 * same is the digest of the inputs, in which the order of keys means nothing.
 */
import { createHash } from 'node:crypto';
import type { Kysely, Selectable } from 'kysely';
import { type FindingRow, json, type Tables } from './tables.ts';

export type ReviewRow = Selectable<Tables['reviews']>;

export interface NewReview {
  readonly threadId: number;
  readonly seriesId: number;
  /** Version of the analyzers. */
  readonly analyzer: string;
  /** Everything the answer follows from besides: patches, base, level, limits, profiles. */
  readonly inputs: unknown;
  /** As `review --json` prints it. */
  readonly document: unknown;
  readonly verdicts: readonly NewVerdict[];
}

interface NewVerdict {
  readonly messageId: string;
  readonly answer: string;
  readonly findings: readonly FindingRow[];
}

export async function findReview(
  db: Kysely<Tables>,
  { seriesId, analyzer, inputs }: Pick<NewReview, 'seriesId' | 'analyzer' | 'inputs'>,
): Promise<ReviewRow | null> {
  const row = await db
    .selectFrom('reviews')
    .selectAll()
    .where('series_id', '=', seriesId)
    .where('inputs_digest', '=', digestOf({ analyzer, inputs }))
    .executeTakeFirst();
  return row ?? null;
}

/** @returns its id, and whether it was not there before: what is there stays as it is */
export async function saveReview(
  tx: Kysely<Tables>,
  { threadId, seriesId, analyzer, inputs, document, verdicts }: NewReview,
  now: Date,
): Promise<{ readonly id: number; readonly isNew: boolean }> {
  const made = await tx
    .insertInto('reviews')
    .values({
      ...{ thread_id: threadId, series_id: seriesId, analyzer, inputs: json(inputs) },
      ...{ inputs_digest: digestOf({ analyzer, inputs }), document: json(document), created_at: now },
    })
    .onConflict((conflict) => conflict.columns(['series_id', 'inputs_digest']).doNothing())
    .returning('id')
    .executeTakeFirst();
  if (made === undefined) {
    const { id } = (await findReview(tx, { seriesId, analyzer, inputs }))!;
    return { id, isNew: false };
  }
  if (verdicts.length > 0)
    await tx
      .insertInto('verdicts')
      .values(
        verdicts.map(({ messageId, answer, findings }) => ({
          ...{ review_id: made.id, message_id: messageId, answer, findings: json(findings) },
        })),
      )
      .execute();
  return { id: made.id, isNew: true };
}

/** The newest; null where the series was never judged. */
export async function lastReview(db: Kysely<Tables>, seriesId: number): Promise<ReviewRow | null> {
  const row = await db
    .selectFrom('reviews')
    .selectAll()
    .where('series_id', '=', seriesId)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row ?? null;
}

/** The newest of each of the series that was judged. */
export async function lastReviews(
  db: Kysely<Tables>,
  seriesIds: readonly number[],
): Promise<ReadonlyMap<number, ReviewRow>> {
  if (seriesIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('reviews')
    .selectAll()
    .distinctOn('series_id')
    .where('series_id', 'in', seriesIds)
    .orderBy('series_id')
    .orderBy('id', 'desc')
    .execute();
  return new Map(rows.map((row) => [row.series_id, row]));
}

/** What was said of a patch, newest first. */
export async function verdictsOn(
  db: Kysely<Tables>,
  messageId: string,
): Promise<readonly Selectable<Tables['verdicts']>[]> {
  return db
    .selectFrom('verdicts')
    .selectAll()
    .where('message_id', '=', messageId)
    .orderBy('review_id', 'desc')
    .execute();
}

export async function reviewById(db: Kysely<Tables>, id: number): Promise<ReviewRow | null> {
  return (await db.selectFrom('reviews').selectAll().where('id', '=', id).executeTakeFirst()) ?? null;
}

/** Every finding of any review of the series, the newest first: in which words, and of which patch. */
export async function findingsOfSeries(
  db: Kysely<Tables>,
  seriesIds: readonly number[],
): Promise<readonly FindingRow[]> {
  if (seriesIds.length === 0) return [];
  const rows = await db
    .selectFrom('verdicts')
    .innerJoin('reviews', 'reviews.id', 'verdicts.review_id')
    .select('verdicts.findings')
    .where('reviews.series_id', 'in', seriesIds)
    .orderBy('reviews.id', 'desc')
    .execute();
  return rows.flatMap(({ findings }) => findings);
}

const digestOf = (value: unknown) => createHash('sha256').update(canonical(value)).digest('hex');

/** Keys in order; what JSON leaves out is left out. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  fields.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${canonical(field)}`).join(',')}}`;
}
