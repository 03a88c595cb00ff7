/**
 * Trees of expressions → what a field can hold: a number, plus at most one symbol, minus at most one. The one idea: two
 * symbols of one section are a number, for instructions never change their length here; so GNU as too folds them.
 *
 * Example: `name-0b+4` with 0 in this section and name elsewhere is { constant: 4, plus: name, minus: 0 }.
 */
import type { Expression } from './expression.ts';
import type { AsSymbol, Position } from './symbol.ts';

export interface Linear {
  readonly constant: bigint;
  readonly plus: AsSymbol | null;
  readonly minus: AsSymbol | null;
}

const number = (constant: bigint): Linear => ({ constant: BigInt.asIntN(64, constant), plus: null, minus: null });

/** Where a symbol stands, through what it is set equal to; null where it is not of this file or is no place. */
export function positionOf(symbol: AsSymbol): Position | null {
  if (symbol.position !== null) return symbol.position;
  if (symbol.equal === null) return null;
  const value = evaluate(symbol.equal);
  if (value === null || value.plus === null || value.minus !== null) return null;
  const base = positionOf(value.plus);
  return base === null ? null : { section: base.section, offset: base.offset + Number(value.constant) };
}

/** null: no sum of that form (a product of symbols, a symbol twice), or too much to look at. */
export function evaluate(expression: Expression, steps = { left: stepsMax }): Linear | null {
  if (--steps.left < 0) return null;
  switch (expression.kind) {
    case 'constant':
      return number(expression.value);
    case 'symbol': {
      const { symbol } = expression;
      if (symbol.equal !== null) return evaluate(symbol.equal, steps);
      return { constant: 0n, plus: symbol, minus: null };
    }
    case 'unary': {
      const of = evaluate(expression.of, steps);
      return of === null ? null : negate(expression.operator, of);
    }
    case 'binary': {
      const left = evaluate(expression.left, steps);
      const right = left === null ? null : evaluate(expression.right, steps);
      return left === null || right === null ? null : combine(expression.operator, left, right);
    }
  }
}
/** Parts of one expression, through the symbols it names; those set equal to each other in a circle end here. */
const stepsMax = 1000;

/** The value where it is a number by itself. */
export function constantOf(expression: Expression): bigint | null {
  const value = evaluate(expression);
  return value === null || value.plus !== null || value.minus !== null ? null : value.constant;
}

function negate(operator: string, { constant, plus, minus }: Linear): Linear | null {
  if (operator === '-') return { constant: BigInt.asIntN(64, -constant), plus: minus, minus: plus };
  if (plus !== null || minus !== null) return null;
  return number(operator === '~' ? ~constant : constant === 0n ? 1n : 0n);
}

function combine(operator: string, left: Linear, right: Linear): Linear | null {
  if (operator === '+' || operator === '-') {
    const added = operator === '+' ? right : negate('-', right);
    return added === null ? null : sum(left, added);
  }
  const relation = relations[operator];
  if (relation !== undefined) {
    const negated = negate('-', right);
    const difference = negated === null ? null : sum(left, negated);
    if (difference === null || difference.plus !== null || difference.minus !== null) return null;
    const isAbsolute = left.plus === null && right.plus === null;
    // True is all ones (expr.c).
    return number(
      relation(isAbsolute ? left.constant : difference.constant, isAbsolute ? right.constant : 0n) ? -1n : 0n,
    );
  }
  if (left.plus !== null || left.minus !== null || right.plus !== null || right.minus !== null) return null;
  return calculate(operator, left.constant, right.constant);
}

/** Symbols of one section against each other become their distance. */
function sum(left: Linear, right: Linear): Linear | null {
  let constant = left.constant + right.constant;
  const plus = [left.plus, right.plus].filter((symbol) => symbol !== null);
  const minus = [left.minus, right.minus].filter((symbol) => symbol !== null);
  for (const [at, symbol] of [...plus.entries()].reverse()) {
    const other = minus.findIndex((candidate) => distance(symbol, candidate) !== null);
    const found = minus[other];
    if (found === undefined) continue;
    constant += BigInt(distance(symbol, found) ?? 0);
    plus.splice(at, 1);
    minus.splice(other, 1);
  }
  if (plus.length > 1 || minus.length > 1) return null;
  return { constant: BigInt.asIntN(64, constant), plus: plus[0] ?? null, minus: minus[0] ?? null };
}

function distance(symbol: AsSymbol, from: AsSymbol): number | null {
  const [a, b] = [positionOf(symbol), positionOf(from)];
  return a === null || b === null || a.section !== b.section ? null : a.offset - b.offset;
}

const relations: Readonly<Record<string, (a: bigint, b: bigint) => boolean>> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<>': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>=': (a, b) => a >= b,
  '>': (a, b) => a > b,
};

function calculate(operator: string, a: bigint, b: bigint): Linear | null {
  // A shift to the right is of the unsigned value, a quotient of the signed ones.
  const count = b >= 0n && b < 64n ? b : 64n;
  switch (operator) {
    case '*':
      return number(a * b);
    case '/':
      return b === 0n ? null : number(a / b);
    case '%':
      return b === 0n ? null : number(a % b);
    case '<<':
      return number(a << count);
    case '>>':
      return number(BigInt.asUintN(64, a) >> count);
    case '&':
      return number(a & b);
    case '|':
      return number(a | b);
    case '!':
      return number(a | ~b);
    case '^':
      return number(a ^ b);
    case '&&':
      return number(a !== 0n && b !== 0n ? 1n : 0n);
    default:
      return number(a !== 0n || b !== 0n ? 1n : 0n);
  }
}
