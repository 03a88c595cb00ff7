/**
 * The lines that a file's patch adds and takes out, each with its place on either side: what a finding can be laid to. A line
 * that is gone keeps its number in the base, and has the number of the line that now stands where it was.
 *
 * Example: of `-\tsynchronize_rcu_tasks();` a step of the unpatched source knows the line in the base; the mail knows its own.
 */
import type { Origin } from './apply.ts';
import type { FilePatch, Hunk } from './diff.ts';

export interface ChangedLine {
  readonly file: string;
  readonly op: '+' | '-';
  /** In the patched source. */
  readonly line: number;
  /** In the base; null for an added one. */
  readonly baseLine: number | null;
  readonly mailLine: number;
}

/** @param origin by line of the patched source, as the hunks were applied */
export function changedLines(
  { newPath, oldPath, hunks }: FilePatch,
  origin: ReadonlyMap<number, Origin>,
): readonly ChangedLine[] {
  const file = newPath ?? oldPath ?? '';
  const placed = new Map([...origin].map(([line, { mailLine }]) => [mailLine, line]));
  const changed: ChangedLine[] = [];
  // How many lines the hunks so far have made the file longer.
  let longer = 0;
  for (const hunk of hunks) {
    let line = startOf(hunk, placed);
    for (const { op, mailLine } of hunk.lines) {
      if (op !== ' ') changed.push({ file, op, line, baseLine: op === '+' ? null : line - longer, mailLine });
      if (op === '+') longer++;
      if (op === '-') longer--;
      else line++;
    }
  }
  return changed;
}

/** The line of the patched source at which a hunk begins, by the first of its lines that stands there. */
function startOf({ lines, newStart }: Hunk, placed: ReadonlyMap<number, number>): number {
  const kept = lines.filter(({ op }) => op !== '-');
  const index = kept.findIndex(({ mailLine }) => placed.has(mailLine));
  const first = kept[index];
  return first === undefined ? newStart : (placed.get(first.mailLine) ?? newStart) - index;
}
