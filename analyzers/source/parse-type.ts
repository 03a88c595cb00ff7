/**
 * Declaration specifiers and type names: `static const unsigned long`, `struct s { … }`, `typeof(x)`, `u32 *`. The one
 * idea: words are collected until something stands there that can be none; which base type they name is one table.
 *
 * Example: `extern long unsigned int` gives storage extern and the base type `unsigned long`.
 */
import type { BaseTypeName, Storage, TypeSyntax } from './ast.ts';
import { type Attributes, noAttributes, parseAttributes } from './parse-attribute.ts';
import { accept, behindBracket, type Cursor, expect, fail, isIdentifier, peek } from './parse-cursor.ts';
import { parseDeclarator } from './parse-declarator.ts';
import { parseExpression } from './parse-expression.ts';
import { isTypeToken, meaningOf, specifierWords, startsTypeName } from './parse-names.ts';
import { parseEnum, parseRecord } from './parse-record.ts';
import type { Token } from './token.ts';

export interface Specifiers {
  /** null: none was written (implicit int, or no declaration at all). */
  readonly type: TypeSyntax | null;
  readonly storage: Storage;
  readonly inline: boolean;
  /** `__auto_type`: the type is that of the initialiser. */
  readonly auto: boolean;
  readonly attributes: Attributes;
}

/** A type alone, as in a cast: specifiers and a declarator without a name. */
export function parseTypeName(cursor: Cursor): TypeSyntax {
  const { type } = parseSpecifiers(cursor);
  if (type === null) fail(cursor, 'a type');
  const declarator = parseDeclarator(cursor, type);
  if (declarator.name !== null) fail(cursor, 'a type without a name in it');
  return declarator.type;
}

/**
 * Reads specifiers as far as they go, possibly none. A name nobody declared is taken for the type where no other word
 * is one and something follows that only a type can stand before; one behind or before the type is an attribute macro
 * that no header explained, and is passed over.
 */
export function parseSpecifiers(cursor: Cursor): Specifiers {
  const found: Found = {
    words: [],
    type: null,
    storage: 'none',
    inline: false,
    auto: false,
    attributes: noAttributes(),
  };
  while (parseSpecifier(cursor, found));
  const { words, storage, inline, auto, attributes } = found;
  const type = words.length === 0 ? found.type : baseType(cursor, words);
  return { type, storage, inline, auto, attributes };
}

interface Found {
  readonly words: string[];
  type: TypeSyntax | null;
  storage: Storage;
  inline: boolean;
  auto: boolean;
  readonly attributes: Attributes;
}

/** Takes one specifier; false when the next token is none. */
function parseSpecifier(cursor: Cursor, found: Found): boolean {
  const token = peek(cursor);
  if (parseAttributes(cursor, found.attributes)) return true;
  if (token.kind !== 'name') return false;
  const { text } = token;
  switch (specifierWords.get(text)) {
    case 'storage':
      cursor.at++;
      if (text !== 'auto') found.storage = text as Storage;
      else found.auto = true;
      return true;
    case 'qualifier':
    case 'other':
      cursor.at++;
      if (text === '_Atomic' && accept(cursor, '(')) {
        found.type = parseTypeName(cursor);
        expect(cursor, ')');
      }
      return true;
    case 'inline':
      cursor.at++;
      found.inline ||= text !== '_Noreturn';
      return true;
    case 'type':
      cursor.at++;
      found.words.push(text);
      return true;
    case 'tag':
      found.type = text === 'enum' ? parseEnum(cursor) : parseRecord(cursor);
      return true;
    case 'typeof':
      cursor.at++;
      if (text === '__auto_type') found.auto = true;
      else found.type = parseTypeof(cursor);
      return true;
    case undefined:
      return isIdentifier(token) && parseNamedSpecifier(cursor, found, token);
  }
}

/** An identifier among specifiers: a typedef name, a guessed one, an attribute macro, or the declared name (false). */
function parseNamedSpecifier(cursor: Cursor, found: Found, token: Token): boolean {
  const hasType = found.type !== null || found.words.length > 0 || found.auto;
  const meaning = meaningOf(cursor, token.text);
  if (meaning === 'type' && !hasType) {
    cursor.at++;
    found.type = token.text === 'bool' ? { kind: 'base', name: 'bool' } : { kind: 'named', name: token.text };
    return true;
  }
  const next = peek(cursor, 1);
  if (isAttributeMacro(cursor, hasType)) {
    cursor.skippedNames.add(token.text);
    cursor.at++;
    if (next.text === '(') cursor.at = behindBracket(cursor, cursor.at);
    return true;
  }
  if (hasType || meaning === 'object' || !mayFollowType(cursor)) return false;
  cursor.at++;
  cursor.guessedTypes.add(token.text);
  found.type = { kind: 'named', name: token.text };
  return true;
}

/** Does the identifier here only decorate the declaration: `int __init f(…)`, `__printf(1, 2) void g(…)`? */
function isAttributeMacro(cursor: Cursor, hasType: boolean): boolean {
  const next = peek(cursor, 1);
  if (next.text === '(') {
    const behind = behindBracket(cursor, cursor.at + 1);
    const follower = cursor.tokens[behind];
    if (behind === -1 || follower === undefined || follower.kind !== 'name') return false;
    if (!hasType) return isTypeToken(cursor, follower) || (isIdentifier(follower) && !follower.atLineStart);
    // `__section("x") name` against the function `__name(int) __attribute_macro`.
    const literal = ['string', 'number'].includes(peek(cursor, 2).kind);
    return peek(cursor).text.startsWith('__') && isIdentifier(follower) && (literal || !follower.text.startsWith('__'));
  }
  if (hasType) {
    if (next.text === '*' || specifierWords.get(next.text) === 'qualifier') return true;
    return isIdentifier(next) && !isNameBeforeMacro(cursor);
  }
  if (specifierWords.get(next.text) === 'qualifier') return isTypeToken(cursor, peek(cursor, 2));
  if (isTypeToken(cursor, next)) return !';,=[)'.includes(peek(cursor, 2).text || ' ');
  // Two unknown names and a third: the one with underscores is the attribute, if not then the first is the type.
  return (
    isIdentifier(next) &&
    isIdentifier(peek(cursor, 2)) &&
    peek(cursor).text.startsWith('__') &&
    !next.text.startsWith('__')
  );
}

/** Of two names behind a type, is the first one declared: `int x __macro;` against `int __macro x;`, `int macro f(…)`? */
function isNameBeforeMacro(cursor: Cursor): boolean {
  if (!peek(cursor, 1).text.startsWith('__')) return false;
  return !peek(cursor).text.startsWith('__') || peek(cursor, 2).text !== '(';
}

/** What can stand behind a type that nobody declared: a name, a star, or the end of a parameter or type name. */
function mayFollowType(cursor: Cursor): boolean {
  const [token, next, behindNext] = [peek(cursor), peek(cursor, 1), peek(cursor, 2)];
  if (isIdentifier(next) || specifierWords.has(next.text)) return true;
  if (next.text === ':') return !token.atLineStart; // an unnamed bit-field
  if (next.text === '(' && token.atLineStart) return behindNext.text === '*'; // foo_t (*f)(…), but MACRO(…)
  return ['*', ',', ')', '(', '['].includes(next.text);
}

function parseTypeof(cursor: Cursor): TypeSyntax {
  expect(cursor, '(');
  const type = startsTypeName(cursor, 'typeof') ? parseTypeName(cursor) : null;
  const expression = type === null ? parseExpression(cursor) : null;
  expect(cursor, ')');
  return { kind: 'typeof', expression, type };
}

/** C11 6.7.2 p2: each row is one type, however its words are ordered. */
const baseTypes: ReadonlyMap<string, BaseTypeName> = new Map(
  (
    [
      ['void', 'void'],
      ['_Bool', 'bool'],
      ['char', 'char'],
      ['char signed', 'signed char'],
      ['char unsigned', 'unsigned char'],
      ['short', 'short'],
      ['short signed', 'short'],
      ['short unsigned', 'unsigned short'],
      ['', 'int'],
      ['signed', 'int'],
      ['unsigned', 'unsigned int'],
      ['long', 'long'],
      ['long signed', 'long'],
      ['long unsigned', 'unsigned long'],
      ['long long', 'long long'],
      ['long long signed', 'long long'],
      ['long long unsigned', 'unsigned long long'],
      ['float', 'float'],
      ['double', 'double'],
      ['double long', 'double'], // no kernel code computes with it
      ['__int128', '__int128'],
      ['__int128 signed', '__int128'],
      ['__int128 unsigned', 'unsigned __int128'],
    ] as const
  ).map(([words, name]) => [words, name]),
);

const sameWords: ReadonlyMap<string, string> = new Map([
  ['__signed', 'signed'],
  ['__signed__', 'signed'],
  ['__int128_t', '__int128'],
  ['_Float128', 'double'],
  ['__float128', 'double'],
]);

function baseType(cursor: Cursor, words: readonly string[]): TypeSyntax {
  const plain = words.map((word) => sameWords.get(word) ?? word).filter((word) => word !== '_Complex');
  const isInteger = plain.some((word) => ['short', 'long', 'signed', 'unsigned'].includes(word));
  const key = plain.filter((word) => word !== 'int' || !(isInteger || plain.length === 1));
  const name = baseTypes.get(key.sort().join(' '));
  return name === undefined
    ? fail(cursor, `a declaration of what is no ${words.slice(0, 8).join(' ')}`)
    : { kind: 'base', name };
}

/** The type words were missing: C89's implicit int. */
export const implicitInt: TypeSyntax = { kind: 'base', name: 'int' };
