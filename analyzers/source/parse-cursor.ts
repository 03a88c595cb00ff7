/**
 * Where the parser stands: the tokens, an index, the names in scope, and how deep it is nested. The one idea: what is
 * wrong with a definition unwinds to parse.ts by one internal exception, ParseFailure, which parseUnit() turns into a
 * problem; nothing outside the parse-*.ts files ever sees it.
 *
 * Example: `expect(cursor, ';')` takes the token or fails with "expected ; but found }".
 */
import type { TypeSyntax } from './ast.ts';
import type { Token } from './token.ts';

export interface ParseLimits {
  /** How deep statements, expressions, declarators and initialisers may nest, and how long an operator chain may be. */
  readonly nestingMax: number;
  /** Further problems are counted, not kept. */
  readonly problemsMax: number;
}

/** Kernel code nests a few dozen levels; 256 of the parser take an eighth of the default stack. */
export const defaultParseLimits: ParseLimits = { nestingMax: 256, problemsMax: 500 };

/** A definition that is left out, with the reason. */
export class ParseFailure extends Error {
  readonly token: Token;
  readonly kind: 'unparsed' | 'unknown-statement-macro' | 'unknown-type-macro' | 'limit';
  /** The macro's name, for the kinds `unknown-…-macro`. */
  readonly macro: string | null;
  constructor(token: Token, message: string, what: Pick<ParseFailure, 'kind' | 'macro'> = unparsed) {
    super(message);
    this.token = token;
    this.kind = what.kind;
    this.macro = what.macro;
  }
}
const unparsed = { kind: 'unparsed', macro: null } as const;

export type TagDefinition = TypeSyntax & { readonly kind: 'record' | 'enum' };

/** A declared name is a type, or an object; a variable of a function has a slot there, anything else -1. */
export interface Meaning {
  readonly is: 'type' | 'object';
  readonly slot: number;
}

export interface Cursor {
  readonly file: string;
  readonly tokens: readonly Token[];
  /** Index of the `)`, `]` or `}` that closes the bracket at an index; -1 where none does. */
  readonly closers: Int32Array;
  /** Stands for what is read behind the last token. */
  readonly end: Token;
  readonly limits: ParseLimits;
  readonly longBits: 32 | 64;
  /** Innermost last: what an identifier is here. */
  readonly scopes: Map<string, Meaning>[];
  readonly tags: TagDefinition[];
  /** Names taken for types although nothing declares them. */
  readonly guessedTypes: Set<string>;
  /** Names passed over because no declaration has a place for them: undefined attribute macros, mostly. */
  readonly skippedNames: Set<string>;
  at: number;
  depth: number;
  anonymous: number;
  /** The function whose body is being read: `__func__`. */
  functionName: string | null;
  /** Variables of that function met so far. */
  slots: number;
}

/** The token `ahead` places further on; the end token behind the last one. */
export function peek(cursor: Cursor, ahead = 0): Token {
  return cursor.tokens[cursor.at + ahead] ?? cursor.end;
}

export function isAtEnd(cursor: Cursor): boolean {
  return cursor.at >= cursor.tokens.length;
}

/** The next token, taken. */
export function take(cursor: Cursor): Token {
  const token = peek(cursor);
  cursor.at++;
  return token;
}

export function isNext(cursor: Cursor, text: string): boolean {
  return peek(cursor).text === text;
}

/** Takes the token when it is `text`. */
export function accept(cursor: Cursor, text: string): boolean {
  if (!isNext(cursor, text)) return false;
  cursor.at++;
  return true;
}

export function expect(cursor: Cursor, text: string): Token {
  if (!isNext(cursor, text)) fail(cursor, text);
  return take(cursor);
}

/** An identifier that is no keyword. */
export function expectName(cursor: Cursor, what: string): Token {
  if (!isIdentifier(peek(cursor))) fail(cursor, what);
  return take(cursor);
}

/** Gives the definition up: `expected` in words, what was found is added. */
export function fail(cursor: Cursor, expected: string): never {
  const token = peek(cursor);
  throw new ParseFailure(token, `expected ${expected} but found ${token.text.slice(0, 40) || 'the end of the text'}`);
}

/** One level deeper; pair with leave(). Levels left open by a failure are reset where it is caught. */
export function enter(cursor: Cursor): void {
  cursor.depth++;
  checkChain(cursor, cursor.depth);
}

export function leave(cursor: Cursor): void {
  cursor.depth--;
}

/** Chains (`a + b + c`, `p->q->r`) make trees as deep as they are long; they share the bound on nesting. */
export function checkChain(cursor: Cursor, length: number): void {
  const { nestingMax } = cursor.limits;
  if (length <= nestingMax) return;
  throw new ParseFailure(peek(cursor), `nested or chained deeper than nestingMax (${nestingMax})`, {
    kind: 'limit',
    macro: null,
  });
}

/** Index behind the bracket that closes the one at `open`; -1 when it is never closed. */
export function behindBracket(cursor: Cursor, open: number): number {
  return (cursor.closers[open] ?? -1) + 1 || -1;
}

/** Passes over `( … )` or the like, whatever it holds. */
export function skipBracket(cursor: Cursor): void {
  const behind = behindBracket(cursor, cursor.at);
  if (behind === -1) fail(cursor, `a bracket that closes ${peek(cursor).text}`);
  cursor.at = behind;
}

export function isIdentifier(token: Token): boolean {
  return token.kind === 'name' && !keywords.has(token.text);
}

/** Names that can never be identifiers in GNU C. `bool` and `inline` spellings included where GCC reserves them. */
const keywords: ReadonlySet<string> = new Set(
  (
    'auto break case char const continue default do double else enum extern float for goto if inline int long ' +
    'register restrict return short signed sizeof static struct switch typedef union unsigned void volatile while ' +
    '_Alignas _Alignof _Atomic _Bool _Complex _Generic _Noreturn _Static_assert _Thread_local __thread ' +
    '__inline __inline__ __const __const__ __volatile __volatile__ __restrict __restrict__ __signed __signed__ ' +
    '__extension__ __attribute __attribute__ __asm __asm__ asm __typeof __typeof__ typeof typeof_unqual ' +
    '__typeof_unqual__ __auto_type __alignof __alignof__ __int128 __int128_t __label__ _Float128 __float128'
  ).split(' '),
);

/**
 * For every opening bracket the index of its closing one, found in one pass. A bracket of the wrong kind closes the
 * nearest open one of its own kind; those between stay open.
 */
export function findClosers(tokens: readonly Token[]): Int32Array {
  const closers = new Int32Array(tokens.length).fill(-1);
  const open: number[] = [];
  const openOf = { ')': '(', ']': '[', '}': '{' } as const;
  const unmatched = { '(': 0, '[': 0, '{': 0 };
  for (const [index, { text }] of tokens.entries()) {
    if (text === '(' || text === '[' || text === '{') {
      open.push(index);
      unmatched[text]++;
    } else if (text === ')' || text === ']' || text === '}') {
      const opening = openOf[text];
      // Without this look a stray bracket would empty the stack.
      if (unmatched[opening] === 0) continue;
      for (let top = open.pop(); top !== undefined; top = open.pop()) {
        const found = tokens[top]?.text as '(' | '[' | '{';
        unmatched[found]--;
        if (found !== opening) continue;
        closers[top] = index;
        break;
      }
    }
  }
  return closers;
}
