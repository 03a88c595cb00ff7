/** Digests that were made, read again as they were: for the page and the feed. Of several groups of a week the first one's. */
import type { Kysely } from 'kysely';
import { madeDigests } from '../store/digests.ts';
import type { Tables } from '../store/tables.ts';
import type { Digest } from './digest.ts';
import { type Told, tellDigest } from './told.ts';

export interface KeptDigest {
  readonly week: string;
  readonly madeAt: Date;
  readonly told: Told;
}

/** Newest first. */
export async function keptDigests(db: Kysely<Tables>, weeksMax: number): Promise<readonly KeptDigest[]> {
  const weeks = new Map<string, KeptDigest>();
  for (const { week, created_at, digest } of (await madeDigests(db, weeksMax * groupsMax)).toReversed())
    weeks.set(week, { week, madeAt: created_at, told: tellDigest(digest as Digest) });
  return [...weeks.values()].toReversed().slice(0, weeksMax);
}
const groupsMax = 5;
