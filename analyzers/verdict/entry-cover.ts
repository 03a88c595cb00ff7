/**
 * Is what a patch changes in the tracer's entry code run at all? A pass speaks of what was executed; a change to code that no
 * call of a traced function comes to is none of that.
 *
 * Example: a patch of return_to_handler alone changes a text that no exit of ftrace_caller leads to.
 */
import { placeName, wordText } from '../explore/execution.ts';
import { inTracer } from '../machine/layout.ts';
import type { Model } from '../machine/model.ts';
import type { Place } from '../source/place.ts';
import type { MailLineOf } from './spot.ts';

/** A call of a traced function, and what of the entry code it executed. */
export interface EntryRun {
  readonly model: Model;
  readonly executed: ReadonlySet<number>;
  readonly origins: ReadonlyMap<number, readonly Place[]>;
}

export interface EntryPair {
  readonly before: EntryRun | null;
  readonly after: EntryRun;
}

/** A place in entry code that the patch changes and nothing executes, in words; null where there is none. */
export function changedUnrun(pairs: readonly EntryPair[], mailLineOf: MailLineOf): string | null {
  return addedUnrun(pairs, mailLineOf) ?? textUnrun(pairs);
}

/** Lines that the patch added and that make words, none of which is executed. */
function addedUnrun(pairs: readonly EntryPair[], mailLineOf: MailLineOf): string | null {
  const run = new Map<string, boolean>();
  for (const { after } of pairs) {
    for (const [address, places] of after.origins) {
      for (const { file, line } of places) {
        const key = `${file}:${line}`;
        if (mailLineOf(file, line)?.op === '+') run.set(key, run.get(key) === true || after.executed.has(address));
      }
    }
  }
  return [...run].find(([, executed]) => !executed)?.[0] ?? null;
}

/** Texts that differ, by what they say and not by where they lie, and that nothing enters. */
function textUnrun(pairs: readonly EntryPair[]): string | null {
  const entered = new Set<string>();
  const changed = new Set<string>();
  for (const { before, after } of pairs) {
    // Texts of two files may have one name.
    const file = [...after.origins.values()][0]?.[0]?.file ?? '';
    const named = (name: string) => `${file} ${name}`;
    for (const address of after.executed) entered.add(named(textName(after.model, address)));
    if (before === null) continue;
    const [old, fresh] = [sayings(before.model), sayings(after.model)];
    for (const name of new Set([...old.keys(), ...fresh.keys()]))
      if (old.get(name) !== fresh.get(name)) changed.add(named(name));
  }
  const unrun = [...changed].find((name) => !entered.has(name));
  return unrun?.replace(/.* /, '') ?? null;
}

const textName = (model: Model, address: number) => placeName(model, address).replace(/\+.*/, '');

function sayings(model: Model): Map<string, string> {
  const texts = model.texts.filter(({ address }) => inTracer(address));
  return new Map(
    texts.map(({ name, address, words }) => [
      name,
      words.map((word, i) => wordText(model, { address: address + 4 * i, word })).join('\n'),
    ]),
  );
}
