/**
 * Where a finding stands among others. The one idea: each fact gives points and the words that say so, so that a rank and its
 * reasons cannot differ. The rows, with what they weigh:
 *
 *     level        sequential 300, preemption 200, stale fetch 100: how sure it is comes before all else, and no sum of
 *                  rows below `merged` makes up for a level: they are within 95 points
 *     asked        -350: judged from the mail alone, or on a base that is not the author's. It stands behind all that is said
 *     merged       +150 where a tree has it: it runs already. Where none tells, nothing
 *     reach        +30 with no preemption, +15 with one, 0 with more; +1 for each instruction of the window, up to 10
 *     live         +15: other CPUs run the code meanwhile
 *     profiles     up to +20, by the part of all kernels run that break
 *     part unread  +10: what it changes besides may be worse
 *     author       -5 where the author has spoken in the thread: it is in somebody's hands
 *     age          +1 for each week, up to 5: the longer it lies, the nearer it is to being merged
 *
 * Of two with the same points the older one is first, then the one whose fingerprint is.
 */
import type { Facts, RankedFinding } from './digest.ts';

/** What a fact adds, and how it is told; words are null where there is nothing to tell. */
export interface Reason {
  readonly points: number;
  readonly words: string | null;
}

export const pointsOf = (facts: Facts): number => reasonsOf(facts).reduce((sum, { points }) => sum + points, 0);

export const ranked = (findings: readonly RankedFinding[]): readonly RankedFinding[] =>
  findings.toSorted(
    (a, b) =>
      b.points - a.points ||
      compare(a.about.sentAt, b.about.sentAt) ||
      compare(a.finding.fingerprint, b.finding.fingerprint),
  );

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

const levels: Readonly<Record<Facts['level'], Reason>> = {
  sequential: { points: 300, words: 'it is certain' },
  preemption: { points: 200, words: 'timing alone is enough' },
  stale: { points: 100, words: 'a CPU must still hold an old word' },
};
const limits = { instructions: 10, weeks: 5 } as const;

/** In the order in which a reader asks for them. */
export function reasonsOf(facts: Facts): readonly Reason[] {
  const { level, isAsked, isMerged, isLive, profiles, isPartUnread, authorSaid, days } = facts;
  return [
    levels[level],
    { points: isAsked ? -350 : 0, words: isAsked ? 'asked, not said: it was not run on the tree of the author' : null },
    isMerged === null
      ? { points: 0, words: null }
      : { points: isMerged ? 150 : 0, words: isMerged ? 'merged already' : 'not merged' },
    reachOf(facts),
    { points: isLive === true ? 15 : 0, words: liveWords(isLive) },
    {
      points: profiles.run === 0 ? 0 : Math.round((20 * profiles.hit) / profiles.run),
      words: kernelWords(profiles),
    },
    { points: isPartUnread ? 10 : 0, words: isPartUnread ? 'a part of the patch was not run' : null },
    {
      points: authorSaid === null ? 0 : -5,
      words: authorSaid === null ? 'no word from the author yet' : 'the author has answered',
    },
    { points: Math.min(limits.weeks, Math.floor(days / 7)), words: ageOf(days) },
  ];
}

/** At the sequential level there is nothing that has to be hit. */
function reachOf({ level, reach }: Facts): Reason {
  if (level === 'sequential') return { points: 40, words: null };
  if (reach === null) return { points: 0, words: null };
  const { preemptions, instructions } = reach;
  const points = (preemptions === 0 ? 30 : preemptions === 1 ? 15 : 0) + Math.min(limits.instructions, instructions);
  const how =
    preemptions === 0
      ? 'without a preemption'
      : preemptions === 1
        ? 'with one preemption'
        : `with ${preemptions} preemptions`;
  const window = instructions === 1 ? 'at one instruction' : `in a window of ${instructions} instructions`;
  return { points, words: `${how}, ${window}` };
}

function kernelWords({ hit, run }: Facts['profiles']): string | null {
  if (run === 0) return null;
  if (hit < run) return `in ${hit} of the ${run} kernels that were run`;
  return run === 1 ? 'in the one kernel that was run' : `in ${run === 2 ? 'both' : `all ${run}`} kernels that were run`;
}

const liveWords = (isLive: boolean | null): string | null =>
  isLive === null ? null : isLive ? 'other CPUs may run the code meanwhile' : 'before the code can run';

const ageOf = (days: number): string =>
  days === 0
    ? 'sent within a day'
    : days < 14
      ? `${days} day${days === 1 ? '' : 's'} old`
      : `${Math.floor(days / 7)} weeks old`;
