/**
 * From a step of a protocol to the line a person wrote. A finding stands at the innermost frame whose line the patch
 * added; where none was added (the write is in unchanged code), at the primitive's own call, and there is no mail line.
 *
 * Example: the nop over `bl` is written inside ftrace_modify_code(), which the patch did not touch; one frame up,
 * `rc = ftrace_modify_code(ip, old, new)` is an added line, so that is where the finding stands.
 */
import type { Protocol, Step } from '../protocol/protocol.ts';
import type { Frame } from '../source/place.ts';
import type { Spot } from './verdict.ts';

/** The mail line that holds line `line` of the patched `file`: added (`+`), or shown as context (' '); null where the mail does not hold it. */
export type MailLineOf = (file: string, line: number) => { readonly mailLine: number; readonly op: '+' | ' ' } | null;

/** The guilty spot of a step: its innermost added frame, else its innermost frame shown as context, else the call itself. */
export function spotOf(step: Step, mailLineOf: MailLineOf): Spot {
  const added = lastFrame(step.stack, (frame) => mailLineOf(frame.at.file, frame.at.line)?.op === '+');
  const shown = added ?? lastFrame(step.stack, (frame) => mailLineOf(frame.at.file, frame.at.line) !== null);
  const frame = shown ?? step.stack.at(-1);
  if (frame === undefined) return { file: '', line: 0, mailLine: null, fn: '' };
  const { file, line } = frame.at;
  return { file, line, mailLine: mailLineOf(file, line)?.mailLine ?? null, fn: frame.fn };
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
  const steps = [...new Set(indexes)]
    .filter((index) => index >= 0)
    .sort((a, b) => b - a)
    .map((index) => protocol.steps[index])
    .filter((step) => step !== undefined);
  return steps.find((step) => isAdded(step, mailLineOf)) ?? steps[0] ?? null;
}

function lastFrame(stack: readonly Frame[], wanted: (frame: Frame) => boolean): Frame | undefined {
  for (let i = stack.length - 1; i >= 0; i--) {
    const frame = stack[i];
    if (frame !== undefined && wanted(frame)) return frame;
  }
  return undefined;
}
