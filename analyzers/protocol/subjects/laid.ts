/**
 * What stands at the places of a subject is laid by assembly that is not run: the words here are ours. Where the tree's own say
 * otherwise, runs on ours would be of a kernel that is none, and they are unread.
 */
import type { EntryRun } from '../entry-points.ts';
import type { Image, Played } from '../image.ts';
import { driverNames } from '../recorder.ts';

const { otherwise } = driverNames('otherwise');

/** For a driver: says by a function whether the places are laid as they are known. */
export const laidText = (isKnown: boolean): string => (isKnown ? '' : `void ${otherwise}(void) { }`);

export function unlessLaidOtherwise(image: Image, runs: readonly EntryRun[]): readonly EntryRun[] {
  if (!image.has(otherwise)) return runs;
  const from = image.keep(unread);
  return runs.map((run) => ({ ...run, from }));
}

const unread: Played = {
  kind: 'unread',
  why: 'the macros of the tree lay what it rewrites otherwise than is known here',
  ...{ steps: [], trail: [], assumptions: [], decisions: [], calls: new Map(), failedAt: [], unknownFunctions: [] },
};

/** What stands behind `start`, a regular expression, in the macro of C that it is in; null where it is nowhere. */
export const restOf = (text: string, start: string): string | null =>
  new RegExp(`${start}((?:.*\\\\\\n)*.*)`).exec(text)?.[1] ?? null;
