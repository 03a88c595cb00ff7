/**
 * Applies a file's hunks to its base text and keeps where each line came from, so that a finding in the patched source can
 * stand under its line in the mail. Hunks may sit a little off (offset), and lose a line of context at each end (fuzz, as
 * patch(1) does); both are reported. A hunk that does not fit is a reject: the caller must not go on past it.
 */
import type { FilePatch, Hunk } from './diff.ts';

/** Where a line of the patched text came from; absent for lines the mail does not show. */
export interface Origin {
  readonly mailLine: number;
  readonly op: '+' | ' ';
}

export interface Applied {
  readonly text: string;
  /** By 1-based line of the patched text. */
  readonly origin: ReadonlyMap<number, Origin>;
  /** Mail lines of removed lines, by 1-based line of the base text. */
  readonly removed: ReadonlyMap<number, number>;
  readonly rejects: readonly Hunk[];
  /** Largest distance and fuzz at which a hunk was placed. */
  readonly offset: number;
  readonly fuzz: number;
}

const offsetMax = 2_000;
const fuzzMax = 2;

/** @param base text of the file before; null where it does not exist (a created file) */
export function applyFile(base: string | null, file: FilePatch): Applied {
  const text = base ?? '';
  const endsWithNewline = text.endsWith('\n') || text === '';
  const lines = text === '' ? [] : (endsWithNewline ? text.slice(0, -1) : text).split('\n');
  const out: string[] = [];
  const origin = new Map<number, Origin>();
  const removed = new Map<number, number>();
  const rejects: Hunk[] = [];
  let [at, shift, offset, fuzz] = [0, 0, 0, 0];
  let finalNewline = endsWithNewline;
  for (const hunk of file.hunks) {
    const expected = Math.max(0, hunk.oldStart - (hunk.oldLines === 0 ? 0 : 1)) + shift;
    const found = placeHunk(lines, hunk, { expected, from: at });
    if (found === null) {
      rejects.push(hunk);
      continue;
    }
    shift += found.at - found.skipTop - expected;
    offset = Math.max(offset, Math.abs(found.at - found.skipTop - expected));
    fuzz = Math.max(fuzz, found.fuzz);
    while (at < found.at) out.push(lines[at++] ?? '');
    for (const line of hunk.lines.slice(found.skipTop, hunk.lines.length - found.skipBottom)) {
      if (line.op === '-') removed.set(++at, line.mailLine);
      else {
        // Context is taken from the base, which the fuzz may have left to differ in nothing but is the truth.
        out.push(line.op === ' ' ? (lines[at] ?? line.text) : line.text);
        if (line.op === ' ') at++;
        origin.set(out.length, { mailLine: line.mailLine, op: line.op });
      }
    }
    if (at >= lines.length) finalNewline = !hunk.newNoNewline;
  }
  while (at < lines.length) out.push(lines[at++] ?? '');
  const patched = out.length === 0 ? '' : out.join('\n') + (finalNewline ? '\n' : '');
  return { text: patched, origin, removed, rejects, offset, fuzz };
}

interface Placed {
  readonly at: number;
  readonly skipTop: number;
  readonly skipBottom: number;
  readonly fuzz: number;
}

/** Nearest place where the hunk's old side stands; then again with context cut from its ends. */
function placeHunk(lines: readonly string[], hunk: Hunk, where: { expected: number; from: number }): Placed | null {
  const top = leading(hunk.lines.map((line) => line.op));
  const bottom = leading(hunk.lines.map((line) => line.op).reverse());
  for (let fuzz = 0; fuzz <= fuzzMax; fuzz++) {
    const skipTop = Math.max(0, Math.min(fuzz, top - (3 - fuzzMax)));
    const skipBottom = Math.max(0, Math.min(fuzz, bottom - (3 - fuzzMax)));
    if (fuzz > 0 && skipTop === 0 && skipBottom === 0) break;
    const old = hunk.lines
      .slice(skipTop, hunk.lines.length - skipBottom)
      .filter((line) => line.op !== '+')
      .map((line) => line.text);
    for (let distance = 0; distance <= offsetMax; distance++) {
      for (const candidate of distance === 0
        ? [where.expected + skipTop]
        : [where.expected + skipTop + distance, where.expected + skipTop - distance]) {
        if (candidate < where.from || candidate + old.length > lines.length) continue;
        // A hunk with nothing old is placed where it says, not searched for.
        if (old.length === 0 && distance > 0) continue;
        if (old.every((text, i) => lines[candidate + i] === text)) return { at: candidate, skipTop, skipBottom, fuzz };
      }
    }
  }
  return null;
}

function leading(ops: readonly string[]): number {
  const first = ops.findIndex((op) => op !== ' ');
  return first < 0 ? ops.length : first;
}
