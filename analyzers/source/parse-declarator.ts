/**
 * Declarators (C11 6.7.6), with or without a name. The one idea: they are written inside out, so reading one gives the
 * name and a function that wraps the base type once the rest of it has been read.
 *
 * Example: `*(*f)(int)` over `char` is: f is a pointer to a function (int) returning a pointer to char.
 */
import type { Expression, Parameter, TypeSyntax } from './ast.ts';
import { type Attributes, noAttributes, parseAttributes } from './parse-attribute.ts';
import {
  accept,
  type Cursor,
  checkChain,
  enter,
  expect,
  isIdentifier,
  isNext,
  leave,
  peek,
  take,
} from './parse-cursor.ts';
import { parseAssignment } from './parse-expression.ts';
import { isTypeToken, specifierWords } from './parse-names.ts';
import { implicitInt, parseSpecifiers } from './parse-type.ts';
import type { Token } from './token.ts';

export interface Declarator {
  /** null: abstract, as in a cast or a prototype. */
  readonly name: Token | null;
  readonly type: TypeSyntax;
  /** Attributes met inside, `*__attribute__((x)) p`. */
  readonly attributes: Attributes;
}

/** Reads a declarator over `base`; a name is taken where there is one. */
export function parseDeclarator(cursor: Cursor, base: TypeSyntax): Declarator {
  const attributes = noAttributes();
  const { name, wrap } = parseInner(cursor, attributes);
  return { name, type: wrap(base), attributes };
}

interface Inner {
  readonly name: Token | null;
  readonly wrap: (base: TypeSyntax) => TypeSyntax;
}

function parseInner(cursor: Cursor, attributes: Attributes): Inner {
  enter(cursor);
  let pointers = 0;
  for (;;) {
    if (accept(cursor, '*')) checkChain(cursor, ++pointers);
    else if (specifierWords.get(peek(cursor).text) === 'qualifier') cursor.at++;
    else if (isMacroBeforeName(cursor)) cursor.skippedNames.add(take(cursor).text);
    else if (!parseAttributes(cursor, attributes)) break;
  }
  const direct = parseDirect(cursor, attributes);
  leave(cursor);
  const wrap = (base: TypeSyntax) => {
    let type = base;
    for (let count = 0; count < pointers; count++) type = { kind: 'pointer', to: type };
    return direct.wrap(type);
  };
  return { name: direct.name, wrap };
}

/** `char *__user name`: an attribute macro that no header explained. */
function isMacroBeforeName(cursor: Cursor): boolean {
  const next = peek(cursor, 1);
  return isIdentifier(peek(cursor)) && (next.text === '*' || (isIdentifier(next) && !next.text.startsWith('__')));
}

/** The name or a parenthesised declarator, then arrays and parameter lists. */
function parseDirect(cursor: Cursor, attributes: Attributes): Inner {
  let name: Token | null = null;
  let inside = (type: TypeSyntax) => type;
  if (isIdentifier(peek(cursor))) name = take(cursor);
  else if (isNext(cursor, '(') && isNestedDeclarator(cursor)) {
    take(cursor);
    ({ name, wrap: inside } = parseInner(cursor, attributes));
    expect(cursor, ')');
  }
  const suffixes: ((of: TypeSyntax) => TypeSyntax)[] = [];
  for (;;) {
    if (isNext(cursor, '(')) suffixes.push(parseParameters(cursor));
    else if (isNext(cursor, '[') && peek(cursor, 1).text !== '[') suffixes.push(parseArray(cursor));
    else break;
    checkChain(cursor, suffixes.length);
  }
  return { name, wrap: (base) => inside(suffixes.reduceRight((type, suffix) => suffix(type), base)) };
}

/** At `(`: `(*f)` and `(name)` are declarators, `(int)` and `()` parameters of an abstract function. */
function isNestedDeclarator(cursor: Cursor): boolean {
  const next = peek(cursor, 1);
  if (next.text === '*' || next.text === '(' || next.text.startsWith('__attribute')) return true;
  return isIdentifier(next) && !isTypeToken(cursor, next) && [')', '(', '['].includes(peek(cursor, 2).text);
}

function parseArray(cursor: Cursor): (of: TypeSyntax) => TypeSyntax {
  expect(cursor, '[');
  while (isNext(cursor, 'static') || specifierWords.get(peek(cursor).text) === 'qualifier') cursor.at++;
  const isUnknown = isNext(cursor, ']') || (isNext(cursor, '*') && peek(cursor, 1).text === ']');
  if (isUnknown) accept(cursor, '*');
  const length: Expression | null = isUnknown ? null : parseAssignment(cursor);
  expect(cursor, ']');
  return (of) => ({ kind: 'array', of, length });
}

function parseParameters(cursor: Cursor): (returns: TypeSyntax) => TypeSyntax {
  expect(cursor, '(');
  const parameters: Parameter[] = [];
  let variadic = false;
  const isVoid = isNext(cursor, 'void') && peek(cursor, 1).text === ')';
  if (isVoid) take(cursor);
  while (!accept(cursor, ')')) {
    if (accept(cursor, '...')) variadic = true;
    else parameters.push(parseParameter(cursor));
    if (!isNext(cursor, ')')) expect(cursor, ',');
  }
  return (returns) => ({ kind: 'function', returns, parameters, variadic });
}

function parseParameter(cursor: Cursor): Parameter {
  const { type } = parseSpecifiers(cursor);
  const declarator = parseDeclarator(cursor, type ?? implicitInt);
  while (parseAttributes(cursor, declarator.attributes) || isIdentifier(peek(cursor))) {
    if (isIdentifier(peek(cursor))) cursor.skippedNames.add(take(cursor).text);
  }
  return { name: declarator.name?.text ?? null, type: declarator.type };
}
