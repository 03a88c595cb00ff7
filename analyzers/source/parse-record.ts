/**
 * struct, union and enum specifiers. The one idea: a definition is a value inside the type that mentions it and also
 * goes to the unit's list of tags, so that a tag may be looked up wherever it was defined. Anonymous ones get a tag
 * made from their place.
 *
 * Example: `struct s { u32 a : 3, : 5; union { int b; }; } __attribute__((packed))` has members a, an unnamed
 * bit-field, and an unnamed union.
 */
import type { EnumMember, Expression, MemberSyntax, TypeSyntax } from './ast.ts';
import { noAttributes, parseAttributes } from './parse-attribute.ts';
import {
  accept,
  type Cursor,
  enter,
  expect,
  expectName,
  fail,
  isAtEnd,
  isIdentifier,
  isNext,
  leave,
  peek,
  skipBracket,
  take,
} from './parse-cursor.ts';
import { skipStaticAssert } from './parse-declaration.ts';
import { parseDeclarator } from './parse-declarator.ts';
import { parseConditional } from './parse-expression.ts';
import { declare } from './parse-names.ts';
import { parseSpecifiers, parseTypeName } from './parse-type.ts';

/** At `struct` or `union`. */
export function parseRecord(cursor: Cursor): TypeSyntax {
  const word = take(cursor);
  const what = word.text === 'union' ? 'union' : 'struct';
  const attributes = noAttributes();
  const tag = parseTag(cursor, attributes);
  if (!isNext(cursor, '{')) {
    if (tag === null) fail(cursor, `a tag or { behind ${what}`);
    return { kind: 'record', what, tag, members: null, packed: false };
  }
  enter(cursor);
  take(cursor);
  const members: MemberSyntax[] = [];
  while (!accept(cursor, '}')) parseMembers(cursor, members);
  leave(cursor);
  parseAttributes(cursor, attributes);
  const { packed, aligned } = attributes;
  const name = tag ?? anonymousTag(cursor, word.line);
  const record = { kind: 'record', what, tag: name, members, packed, ...(aligned && { aligned }) } as const;
  cursor.tags.push(record);
  return record;
}

/** At `enum`. The constants become objects of the scope around. */
export function parseEnum(cursor: Cursor): TypeSyntax {
  const { line } = take(cursor);
  const attributes = noAttributes();
  const tag = parseTag(cursor, attributes);
  if (accept(cursor, ':')) parseTypeName(cursor); // C23 underlying type
  if (!isNext(cursor, '{')) {
    if (tag === null) fail(cursor, 'a tag or { behind enum');
    return { kind: 'enum', tag, members: null };
  }
  take(cursor);
  const members: EnumMember[] = [];
  while (!accept(cursor, '}')) {
    const { text, file } = expectName(cursor, 'an enumeration constant');
    parseAttributes(cursor, attributes);
    const value: Expression | null = accept(cursor, '=') ? parseConditional(cursor) : null;
    members.push({ name: text, value, file });
    declare(cursor, text, 'object');
    if (!isNext(cursor, '}')) expect(cursor, ',');
  }
  parseAttributes(cursor, attributes);
  const definition = { kind: 'enum', tag: tag ?? anonymousTag(cursor, line), members } as const;
  cursor.tags.push(definition);
  return definition;
}

/** The tag behind attributes, and behind attribute macros that no header explained (`struct __x name {`). */
function parseTag(cursor: Cursor, attributes: ReturnType<typeof noAttributes>): string | null {
  parseAttributes(cursor, attributes);
  while (isIdentifier(peek(cursor)) && isIdentifier(peek(cursor, 1)) && peek(cursor, 2).text === '{') {
    cursor.skippedNames.add(take(cursor).text);
  }
  if (!isIdentifier(peek(cursor))) return null;
  const { text } = take(cursor);
  parseAttributes(cursor, attributes);
  return text;
}

function anonymousTag(cursor: Cursor, line: number): string {
  cursor.anonymous++;
  return `(anonymous ${cursor.anonymous} of ${cursor.file}:${line})`;
}

/** One member declaration, which may declare none, one, or several. */
function parseMembers(cursor: Cursor, members: MemberSyntax[]): void {
  if (accept(cursor, ';') || skipStaticAssert(cursor) || skipMemberMacro(cursor)) return;
  if (isAtEnd(cursor)) fail(cursor, '}');
  const { type, attributes } = parseSpecifiers(cursor);
  if (type === null) fail(cursor, 'a member');
  if (accept(cursor, ';')) {
    // `struct { … };` is an anonymous member, `struct s;` and `enum { A };` are none.
    if (type.kind === 'record' && type.members !== null) members.push({ name: null, type, bits: null });
    return;
  }
  for (;;) {
    const declarator = isNext(cursor, ':') ? { name: null, type } : parseDeclarator(cursor, type);
    const bits = accept(cursor, ':') ? parseConditional(cursor) : null;
    if (declarator.name === null && bits === null) fail(cursor, "a member's name");
    const own = { ...attributes };
    parseAttributes(cursor, own);
    skipTrailingMacros(cursor);
    const { aligned } = own;
    members.push({ name: declarator.name?.text ?? null, type: declarator.type, bits, ...(aligned && { aligned }) });
    if (accept(cursor, ';')) return;
    expect(cursor, ',');
  }
}

/** `DECLARE_THING(name, 3);` and `thing_fields_start` that no header explained. What they declare stays unknown. */
function skipMemberMacro(cursor: Cursor): boolean {
  const name = peek(cursor);
  const next = peek(cursor, 1);
  if (!isIdentifier(name) || (next.text !== '(' && next.text !== ';')) return false;
  if (next.text === '(' && peek(cursor, 2).text === '*') return false; // foo_t (*member)(int)
  cursor.skippedNames.add(name.text);
  cursor.at++;
  if (next.text === '(') skipBracket(cursor);
  accept(cursor, ';');
  return true;
}

/** Attribute macros behind a declarator: `u32 x __aligned_macro;`. */
export function skipTrailingMacros(cursor: Cursor): void {
  while (isIdentifier(peek(cursor))) {
    cursor.skippedNames.add(take(cursor).text);
    if (isNext(cursor, '(')) skipBracket(cursor);
  }
}
