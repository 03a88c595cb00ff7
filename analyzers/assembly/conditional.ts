/**
 * `.if` and its kin (GNU as manual, 7.53). The one idea: each open conditional is `active`, `waiting` or `done`, and only
 * these directives are looked at while any is not active; the rest of such text need not even be assembly.
 *
 * Example: `.if \all == 1` … `.else` … `.endif`, in a macro that is called with all=0, runs the part behind `.else`.
 */
import type { Place } from '../source/place.ts';
import { cursorOver, readExpression, skipSpace } from './expression.ts';
import { readList } from './macro.ts';
import type { Symbols } from './symbol.ts';
import { constantOf } from './value.ts';

interface Open {
  /** How many macros it stands in. */
  readonly nest: number;
  state: 'active' | 'waiting' | 'done';
  sawElse: boolean;
  readonly origin: readonly Place[];
}

type Report = (kind: string, text: string) => void;
type Test = (operands: string, symbols: Symbols, report: Report) => boolean;

export class Conditionals {
  readonly #open: Open[] = [];
  /** Macros being run. */
  nest = 0;

  get active(): boolean {
    // Inside inactive text every conditional is `done`, so the innermost one tells.
    return (this.#open.at(-1)?.state ?? 'active') === 'active';
  }

  /** At the end of a macro, closes what was opened in it; false where there is such. */
  leave(): boolean {
    const kept = this.#open.findLastIndex(({ nest }) => nest < this.nest) + 1;
    const isClosed = kept === this.#open.length;
    this.#open.splice(kept);
    this.nest--;
    return isClosed;
  }

  /** Those never closed. */
  get unclosed(): readonly (readonly Place[])[] {
    return this.#open.map(({ origin }) => origin);
  }

  /** @returns false where the directive is none of these */
  run(name: string, operands: string, symbols: Symbols, origin: readonly Place[], report: Report): boolean {
    const test = tests[name];
    if (test !== undefined) {
      const state = !this.active ? 'done' : test(operands, symbols, report) ? 'active' : 'waiting';
      this.#open.push({ nest: this.nest, state, sawElse: false, origin });
      return true;
    }
    if (!['.else', '.elseif', '.endif'].includes(name)) return false;
    const top = this.#open.at(-1);
    if (top === undefined || (name !== '.endif' && top.sawElse)) report('stray-conditional', `${name} without .if`);
    else if (name === '.endif') this.#open.pop();
    else {
      top.sawElse = name === '.else';
      if (top.state !== 'waiting') top.state = 'done';
      else if (name === '.else' || isTrue(operands, symbols, report)) top.state = 'active';
    }
    return true;
  }
}

function compared(holds: (value: bigint) => boolean): Test {
  return (operands, symbols, report) => {
    const cursor = cursorOver(operands);
    const expression = readExpression(cursor, symbols);
    const value = expression === null ? null : constantOf(expression);
    skipSpace(cursor);
    if (value === null || cursor.at < operands.length) {
      report('condition', `${operands}: ${cursor.reason ?? 'no number is known here'}`);
      return false;
    }
    return holds(value);
  };
}

const isTrue = compared((value) => value !== 0n);
const isDefined = (name: string, symbols: Symbols) => {
  const symbol = symbols.byName.get(name);
  return symbol !== undefined && (symbol.position !== null || symbol.equal !== null);
};
/** `.ifc` compares text as it stands, with its blanks. */
const sameText: Test = (operands) => {
  const comma = operands.indexOf(',');
  return operands.slice(0, comma).trim() === operands.slice(comma + 1).trim();
};
const sameString: Test = (operands) => {
  const [left = '', right = ''] = readList(operands);
  return left === right;
};

const tests: Readonly<Record<string, Test>> = {
  '.if': isTrue,
  '.ifne': isTrue,
  '.ifeq': compared((value) => value === 0n),
  '.ifgt': compared((value) => value > 0n),
  '.ifge': compared((value) => value >= 0n),
  '.iflt': compared((value) => value < 0n),
  '.ifle': compared((value) => value <= 0n),
  '.ifdef': (operands, symbols) => isDefined(operands, symbols),
  '.ifndef': (operands, symbols) => !isDefined(operands, symbols),
  '.ifnotdef': (operands, symbols) => !isDefined(operands, symbols),
  '.ifb': (operands) => operands === '',
  '.ifnb': (operands) => operands !== '',
  '.ifc': sameText,
  '.ifnc': (...given) => !sameText(...given),
  '.ifeqs': sameString,
  '.ifnes': (...given) => !sameString(...given),
};
