/**
 * Symbols of one assembly: names, labels 1: with 1b and 1f, and the place `.`. The one idea: a symbol is an object from its
 * first mention on, and gets its place later; so a reference ahead needs no second pass.
 *
 * Example: `b 1f` … `1:` … `b 1b`: both mean the same object, the second instance of the label would be another.
 */
import type { Place } from '../source/place.ts';
import type { Expression } from './expression.ts';
import type { SectionBuilder } from './section.ts';
import { constantOf } from './value.ts';

export interface Position {
  readonly section: SectionBuilder;
  readonly offset: number;
}

export interface AsSymbol {
  /** '' for the place `.` and for labels that are numbers. */
  readonly name: string;
  position: Position | null;
  /** What it was set equal to. */
  equal: Expression | null;
  /** Where that, its size or its local entry was said last. */
  setAt: readonly Place[];
  binding: 'local' | 'global' | 'weak';
  type: string | null;
  size: Expression | null;
  /** ELFv2: how far behind the global entry the local one is. */
  localEntry: Expression | null;
}

const newSymbol = (name: string, position: Position | null): AsSymbol => ({
  ...{ name, position, equal: null, setAt: [], binding: 'local', type: null, size: null, localEntry: null },
});

export class Symbols {
  readonly byName = new Map<string, AsSymbol>();
  /** The instances of a label that is a number; the last one may be still to come. */
  readonly #labels = new Map<string, AsSymbol[]>();
  readonly #position: () => Position;
  readonly #origin: () => readonly Place[];

  /** Where the assembly is, in the section and in the text. */
  constructor(position: () => Position, origin: () => readonly Place[]) {
    this.#position = position;
    this.#origin = origin;
  }

  /** Labels that are numbers and were looked for ahead, but never came: where they were first. */
  get missingLabels(): readonly (readonly Place[])[] {
    const last = [...this.#labels.values()].map((instances) => instances.at(-1));
    return last.flatMap((symbol) => (symbol === undefined || symbol.position !== null ? [] : [symbol.setAt]));
  }

  named(name: string): AsSymbol {
    let symbol = this.byName.get(name);
    if (symbol === undefined) {
      symbol = newSymbol(name, null);
      this.byName.set(name, symbol);
    }
    return symbol;
  }

  here(): AsSymbol {
    return newSymbol('', this.#position());
  }

  /** A name in an expression: at once its value where it was set equal to something. */
  valueOf(name: string): Expression {
    const known = this.byName.get(name);
    const bit = conditionBits[name];
    if (known === undefined && bit !== undefined) return { kind: 'constant', value: bit };
    const symbol = known ?? this.named(name);
    if (symbol.equal === null) return { kind: 'symbol', symbol };
    const constant = constantOf(symbol.equal);
    return constant === null ? symbol.equal : { kind: 'constant', value: constant };
  }

  /** `.set`, perhaps once more: what was said of the name before keeps the value it had first. */
  set(name: string, equal: Expression): void {
    const known = this.named(name);
    const symbol = known.equal === null ? known : { ...known };
    symbol.equal = equal;
    symbol.setAt = this.#origin();
    this.byName.set(name, symbol);
  }

  /** @returns false where the name has a place already */
  define(name: string): boolean {
    if (/^\d/.test(name)) {
      const instances = this.#instances(name);
      const open = instances.at(-1);
      if (open !== undefined && open.position === null) open.position = this.#position();
      else instances.push(newSymbol('', this.#position()));
      return true;
    }
    const symbol = this.named(name);
    if (symbol.position !== null || symbol.equal !== null) return false;
    symbol.position = this.#position();
    return true;
  }

  labelBefore(number: string): AsSymbol | null {
    return this.#instances(number).findLast(({ position }) => position !== null) ?? null;
  }

  labelAfter(number: string): AsSymbol {
    const instances = this.#instances(number);
    const last = instances.at(-1);
    if (last !== undefined && last.position === null) return last;
    const ahead = { ...newSymbol('', null), setAt: this.#origin() };
    instances.push(ahead);
    return ahead;
  }

  #instances(number: string): AsSymbol[] {
    const key = number.replace(/^0+(?=\d)/, '');
    const known = this.#labels.get(key) ?? [];
    this.#labels.set(key, known);
    return known;
  }
}

/** Names that stand for a bit of a condition register field, where the file has no symbol of that name. */
const conditionBits: Readonly<Record<string, bigint>> = { lt: 0n, gt: 1n, eq: 2n, so: 3n, un: 3n };
