/**
 * What of a tree's C was compiled, and what of that was called, in all configurations that were run: a verdict speaks of
 * nothing else.
 *
 * Example: of `#ifdef CONFIG_PPC_BOOK3E_64 … #endif` no line is compiled by a profile of today, and a function that only a
 * debugger calls is compiled and never called.
 */
import type { FunctionDefinition } from '../source/ast.ts';
import type { ReadUnit } from './units.ts';

export interface CoveredFunction {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly called: boolean;
}

export interface FileCoverage {
  readonly functions: readonly CoveredFunction[];
  /** Lines of text that stand in branches of `#if` which no configuration takes. */
  readonly passedOver: ReadonlySet<number>;
}

export class Coverage {
  readonly #units = new Set<ReadUnit>();
  readonly #called = new Set<FunctionDefinition>();

  add(units: readonly ReadUnit[], called: ReadonlySet<FunctionDefinition>): void {
    for (const unit of units) this.#units.add(unit);
    for (const fn of called) this.#called.add(fn);
  }

  /** Of one file; null where no configuration reads it. */
  of(file: string): FileCoverage | null {
    const readings = [...this.#units].flatMap(({ passedOver }) => passedOver.get(file) ?? []);
    if (readings.length === 0) return null;
    const [first = new Set<number>(), ...others] = readings;
    const passedOver = new Set([...first].filter((line) => others.every((other) => other.has(line))));
    const functions = new Map<string, CoveredFunction>();
    for (const { unit } of this.#units) {
      for (const fn of unit.functions) {
        if (fn.at.file !== file) continue;
        const key = `${fn.name} ${fn.at.line}`;
        const called = functions.get(key)?.called === true || this.#called.has(fn);
        functions.set(key, { name: fn.name, from: fn.at.line, to: fn.end, called });
      }
    }
    return { functions: [...functions.values()], passedOver };
  }
}
