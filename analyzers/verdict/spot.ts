/**
 * From a step of a protocol to the line a person wrote. A finding stands where the modification parts from the one before it to
 * the same site, at a line that the patch added; where it added none, there is no mail line.
 *
 * Example: mflr is written in one pass over the records and bl in the next: the finding stands at the call in the second
 * pass, not in the helper that stores the word.
 */
import type { Protocol, Step } from '../protocol/protocol.ts';
import type { Frame } from '../source/place.ts';
import type { Spot } from './verdict.ts';

/** The mail line that holds line `line` of the patched `file`: added (`+`), or shown as context (' '); null where the mail does not hold it. */
export type MailLineOf = (file: string, line: number) => { readonly mailLine: number; readonly op: '+' | ' ' } | null;

/**
 * The guilty spot of a step. The frame in which it parts from the modification before it to the same site is where something
 * between the two is missing; if the patch added no line there, the nearest added line below or above it; if it added none
 * at all, the same among the lines it shows; else the call itself.
 * @param previous the modification of the same site before `step`; null if there is none
 */
export function spotOf(step: Step, previous: Step | null, mailLineOf: MailLineOf): Spot {
  const parting = previous === null ? step.stack.length : partingFrame(previous.stack, step.stack);
  const added = nearest(step.stack, parting, ({ at }) => mailLineOf(at.file, at.line)?.op === '+');
  // What complains stands in old code: the added line that ran last is what led there.
  const led = added === undefined && step.kind === 'bug' ? trailSpot(step.trail, mailLineOf) : null;
  if (led !== null) return led;
  // Of a primitive that was interpreted the statements that it ran count like the frames it was called from.
  const passed = added === undefined && step.kind === 'modify' ? (step.passed ?? []) : [];
  const ran = trailSpot(passed, mailLineOf) ?? takenOutSpot(passed, mailLineOf);
  if (ran !== null) return ran;
  const shown = added ?? nearest(step.stack, parting, ({ at }) => mailLineOf(at.file, at.line) !== null);
  return spotAt(shown ?? step.stack.at(-1), mailLineOf);
}

/** The added line that ran last; null where none of the statements passed is added. */
export function trailSpot(trail: readonly Frame[], mailLineOf: MailLineOf): Spot | null {
  const led = trail.find(({ at }) => mailLineOf(at.file, at.line)?.op === '+');
  return led === undefined ? null : spotAt(led, mailLineOf);
}

/** Below lines that the mail takes out, between two statements of one function that ran one after the other. */
function takenOutSpot(passed: readonly Frame[], mailLineOf: MailLineOf): Spot | null {
  for (const [index, later] of passed.entries()) {
    const earlier = passed.slice(index + 1).find(({ fn }) => fn === later.fn);
    const { file } = later.at;
    for (
      let line = later.at.line;
      earlier !== undefined && line > earlier.at.line && later.at.line - line < reachMax;
      line--
    ) {
      const [shown, above] = [mailLineOf(file, line), mailLineOf(file, line - 1)];
      if (shown !== null && above !== null && shown.mailLine - above.mailLine > 1)
        return spotAt({ fn: later.fn, at: { file, line, macros: [] } }, mailLineOf);
    }
  }
  return null;
}
/** Lines between two statements: of comments, of a condition that did not hold. */
const reachMax = 50;

/** The line that ran last, of those the mail adds, else of those it shows. */
export function ranSpot(trail: readonly Frame[], mailLineOf: MailLineOf): Spot | null {
  const shown = trail.find(({ at }) => mailLineOf(at.file, at.line) !== null);
  return trailSpot(trail, mailLineOf) ?? (shown === undefined ? null : spotAt(shown, mailLineOf));
}

/** Where a step parts from an earlier one, whatever the patch shows of it. */
export const partingSpot = (step: Step, previous: Step, mailLineOf: MailLineOf): Spot =>
  spotAt(step.stack[partingFrame(previous.stack, step.stack)], mailLineOf);

/** The spot of a step by its number. */
export function stepSpot(protocol: Protocol, index: number, mailLineOf: MailLineOf): Spot {
  const step = protocol.steps[index];
  return step === undefined ? nowhere : spotOf(step, previousModification(protocol, step), mailLineOf);
}

/** The modification of the same site that came before a step. */
export function previousModification(protocol: Protocol, step: Step): Step | null {
  if (step.kind !== 'modify') return null;
  const earlier = protocol.steps.slice(0, Math.max(0, protocol.steps.indexOf(step)));
  return earlier.findLast((other) => other.kind === 'modify' && other.word.symbol === step.word.symbol) ?? null;
}

/** What has no place in the sources. */
export const nowhere: Spot = { file: '', line: 0, mailLine: null, fn: '' };

/** A frame as a spot; the mail line is null where the mail does not show it. */
export function spotAt(frame: Frame | undefined, mailLineOf: MailLineOf): Spot {
  if (frame === undefined) return nowhere;
  const { file, line } = frame.at;
  return { file, line, mailLine: mailLineOf(file, line)?.mailLine ?? null, fn: frame.fn };
}

/** Index of the last frame that both are in: the same functions all the way down, called at the same lines. */
function partingFrame(before: readonly Frame[], after: readonly Frame[]): number {
  let index = 0;
  while (
    index + 1 < after.length &&
    before[index]?.at.line === after[index]?.at.line &&
    before[index + 1]?.fn === after[index + 1]?.fn
  )
    index++;
  return index;
}

/** The frame at an index, else the first one below it, else the last one above it, that is wanted. */
function nearest(stack: readonly Frame[], index: number, wanted: (frame: Frame) => boolean): Frame | undefined {
  return stack.slice(index).find(wanted) ?? stack.findLast(wanted);
}

/** Does the step come from a line that the patch added? */
function isAdded(step: Step, mailLineOf: MailLineOf): boolean {
  return step.stack.some((frame) => mailLineOf(frame.at.file, frame.at.line)?.op === '+');
}

/**
 * Which of the steps a break rests on is the guilty one: the newest added one (a modification that was fetched), else the newest.
 * @param indexes protocol step indexes, any order, -1 (the initial image) ignored
 */
export function guiltyStep(protocol: Protocol, indexes: readonly number[], mailLineOf: MailLineOf): Step | null {
  const steps = indexes
    .toSorted((a, b) => b - a)
    .map((index) => protocol.steps[index])
    .filter((step) => step !== undefined);
  return steps.find((step) => isAdded(step, mailLineOf)) ?? steps[0] ?? null;
}
