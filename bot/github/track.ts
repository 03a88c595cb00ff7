/**
 * The findings of a work as rows of what should be on GitHub: read from what is stored, decided by finding-issue.ts, written with
 * their jobs. It follows from rows alone, so it may be done as often as one likes; what has not changed writes nothing.
 *
 * Nothing goes public here that has not left as a mail: while the reply waits no issue is opened, and one that was rejected never
 * is. Of a reply that is a dry run the issue is one too.
 */
import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { ReviewDocument } from '../document.ts';
import type { Settings } from '../settings/schema.ts';
import { disputesOfWork } from '../store/disputes.ts';
import { itemsOfWork } from '../store/github-items.ts';
import type { Queue } from '../store/queue.ts';
import { leftStates, type Reply, repliesOfWork } from '../store/replies.ts';
import { findingsOfSeries, lastReviews } from '../store/reviews.ts';
import { versionsOf } from '../store/series.ts';
import type { Tables } from '../store/tables.ts';
import { findingIssue, issueKey, type JudgedVersion, type TrackedFinding, type TrackedWork } from './finding-issue.ts';
import { type UpsertContext, upsertIssue } from './upsert.ts';

export interface TrackContext {
  readonly settings: Settings;
  readonly queue: Pick<Queue, 'enqueue'>;
  readonly now: Date;
}
export interface Work {
  readonly author: string;
  readonly name: string;
}

const versionsMax = 30;
/** What a run of this program has left; one of an older program has no words. */
const toldShape = z.object({ fingerprint: z.string(), text: z.string(), replay: z.string().nullable() });

/** With the transaction that changes what is known of the work. */
export async function trackWork(tx: Kysely<Tables>, work: Work, context: TrackContext): Promise<void> {
  const { settings, queue, now } = context;
  const { issues } = settings.github;
  if (issues === null) return;
  const { versions, told } = await judgedOf(tx, work);
  if (versions.length === 0) return;
  const items = await itemsOfWork(tx, work);
  const replies = await repliesOfWork(tx, work);
  const disputes = await disputesOfWork(tx, work);
  const known = { ...work, versions } satisfies TrackedWork;
  const upsert: UpsertContext = { queue, now, ...issues };
  for (const finding of findingsOf(versions, told)) {
    const { fingerprint } = finding;
    const isTracked = items.some(({ key }) => key === issueKey(work, fingerprint));
    const mail = mailStateOf(replies, fingerprint);
    // What nobody was told of is not told here first.
    if (!isTracked && ((mail.kind !== 'told' && mail.kind !== 'dry') || finding.isAsked)) continue;
    if (mail.kind === 'waits') continue;
    const issue = findingIssue(
      known,
      finding,
      {
        takenBack: mail.kind === 'back' ? mail.why : null,
        disputes: disputes.filter((one) => one.fingerprint === fingerprint).map(({ message_id }) => message_id),
      },
      { labels: issues.labels, archive: settings.archive, bot: settings.from.name },
    );
    const mode = mail.kind === 'dry' ? 'dry-run' : issues.mode;
    await upsertIssue(tx, { ...issue, work: { ...work, fingerprint } }, { ...upsert, mode });
  }
}

type MailState = { readonly kind: 'none' | 'waits' | 'dry' | 'told' } | { readonly kind: 'back'; readonly why: string };

/** What became of the newest mail about it. One that is withdrawn, as for a newer version, takes nothing back that was said before. */
function mailStateOf(replies: readonly Reply[], fingerprint: string): MailState {
  const about = replies.filter(({ fingerprints }) => fingerprints.includes(fingerprint));
  const last = about.at(-1);
  if (last === undefined) return { kind: 'none' };
  if (last.state === 'held') return { kind: 'waits' };
  if (last.state === 'rejected') return { kind: 'back', why: 'a moderator did not let the mail about it out' };
  if (about.some(({ state }) => leftStates.has(state))) return { kind: 'told' };
  if (last.state === 'withdrawn') return { kind: 'back', why: 'the mail about it was withdrawn before it left' };
  return { kind: last.state === 'dry' ? 'dry' : 'waits' };
}

interface Told {
  readonly text: string;
  readonly replay: string | null;
}

async function judgedOf(tx: Kysely<Tables>, work: Work) {
  const rows = await versionsOf(tx, { ...work, changeId: null });
  // Of a version that was sent twice the later one counts.
  const newest = rows.filter((row, at) => rows.findIndex(({ version }) => version === row.version) === at);
  const kept = newest.slice(0, versionsMax).toReversed();
  const reviews = await lastReviews(
    tx,
    kept.map(({ id }) => id),
  );
  const versions = kept.flatMap((row): JudgedVersion[] => {
    const review = reviews.get(row.id);
    if (review === undefined) return [];
    const { patches = [] } = review.document as Partial<ReviewDocument>;
    return [{ version: row.version, messageId: row.first_message_id, patches }];
  });
  const found = await findingsOfSeries(
    tx,
    rows.map(({ id }) => id),
  );
  const told = new Map<string, Told>();
  for (const one of found) {
    const read = toldShape.safeParse(one);
    if (read.success && !told.has(read.data.fingerprint)) told.set(read.data.fingerprint, read.data);
  }
  return { versions, told };
}

/** Of all versions, each as the newest that has it says it. */
function findingsOf(
  versions: readonly JudgedVersion[],
  told: ReadonlyMap<string, Told>,
): readonly (TrackedFinding & { readonly isAsked: boolean })[] {
  const all = new Map<string, TrackedFinding & { readonly isAsked: boolean }>();
  for (const { patches } of versions)
    for (const { subject, answer, findings } of patches)
      for (const { fingerprint, check, entryPoint } of findings) {
        const words = told.get(fingerprint);
        if (words === undefined || fingerprint === undefined) continue;
        all.set(fingerprint, { fingerprint, told: words, subject, check, entryPoint, isAsked: answer !== 'finding' });
      }
  return [...all.values()];
}
