/**
 * The guilty line of a break inside the tracer's entry code. What is wrong at the end is in registers; the line looked for is
 * one that wrote such a register, and of those one that the patch added. A macro's instruction has two lines: where the
 * macro is used, and the line of its body.
 *
 * Example: an added `stdu r1,-32(r1)` at entry and an old `addi r1,r1,400` at an exit that should now add 432: r1 is wrong,
 * both lines write it, and the finding stands at the added one.
 */
import { type InstructionStep, textName } from '../explore/execution.ts';
import type { Break } from '../explore/explore.ts';
import { wrongRegisters } from '../explore/outcome.ts';
import { layout, type Model } from '../machine/model.ts';
import type { Place } from '../source/place.ts';
import { type MailLineOf, spotAt } from './spot.ts';
import type { Spot } from './verdict.ts';

export interface EntryBreak {
  readonly model: Model;
  readonly found: Break;
  /** Where the words of entry code come from, by address: the line in the file, then lines of macros. */
  readonly origins: ReadonlyMap<number, readonly Place[]>;
}

/** The registers that are wrong where a break in entry code ends; of control that did not come back, where it went. */
export function guiltyRegisters({ model, found }: EntryBreak): readonly string[] {
  const end = found.execution.at(-1);
  const back = end?.kind === 'break' && end.nia === layout.caller;
  return back ? wrongRegisters(model, found).map(({ register }) => register) : ['ctr', 'lr'];
}

/** The added line that was executed last; else the last one that the mail shows; else the last one. */
export function shownSpot({ found, origins, model }: EntryBreak, mailLineOf: MailLineOf): Spot {
  const places = found.execution.flatMap((step) =>
    step.kind === 'instruction'
      ? (origins.get(step.fetch.address) ?? []).map((at) => ({ at, fn: textName(model, step.fetch.address) }))
      : [],
  );
  const op = ({ at: { file, line } }: (typeof places)[number]) => mailLineOf(file, line)?.op;
  const frame = places.findLast((one) => op(one) === '+') ?? places.findLast((one) => op(one)) ?? places.at(-1);
  return spotAt(frame, mailLineOf);
}

/** null where no instruction of entry code was executed. */
export function entrySpot(broken: EntryBreak, mailLineOf: MailLineOf): Spot | null {
  const { found, origins, model } = broken;
  const executed = found.execution.filter(
    (step): step is InstructionStep =>
      step.kind === 'instruction' && step.task === found.task && origins.has(step.fetch.address),
  );
  const wrong = guiltyRegisters(broken);
  const writes = executed.filter((step) => step.changed.some(([register]) => wrong.includes(register)));
  const isAdded = ({ file, line }: Place) => mailLineOf(file, line)?.op === '+';
  const placesOf = (step: InstructionStep) => origins.get(step.fetch.address)!;
  const added = (step: InstructionStep) => placesOf(step).some(isAdded);
  // Of a patch that only takes lines out, what it shows is next to what is missing.
  const shown = (step: InstructionStep) => placesOf(step).some(({ file, line }) => mailLineOf(file, line) !== null);
  const guilty =
    writes.findLast(added) ??
    executed.findLast(added) ??
    writes.findLast(shown) ??
    executed.findLast(shown) ??
    writes.at(-1) ??
    executed.at(-1);
  if (guilty === undefined) return null;
  const places = placesOf(guilty);
  const at =
    places.findLast(isAdded) ?? places.findLast(({ file, line }) => mailLineOf(file, line) !== null) ?? places.at(-1);
  const fn = textName(model, guilty.fetch.address);
  return at === undefined ? null : spotAt({ fn, at }, mailLineOf);
}
