/**
 * One line of Kconfig as words, and words as an expression. Macros, `$(…)`, stay text: what they stand for depends on the
 * compiler, and one reading serves all of them.
 *
 * Example: `default 14 if PPC64 && !(A || B)` is the words default, 14, if, PPC64, &&, !, (, A, ||, B, ).
 */
import type { Expression } from './expression.ts';

export interface Word {
  readonly kind: 'name' | 'text' | 'operator';
  readonly text: string;
}

const operators = /^(&&|\|\||!=|<=|>=|[=<>!()])/;
const name = /^[\w./-]+/;

/** @returns null where a character has no meaning, or a quote or a parenthesis is left open */
export function wordsOf(line: string): Word[] | null {
  const words: Word[] = [];
  for (let at = 0; at < line.length; ) {
    const rest = line.slice(at);
    const blank = /^\s+/.exec(rest)?.[0] ?? (rest.startsWith('#') ? rest : '');
    if (blank !== '') {
      at += blank.length;
      continue;
    }
    const quote = rest.charAt(0);
    const quoted = quote === '"' || quote === "'" ? quotedEnd(rest) : null;
    const end = quoted ?? (rest.startsWith('$(') ? macroEnd(rest) : null);
    if (end !== null) {
      if (end < 0) return null;
      const text = quoted === null ? rest.slice(0, end) : rest.slice(1, end - 1).replace(/\\(.)/g, '$1');
      words.push({ kind: 'text', text });
      at += end;
      continue;
    }
    const operator = operators.exec(rest)?.[0];
    const found = operator ?? name.exec(rest)?.[0];
    if (found === undefined) return null;
    words.push({ kind: operator === undefined ? 'name' : 'operator', text: found });
    at += found.length;
  }
  return words;
}

/** Length of quoted text with its quotes; negative where it does not end. */
function quotedEnd(text: string): number {
  for (let at = 1; at < text.length; at++) {
    if (text.charAt(at) === '\\') at++;
    else if (text.charAt(at) === text.charAt(0)) return at + 1;
  }
  return -1;
}

/** Length of `$(…)`, parentheses within it matched; negative where it does not end. */
export function macroEnd(text: string): number {
  let depth = 0;
  for (let at = 1; at < text.length; at++) {
    if (text.charAt(at) === '(') depth++;
    else if (text.charAt(at) === ')' && --depth === 0) return at + 1;
  }
  return -1;
}

const depthMax = 64;

/** The expression that words begin with, and how many of them it is. What is not understood is `unknown`. */
export function parseExpression(words: readonly Word[], from = 0): { expression: Expression; end: number } {
  let at = from;
  const isAt = (text: string) => words[at]?.kind === 'operator' && words[at]?.text === text;
  const unknown: Expression = { kind: 'unknown' };
  const either = (depth: number): Expression => {
    let left = all(depth);
    while (isAt('||')) {
      at++;
      left = { kind: 'or', left, right: all(depth) };
    }
    return left;
  };
  const all = (depth: number): Expression => {
    let left = one(depth);
    while (isAt('&&')) {
      at++;
      left = { kind: 'and', left, right: one(depth) };
    }
    return left;
  };
  const one = (depth: number): Expression => {
    if (depth > depthMax) return unknown;
    if (isAt('!')) {
      at++;
      return { kind: 'not', of: one(depth + 1) };
    }
    if (isAt('(')) {
      at++;
      const inner = either(depth + 1);
      if (!isAt(')')) return unknown;
      at++;
      return inner;
    }
    const left = operand();
    const operator = words[at]?.kind === 'operator' ? words[at]?.text : undefined;
    if (
      operator !== '=' &&
      operator !== '!=' &&
      operator !== '<' &&
      operator !== '>' &&
      operator !== '<=' &&
      operator !== '>='
    )
      return left;
    at++;
    return { kind: 'compare', operator, left, right: operand() };
  };
  const operand = (): Expression => {
    const word = words[at];
    if (word === undefined || word.kind === 'operator') return unknown;
    at++;
    return word.kind === 'text' ? { kind: 'text', macros: word.text } : { kind: 'symbol', name: word.text };
  };
  const expression = either(0);
  return { expression, end: at };
}
