/** What all versions of a work have in common: who wrote it, and what it is called. */
import type { Mailbox } from '../mail/message.ts';
import type { Series } from './series.ts';

export interface WorkKey {
  /** Title of the cover letter, else of the first patch; in lower case. */
  readonly name: string;
  /** The author's address, in lower case. */
  readonly author: string;
}

export const seriesKey = (series: Series): WorkKey => ({
  name: nameOf(series),
  author: authorOf(series).address.toLowerCase(),
});

/** The same as one text. */
export const keyText = ({ name, author }: WorkKey) => `${author} ${name}`;

/** Of the cover letter, else of the first patch. */
export const firstIdOf = ({ cover, patches }: Pick<Series, 'cover' | 'patches'>): string =>
  cover?.id ?? patches[0]?.message.id ?? '';

function nameOf({ cover, patches }: Series): string {
  const subject = cover?.subject.replace(/^(\s*\[[^\]]*\])*\s*/, '') ?? patches[0]?.subject.title ?? '';
  return subject.trim().toLowerCase();
}

const authorOf = ({ cover, patches }: Series): Mailbox =>
  cover?.from ?? patches[0]?.author ?? { name: '', address: '' };
