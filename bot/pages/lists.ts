/** The lists as values of their pages: series, what is disputed, what is parked, what was said. */
import type { DisputedLine, Page, ParkedThread, ReplyLine, SeriesLine } from '../ask/lists.ts';
import { leftStates } from '../store/replies.ts';
import { archiveOf, type Site } from './site.ts';
import { answerWords, replyWords, threadWords } from './words.ts';

interface Filter {
  readonly q: string;
  readonly answer: string;
  readonly state: string;
}

const choices = (all: string, words: Readonly<Record<string, string>>) => [
  { value: '', name: all },
  ...Object.keys(words).map((value) => ({ value, name: value })),
];

export function seriesList({ rows, next }: Page<SeriesLine>, filter: Filter & { readonly after: string | null }) {
  const { after, ...kept } = filter;
  return {
    heading: 'Series of patches',
    filter: kept,
    answers: choices('any', answerWords),
    states: choices('any', threadWords),
    isFiltered: Object.values(kept).some((value) => value !== ''),
    rows: rows.map(({ messageId, subject, author, version, total, sentAt, answer, state, isSuperseded }) => ({
      ...{ messageId, author, sentAt, title: titleOf(subject) },
      answer: answer ?? 'none',
      about: aboutOf(version, total),
      note: isSuperseded ? 'superseded' : threadWords[state],
    })),
    ...turning('/', { next, after, kept }),
  };
}

/** Behind the prefix, which the other columns tell. */
export const titleOf = (subject: string): string =>
  subject.replace(/^(\s*\[[^\]]{0,200}\])+\s*/, '').trim() || '(no title)';

export const aboutOf = (version: number, total: number): string =>
  `v${version}, ${total === 1 ? 'one patch' : `${total} patches`}`;

interface Turning {
  readonly next: string | null;
  readonly after: string | null;
  readonly kept?: Readonly<Record<string, string>>;
}

function turning(path: string, { next, after, kept = {} }: Turning) {
  const urlOf = (more: Readonly<Record<string, string>>) => {
    const query = new URLSearchParams(Object.entries({ ...kept, ...more }).filter(([, value]) => value !== ''));
    return query.size === 0 ? path : `${path}?${query}`;
  };
  return { newest: after === null ? null : urlOf({}), older: next === null ? null : urlOf({ after: next }) };
}

export const disputedList = ({ rows, next }: Page<DisputedLine>, after: string | null) => ({
  rows: rows.map(({ fingerprint, by, at, reason, series }) => ({
    ...{ fingerprint, by, at, reason, messageId: series.messageId },
    title: series.name,
    about: `v${series.version}, ${series.author}`,
  })),
  ...turning('/disputed', { next, after }),
});

export const parkedList = ({ rows, next }: Page<ParkedThread>, after: string | null) => ({
  rows: rows.map(({ messageId, subject, reason, touchedAt }) => ({
    ...{ messageId, reason, at: touchedAt },
    title: titleOf(subject),
  })),
  ...turning('/parked', { next, after }),
});

export const sentList = ({ rows, next }: Page<ReplyLine>, after: string | null, site: Site) => ({
  rows: rows.map((reply) => ({
    ...{ kind: reply.kind, at: reply.sentAt ?? reply.createdAt },
    messageId: reply.series ?? reply.parent,
    title: titleOf(reply.subject),
    about: reply.version === null ? '' : `v${reply.version}`,
    state: replyWords[reply.state].text,
    tone: replyWords[reply.state].tone,
    why: reasonsOf(reply),
    archive: leftStates.has(reply.state) ? archiveOf(site, reply.messageId) : null,
  })),
  ...turning('/sent', { next, after }),
});

/** Why it was written, and what has become of it. */
export const reasonsOf = ({ why, reason, decidedBy }: Pick<ReplyLine, 'why' | 'reason' | 'decidedBy'>): string =>
  [why, reason, decidedBy === null ? null : `decided by ${decidedBy}`]
    .filter((one) => one !== null && one !== '')
    .join('; ');
