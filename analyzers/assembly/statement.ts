/**
 * Preprocessed tokens → statements of GNU as: one label, directive, macro call or instruction each, with the place it was
 * written at. The one idea: white space is settled here once, as as settles it: it stays between two names and behind
 * the first word, and goes everywhere else. What separates the arguments of a macro call is then what as takes for it.
 *
 * Example: the line `_GLOBAL(f)` gives `.align 2`, `.type f,@function`, `.globl f` and `f:`, all at that line.
 */
import type { Place } from '../source/place.ts';
import { placeOf, type Token } from '../source/token.ts';

export interface Statement {
  readonly text: string;
  readonly at: Place;
}

/** A line starts where a token did; `#` starts a comment, `;` the next statement. */
export function statementsOf(tokens: readonly Token[]): Statement[] {
  const statements: Statement[] = [];
  let text = '';
  let first: Token | null = null;
  let inComment = false;
  const close = () => {
    if (first !== null) {
      const at = placeOf(first);
      for (const one of splitStatements(text)) statements.push({ text: one, at });
    }
    text = '';
    first = null;
  };
  for (const token of tokens) {
    if (token.atLineStart) {
      close();
      inComment = false;
    }
    if (inComment) continue;
    if (token.text === ';') close();
    else if (token.text === '#' || token.text === '##') inComment = true;
    else {
      first ??= token;
      text += (token.spaceBefore && text !== '' ? ' ' : '') + token.text;
    }
  }
  close();
  return statements;
}

/** Text without line ends → its statements, comments gone and white space settled; empty ones are left out. */
export function splitStatements(text: string): string[] {
  const statements: string[] = [];
  let from = 0;
  let at = 0;
  for (; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '"') at = endOfString(text, at) - 1;
    else if (character === '#') break;
    else if (character === ';') {
      statements.push(settle(text.slice(from, at)));
      from = at + 1;
    }
  }
  statements.push(settle(text.slice(from, at)));
  return statements.filter((statement) => statement !== '');
}

/** Position behind the string that opens at `at`; one that is not closed ends with the text. */
export function endOfString(text: string, at: number): number {
  return closingQuote(text, at) ?? text.length;
}

/** What stands between the quotes at the start of a text, and where it goes on; null where there is no whole string. */
export function leadingString(text: string): { content: string; end: number } | null {
  const end = text.startsWith('"') ? closingQuote(text, 0) : null;
  return end === null ? null : { content: text.slice(1, end - 1), end };
}

function closingQuote(text: string, at: number): number | null {
  for (let end = at + 1; end < text.length; end++) {
    if (text.charAt(end) === '\\') end++;
    else if (text.charAt(end) === '"') return end + 1;
  }
  return null;
}

function settle(text: string): string {
  const trimmed = text.trim();
  if (!/\s/.test(trimmed)) return trimmed;
  let settled = '';
  let last = '';
  let inOperands = false;
  for (let at = 0; at < trimmed.length; at++) {
    const character = trimmed.charAt(at);
    if (character === '"') {
      const end = endOfString(trimmed, at);
      settled += trimmed.slice(at, end);
      at = end - 1;
      last = '"';
    } else if (!/\s/.test(character)) {
      settled += character;
      last = character;
    } else {
      const next = trimmed.slice(at).search(/\S/) + at;
      // Behind the first word; behind a label the word that says what to do is still to come.
      if (!inOperands || (isNameCharacter(last) && /[\w.$%["\\]/.test(trimmed.charAt(next)))) settled += ' ';
      inOperands ||= last !== ':';
      at = next - 1;
    }
  }
  return settled;
}

const isNameCharacter = (character: string) => /[\w.$%[]/.test(character);
