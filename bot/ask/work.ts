/** All versions of a work that are known, oldest first: the same author and name, or change id, for the same kernel tree. */
import type { Kysely } from 'kysely';
import { subjectsOf } from '../store/mails.ts';
import { type SeriesRow, versionsOf } from '../store/series.ts';
import type { Tables } from '../store/tables.ts';
import { readSubject } from '../thread/subject.ts';

export interface VersionRow {
  readonly row: SeriesRow;
  /** Of its cover letter or first patch; '' where that is not here. */
  readonly subject: string;
  /** Of a stable backport; null for all else. */
  readonly tree: string | null;
}

const versionsMax = 50;

/** @param others series of its thread that are not stored */
export async function workOf(
  db: Kysely<Tables>,
  series: SeriesRow,
  others: readonly SeriesRow[],
): Promise<readonly VersionRow[]> {
  const stored = await versionsOf(db, { author: series.author, name: series.name, changeId: series.change_id });
  const own = others.filter(({ author, name }) => author === series.author && name === series.name);
  const rows = [...own, ...stored].toSorted(
    (a, b) => a.version - b.version || a.sent_at.getTime() - b.sent_at.getTime(),
  );
  const subjects = await subjectsOf(
    db,
    rows.map(({ first_message_id }) => first_message_id),
  );
  const versions = rows.map((row) => {
    const subject = subjects.get(row.first_message_id) ?? '';
    return { row, subject, tree: readSubject(subject).stableTree };
  });
  const tree = versions.find(({ row }) => row.id === series.id)?.tree ?? null;
  const alike = versions.filter((one) => one.tree === tree);
  // The one that was asked for stays, however many came after it.
  const newest = alike.slice(-versionsMax);
  return newest.some(({ row }) => row.id === series.id)
    ? newest
    : [...alike.filter(({ row }) => row.id === series.id), ...newest.slice(1)];
}
