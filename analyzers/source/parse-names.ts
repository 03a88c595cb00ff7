/**
 * Is this identifier a type? C's grammar needs to know, and most kernel headers are absent. The one idea: what is
 * declared in scope decides; for the others the tokens around them do, where only one reading is possible.
 *
 * Example: `u32 x;`, `foo_t *p = q;` and `(foo_t)x` can only mean a type; `(FOO) - 1` can mean either, and is taken
 * for a value unless the name is spelled as types are (`…_t`, `u32`).
 */
import { behindBracket, type Cursor, isIdentifier, type Meaning, peek } from './parse-cursor.ts';
import type { Token } from './token.ts';

/** Keywords that can start or continue declaration specifiers, by what they do. */
export const specifierWords: ReadonlyMap<
  string,
  'storage' | 'qualifier' | 'inline' | 'type' | 'tag' | 'typeof' | 'other'
> = new Map([
  ...words('typedef extern static register auto', 'storage'),
  ...words('const __const __const__ volatile __volatile __volatile__', 'qualifier'),
  ...words('restrict __restrict __restrict__ _Atomic', 'qualifier'),
  ...words('inline __inline __inline__ _Noreturn', 'inline'),
  ...words('void _Bool char short int long signed unsigned float double __int128 __int128_t', 'type'),
  ...words('__signed __signed__ _Complex _Float128 __float128', 'type'),
  ...words('struct union enum', 'tag'),
  ...words('typeof __typeof __typeof__ typeof_unqual __typeof_unqual__ __auto_type', 'typeof'),
  ...words('_Thread_local __thread __extension__ __attribute __attribute__ _Alignas', 'other'),
] as const);

function words<Meaning extends string>(list: string, meaning: Meaning): [string, Meaning][] {
  return list.split(' ').map((word) => [word, meaning]);
}

/** A type, or a constant of an enum. */
export function declare(cursor: Cursor, name: string, is: 'type' | 'object'): void {
  cursor.scopes.at(-1)?.set(name, { is, slot: -1 });
}

/** @returns its slot in the function that is being read; -1 outside of functions */
export function declareVariable(cursor: Cursor, name: string): number {
  const slot = cursor.functionName === null ? -1 : cursor.slots++;
  cursor.scopes.at(-1)?.set(name, { is: 'object', slot });
  return slot;
}

/** What the innermost declaration says; null for a name nobody declared. */
export function meaningOf(cursor: Cursor, name: string): 'type' | 'object' | null {
  return declarationOf(cursor, name)?.is ?? null;
}

/** The slot of the variable that a name means here; -1 where that is none of the function's own. */
export function slotOf(cursor: Cursor, name: string): number {
  return declarationOf(cursor, name)?.slot ?? -1;
}

function declarationOf(cursor: Cursor, name: string): Meaning | null {
  for (let index = cursor.scopes.length - 1; index >= 0; index--) {
    const found = cursor.scopes[index]!.get(name);
    if (found !== undefined) return found;
  }
  return null;
}

/** True when the token begins a type for certain: a keyword, or a declared typedef name. */
export function isTypeToken(cursor: Cursor, token: Token): boolean {
  if (token.kind !== 'name') return false;
  if (specifierWords.has(token.text)) return true;
  return isIdentifier(token) && meaningOf(cursor, token.text) === 'type';
}

/** At a statement's first token: does a declaration start here? Unknown names count when only that reading is C. */
export function startsDeclaration(cursor: Cursor): boolean {
  const token = peek(cursor);
  if (token.kind !== 'name') return token.text === '[' && peek(cursor, 1).text === '[';
  if (token.text === '__extension__') return isTypeToken(cursor, peek(cursor, 1));
  const next = peek(cursor, 1);
  if (token.text === '__attribute__' || token.text === '__attribute') {
    // `__attribute__((fallthrough));` is a statement.
    const behind = behindBracket(cursor, cursor.at + 1);
    return behind !== -1 && cursor.tokens[behind]?.text !== ';';
  }
  if (specifierWords.has(token.text) || token.text === '_Static_assert') return true;
  if (!isIdentifier(token) || next.text === ':') return false;
  const meaning = meaningOf(cursor, token.text);
  if (meaning !== null) return meaning === 'type';
  if (isIdentifier(next) || specifierWords.has(next.text)) return true;
  if (next.text === '(') return startsFunctionPointer(cursor);
  return next.text === '*' && isIdentifier(tokenBehindStars(cursor, cursor.at + 1));
}

/** `foo_t (*f)(int)`; without a type among the parameters it could be a call of what a call gives. */
function startsFunctionPointer(cursor: Cursor): boolean {
  const [star, name, close, open, first] = [2, 3, 4, 5, 6].map((ahead) => peek(cursor, ahead));
  if (star?.text !== '*' || name === undefined || !isIdentifier(name)) return false;
  if (close?.text !== ')' || open?.text !== '(' || first === undefined) return false;
  return isTypeToken(cursor, first) || looksLikeType(cursor, peek(cursor).text);
}

/** At the token behind a `(` (of a cast, sizeof, …): does a type name stand there? */
export function startsTypeName(cursor: Cursor, from: 'cast' | 'sizeof' | 'typeof'): boolean {
  const token = peek(cursor);
  if (token.kind !== 'name') return false;
  if (specifierWords.has(token.text)) return token.text !== '__extension__' || isTypeToken(cursor, peek(cursor, 1));
  if (!isIdentifier(token)) return false;
  const meaning = meaningOf(cursor, token.text);
  if (meaning !== null) return meaning === 'type';
  const next = peek(cursor, 1);
  if (next.text === '*') return tokenBehindStars(cursor, cursor.at + 1).text === ')';
  if (isIdentifier(next)) return true; // (u8 __user *), (__force u32): two names in a row are no expression
  if (next.text === '(') return peek(cursor, 2).text === '*' && peek(cursor, 3).text === ')';
  if (specifierWords.has(next.text)) return true;
  if (next.text !== ')') return false;
  if (looksLikeType(cursor, token.text)) return true;
  if (from === 'typeof') return false;
  if (from === 'sizeof') return token.text !== token.text.toUpperCase();
  const operand = peek(cursor, 2);
  if (operand.kind === 'punctuator') return operand.text === '{' || operand.text === '~' || operand.text === '!';
  return operand.kind !== 'other';
}

/** Spelled as the kernel and C spell types, or already taken for one. */
export function looksLikeType(cursor: Cursor, name: string): boolean {
  if (cursor.guessedTypes.has(name)) return true;
  return /^(\w+_t|(__)?[us](8|16|32|64|128)|__[bl]e(16|32|64)|u(char|short|int|long)|bool)$/.test(name);
}

/** The token behind `* const * …` that starts at an index. */
function tokenBehindStars(cursor: Cursor, from: number): Token {
  for (let index = from; ; index++) {
    const token = cursor.tokens[index] ?? cursor.end;
    if (token.text !== '*' && specifierWords.get(token.text) !== 'qualifier') return token;
  }
}
