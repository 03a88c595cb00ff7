/**
 * What a diff changes, as a digest: the lines that it takes and adds, file by file, whatever stands around them and
 * wherever. A mail and the commit that was made of it have the same one; a commit that a maintainer has touched up has
 * another.
 */
import { createHash } from 'node:crypto';
import { type FilePatch, parseFiles } from '../analyzers/patch/diff.ts';
import { splitBody } from '../analyzers/patch/split.ts';

/** @returns null where it cannot be told from others: it changes no line, or parts of it cannot be read */
export const changesOfMail = (body: string): string | null => {
  const { diff, diffStart } = splitBody(body);
  return digestOf(parseFiles(diff, diffStart));
};

/** As git and GitHub print it. Behind the last newline is no line. */
export const changesOfDiff = (diff: string): string | null =>
  digestOf(parseFiles(diff.replace(/\n$/, '').split('\n'), 1));

function digestOf({ files, problems }: ReturnType<typeof parseFiles>): string | null {
  const isWhole = problems.length === 0 && files.every(({ damaged, kind }) => !damaged && kind !== 'binary');
  const texts = files.map(textOf).toSorted();
  if (!isWhole || !texts.some((text) => text.includes('\n'))) return null;
  return createHash('sha256').update(texts.join('\n\0')).digest('hex');
}

const textOf = ({ oldPath, newPath, hunks }: FilePatch): string =>
  [
    `${oldPath ?? ''}\0${newPath ?? ''}`,
    ...hunks.flatMap(({ lines }) =>
      lines.filter(({ op }) => op !== ' ').map(({ op, text }) => op + text.replace(/\r$/, '')),
    ),
  ].join('\n');
