/**
 * Versions of a work side by side: of each what its last review says, and what became of the findings of the version before it.
 * Findings are the same by their fingerprints, whatever lines have done meanwhile.
 */
import type { Kysely } from 'kysely';
import type { Run } from '../../analyzers/verdict/verdict.ts';
import type { FindingDocument, PatchDocument, ReviewDocument } from '../document.ts';
import type { Dispute } from '../store/disputes.ts';
import { lastReviews } from '../store/reviews.ts';
import type { Answer, Tables, ThreadState } from '../store/tables.ts';
import type { Thread } from '../store/threads.ts';
import type { VersionRow } from './work.ts';

export interface VersionKnown {
  /** Of the cover letter, else of the first patch: what names the version. */
  readonly messageId: string;
  /** As it was sent; '' where that mail is not here. */
  readonly subject: string;
  /** The author's address. */
  readonly author: string;
  /** The title in lower case: with the author it is the work. */
  readonly name: string;
  readonly version: number;
  /** Patches that it says it has. */
  readonly total: number;
  /** `v5.10` of a backport for a stable tree; null for all else. */
  readonly tree: string | null;
  readonly sentAt: Date;
  /** Of its thread. */
  readonly state: ThreadState;
  /** Why it is parked or ignored; null where it is neither. */
  readonly reason: string | null;
  /** Null where it was never judged. */
  readonly review: ReviewKnown | null;
  /** Message-IDs of the patches that came, with those that it takes over. */
  readonly mails: readonly string[];
}

export interface ReviewKnown {
  readonly at: Date;
  /** Version of the program. */
  readonly analyzer: string;
  /** The gravest of its patches. */
  readonly answer: Answer;
  readonly patches: readonly PatchKnown[];
  /** Of the version before it that was judged, what is not there any more. */
  readonly fixed: readonly FindingDocument[];
  /** Of all runs together. */
  readonly bounds: Bounds;
}

/** As `review --json` has it; findings with what is known of them over versions. */
export interface PatchKnown extends Omit<PatchDocument, 'findings'> {
  readonly findings: readonly FindingKnown[];
}

export interface FindingKnown extends FindingDocument {
  /** new: no earlier version that was judged had it. still: the one before it had. again: one farther back. */
  readonly since: 'new' | 'still' | 'again';
  /** Somebody says that it is none. */
  readonly isDisputed: boolean;
}

/** What was tried. */
interface Bounds {
  readonly cpus: number;
  readonly tasks: number;
  readonly states: number;
  readonly schedules: number;
  /** Pairs of entry point and profile, and those of them in which something could not be completed. */
  readonly pairs: number;
  readonly unfinished: number;
}

interface Surroundings {
  readonly threads: readonly Thread[];
  readonly disputes: readonly Dispute[];
}

/** @param rows oldest first */
export async function versionsKnown(
  db: Kysely<Tables>,
  rows: readonly VersionRow[],
  { threads, disputes }: Surroundings,
): Promise<readonly VersionKnown[]> {
  const reviews = await lastReviews(
    db,
    rows.map(({ row }) => row.id),
  );
  const disputed = new Set(disputes.map(({ fingerprint }) => fingerprint));
  const earlier = new Set<string>();
  let before: readonly FindingDocument[] = [];
  return rows.map(({ row, subject, tree }): VersionKnown => {
    const thread = threads.find(({ id }) => id === row.thread_id);
    const review = reviews.get(row.id);
    const patches = review === undefined ? [] : patchesOf(review.document);
    const findings = patches.flatMap((patch) => patch.findings);
    const sinceOf = sinceThen(before, earlier);
    const known: ReviewKnown | null =
      review === undefined
        ? null
        : {
            ...{ at: review.created_at, analyzer: review.analyzer, answer: row.answer ?? 'silence' },
            patches: patches.map((patch) => ({
              ...patch,
              findings: patch.findings.map((finding) => ({
                ...finding,
                ...{ since: sinceOf(finding), isDisputed: disputed.has(finding.fingerprint) },
              })),
            })),
            fixed: before.filter((one) => !findings.some(({ fingerprint }) => fingerprint === one.fingerprint)),
            bounds: boundsOf(patches.flatMap(({ runs }) => runs)),
          };
    if (review !== undefined) {
      before = findings;
      for (const { fingerprint } of findings) earlier.add(fingerprint);
    }
    return {
      ...{ messageId: row.first_message_id, subject, author: row.author, name: row.name, version: row.version },
      ...{ total: row.total, tree, sentAt: row.sent_at, review: known, mails: row.patches },
      ...{ state: thread?.state ?? 'quiet', reason: thread?.reason ?? null },
    };
  });
}

/** Copies: the next version changes both. */
function sinceThen(before: readonly FindingDocument[], earlier: ReadonlySet<string>) {
  const [last, all] = [new Set(before.map(({ fingerprint }) => fingerprint)), new Set(earlier)];
  return ({ fingerprint }: FindingDocument): FindingKnown['since'] =>
    last.has(fingerprint) ? 'still' : all.has(fingerprint) ? 'again' : 'new';
}

/** Whatever program wrote it: a field that an older one did not know is empty. */
function patchesOf(document: unknown): readonly PatchDocument[] {
  const { patches } = (document ?? {}) as Partial<ReviewDocument>;
  return (patches ?? []).map((patch) => ({
    ...patch,
    ...{ runs: patch.runs ?? [], notes: patch.notes ?? [], kernels: patch.kernels ?? [] },
    ...{ assumptions: patch.assumptions ?? [], problems: patch.problems ?? [] },
    findings: (patch.findings ?? []).map((finding) => ({
      ...finding,
      ...{ fingerprint: finding.fingerprint ?? '', sources: finding.sources ?? [], alsoAt: finding.alsoAt ?? [] },
    })),
  }));
}

function boundsOf(runs: readonly Run[]): Bounds {
  const sum = (of: (run: Run) => number) => runs.reduce((all, run) => all + of(run), 0);
  const most = (of: (run: Run) => number) => runs.reduce((all, run) => Math.max(all, of(run)), 0);
  const isUnfinished = ({ after }: Run) => after.sequential === 'unread' || after.sequential === 'limit';
  return {
    ...{ cpus: most(({ bounds }) => bounds.cpus), tasks: most(({ bounds }) => bounds.tasks) },
    ...{ states: sum(({ bounds }) => bounds.states), schedules: sum(({ bounds }) => bounds.schedules) },
    ...{ pairs: runs.length, unfinished: runs.filter(isUnfinished).length },
  };
}
