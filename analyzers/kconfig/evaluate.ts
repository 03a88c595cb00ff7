/**
 * Symbols to their values, as Kconfig finds them: a person's answer where the person is asked, else the first default that
 * holds, and at least what others select. The one idea: an answer may also be missing. What rests on a file that is not
 * at hand, or on a macro nobody decides, is unknown; then the answer that was given counts; and
 * who decided is told.
 *
 * Example: with PPC64, CPU_LITTLE_ENDIAN and FUNCTION_TRACER answered y and gcc 12, MPROFILE_KERNEL is y by Kconfig.
 */
import {
  both,
  type Expression,
  either,
  evaluate,
  letterOf,
  type Scope,
  type Tristate,
  textOf,
  tristateOf,
} from './expression.ts';
import type { Choice, Kconfig, Selection } from './kconfig.ts';
import type { Entry, Type } from './parse.ts';

export interface EvaluationOptions {
  /** A person's answers: y, m, n, or text. */
  readonly answers: ReadonlyMap<string, string>;
  /** Text with `$(…)` to what that stands for; null where nobody decides it. */
  readonly expand: (macros: string) => string | null;
}

/** `stand-in` and `answer`: the tree did not say, and what stands in for a file of it did, or the answer counts unasked. */
export type By = 'kconfig' | 'stand-in' | 'answer' | 'nobody';

export interface Value {
  /** y, m, n, or text; null where it is unknown. */
  readonly text: string | null;
  readonly by: By;
}

/** A chain of symbols, each of which rests on the next; real ones have some 30. */
const depthMax = 200;

export class Evaluation implements Scope {
  readonly kconfig: Kconfig;
  readonly #options: EvaluationOptions;
  readonly #values = new Map<string, Value>();
  readonly #chosen = new Map<string, string | null>();
  readonly #active = new Set<string>();

  constructor(kconfig: Kconfig, options: EvaluationOptions) {
    this.kconfig = kconfig;
    this.#options = options;
  }

  value(name: string): Value {
    const known = this.#values.get(name);
    if (known !== undefined) return known;
    // Kconfig forbids circles; a hostile one, or one too long, is unknown.
    if (this.#active.has(name) || this.#active.size > depthMax) return unknown;
    this.#active.add(name);
    const found = this.#find(name);
    this.#active.delete(name);
    this.#values.set(name, found);
    return found;
  }

  tristate(name: string): Tristate {
    const { text } = this.value(name);
    return text === null ? null : text === 'y' ? 2 : text === 'm' ? 1 : 0;
  }
  /** As Kconfig compares: a name that is no symbol is its own text. */
  text(name: string): string | null {
    if (isWord(name)) return name;
    if (!this.kconfig.symbols.has(name) && this.kconfig.complete) return name;
    return this.value(name).text;
  }
  expand(macros: string): string | null {
    return this.#options.expand(macros);
  }

  #find(name: string): Value {
    const entries = this.kconfig.symbols.get(name);
    if (entries === undefined && (this.kconfig.complete || isWord(name))) return { text: 'n', by: 'kconfig' };
    const type = entries === undefined ? null : typeOf(entries);
    const text =
      entries === undefined || type === null
        ? this.#selectedAlone(name)
        : type === 'bool' || type === 'tristate'
          ? letterOf(this.#tristateOf(name, type, entries))
          : this.#textOf(name, entries);
    const standsIn = entries?.every(({ file }) => this.kconfig.standIns.has(file)) ?? false;
    if (text !== null) return { text, by: standsIn ? 'stand-in' : 'kconfig' };
    const answer = this.#options.answers.get(name);
    return answer === undefined ? unknown : { text: answer, by: 'answer' };
  }

  /** What is defined in no file at hand: of what an architecture has, the architecture's files say whether it has it. */
  #selectedAlone(name: string): string | null {
    const selected = this.#by(this.kconfig.selects.get(name) ?? []);
    return selected === 0 && !/^(ARCH_)?HAVE_|^ARCH_/.test(name) ? null : letterOf(selected);
  }

  #tristateOf(name: string, type: 'bool' | 'tristate', entries: readonly Entry[]): Tristate {
    const rounded = (value: Tristate) => (value === 1 && (type === 'bool' || this.#noModules()) ? 2 : value);
    const choice = this.#choiceOf(entries);
    const visible = rounded(this.#any(entries.flatMap(({ prompts }) => prompts)));
    if (choice !== null && visible !== 0) {
      const chosen = this.#chosenOf(choice);
      return visible === null || chosen === undefined ? null : chosen === name ? 2 : 0;
    }
    const selected = this.#by(this.kconfig.selects.get(name) ?? []);
    const given = tristateOf(this.#options.answers.get(name));
    // To m a bool has no answer.
    const answer = given === 1 && type === 'bool' ? null : given;
    if (visible === null && selected !== 2) return null;
    if (visible !== 0 && visible !== null && answer !== null) return rounded(either(both(answer, visible), selected));
    let value = this.#default(entries, ({ value: one }) => evaluate(one, this));
    const implied = this.#by(this.kconfig.implies.get(name) ?? []);
    if (implied !== 0) value = both(either(value, implied), this.#any(entries.map(({ depends }) => depends)));
    return rounded(either(value, selected));
  }

  /** The value of the first default whose condition holds, and not more than that condition. */
  #default(entries: readonly Entry[], of: (entry: Entry['defaults'][number]) => Tristate): Tristate {
    for (const one of entries.flatMap(({ defaults }) => defaults)) {
      const condition = evaluate(one.condition, this);
      if (condition === null) return null;
      if (condition !== 0) return both(of(one), condition);
    }
    return 0;
  }

  #textOf(name: string, entries: readonly Entry[]): string | null {
    const visible = this.#any(entries.flatMap(({ prompts }) => prompts));
    if (visible === null) return null;
    const answer = this.#options.answers.get(name);
    if (visible !== 0 && answer !== undefined) return answer;
    for (const { value, condition } of entries.flatMap(({ defaults }) => defaults)) {
      const holds = evaluate(condition, this);
      if (holds === null) return null;
      if (holds !== 0) return textOf(value, this);
    }
    return '';
  }

  #choiceOf(entries: readonly Entry[]): Choice | null {
    const name = entries.find(({ choice }) => choice !== null)?.choice ?? null;
    return name === null ? null : (this.kconfig.choices.get(name) ?? null);
  }

  /** The member of a choice that is y: the one answered y, else its default, else the first; undefined: unknown. */
  #chosenOf({ entry, members }: Choice): string | null | undefined {
    if (!this.#chosen.has(entry.name)) {
      const chosen = this.#choose(entry, members);
      if (chosen === undefined) return undefined;
      this.#chosen.set(entry.name, chosen);
    }
    return this.#chosen.get(entry.name);
  }

  #choose(entry: Entry, members: readonly string[]): string | null | undefined {
    const shown = this.#any(entry.prompts);
    if (shown === null || shown === 0) return shown === null ? undefined : null;
    const visible = new Map(
      members.map((name) => [
        name,
        this.#any((this.kconfig.symbols.get(name) ?? []).flatMap(({ prompts }) => prompts)),
      ]),
    );
    const answered = members.filter((name) => this.#options.answers.get(name) === 'y');
    const first = (names: readonly string[]) => names.find((name) => visible.get(name) !== 0);
    const decided = (name: string) => (visible.get(name) === null ? undefined : name);
    const answer = first(answered);
    if (answer !== undefined) return decided(answer);
    for (const { value, condition } of entry.defaults) {
      const holds = evaluate(condition, this);
      const name = value.kind === 'symbol' ? value.name : '';
      if (holds === null) return undefined;
      if (holds !== 0 && visible.has(name) && visible.get(name) !== 0) return decided(name);
    }
    const fallback = first(members);
    return fallback === undefined ? null : decided(fallback);
  }

  #any(expressions: readonly Expression[]): Tristate {
    return expressions.reduce<Tristate>((all, one) => (all === 2 ? 2 : either(all, evaluate(one, this))), 0);
  }

  #by(selections: readonly Selection[]): Tristate {
    let all: Tristate = 0;
    for (const { by, condition } of selections) {
      const holds = evaluate(condition, this);
      if (holds !== 0) all = either(all, both(holds, this.tristate(by)));
      if (all === 2) break;
    }
    return all;
  }

  #noModules(): boolean {
    return this.tristate('MODULES') === 0;
  }
}

const unknown: Value = { text: null, by: 'nobody' };
const isWord = (name: string) => /^([ymn]|-?\d+|0[xX][0-9a-fA-F]+)$/.test(name);
const typeOf = (entries: readonly Entry[]): Type | null => entries.find(({ type }) => type !== null)?.type ?? null;
