/**
 * An issue that should be on GitHub, as a row and its job. For whoever has something to say there:
 *
 *     await upsertIssue(tx, { key: 'week 2026-W09', title, body, labels, state: 'open' }, { queue, now, ...settings.github.issues });
 *
 * The key makes it one issue, however often it is called: the first call opens it, a later one changes what differs, and `state`
 * closes it or opens it again. With the same values nothing is written. It returns at once: writing is the job's, which tries until
 * it is done or a person must look. In a dry run the row is kept, to be looked at (`npm run github -- plan`).
 *
 * Whatever a stranger wrote goes through public-text.ts before it goes into title or body.
 */
import type { Kysely } from 'kysely';
import { type NewItem, wantItem } from '../store/github-items.ts';
import type { Queue } from '../store/queue.ts';
import type { Tables } from '../store/tables.ts';
import type { WantedIssue } from './issue.ts';

export interface UpsertContext {
  readonly queue: Pick<Queue, 'enqueue'>;
  readonly now: Date;
  /** `owner/name`. */
  readonly repository: string;
  readonly mode: 'dry-run' | 'post';
}

const titleCharsMax = 250;

/** @returns the id of its row */
export async function upsertIssue(
  tx: Kysely<Tables>,
  { work, ...issue }: WantedIssue & { readonly work?: NewItem['work'] },
  { queue, now, repository, mode }: UpsertContext,
): Promise<number> {
  const wanted: WantedIssue = { ...issue, title: issue.title.slice(0, titleCharsMax).toWellFormed() };
  const { id, isDue } = await wantItem(
    tx,
    { kind: 'issue', repository, key: issue.key, work: work ?? null, wanted, isPosted: mode === 'post' },
    now,
  );
  if (isDue) await queue.enqueue(tx, 'github', { itemId: id }, now);
  return id;
}
