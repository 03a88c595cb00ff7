/**
 * Declaration specifiers and type names: `static const unsigned long`, `struct s { … }`, `typeof(x)`, `u32 *`. The one
 * idea: words are collected until something stands there that can be none; which base type they name is one table.
 *
 * Example: `extern long unsigned int` gives storage extern and the base type `unsigned long`.
 */
import type { BaseTypeName, Storage, TypeSyntax } from './ast.ts';
import { type Attributes, noAttributes, parseAttributes } from './parse-attribute.ts';
import {
  accept,
  type Cursor,
  enter,
  expect,
  fail,
  isIdentifier,
  isNext,
  leave,
  peek,
  skipBracket,
} from './parse-cursor.ts';
import { parseDeclarator } from './parse-declarator.ts';
import { parseExpression } from './parse-expression.ts';
import { roleOf } from './parse-guess.ts';
import { meaningOf, specifierWords, startsTypeName } from './parse-names.ts';
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
  // A type name holds no name: this is an attribute macro that no header explained, `(unsigned long __force)`.
  if (declarator.name !== null) cursor.skippedNames.add(declarator.name.text);
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
  enter(cursor);
  while (parseSpecifier(cursor, found));
  leave(cursor);
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
  const role = roleOf(cursor, hasType);
  if (role === 'name') return false;
  cursor.at++;
  if (role === 'attribute') {
    cursor.skippedNames.add(token.text);
    if (isNext(cursor, '(')) skipBracket(cursor);
    return true;
  }
  cursor.guessedTypes.add(token.text);
  found.type = { kind: 'named', name: token.text };
  return true;
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
