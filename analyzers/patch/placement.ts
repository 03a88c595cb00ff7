/**
 * Where the hunks of a file go, as jsdiff tries places: it asks of one line after the other whether base and mail agree, and
 * from the questions is known where it put each line. The rules that it lacks are here: of several places none is taken
 * unless it is the very one the hunk names; lines may differ at the ends of a hunk's context, not within; hunks do not
 * overlap; a hunk that has the first or the last line of its file keeps it (as `git apply` has it).
 */
import type { Misfit } from './apply.ts';
import type { Hunk } from './diff.ts';

export interface MailLine {
  readonly hunk: number;
  readonly op: ' ' | '+' | '-';
  /** With its line end. */
  readonly text: string;
  readonly mailLine: number;
}

interface Placed {
  readonly kind: 'placed';
  readonly offset: number;
  readonly fuzz: number;
  /** Context lines of the mail by the index of the base's line. */
  readonly context: ReadonlyMap<number, MailLine>;
}

/** `offset` and `fuzz` in lines; `comparisons` of lines in one file. */
const limits = { offset: 2_000, fuzz: 2, comparisons: 50_000_000 } as const;

export class Placement {
  readonly fuzzMax = limits.fuzz;
  readonly #lines: readonly string[];
  readonly #mail: readonly MailLine[];
  readonly #hunks: readonly Hunk[];
  /** Old lines of each hunk, as indices into the mail's lines. */
  readonly #old: readonly (readonly number[])[];
  /** Index of the base's line by that of the mail's, of the place that is tried. */
  readonly #places = new Map<number, number>();
  #trail: number[] = [];
  #hunk = 0;
  /** First line of the base that no hunk before has. */
  #floor = 0;
  #comparisons = 0;

  constructor(lines: readonly string[], mail: readonly MailLine[], hunks: readonly Hunk[]) {
    this.#lines = lines;
    this.#mail = mail;
    this.#hunks = hunks;
    const old: number[][] = hunks.map(() => []);
    for (const [at, line] of mail.entries()) if (line.op !== '+') old[line.hunk]?.push(at);
    this.#old = old;
  }

  /** Does the base's line agree with the mail's there? jsdiff asks in order, and from an earlier line when it tries anew. */
  compare(baseAt: number, mailAt: number): boolean {
    const line = this.#mail[mailAt];
    if (line === undefined || ++this.#comparisons > limits.comparisons) return false;
    if (line.hunk !== this.#hunk) {
      this.#floor = Math.max(this.#floor, ...this.#trail.map((at) => (this.#places.get(at) ?? -1) + 1));
      this.#trail = [];
      this.#hunk = line.hunk;
    }
    while ((this.#trail.at(-1) ?? -1) >= mailAt) this.#places.delete(this.#trail.pop()!);
    const fits = this.#lines[baseAt] === line.text && baseAt >= this.#floor && this.#mayStand(baseAt, mailAt);
    if (fits) {
      this.#places.set(mailAt, baseAt);
      this.#trail.push(mailAt);
    }
    return fits;
  }

  /** Of the hunk for which jsdiff found no place. */
  refusal(): Misfit {
    const spent = this.#comparisons > limits.comparisons;
    return this.#misfit(this.#hunk, spent ? 'takes too long to place' : 'does not fit');
  }

  finish(): Placed | Misfit {
    const context = new Map<number, MailLine>();
    let [offset, fuzz, shift, end] = [0, 0, 0, 0];
    for (const [index, hunk] of this.#hunks.entries()) {
      const nominal = hunk.oldLines === 0 ? hunk.oldStart : hunk.oldStart - 1;
      // Without any old line there is nothing to find its place by, but in an empty file.
      const empty = hunk.oldLines === 0 && this.#lines.length === 0;
      const core = empty ? { start: 0, first: 0, lines: [] } : this.#coreOf(index);
      if (core === null) return this.#misfit(index, 'does not fit');
      const lost = (this.#old[index]?.length ?? 0) - core.lines.length;
      if (lost > limits.fuzz) return this.#misfit(index, 'does not fit');
      const off = Math.abs(core.start - nominal - shift);
      if (off > limits.offset) return this.#misfit(index, `fits only ${off} lines off`);
      const at = core.start + core.first;
      if ((core.start !== nominal || lost > 0) && !this.#isOnly(core.lines, at))
        return this.#misfit(index, 'fits at more than one place, and not where it says');
      if (at < end) return this.#misfit(index, 'overlaps the one before');
      for (const [i, mailAt] of core.lines.entries()) context.set(at + i, this.#mail[mailAt]!);
      [offset, fuzz] = [Math.max(offset, off), Math.max(fuzz, lost)];
      [shift, end] = [core.start - nominal, at + core.lines.length];
    }
    return { kind: 'placed', offset, fuzz, context };
  }

  #misfit(hunk: number, why: string): Misfit {
    return { kind: 'misfit', hunk: this.#hunks[hunk]!, why };
  }

  /** May the line be there, if it is the first or the last of a hunk that has the file's first or last line? */
  #mayStand(baseAt: number, mailAt: number): boolean {
    const old = this.#old[this.#hunk] ?? [];
    const hunk = this.#hunks[this.#hunk];
    if (hunk === undefined) return true;
    if (mailAt === old[0] && hunk.oldStart <= 1 && baseAt !== 0) return false;
    const endsFile = hunk.lines.at(-1)?.op !== ' ';
    return !(endsFile && mailAt === old.at(-1) && baseAt !== this.#lines.length - 1);
  }

  /**
   * The lines of a hunk that stand in the base one behind the other: all that change, and the context around them as far as
   * it agrees; at least a line of it on each side that has any. null where there are none.
   */
  #coreOf(hunk: number): { start: number; first: number; lines: readonly number[] } | null {
    const old = this.#old[hunk] ?? [];
    if (old.length === 0) return null;
    const ops = (this.#hunks[hunk]?.lines ?? []).map(({ op }) => op);
    const lead = Math.max(
      0,
      ops.findIndex((op) => op !== ' '),
    );
    const trail = ops.length - 1 - ops.findLastIndex((op) => op !== ' ');
    const inner = Math.min(lead, old.length - 1);
    const start = (this.#places.get(old[inner]!) ?? Number.NaN) - inner;
    const stands = (at: number) => this.#places.get(old[at]!) === start + at;
    let first = inner;
    while (first > 0 && stands(first - 1)) first--;
    let last = inner;
    while (last + 1 < old.length && stands(last + 1)) last++;
    const whole = stands(inner) && first <= Math.max(0, lead - 1) && last >= old.length - Math.max(1, trail);
    return whole ? { start, first, lines: old.slice(first, last + 1) } : null;
  }

  /** Are these lines at no other place of the base? */
  #isOnly(mailAts: readonly number[], own: number): boolean {
    const texts = mailAts.map((at) => this.#mail[at]?.text);
    const isAt = (start: number) =>
      texts.every((text, i) => ++this.#comparisons > limits.comparisons || this.#lines[start + i] === text);
    return this.#lines.every((text, at) => at === own || text !== texts[0] || !isAt(at));
  }
}
