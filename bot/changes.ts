/**
 * What a diff changes, as a digest: the lines that it takes and adds, and those right around them, file by file, wherever in it. A
 * mail and the commit that was made of it have the same one; a commit that a maintainer has touched up has another, and so has
 * one that puts the same lines elsewhere: a barrier in another function is another patch.
 */
import { createHash } from 'node:crypto';
import { type FilePatch, type Hunk, parseBody, parseFiles } from '../analyzers/patch/diff.ts';

/** @returns null where it cannot be told from others: it changes no line, or parts of it cannot be read */
export const changesOfMail = (body: string): string | null => digestOf(parseBody(body));

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
  [`${oldPath ?? ''}\0${newPath ?? ''}`, ...hunks.flatMap(({ lines }) => placesOf(lines))].join('\n');

/** Around a change, as git and GitHub show by default: a mail may show more. */
const aroundMax = 3;

/** Changed lines, with those around them; where what lies between is left out begins another place. */
function placesOf(lines: Hunk['lines']): readonly string[] {
  const places: string[] = [];
  const isNear = (at: number) =>
    lines.slice(Math.max(0, at - aroundMax), at + aroundMax + 1).some(({ op }) => op !== ' ');
  let last = Number.NEGATIVE_INFINITY;
  for (const [at, { op, text }] of lines.entries()) {
    if (!isNear(at)) continue;
    if (at !== last + 1) places.push('@');
    last = at;
    // A mail may have lost blanks where they end a line that it does not change.
    places.push(op === ' ' ? ` ${text.trimEnd()}` : op + text.replace(/\r$/, ''));
  }
  return places;
}
