/**
 * Applies a file's hunks to its base text and keeps where each line came from, so that a finding in the patched source can
 * stand under its line in the mail. jsdiff applies; the one idea is what it is given: a token for each line in place of the
 * line, so that the tokens that come back tell of every line whether it is the base's (`17`) or the mail's (`m4`).
 *
 * Hunks may sit off their line (offset) and lose context at their ends (fuzz, as patch(1) has it); both are reported.
 */
import { applyPatch } from 'diff';
import type { FilePatch, Hunk } from './diff.ts';
import { type MailLine, Placement } from './placement.ts';

/** Where a line of the patched text came from; absent for lines the mail does not show. */
export interface Origin {
  readonly mailLine: number;
  readonly op: '+' | ' ';
}

export interface Patched {
  readonly kind: 'patched';
  readonly text: string;
  /** By 1-based line of the patched text. */
  readonly origin: ReadonlyMap<number, Origin>;
  /** Largest distance of a hunk from where it should be, given those before it. */
  readonly offset: number;
  /** Most lines of context that a hunk had to do without. */
  readonly fuzz: number;
}

/** The caller must not go on past it. */
export interface Misfit {
  readonly kind: 'misfit';
  readonly hunk: Hunk;
  /** Behind "the hunk at mail line 12 ": `does not fit`. */
  readonly why: string;
}

/** @param base text of the file before; null where it does not exist (a created file) */
export function applyFile(base: string | null, file: FilePatch): Patched | Misfit {
  const lines = linesOf(base ?? '');
  const mail = file.hunks.flatMap(mailLinesOf);
  const placement = new Placement(lines, mail, file.hunks);
  const patch = { oldFileName: '', newFileName: '', oldHeader: '', newHeader: '', hunks: tokenHunks(file.hunks) };
  const result = applyPatch(lines.map((_, at) => at).join('\n'), patch, {
    // It would change the patch; a line with a CR is another line.
    autoConvertLineEndings: false,
    fuzzFactor: placement.fuzzMax,
    compareLine: (lineNumber, _line, _op, token) => placement.compare(lineNumber - 1, Number(token.slice(1))),
  });
  if (result === false) return placement.refusal();
  const placed = placement.finish();
  if (placed.kind === 'misfit') return placed;
  const texts: string[] = [];
  const origin = new Map<number, Origin>();
  for (const token of result.split('\n').filter((one) => one !== '')) {
    const added = token.startsWith('m') ? mail[Number(token.slice(1))] : undefined;
    const line = added ?? placed.context.get(Number(token));
    texts.push(added?.text ?? lines[Number(token)] ?? '');
    if (line !== undefined && line.op !== '-') origin.set(texts.length, { mailLine: line.mailLine, op: line.op });
  }
  // A line without an end is the last one, or glued to the next.
  const glued = texts.findIndex((text, at) => at < texts.length - 1 && !text.endsWith('\n')) >= 0;
  if (glued) return { kind: 'misfit', hunk: file.hunks.at(-1)!, why: 'ends the file before its end' };
  return { kind: 'patched', text: texts.join(''), origin, offset: placed.offset, fuzz: placed.fuzz };
}

/** Each with its line end: a last line without one is another than one with. */
const linesOf = (text: string): readonly string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

function mailLinesOf({ lines, oldNoNewline, newNoNewline }: Hunk, hunk: number): MailLine[] {
  const [lastOld, lastNew] = ['+', '-'].map((other) => lines.findLastIndex(({ op }) => op !== other));
  return lines.map(({ op, text, mailLine }, at) => {
    const cut = (op !== '+' && oldNoNewline && at === lastOld) || (op !== '-' && newNoNewline && at === lastNew);
    return { hunk, op, text: cut ? text : `${text}\n`, mailLine };
  });
}

/** Where a hunk has no old lines, its start is the line that it goes behind. */
function tokenHunks(hunks: readonly Hunk[]) {
  let at = 0;
  return hunks.map(({ oldStart, oldLines, newStart, newLines, lines }) => ({
    ...{ oldStart: oldLines === 0 ? oldStart + 1 : oldStart, oldLines, newStart, newLines },
    lines: lines.map(({ op }) => `${op}m${at++}`),
  }));
}
