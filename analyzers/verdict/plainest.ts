/**
 * The same break on the smallest model that shows it, for a schedule carries its model. A break that has nothing to do with
 * the tracer's entry code is shown with a stand-in in its place; one inside entry code with the words that were executed.
 *
 * Example: a task that enters ftrace_caller without a return address in r0 breaks whatever ftrace_caller does in between.
 */
import type { Break, Exploration } from '../explore/explore.ts';
import { inTracer } from '../machine/layout.ts';
import type { Model, Text } from '../machine/model.ts';

/** Answers the question about another model; the caller's, as it may have been asked before. */
export type Ask = (model: Model) => Exploration;

interface Broken extends Exploration {
  readonly break: Break;
}
export const isBroken = (found: Exploration): found is Broken => found.break !== null;

export interface Shown {
  readonly model: Model;
  readonly found: Broken;
}

/** @param standIn the model with a stand-in for the entry code; null where there is none, or where entry code is the matter */
export function plainest(shown: Shown, standIn: Model | null, ask: Ask): Shown {
  if (standIn !== null) {
    const found = ask(standIn);
    if (isBroken(found) && found.break.check === shown.found.break.check) return { model: standIn, found };
  }
  return withoutUnread(withoutUnrun(shown, ask), ask);
}

/** Only words that are executed, where that breaks in the same way. */
function withoutUnrun(shown: Shown, ask: Ask): Shown {
  const executed = new Set(
    shown.found.break.execution.flatMap((step) => (step.kind === 'instruction' ? [step.fetch.address] : [])),
  );
  const texts = shown.model.texts.flatMap((text) => (inTracer(text.address) ? pieces(text, executed) : [text]));
  return onlyIfSame(shown, { ...shown.model, texts }, ask);
}

/** Only data without which it would be another execution. */
function withoutUnread(shown: Shown, ask: Ask): Shown {
  let smallest = shown;
  for (const word of shown.model.data)
    smallest = onlyIfSame(
      smallest,
      { ...smallest.model, data: smallest.model.data.filter((one) => one !== word) },
      ask,
    );
  return smallest;
}

function onlyIfSame(shown: Shown, model: Model, ask: Ask): Shown {
  const found = ask(model);
  if (!isBroken(found)) return shown;
  const [old, fresh] = [shown.found.break, found.break];
  const same = old.check === fresh.check && old.execution.length === fresh.execution.length;
  return same ? { model, found } : shown;
}

/** The executed stretches of a text; one that begins inside it keeps the text's name and its place. */
function pieces({ name, address, words }: Text, executed: ReadonlySet<number>): Text[] {
  const found: { name: string; address: number; words: number[] }[] = [];
  for (const [i, word] of words.entries()) {
    const at = address + 4 * i;
    if (!executed.has(at)) continue;
    const last = found.at(-1);
    if (last !== undefined && last.address + 4 * last.words.length === at) last.words.push(word);
    else found.push({ name: i === 0 ? name : `${name}_${(4 * i).toString(16)}`, address: at, words: [word] });
  }
  return found;
}
