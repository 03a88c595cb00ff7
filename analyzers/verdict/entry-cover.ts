/**
 * Is what a patch changes in the tracer's entry code run at all? A pass speaks of what was executed; a change to code that no
 * call of a traced function comes to is none of that.
 *
 * Example: a patch of _mcount alone changes a text that no exit of ftrace_caller leads to.
 */
import { textName, wordText } from '../explore/execution.ts';
import { inTracer } from '../machine/layout.ts';
import type { Model, Text } from '../machine/model.ts';
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
  for (const { after } of pairs)
    for (const address of after.executed) entered.add(`${fileOf(after)} ${textName(after.model, address)}`);
  for (const { before, after } of pairs) {
    if (before === null) continue;
    const [old, fresh] = [textsOf(before.model), textsOf(after.model)];
    const differs = (name: string) => saying(before.model, old.get(name)) !== saying(after.model, fresh.get(name));
    for (const name of new Set([...old.keys(), ...fresh.keys()]))
      if (!entered.has(`${fileOf(after)} ${name}`) && differs(name)) return name;
  }
  return null;
}

/** Texts of two files may have one name. */
const fileOf = ({ origins }: EntryRun) => origins.values().next().value?.[0]?.file ?? '';

const textsOf = ({ texts }: Model): Map<string, Text> =>
  new Map(texts.filter(({ address }) => inTracer(address)).map((text) => [text.name, text]));

const saying = (model: Model, text: Text | undefined) =>
  text?.words.map((word, i) => wordText(model, { address: text.address + 4 * i, word })).join('\n');
