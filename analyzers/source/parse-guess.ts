/**
 * What an identifier that nobody declared is among declaration specifiers: the type, an attribute macro that no header
 * explained, or the name being declared. The one idea: C allows one type and one name, so what stands before and
 * behind mostly leaves one reading; where two are left, kernel spelling decides (`__init` decorates, `u32` is a type).
 *
 * Example: in `static foo_t __init f(void)` with nothing declared, foo_t is the type, __init an attribute, f the name.
 */
import { behindBracket, type Cursor, isIdentifier, peek } from './parse-cursor.ts';
import { isTypeToken, looksLikeType, meaningOf, specifierWords } from './parse-names.ts';
import type { Token } from './token.ts';

export type Role = 'type' | 'attribute' | 'name';

/** The role of the identifier that stands next; `hasType` when a type has been read before it. */
export function roleOf(cursor: Cursor, hasType: boolean): Role {
  if (peek(cursor, 1).text === '(' && isAttributeCall(cursor, hasType)) return 'attribute';
  if (hasType) return isAttributeBehindType(cursor) ? 'attribute' : 'name';
  if (meaningOf(cursor, peek(cursor).text) === 'object') return 'name';
  if (isAttributeBeforeType(cursor)) return 'attribute';
  return mayFollowType(cursor) ? 'type' : 'name';
}

/** `X(…)`: `__printf(1, 2) void f(…)`, `int __section("x") name`. */
function isAttributeCall(cursor: Cursor, hasType: boolean): boolean {
  const behind = behindBracket(cursor, cursor.at + 1);
  const follower = cursor.tokens[behind];
  if (behind === -1 || follower === undefined || follower.kind !== 'name') return false;
  if (!hasType) return isTypeToken(cursor, follower) || (isIdentifier(follower) && !follower.atLineStart);
  if (!peek(cursor).text.startsWith('__') || !isIdentifier(follower)) return false;
  // Against the function `__name(int) __attribute_macro`.
  return !follower.text.startsWith('__') || !startsParameters(cursor, cursor.at + 1);
}

/** `T __init f(…)`, `T __user *p`, against `T name __macro`. */
function isAttributeBehindType(cursor: Cursor): boolean {
  const [token, next] = [peek(cursor), peek(cursor, 1)];
  if (next.text === '*' || specifierWords.get(next.text) === 'qualifier') return true;
  if (!isIdentifier(next)) return false;
  if (!next.text.startsWith('__')) return true;
  if (peek(cursor, 2).text === '(') return startsParameters(cursor, cursor.at + 2);
  return token.text.startsWith('__') && peek(cursor, 2).kind === 'name';
}

/** `__force u32`, `notrace int`: something stands behind that is a type for certain or by its spelling. */
function isAttributeBeforeType(cursor: Cursor): boolean {
  const [token, next, behindNext] = [peek(cursor), peek(cursor, 1), peek(cursor, 2)];
  const word = specifierWords.get(next.text);
  if (word === 'qualifier') return isTypeToken(cursor, behindNext);
  if (word === 'other') return false;
  if (isTypeToken(cursor, next)) return word !== undefined || ![';', ',', '=', '[', ')'].includes(behindNext.text);
  if (!isIdentifier(next)) return false;
  if (looksLikeType(cursor, next.text)) return !looksLikeType(cursor, token.text) && behindNext.text !== '(';
  // Two unknown names and a third: the one with underscores decorates; if both or none have them the first is the type.
  return isIdentifier(behindNext) && token.text.startsWith('__') && !next.text.startsWith('__');
}

/** What can stand behind a type that nobody declared: a name, a star, or the end of a parameter or type name. */
function mayFollowType(cursor: Cursor): boolean {
  const [token, next, behindNext] = [peek(cursor), peek(cursor, 1), peek(cursor, 2)];
  if (isIdentifier(next) || specifierWords.has(next.text)) return true;
  if (next.text === ':') return !token.atLineStart; // an unnamed bit-field
  if (next.text === '(' && token.atLineStart) return behindNext.text === '*'; // foo_t (*f)(…), but MACRO(…)
  return ['*', ',', ')', '(', '['].includes(next.text);
}

/** Is the `(` at an index that of a parameter list, and not that of an attribute macro's arguments? */
function startsParameters(cursor: Cursor, open: number): boolean {
  const at = (index: number): Token => cursor.tokens[index] ?? cursor.end;
  const [first, second] = [at(open + 1), at(open + 2)];
  if (first.text === ')' || isTypeToken(cursor, first)) return true;
  return isIdentifier(first) && (second.text === '*' || isIdentifier(second));
}

/**
 * Index behind a macro call that stands for a whole declaration, `NAME(…)` with no type before it: its `;` included,
 * and an initialiser or attribute macros between. Its body is not (`opensBody`). null when it is something else.
 */
export function findMacroDeclaration(cursor: Cursor): { name: Token; behind: number; opensBody: boolean } | null {
  let at = cursor.at;
  while (['storage', 'qualifier', 'inline'].includes(specifierWords.get(cursor.tokens[at]?.text ?? '') ?? '')) at++;
  const name = cursor.tokens[at];
  if (name === undefined || !isIdentifier(name)) return null;
  if (cursor.tokens[at + 1]?.text !== '(' || meaningOf(cursor, name.text) !== null) return null;
  let behind = behindBracket(cursor, at + 1);
  if (behind === -1) return null;
  const opensBody = cursor.tokens[behind]?.text === '{';
  if (opensBody) return { name, behind, opensBody };
  for (;;) {
    const token = cursor.tokens[behind] ?? cursor.end;
    if (token.text === ';') return { name, behind: behind + 1, opensBody };
    if (token.text === '=') return { name, behind: behindInitializer(cursor, behind), opensBody };
    if (token.atLineStart) return { name, behind, opensBody };
    if (!isIdentifier(token)) return null; // `__printf(1, 2) void f(…)`, `name(…)(…)`, `name(…), …`
    behind++;
    if (cursor.tokens[behind]?.text === '(') behind = behindBracket(cursor, behind);
    if (behind === -1) return null;
  }
}

function behindInitializer(cursor: Cursor, from: number): number {
  for (let index = from; index < cursor.tokens.length; index++) {
    const { text } = cursor.tokens[index] ?? cursor.end;
    if (text === ';') return index + 1;
    if (text === '{' || text === '(') index = Math.max(behindBracket(cursor, index) - 1, index);
  }
  return cursor.tokens.length;
}
