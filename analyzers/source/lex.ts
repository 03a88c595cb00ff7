/**
 * Text → preprocessing tokens (C11 5.1.1.2, translation phases 2 and 3). The one idea: backslash-newlines are taken out
 * first and their positions kept, so that the scanner proper sees plain text and still gives each token the line it was
 * written on. Comments become `spaceBefore`, line ends become `atLineStart`; nothing else is lost.
 *
 * Example: `a \⏎ += 0x1fUL; // why` gives name a (line 1), punctuator += (line 2), number 0x1fUL, punctuator ;.
 */
import type { Problem } from './place.ts';
import type { Token, TokenKind } from './token.ts';

export interface Lexed {
  readonly tokens: Token[];
  readonly problems: Problem[];
}

/** Splits texts into tokens, each text once: of a kernel, every configuration reads the same headers. */
export class Lexer {
  readonly #known = new Map<string, { readonly text: string; readonly lexed: Lexed }[]>();
  readonly #spellings: Spellings = new Map();

  /** As lex(), whose tokens nobody changes. */
  lex(file: string, text: string, tokensMax: number): Lexed {
    const known = this.#known.get(file)?.find((other) => other.text === text);
    if (known !== undefined) return known.lexed;
    const lexed = lex(file, text, tokensMax, this.#spellings);
    // One that was cut short depends on the bound.
    if (lexed.tokens.length < tokensMax)
      this.#known.set(file, [{ text, lexed }, ...(this.#known.get(file) ?? [])].slice(0, textsMax));
    return lexed;
  }
}

/**
 * One string for all tokens spelled alike. Names are looked up in tables all the time, and those of one string are told
 * apart by where it is; a slice of a file would be compared letter by letter.
 */
type Spellings = Map<string, string>;

function spellingOf(known: Spellings, text: string): string {
  const found = known.get(text);
  if (found !== undefined) return found;
  // A property's name is the one string of its text that engines have.
  const [one = text] = Object.keys({ [text]: null });
  known.set(one, one);
  return one;
}

/** Of one file: before and after a patch, and where others were read in between. */
const textsMax = 4;

/**
 * Splits a source file into tokens. Never throws and never loses a token: a character that is no C becomes a token of
 * kind `other`, an unterminated quote one such token up to the end of its line, an unterminated comment a problem.
 * Trigraphs and digraphs are not recognised (kernels are compiled without the first and do not use the second).
 * More than `tokensMax` tokens are not read; whoever gives a bound must look at the length.
 */
export function lex(
  file: string,
  source: string,
  tokensMax = Number.POSITIVE_INFINITY,
  spellings: Spellings = new Map(),
): Lexed {
  const { text, splices } = joinLines(source);
  const tokens: Token[] = [];
  const problems: Problem[] = [];
  const noMacros: readonly string[] = [];
  const length = text.length;
  let at = 0;
  let line = 1;
  let nextSplice = 0;
  let atLineStart = true;
  let spaceBefore = false;

  while (at < length && tokens.length < tokensMax) {
    while (nextSplice < splices.length && (splices[nextSplice] ?? 0) <= at) {
      nextSplice++;
      line++;
    }
    const code = text.charCodeAt(at);
    if (code === NEWLINE) {
      at++;
      line++;
      atLineStart = true;
      spaceBefore = false;
      continue;
    }
    if (isBlank(code)) {
      at++;
      spaceBefore = true;
      continue;
    }
    if (code === SLASH && text.charCodeAt(at + 1) === SLASH) {
      const end = text.indexOf('\n', at);
      at = end === -1 ? length : end;
      continue;
    }
    if (code === SLASH && text.charCodeAt(at + 1) === STAR) {
      const end = text.indexOf('*/', at + 2);
      if (end === -1) {
        const place = { file, line, macros: noMacros };
        problems.push({ kind: 'unterminated-comment', text: 'a comment is not closed', at: place });
      }
      const stop = end === -1 ? length : end + 2;
      // A comment is one space even when it spans lines (C11 5.1.1.2 p1.3): a directive may go on behind it.
      line += countNewlines(text, at, stop);
      at = stop;
      spaceBefore = true;
      continue;
    }
    const { kind, end } = scanToken(text, at, code);
    const spelling = spellingOf(spellings, text.slice(at, end));
    tokens.push({ kind, text: spelling, file, line, spaceBefore, atLineStart, macros: noMacros, hidden: null });
    at = end;
    atLineStart = false;
    spaceBefore = false;
  }
  return { tokens, problems };
}

const NEWLINE = 10;
const SLASH = 47;
const STAR = 42;
const QUOTE = 34;
const APOSTROPHE = 39;
const BACKSLASH = 92;
const DOT = 46;
const PLUS = 43;
const MINUS = 45;

function isBlank(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13) || code === 0xfeff;
}
function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}
/** Letters, `_` and the `$` that GNU C allows. */
function startsName(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95 || code === 36;
}
function continuesName(code: number): boolean {
  return startsName(code) || isDigit(code);
}

/** Phase 2: backslash-newline goes; `splices` are the positions in the joined text behind which a line was skipped. */
function joinLines(source: string): { text: string; splices: readonly number[] } {
  const unified = source.includes('\r') ? source.replaceAll('\r\n', '\n') : source;
  if (!unified.includes('\\\n')) return { text: unified, splices: [] };
  const pieces = unified.split('\\\n');
  const splices: number[] = [];
  let position = 0;
  for (const piece of pieces.slice(0, -1)) {
    position += piece.length;
    splices.push(position);
  }
  return { text: pieces.join(''), splices };
}

function countNewlines(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = from; at < to; at++) if (text.charCodeAt(at) === NEWLINE) count++;
  return count;
}

interface Scanned {
  readonly kind: TokenKind;
  /** Position behind the token. */
  readonly end: number;
}

function scanToken(text: string, at: number, code: number): Scanned {
  if (startsName(code)) {
    let end = at + 1;
    while (continuesName(text.charCodeAt(end))) end++;
    const quote = text.charCodeAt(end);
    const isPrefix = (quote === QUOTE || quote === APOSTROPHE) && quotePrefixes.has(text.slice(at, end));
    return isPrefix ? scanQuoted(text, end, quote) : { kind: 'name', end };
  }
  if (isDigit(code) || (code === DOT && isDigit(text.charCodeAt(at + 1)))) return scanNumber(text, at);
  if (code === QUOTE || code === APOSTROPHE) return scanQuoted(text, at, code);
  if (threeCharacterPunctuators.has(text.slice(at, at + 3))) return { kind: 'punctuator', end: at + 3 };
  if (twoCharacterPunctuators.has(text.slice(at, at + 2))) return { kind: 'punctuator', end: at + 2 };
  if (oneCharacterPunctuators.includes(text.charAt(at))) return { kind: 'punctuator', end: at + 1 };
  const point = text.codePointAt(at) ?? 0;
  return { kind: 'other', end: at + (point > 0xffff ? 2 : 1) };
}

/** A preprocessing number: digits, letters, dots, and a sign behind an exponent letter (C11 6.4.8). */
function scanNumber(text: string, at: number): Scanned {
  let end = at + 1;
  for (;;) {
    const code = text.charCodeAt(end);
    const isSign = code === PLUS || code === MINUS;
    if (continuesName(code) || code === DOT) end++;
    else if (isSign && 'eEpP'.includes(text.charAt(end - 1)) && !endsInHexDigit(text, at, end)) end++;
    else return { kind: 'number', end };
  }
}

/** C reads `0x1e+2` as one (invalid) number. What the author meant is a sum, so the hexadecimal digit E takes no sign. */
function endsInHexDigit(text: string, at: number, end: number): boolean {
  return /^0[xX]$/.test(text.slice(at, at + 2)) && 'eE'.includes(text.charAt(end - 1));
}

/** A character constant or string; unterminated ones end with their line (`#error don't`) and are no C. */
function scanQuoted(text: string, quoteAt: number, quote: number): Scanned {
  for (let end = quoteAt + 1; ; end++) {
    const code = text.charCodeAt(end);
    if (Number.isNaN(code) || code === NEWLINE) return { kind: 'other', end };
    if (code === quote) return { kind: quote === QUOTE ? 'string' : 'char', end: end + 1 };
    if (code === BACKSLASH && end + 1 < text.length && text.charCodeAt(end + 1) !== NEWLINE) end++;
  }
}

const quotePrefixes: ReadonlySet<string> = new Set(['L', 'u', 'U', 'u8']);
const threeCharacterPunctuators: ReadonlySet<string> = new Set(['<<=', '>>=', '...']);
const twoCharacterPunctuators: ReadonlySet<string> = new Set(
  '-> ++ -- << >> <= >= == != && || *= /= %= += -= &= ^= |= ##'.split(' '),
);
const oneCharacterPunctuators = '[](){}.&*+-~!/%<>^|?:;=,#';
