/**
 * An issue as it should be and as it is, and what is to be done about the difference: a pure function. The third side is the mark
 * in its body (section.ts), which says what we set last: where the issue differs from that, a person wanted it so. A title that was
 * renamed stays renamed, a label that was taken off stays off, an issue that was closed by hand stays closed until what we know changes,
 * and for good where it was closed as not planned or as a duplicate.
 */
import { digestOf, type Mark, partsOf, sectionOf } from './section.ts';

export interface WantedIssue {
  /** What it is found again by: lasts as long as what it is about. At most 200 characters. */
  readonly key: string;
  readonly title: string;
  /** Markdown, without anything of a stranger that public-text.ts has not been over. */
  readonly body: string;
  readonly labels: readonly string[];
  readonly state: 'open' | 'closed';
}

export interface FoundIssue {
  readonly number: number;
  readonly url: string;
  readonly title: string;
  readonly body: string;
  readonly labels: readonly string[];
  readonly state: 'open' | 'closed';
  readonly stateReason: string | null;
  readonly locked: boolean;
}

/** What a request changes; what is absent stays. */
export interface IssueChange {
  readonly title?: string;
  readonly body?: string;
  readonly labels?: readonly string[];
  readonly state?: 'open' | 'closed';
  readonly state_reason?: 'completed' | 'reopened';
}

export interface Planned {
  readonly change: IssueChange;
  /** What a person has decided otherwise, in words. */
  readonly left: readonly string[];
}

const bodyCharsMax = 65_000;

/** @returns an empty change where it is as it should be */
export function changeOf(wanted: WantedIssue, found: FoundIssue): Planned {
  const parts = partsOf(found.body);
  const mark = parts?.mark.key === wanted.key ? parts.mark : null;
  const left: string[] = [];
  const isRenamed = mark !== null && digestOf(found.title) !== mark.title && found.title !== wanted.title;
  if (isRenamed) left.push('a person gave it another title');
  const state = stateOf(wanted, found, mark, left);
  const labels = labelsOf(wanted, found, mark);
  const section = sectionOf(markOf(wanted), wanted.body.slice(0, bodyCharsMax));
  // A body that was rewritten without our part gets it back at its end.
  const body =
    parts === null || mark === null
      ? `${found.body.trim()}\n\n${section}`.trim()
      : parts.section === section
        ? null
        : `${parts.before}${section}${parts.after}`;
  return {
    left,
    change: {
      ...(isRenamed || found.title === wanted.title ? {} : { title: wanted.title }),
      ...(body === null ? {} : { body }),
      ...(labels === null ? {} : { labels }),
      ...(state === null ? {} : { state, state_reason: state === 'open' ? 'reopened' : 'completed' }),
    },
  };
}

/** As it is made. One is made open: what is over before it began is not made. */
export const newIssue = (wanted: WantedIssue) => ({
  title: wanted.title,
  body: sectionOf({ ...markOf(wanted), state: 'open' }, wanted.body.slice(0, bodyCharsMax)),
  labels: [...wanted.labels],
});

const markOf = ({ key, title, state, labels }: WantedIssue): Mark => ({
  ...{ key, title: digestOf(title), state },
  labels: [...labels],
});

function stateOf(wanted: WantedIssue, found: FoundIssue, mark: Mark | null, left: string[]): 'open' | 'closed' | null {
  if (found.state === wanted.state) return null;
  const isUnchanged = mark !== null && mark.state === wanted.state;
  if (wanted.state === 'closed') {
    if (!isUnchanged) return 'closed';
    left.push('a person has opened it again');
    return null;
  }
  const isForGood = found.stateReason === 'not_planned' || found.stateReason === 'duplicate';
  if (!isUnchanged && !isForGood) return 'open';
  left.push(isForGood ? `a person closed it as ${found.stateReason?.replace('_', ' ')}` : 'a person closed it');
  return null;
}

/** What we want and did not set before is added, what we set and do not want any more is taken off. */
function labelsOf(wanted: WantedIssue, found: FoundIssue, mark: Mark | null): readonly string[] | null {
  const has = (list: readonly string[], label: string) => list.some((one) => one.toLowerCase() === label.toLowerCase());
  const set = mark?.labels ?? [];
  const added = wanted.labels.filter((label) => !has(set, label) && !has(found.labels, label));
  const kept = found.labels.filter((label) => !has(set, label) || has(wanted.labels, label));
  return added.length === 0 && kept.length === found.labels.length ? null : [...kept, ...added];
}
