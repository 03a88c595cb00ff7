/**
 * A C token that knows where it came from. The one idea: a token carries its own provenance (file, line, the macros it
 * came out of), so that nothing read from it later can lose it; lines are never renumbered and no text is deleted.
 *
 * Example: in `WARN_ON(ppc_test())` on line 7, with WARN_ON a macro whose body starts with `({`, that `{` has line 7
 * and macros ['WARN_ON']; the tokens of `ppc_test()` keep the line they were written on and have the same macros.
 */
import type { Place } from './place.ts';

/**
 * `name` identifiers and keywords alike; `number` a preprocessing number (C11 6.4.8); `char` and `string` with prefix
 * and quotes; `punctuator`; `other` one character that is no C (also an unterminated quote up to the line's end).
 */
export type TokenKind = 'name' | 'number' | 'char' | 'string' | 'punctuator' | 'other';

export interface Token {
  readonly kind: TokenKind;
  /** As spelled, backslash-newlines removed. */
  readonly text: string;
  readonly file: string;
  /** 1-based line of the token's first character. For a macro's token the line where the outermost macro was used. */
  readonly line: number;
  /** White space or a comment came before; with `atLineStart` this tells an indented token from one in column 0. */
  readonly spaceBefore: boolean;
  readonly atLineStart: boolean;
  /** Macros the token came out of, outermost first. */
  readonly macros: readonly string[];
  /** Macros that may not expand here any more ("blue paint"); null is none. Only the preprocessor reads it. */
  readonly hidden: ReadonlySet<string> | null;
}

/** The provenance of a token alone, for a node, a problem or a step. */
export function placeOf(token: Token): Place {
  return { file: token.file, line: token.line, macros: token.macros };
}

/** True for a token in the leftmost column that no macro made: in the kernel's style only definitions and their end. */
export function startsColumnZero(token: Token): boolean {
  return token.atLineStart && !token.spaceBefore && token.macros.length === 0;
}

/** The tokens as text, one space wherever there was any white space: for messages, stringification and tests. */
export function spell(tokens: readonly Token[]): string {
  let text = '';
  for (const token of tokens) {
    if (text !== '' && (token.spaceBefore || token.atLineStart)) text += ' ';
    text += token.text;
  }
  return text;
}
