/**
 * What happened in a window of time, as one value: mail, issue, page and Atom entry are made from it, and from nothing else. It is
 * kept as JSON with its week, so that what was mailed can be read again as it was; all times in it are text, `2026-11-23T07:00:00.000Z`.
 *
 * No mailbox is in it but within Message-IDs: authors are names, and words of strangers are masked.
 */
import type { SubjectId } from '../../analyzers/protocol/protocol.ts';
import type { FindingDocument } from '../document.ts';

export interface Digest {
  readonly group: string;
  /** `2026-W48`; null for a window that somebody asked for. */
  readonly week: string | null;
  /** From here, and up to but not including there. */
  readonly since: string;
  readonly until: string;
  /** Days are told as they are here. */
  readonly zone: string;
  /** Weeks that it covers: more than one where some were missed. */
  readonly weeks: number;
  /** Of versions that came in the window, the riskiest first. */
  readonly findings: readonly RankedFinding[];
  /** Gone in a version that came in the window. */
  readonly fixed: readonly FixedFinding[];
  /** Somebody said in the window that it is none. */
  readonly disputed: readonly DisputedFinding[];
  /** By its author, or by us. */
  readonly withdrawn: readonly Withdrawn[];
  /** Of versions that came before, with nothing newer: the riskiest first. */
  readonly waiting: readonly RankedFinding[];
  /** Came in the window, changes what modifies instructions, and has no answer. */
  readonly unread: readonly Unread[];
  readonly figures: Figures;
}

/** A mail of a series, and what it is called. */
export interface About {
  /** As it was sent, without its tags. */
  readonly title: string;
  /** `v2 4/7`; of a single patch `v2`. */
  readonly part: string;
  readonly author: string;
  readonly messageId: string;
  readonly sentAt: string;
}

export type Finding = Pick<FindingDocument, 'fingerprint' | 'level' | 'check' | 'entryPoint' | 'file' | 'fn'> & {
  readonly subject: SubjectId;
  /** The guilty line; null where the mail does not show it. */
  readonly code: string | null;
  /** Judged on a base that is not the author's, or from the mail alone: it is asked, not said. */
  readonly isAsked: boolean;
};

/** What its rank is made from (risk.ts). */
export interface Facts {
  readonly level: FindingDocument['level'];
  readonly isAsked: boolean;
  /** How often the task that breaks has to be preempted, and within how many of its instructions all happens; null where unknown. */
  readonly reach: { readonly preemptions: number; readonly instructions: number } | null;
  /** Other CPUs run the code meanwhile; null where unknown. */
  readonly isLive: boolean | null;
  /** Kernels that break, of those that were run. */
  readonly profiles: { readonly hit: number; readonly run: number };
  /** Parts of the patch touch text modification, and nothing runs them. */
  readonly isPartUnread: boolean;
  /** The author's last word in the thread behind the patch; null where there is none. */
  readonly authorSaid: { readonly messageId: string; readonly at: string } | null;
  /** Since it was sent. */
  readonly days: number;
  /** Null where no tree tells. */
  readonly isMerged: boolean | null;
}

export interface RankedFinding {
  readonly finding: Finding;
  readonly about: About;
  /** new: no earlier version has it. still: the one before has it. again: one before that. */
  readonly since: 'new' | 'still' | 'again';
  readonly facts: Facts;
  readonly points: number;
  /** Of our mail about it that has left; null where there is none. */
  readonly answer: string | null;
}

interface FixedFinding {
  readonly finding: Finding;
  /** The mail that had it, and the first of the version that has it no more. */
  readonly about: About;
  readonly by: About;
}

interface DisputedFinding {
  readonly finding: Finding;
  readonly about: About;
  readonly reason: string;
  /** Of the mail that says so. */
  readonly messageId: string;
}

export type Withdrawn = { readonly about: About; readonly messageId: string } & (
  | { readonly by: 'author' }
  /** Our mail, which says that an earlier one of ours was wrong. */
  | { readonly by: 'us' }
);

export interface Unread {
  readonly about: About;
  readonly why: string;
}

export interface Figures {
  /** Versions of series that came and change what modifies instructions, and patches of them that were run. */
  readonly series: number;
  readonly run: number;
  /** Patches that held. */
  readonly held: number;
  /** Our mails that left, and those of them that came back by the list. */
  readonly answered: number;
  readonly confirmed: number;
  /** Written and not sent: a dry run, or they wait for a moderator. */
  readonly kept: number;
  readonly disputed: number;
  /** Between a series and our mail about it; null where none left. */
  readonly medianMinutes: number | null;
}

/** Is it worth nobody's time? What waits, waited before. */
export const isQuiet = ({ findings, fixed, disputed, withdrawn, unread }: Digest): boolean =>
  [findings, fixed, disputed, withdrawn, unread].every((part) => part.length === 0);
