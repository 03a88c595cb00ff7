/**
 * C expressions (C11 6.5) with GNU extensions, by recursive descent with precedence climbing. The one idea: each level
 * of the grammar that has its own shape is one function; the ten levels of binary operators are one table.
 *
 * Example: `a = b ? c : d + 1` is Assign(a, Conditional(b, c, Binary(+, d, 1))).
 */
import type { ArithmeticOperator, BinaryOperator, Expression } from './ast.ts';
import {
  accept,
  behindBracket,
  type Cursor,
  checkChain,
  enter,
  expect,
  expectName,
  fail,
  isIdentifier,
  isNext,
  leave,
  ParseFailure,
  peek,
  take,
} from './parse-cursor.ts';
import { parseInitializerList } from './parse-initializer.ts';
import { meaningOf, specifierWords, startsTypeName } from './parse-names.ts';
import { parsePrimary } from './parse-primary.ts';
import { parseTypeName } from './parse-type.ts';
import { placeOf } from './token.ts';

/** An expression with comma operators. */
export function parseExpression(cursor: Cursor): Expression {
  let left = parseAssignment(cursor);
  for (let length = 1; isNext(cursor, ','); length++) {
    checkChain(cursor, length);
    const at = placeOf(take(cursor));
    left = { at, kind: 'comma', left, right: parseAssignment(cursor) };
  }
  return left;
}

/** One argument or initialiser: anything but a comma operator. */
export function parseAssignment(cursor: Cursor): Expression {
  enter(cursor);
  const left = parseConditional(cursor);
  const operator = assignments.get(peek(cursor).text);
  let result = left;
  if (operator !== undefined) {
    const at = placeOf(take(cursor));
    result = { at, kind: 'assign', operator, left, right: parseAssignment(cursor) };
  }
  leave(cursor);
  return result;
}

/** A constant expression, or the left side of an assignment. */
export function parseConditional(cursor: Cursor): Expression {
  const test = parseBinary(cursor, 0);
  if (!isNext(cursor, '?')) return test;
  enter(cursor);
  const at = placeOf(take(cursor));
  const then = isNext(cursor, ':') ? null : parseExpression(cursor);
  expect(cursor, ':');
  const result: Expression = { at, kind: 'conditional', test, then, else: parseConditional(cursor) };
  leave(cursor);
  return result;
}

const assignments: ReadonlyMap<string, '=' | `${ArithmeticOperator}=`> = new Map(
  (['=', '+=', '-=', '*=', '/=', '%=', '<<=', '>>=', '&=', '|=', '^='] as const).map((text) => [text, text]),
);

/** Binding strength, C11 6.5.5 to 6.5.14; all group from the left. */
const binaries: ReadonlyMap<string, { readonly operator: BinaryOperator; readonly strength: number }> = new Map(
  (
    [
      ['||'],
      ['&&'],
      ['|'],
      ['^'],
      ['&'],
      ['==', '!='],
      ['<', '>', '<=', '>='],
      ['<<', '>>'],
      ['+', '-'],
      ['*', '/', '%'],
    ] as const
  ).flatMap((row, index) => row.map((operator) => [operator, { operator, strength: index + 1 }] as const)),
);

function parseBinary(cursor: Cursor, weakest: number): Expression {
  let left = parseUnary(cursor);
  for (let length = 1; ; length++) {
    const binary = binaries.get(peek(cursor).text);
    if (binary === undefined || binary.strength <= weakest) return left;
    checkChain(cursor, length);
    const at = placeOf(take(cursor));
    const right = parseBinary(cursor, binary.strength);
    left = { at, kind: 'binary', operator: binary.operator, left, right };
  }
}

/** Casts and unary operators. */
function parseUnary(cursor: Cursor): Expression {
  enter(cursor);
  const result = parseUnaryInside(cursor);
  leave(cursor);
  return result;
}

function parseUnaryInside(cursor: Cursor): Expression {
  const token = peek(cursor);
  const at = placeOf(token);
  switch (token.text) {
    case '(':
      return parseCastOrPostfix(cursor);
    case '+':
    case '-':
    case '~':
    case '!':
    case '*':
    case '&':
      cursor.at++;
      return { at, kind: 'unary', operator: token.text, operand: parseUnary(cursor) };
    case '++':
    case '--':
      cursor.at++;
      return { at, kind: 'increment', operator: token.text, prefix: true, operand: parseUnary(cursor) };
    case '&&':
      cursor.at++;
      return { at, kind: 'labelAddress', label: expectName(cursor, 'a label').text };
    case '__extension__':
      cursor.at++;
      return parseUnary(cursor);
    case 'sizeof':
      cursor.at++;
      return parseSizeof(cursor);
    case '_Alignof':
    case '__alignof__':
    case '__alignof':
      cursor.at++;
      return parseAlignof(cursor);
    default:
      return parsePostfix(cursor, parsePrimary(cursor));
  }
}

/** At `(`: a cast, a compound literal, a statement expression, or parentheses. */
function parseCastOrPostfix(cursor: Cursor): Expression {
  const at = placeOf(peek(cursor));
  cursor.at++;
  const isType = startsTypeName(cursor, 'cast');
  cursor.at--;
  if (!isType) return parsePostfix(cursor, parsePrimary(cursor));
  expect(cursor, '(');
  const type = parseTypeName(cursor);
  expect(cursor, ')');
  if (!isNext(cursor, '{')) return { at, kind: 'cast', type, operand: parseUnary(cursor) };
  return parsePostfix(cursor, { at, kind: 'compound', type, init: parseInitializerList(cursor) });
}

function parseSizeof(cursor: Cursor): Expression {
  const at = placeOf(peek(cursor));
  if (isNext(cursor, '(')) {
    cursor.at++;
    const behind = cursor.tokens[behindBracket(cursor, cursor.at - 1)];
    // `sizeof (struct x){ … }` is the size of a compound literal.
    const isType = startsTypeName(cursor, 'sizeof') && behind?.text !== '{';
    if (isType) {
      const type = parseTypeName(cursor);
      expect(cursor, ')');
      return { at, kind: 'sizeof', type, operand: null };
    }
    cursor.at--;
  }
  return { at, kind: 'sizeof', type: null, operand: parseUnary(cursor) };
}

function parseAlignof(cursor: Cursor): Expression {
  const at = placeOf(expect(cursor, '('));
  const type = startsTypeName(cursor, 'sizeof')
    ? parseTypeName(cursor)
    : ({ kind: 'typeof', expression: parseExpression(cursor), type: null } as const);
  expect(cursor, ')');
  return { at, kind: 'alignof', type };
}

/** Calls, members, indices and postfix increments behind a primary expression. */
function parsePostfix(cursor: Cursor, primary: Expression): Expression {
  let object = primary;
  for (let length = 1; ; length++) {
    const token = peek(cursor);
    const at = placeOf(token);
    if (token.text === '(')
      object = { at: object.at, kind: 'call', callee: object, args: parseArguments(cursor, object) };
    else if (token.text === '[') {
      cursor.at++;
      object = { at, kind: 'index', object, index: parseExpression(cursor) };
      expect(cursor, ']');
    } else if (token.text === '.' || token.text === '->') {
      cursor.at++;
      const { text } = isIdentifier(peek(cursor)) ? take(cursor) : fail(cursor, 'a member');
      object = { at, kind: 'member', object, name: text, arrow: token.text === '->' };
    } else if (token.text === '++' || token.text === '--') {
      cursor.at++;
      object = { at, kind: 'increment', operator: token.text, prefix: false, operand: object };
    } else return object;
    checkChain(cursor, length);
  }
}

/** A type among the arguments of a name nobody declared (`thing_of(p, struct x, m)`) shows that a macro is missing. */
function parseArguments(cursor: Cursor, callee: Expression): Expression[] {
  expect(cursor, '(');
  const args: Expression[] = [];
  while (!accept(cursor, ')')) {
    const first = peek(cursor);
    if (callee.kind === 'name' && specifierWords.has(first.text) && meaningOf(cursor, callee.name) === null) {
      const message = `${callee.name}(…) is no call: ${first.text} is among its arguments`;
      throw new ParseFailure(first, message, { kind: 'unknown-type-macro', macro: callee.name });
    }
    args.push(parseAssignment(cursor));
    if (!isNext(cursor, ')')) expect(cursor, ',');
  }
  return args;
}
