/**
 * The guilty line of a break inside the tracer's entry code. What is wrong at the end is in registers; the line looked for is
 * one that wrote such a register, and of those one that the patch added. A macro's instruction has two lines: where the
 * macro is used, and the line of its body.
 *
 * Example: an added `stdu r1,-32(r1)` at entry and an old `addi r1,r1,400` at an exit that should now add 432: r1 is wrong,
 * both lines write it, and the finding stands at the added one.
 */
import { type ExecutionStep, placeName } from '../explore/execution.ts';
import type { Break } from '../explore/explore.ts';
import { wrongRegisters } from '../explore/outcome.ts';
import { layout, type Model } from '../machine/model.ts';
import type { Place } from '../source/place.ts';
import { type MailLineOf, spotAt } from './spot.ts';
import type { Spot } from './verdict.ts';

type Instruction = ExecutionStep & { readonly kind: 'instruction' };

export interface EntryBreak {
  readonly model: Model;
  readonly found: Break;
  /** Where the words of entry code come from, by address: the line in the file, then lines of macros. */
  readonly origins: ReadonlyMap<number, readonly Place[]>;
}

/** The registers that are wrong where a break in entry code ends; of control that did not come back, where it went. */
export function guiltyRegisters({ model, found }: EntryBreak): readonly string[] {
  const end = found.execution.findLast((step) => step.kind === 'break');
  const back = end?.kind === 'break' && end.nia === layout.caller;
  return back ? wrongRegisters(model, found).map(({ register }) => register) : ['ctr', 'lr'];
}

/** null where no instruction of entry code was executed. */
export function entrySpot(broken: EntryBreak, mailLineOf: MailLineOf): Spot | null {
  const { found, origins, model } = broken;
  const executed = found.execution.filter(
    (step): step is Instruction =>
      step.kind === 'instruction' && step.task === found.task && origins.has(step.fetch.address),
  );
  const wrong = guiltyRegisters(broken);
  const writes = executed.filter((step) => step.changed.some(([register]) => wrong.includes(register)));
  const isAdded = ({ file, line }: Place) => mailLineOf(file, line)?.op === '+';
  const placesOf = (step: Instruction) => origins.get(step.fetch.address) ?? [];
  const added = (step: Instruction) => placesOf(step).some(isAdded);
  const guilty = writes.findLast(added) ?? executed.findLast(added) ?? writes.at(-1) ?? executed.at(-1);
  if (guilty === undefined) return null;
  const places = placesOf(guilty);
  const at = places.findLast(isAdded) ?? places.at(-1);
  const fn = placeName(model, guilty.fetch.address).replace(/\+.*/, '');
  return at === undefined ? null : spotAt({ fn, at }, mailLineOf);
}
