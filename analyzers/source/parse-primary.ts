/**
 * Primary expressions: names, literals, parentheses, statement expressions, and the builtins that take types and are
 * therefore no calls. The one idea: what can be known by its first token alone is a row of a table.
 *
 * Example: `__builtin_offsetof(struct s, a.b[2])` is OffsetOf(struct s, ['a', 'b', 2]).
 */
import type { Expression, TypeSyntax } from './ast.ts';
import { isFloating, readCharacter, readInteger, readString, typeOfInteger } from './literal.ts';
import { accept, type Cursor, expect, expectName, fail, isIdentifier, isNext, peek, take } from './parse-cursor.ts';
import { parseAssignment, parseConditional, parseExpression } from './parse-expression.ts';
import { meaningOf, slotOf } from './parse-names.ts';
import { parseBlock } from './parse-statement.ts';
import { parseTypeName } from './parse-type.ts';
import type { Place } from './place.ts';
import { placeOf, type Token } from './token.ts';

export function parsePrimary(cursor: Cursor): Expression {
  const token = peek(cursor);
  const at = placeOf(token);
  switch (token.kind) {
    case 'number':
      return parseNumber(cursor, at);
    case 'char': {
      const value = readCharacter(token.text) ?? fail(cursor, 'a character constant');
      cursor.at++;
      return { at, kind: 'integer', value, type: 'int' };
    }
    case 'string':
      return parseStrings(cursor, at);
    case 'name':
      return parseNamed(cursor, token);
    default:
      if (token.text !== '(') return fail(cursor, 'an expression');
  }
  cursor.at++;
  const body: Expression = isNext(cursor, '{')
    ? { at, kind: 'statements', body: parseBlock(cursor) }
    : parseExpression(cursor);
  expect(cursor, ')');
  return body;
}

function parseNumber(cursor: Cursor, at: Place): Expression {
  const { text } = peek(cursor);
  const literal = readInteger(text);
  if (literal === null && !isFloating(text)) fail(cursor, 'a number');
  cursor.at++;
  if (literal === null) return { at, kind: 'floating', text };
  return { at, kind: 'integer', value: literal.value, type: typeOfInteger(literal, cursor.longBits) };
}

/**
 * Adjacent literals, joined. An unknown macro next to one (`KERN_WARNING "x"`, `"%" PRIu64`) can only be a string
 * too; its text is not known and it counts as empty.
 */
function parseStrings(cursor: Cursor, at: Place): Expression {
  let value = '';
  for (;;) {
    const token = peek(cursor);
    if (token.kind === 'string') value += readString(token.text) ?? fail(cursor, 'a string without unknown escapes');
    else if (isStringMacro(cursor, token)) cursor.skippedNames.add(token.text);
    else return { at, kind: 'string', value };
    cursor.at++;
  }
}

function isStringMacro(cursor: Cursor, token: Token): boolean {
  return isIdentifier(token) && meaningOf(cursor, token.text) === null;
}

function parseNamed(cursor: Cursor, token: Token): Expression {
  const at = placeOf(token);
  const special = specials.get(token.text);
  if (special !== undefined && peek(cursor, 1).text === '(' && meaningOf(cursor, token.text) === null) {
    cursor.at += 2;
    const result = special(cursor, at);
    expect(cursor, ')');
    return result;
  }
  if (functionNames.has(token.text) && cursor.functionName !== null) {
    cursor.at++;
    return { at, kind: 'string', value: cursor.functionName };
  }
  if (!isIdentifier(token)) fail(cursor, 'an expression');
  if (peek(cursor, 1).kind === 'string' && isStringMacro(cursor, token)) return parseStrings(cursor, at);
  cursor.at++;
  return { at, kind: 'name', name: token.text, slot: slotOf(cursor, token.text) };
}

/** C11 6.4.2.2 and its GNU spellings: the name of the function around. */
const functionNames: ReadonlySet<string> = new Set(['__func__', '__FUNCTION__', '__PRETTY_FUNCTION__']);

/** Builtins with types among their operands, read behind their `(`; the standard headers' names for them too. */
const specials: ReadonlyMap<string, (cursor: Cursor, at: Place) => Expression> = new Map([
  ['__builtin_offsetof', parseOffsetof],
  ['offsetof', parseOffsetof],
  ['__builtin_types_compatible_p', parseTypesCompatible],
  ['__builtin_choose_expr', parseChoose],
  ['__builtin_va_arg', parseVaArg],
  ['va_arg', parseVaArg],
  ['_Generic', parseGeneric],
]);

function parseOffsetof(cursor: Cursor, at: Place): Expression {
  const type = parseTypeName(cursor);
  expect(cursor, ',');
  const path: (string | Expression)[] = [expectName(cursor, 'a member').text];
  for (;;) {
    if (accept(cursor, '.')) path.push(expectName(cursor, 'a member').text);
    else if (accept(cursor, '[')) {
      path.push(parseExpression(cursor));
      expect(cursor, ']');
    } else return { at, kind: 'offsetof', type, path };
  }
}

function parseTypesCompatible(cursor: Cursor, at: Place): Expression {
  const left = parseTypeName(cursor);
  expect(cursor, ',');
  return { at, kind: 'typesCompatible', left, right: parseTypeName(cursor) };
}

function parseChoose(cursor: Cursor, at: Place): Expression {
  const test = parseConditional(cursor);
  expect(cursor, ',');
  const then = parseAssignment(cursor);
  expect(cursor, ',');
  return { at, kind: 'choose', test, then, else: parseAssignment(cursor) };
}

function parseVaArg(cursor: Cursor, at: Place): Expression {
  const list = parseAssignment(cursor);
  expect(cursor, ',');
  return { at, kind: 'vaArg', list, type: parseTypeName(cursor) };
}

function parseGeneric(cursor: Cursor, at: Place): Expression {
  const control = parseAssignment(cursor);
  const options: { type: TypeSyntax | null; value: Expression }[] = [];
  while (accept(cursor, ',')) {
    const type = isNext(cursor, 'default') ? null : parseTypeName(cursor);
    if (type === null) take(cursor);
    expect(cursor, ':');
    options.push({ type, value: parseAssignment(cursor) });
  }
  return { at, kind: 'generic', control, options };
}
