/**
 * Expressions of GNU as (manual, 6): text → a tree. The one idea: a name that has an absolute value by now is that value
 * at once, so that `.Lreg = .Lreg+1` can be read again and again; everything else stays a symbol until the end.
 *
 * Example: `112+8*.Lreg(%r1)` reads up to the `(`, as the constant 112+8*3 where .Lreg is 3.
 */
import type { AsSymbol, Symbols } from './symbol.ts';

export type Expression =
  | { readonly kind: 'constant'; readonly value: bigint }
  | { readonly kind: 'symbol'; readonly symbol: AsSymbol }
  | { readonly kind: 'unary'; readonly operator: string; readonly of: Expression }
  | {
      readonly kind: 'binary';
      readonly operator: string;
      readonly left: Expression;
      readonly right: Expression;
    };

/** A cursor over a statement's text; `reason` is the first thing that went wrong. */
export interface Cursor {
  readonly text: string;
  at: number;
  depth: number;
  reason: string | null;
}

export const cursorOver = (text: string): Cursor => ({ text, at: 0, depth: 0, reason: null });

/** How deep parentheses and signs may nest. */
const nestingMax = 100;

/** More than 64 bits in any notation. */
const digitsMax = 100;

/** Binding strengths of expr.c's table: shifts bind as products, and & | ^ tighter than sums. */
const strengths: Readonly<Record<string, number>> = {
  ...{ '*': 8, '/': 8, '%': 8, '<<': 8, '>>': 8 },
  ...{ '|': 7, '!': 7, '^': 7, '&': 7 },
  ...{ '+': 5, '-': 5 },
  ...{ '==': 4, '!=': 4, '<>': 4, '<': 4, '<=': 4, '>=': 4, '>': 4 },
  ...{ '&&': 3, '||': 2 },
};

/** Reads as far as an expression goes; null (and a reason) where there is none. */
export function readExpression(cursor: Cursor, symbols: Symbols): Expression | null {
  return readBinary(cursor, symbols, 0);
}

export function skipSpace(cursor: Cursor): void {
  while (/\s/.test(cursor.text.charAt(cursor.at))) cursor.at++;
}

function readBinary(cursor: Cursor, symbols: Symbols, weakest: number): Expression | null {
  let left = readUnary(cursor, symbols);
  while (left !== null) {
    skipSpace(cursor);
    const operator = /^(?:<<|>>|==|!=|<>|<=|>=|&&|\|\||[-+*/%|!^&<>])/.exec(
      cursor.text.slice(cursor.at, cursor.at + 2),
    )?.[0];
    const strength = operator === undefined ? 0 : (strengths[operator] ?? 0);
    if (operator === undefined || strength <= weakest) return left;
    cursor.at += operator.length;
    const right = readBinary(cursor, symbols, strength);
    left = right === null ? null : { kind: 'binary', operator, left, right };
  }
  return null;
}

function readUnary(cursor: Cursor, symbols: Symbols): Expression | null {
  skipSpace(cursor);
  const character = cursor.text.charAt(cursor.at);
  if (character === '' || !'-+~!('.includes(character)) return readPrimary(cursor, symbols);
  if (++cursor.depth > nestingMax) return fail(cursor, `more than ${nestingMax} levels`);
  cursor.at++;
  const of = character === '(' ? readBinary(cursor, symbols, 0) : readUnary(cursor, symbols);
  cursor.depth--;
  if (of === null || character === '+') return of;
  if (character !== '(') return { kind: 'unary', operator: character, of };
  skipSpace(cursor);
  if (cursor.text.charAt(cursor.at) !== ')') return fail(cursor, 'a ) is missing');
  cursor.at++;
  return of;
}

function readPrimary(cursor: Cursor, symbols: Symbols): Expression | null {
  const rest = cursor.text.slice(cursor.at);
  const label = /^(\d+)([bf])(?![\w.$])/.exec(rest);
  // `0b1` is a binary number and `0b` a label; `0x1f` is no label either.
  if (label !== null) {
    cursor.at += label[0].length;
    const [, number = '', direction] = label;
    const symbol = direction === 'b' ? symbols.labelBefore(number) : symbols.labelAfter(number);
    return symbol === null ? fail(cursor, `no label ${number} before this place`) : { kind: 'symbol', symbol };
  }
  const number = /^(?:0[xX][0-9a-fA-F]+|0[bB][01]+|\d+)(?![\w$])/.exec(rest)?.[0];
  if (number !== undefined) {
    cursor.at += number.length;
    const isOctal = /^0[0-7]+$/.test(number);
    if (number.length > digitsMax) return fail(cursor, `a number of ${number.length} digits`);
    if (/^0\d/.test(number) && !isOctal) return fail(cursor, `${number} is no octal number`);
    return { kind: 'constant', value: BigInt(isOctal ? `0o${number}` : number) };
  }
  const character = /^'(?:\\(.)|(.))'?/.exec(rest);
  if (character !== null) {
    cursor.at += character[0].length;
    const plain = character[2] ?? escapes[character[1] ?? ''] ?? character[1] ?? '';
    return { kind: 'constant', value: BigInt(plain.charCodeAt(0)) };
  }
  const register = /^%(?:cr|r|f|v|vs)?(\d{1,2})(?![\w.$])/.exec(rest);
  if (register !== null) {
    cursor.at += register[0].length;
    return { kind: 'constant', value: BigInt(register[1] ?? '') };
  }
  const name = /^(?:[A-Za-z_.][\w.$]*|\$)/.exec(rest)?.[0];
  if (name === undefined)
    return fail(cursor, rest === '' ? 'an operand is missing' : `${rest.slice(0, 20)} is no operand`);
  cursor.at += name.length;
  return name === '.' || name === '$' ? { kind: 'symbol', symbol: symbols.here() } : symbols.valueOf(name);
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', '0': '\0' };

function fail(cursor: Cursor, reason: string): null {
  cursor.reason ??= reason;
  return null;
}
