/**
 * The expression behind `#if`, already expanded → its value (C11 6.10.1). The one idea: precedence climbing over
 * intmax_t and uintmax_t, names left over being 0; the side that C does not evaluate may divide by zero.
 *
 * Example: `FOO > 2 || !BAR` with FOO expanded to 3 and BAR unknown is 1.
 */
import { readCharacter, readInteger } from './literal.ts';
import { spell, type Token } from './token.ts';

export type Condition = { readonly value: bigint } | { readonly reason: string };

/** How deep parentheses and unary operators may nest. */
const NESTING_MAX = 200;

/** Evaluates a whole condition; a reason in words when it is none. */
export function evaluateCondition(tokens: readonly Token[]): Condition {
  const reader: Reader = { tokens, at: 0, depth: 0, reason: null };
  const result = conditional(reader, true);
  if (reader.reason === null && reader.at < tokens.length) fail(reader, 'an operator is missing');
  if (reader.reason !== null) return { reason: `${reader.reason} in the condition ${spell(tokens.slice(0, 20))}` };
  return { value: result.value };
}

interface Reader {
  readonly tokens: readonly Token[];
  at: number;
  depth: number;
  /** The first thing that went wrong; evaluation then runs out at once. */
  reason: string | null;
}

interface Value {
  readonly value: bigint;
  readonly unsigned: boolean;
}
const zero: Value = { value: 0n, unsigned: false };

function fail(reader: Reader, reason: string): Value {
  reader.reason ??= reason;
  reader.at = reader.tokens.length;
  return zero;
}

function take(reader: Reader, text: string): boolean {
  if (reader.tokens[reader.at]?.text !== text) return false;
  reader.at++;
  return true;
}

function conditional(reader: Reader, live: boolean): Value {
  if (++reader.depth > NESTING_MAX) return fail(reader, `more than ${NESTING_MAX} levels`);
  const test = binary(reader, 0, live);
  let result = test;
  if (take(reader, '?')) {
    const isTrue = test.value !== 0n;
    const left = conditional(reader, live && isTrue);
    if (!take(reader, ':')) return fail(reader, 'a : is missing');
    const right = conditional(reader, live && !isTrue);
    const unsigned = left.unsigned || right.unsigned;
    result = { value: (isTrue ? left : right).value, unsigned };
  }
  reader.depth--;
  return result;
}

/** Binding strength, C11 6.5.5 to 6.5.14. */
const strengths: ReadonlyMap<string, number> = new Map([
  ...([
    ['||', 1],
    ['&&', 2],
    ['|', 3],
    ['^', 4],
    ['&', 5],
    ['==', 6],
    ['!=', 6],
  ] as const),
  ...([
    ['<', 7],
    ['>', 7],
    ['<=', 7],
    ['>=', 7],
    ['<<', 8],
    ['>>', 8],
    ['+', 9],
    ['-', 9],
  ] as const),
  ...([
    ['*', 10],
    ['/', 10],
    ['%', 10],
  ] as const),
]);

function binary(reader: Reader, weakest: number, live: boolean): Value {
  let left = unary(reader, live);
  for (;;) {
    const operator = reader.tokens[reader.at]?.text ?? '';
    const strength = strengths.get(operator) ?? 0;
    if (strength <= weakest) return left;
    reader.at++;
    const decided = (operator === '&&' && left.value === 0n) || (operator === '||' && left.value !== 0n);
    const right = binary(reader, strength, live && !decided);
    left = apply(reader, operator, { left, right, live: live && !decided });
  }
}

function unary(reader: Reader, live: boolean): Value {
  const signs: string[] = [];
  for (let text = reader.tokens[reader.at]?.text; text !== undefined && /^[-+!~]$/.test(text); ) {
    signs.push(text);
    text = reader.tokens[++reader.at]?.text;
  }
  let { value, unsigned } = primary(reader, live);
  for (const sign of signs.reverse()) {
    if (sign === '!') {
      value = value === 0n ? 1n : 0n;
      unsigned = false;
    } else if (sign === '-') value = -value;
    else if (sign === '~') value = ~value;
    value = wrap(value, unsigned);
  }
  return { value, unsigned };
}

function primary(reader: Reader, live: boolean): Value {
  const token = reader.tokens[reader.at];
  if (token === undefined) return fail(reader, 'an operand is missing');
  reader.at++;
  if (token.text === '(') {
    const inner = conditional(reader, live);
    return take(reader, ')') ? inner : fail(reader, 'a ) is missing');
  }
  if (token.kind === 'name') {
    // A macro call that no definition explains, `GCC_VERSION_AT(5)`: false, as an unknown name is.
    if (reader.tokens[reader.at]?.text === '(') return fail(reader, `${token.text} is no macro`);
    return zero;
  }
  if (token.kind === 'char') {
    const value = readCharacter(token.text);
    return value === null ? fail(reader, `${token.text} is no character`) : { value, unsigned: false };
  }
  const literal = token.kind === 'number' ? readInteger(token.text) : null;
  if (literal === null) return fail(reader, `${token.text} is no integer`);
  const unsigned = literal.unsigned || literal.value > 0x7fff_ffff_ffff_ffffn;
  return { value: wrap(literal.value, unsigned), unsigned };
}

interface Operands {
  readonly left: Value;
  readonly right: Value;
  /** False where C does not evaluate: then nothing can go wrong. */
  readonly live: boolean;
}

function apply(reader: Reader, operator: string, { left, right, live }: Operands): Value {
  const unsigned = left.unsigned || right.unsigned;
  const a = wrap(left.value, unsigned);
  const b = wrap(right.value, unsigned);
  const truth = (answer: boolean): Value => ({ value: answer ? 1n : 0n, unsigned: false });
  const number = (value: bigint): Value => ({ value: wrap(value, unsigned), unsigned });
  switch (operator) {
    case '||':
      return truth(left.value !== 0n || right.value !== 0n);
    case '&&':
      return truth(left.value !== 0n && right.value !== 0n);
    case '==':
      return truth(a === b);
    case '!=':
      return truth(a !== b);
    case '<':
      return truth(a < b);
    case '>':
      return truth(a > b);
    case '<=':
      return truth(a <= b);
    case '>=':
      return truth(a >= b);
    case '|':
      return number(a | b);
    case '^':
      return number(a ^ b);
    case '&':
      return number(a & b);
    case '+':
      return number(a + b);
    case '-':
      return number(a - b);
    case '*':
      return number(a * b);
    case '<<':
    case '>>': {
      // Undefined in C beyond 63; the low six bits are what the machine would do.
      const count = right.value & 63n;
      const value = operator === '<<' ? left.value << count : left.value >> count;
      return { value: wrap(value, left.unsigned), unsigned: left.unsigned };
    }
    default:
      if (b !== 0n) return number(operator === '/' ? a / b : a % b);
      return live ? fail(reader, 'a division by zero') : zero;
  }
}

function wrap(value: bigint, unsigned: boolean): bigint {
  return unsigned ? BigInt.asUintN(64, value) : BigInt.asIntN(64, value);
}
