/**
 * One macro call → the tokens it stands for, before they are scanned again: parameters replaced, `#` and `##` applied,
 * `__VA_OPT__` and the GNU comma decided (C11 6.10.3.1 to 6.10.3.3). The one idea: `null` in the list being built is
 * an empty operand of `##` (a placemarker), so that pasting needs no special cases.
 *
 * Example: `#define cat(a, b) a ## b` called as `cat(x, )` pastes x with a placemarker and gives x.
 */
import { lex } from './lex.ts';
import { type Macro, VARIADIC_NAME } from './macro.ts';
import { spell, type Token } from './token.ts';

export interface Argument {
  readonly raw: readonly Token[];
  /** Fully expanded; asked for only where the parameter is no operand of `#` or `##`. */
  readonly expanded: () => readonly Token[];
  /** A variadic argument that was left out together with its comma: takes the comma before `##` with it. */
  readonly omitted: boolean;
}

export interface Use {
  readonly macro: Macro;
  /** The name at the place of use; its line becomes the line of every token of the body. */
  readonly name: Token;
  readonly args: readonly Argument[];
  /** Provenance of the tokens made: the macros around the use, then this one. */
  readonly chain: readonly string[];
  readonly hidden: ReadonlySet<string>;
  /** Pays for tokens and characters about to be made; false means the limits are reached: make no more. */
  readonly charge: (tokens: number, characters: number) => boolean;
}

/** What came out, and the operands of `##` that do not make one token together (both are kept). */
export interface Substituted {
  readonly tokens: Token[];
  readonly badPastes: string[];
}

export function substitute(use: Use): Substituted {
  const built: Built = { items: [], badPastes: [] };
  appendBody(use, use.macro.body, built);
  const tokens = built.items.filter((item) => item !== null);
  const first = tokens[0];
  if (first !== undefined) {
    tokens[0] = { ...first, spaceBefore: use.name.spaceBefore, atLineStart: use.name.atLineStart };
  }
  return { tokens, badPastes: built.badPastes };
}

interface Built {
  /** null: a placemarker. */
  readonly items: (Token | null)[];
  readonly badPastes: string[];
}

/** Appends the replacement of `body` (a macro's body, or the inside of its `__VA_OPT__`) to what is built so far. */
function appendBody(use: Use, body: readonly Token[], built: Built): void {
  const { macro } = use;
  let pasteNext = false;
  for (let at = 0; at < body.length; at++) {
    const token = body[at];
    if (token === undefined || !use.charge(1, 0)) return;
    if (token.text === '##' && at > 0 && at < body.length - 1) {
      pasteNext = true;
      continue;
    }
    const pasteAfter = body[at + 1]?.text === '##' && at + 2 < body.length;
    const argument = argumentOf(use, token);
    let operand: (Token | null)[];
    if (token.text === '#' && macro.parameters !== null && at + 1 < body.length) {
      const stringified = argumentOf(use, body[at + 1]);
      if (stringified !== null) at++;
      if (stringified !== null && !use.charge(1, lengthOf(stringified.raw))) return;
      operand = [stringified === null ? fromBody(use, token) : stringify(use, stringified.raw, token)];
    } else if (token.text === '__VA_OPT__' && macro.variadic && body[at + 1]?.text === '(') {
      const end = closingParenthesis(body, at + 1);
      const inner: Built = { items: [], badPastes: built.badPastes };
      if (use.args.at(-1)?.expanded().length) appendBody(use, body.slice(at + 2, end), inner);
      operand = inner.items;
      at = end;
    } else if (token.text === ',' && pasteAfter && isVariadicParameter(macro, body[at + 2])) {
      // GNU: the comma goes when the variadic argument was left out; otherwise nothing is pasted.
      const rest = use.args.at(-1);
      operand =
        rest === undefined || rest.omitted ? [] : [fromBody(use, token), ...fromArgument(use, rest.raw, body[at + 2])];
      at += 2;
    } else if (argument !== null) {
      const isOperand = pasteNext || body[at + 1]?.text === '##';
      operand = fromArgument(use, isOperand ? argument.raw : argument.expanded(), token);
    } else {
      operand = [fromBody(use, token)];
    }
    if (!use.charge(operand.length, pasteNext ? lengthOf([built.items.at(-1), operand[0]]) : 0)) return;
    append(built, operand, pasteNext);
    pasteNext = false;
  }
}

/** Adds an operand; with `paste` its first token is glued to the last one there. An empty operand is a placemarker. */
function append(built: Built, operand: readonly (Token | null)[], paste: boolean): void {
  if (!paste) {
    if (operand.length === 0) built.items.push(null);
    for (const item of operand) built.items.push(item);
    return;
  }
  const left = built.items.pop() ?? null;
  const right = operand[0] ?? null;
  if (left === null || right === null) built.items.push(left ?? right);
  else built.items.push(...glue(left, right, built.badPastes));
  for (const item of operand.slice(1)) built.items.push(item);
}

/** C11 6.10.3.3: the two spellings must make one token; a macro hidden in both stays hidden. */
function glue(left: Token, right: Token, badPastes: string[]): Token[] {
  const { tokens } = lex(left.file, left.text + right.text);
  const only = tokens[0];
  if (tokens.length !== 1 || only === undefined || only.kind === 'other') {
    badPastes.push(`${left.text} ## ${right.text}`);
    return [left, { ...right, spaceBefore: false }];
  }
  return [{ ...left, kind: only.kind, text: only.text, hidden: commonHidden(left.hidden, right.hidden) }];
}

/** Intersection of two hide sets. */
export function commonHidden(left: ReadonlySet<string> | null, right: ReadonlySet<string> | null) {
  if (left === right) return left;
  if (left === null || right === null) return null;
  const common = [...left].filter((name) => right.has(name));
  return common.length === 0 ? null : new Set(common);
}

function lengthOf(tokens: readonly (Token | null | undefined)[]): number {
  let length = 0;
  for (const token of tokens) length += (token?.text.length ?? 0) + 1;
  return length;
}

function argumentOf(use: Use, token: Token | undefined): Argument | null {
  const { parameters } = use.macro;
  if (parameters === null || token === undefined || token.kind !== 'name') return null;
  const index = parameters.indexOf(token.text);
  return index === -1 ? null : (use.args[index] ?? null);
}

function isVariadicParameter(macro: Macro, token: Token | undefined): boolean {
  return macro.variadic && token?.text === (macro.parameters?.at(-1) ?? VARIADIC_NAME);
}

function closingParenthesis(body: readonly Token[], open: number): number {
  let depth = 0;
  for (let at = open; at < body.length; at++) {
    if (body[at]?.text === '(') depth++;
    else if (body[at]?.text === ')' && --depth === 0) return at;
  }
  return body.length - 1;
}

function fromBody(use: Use, token: Token): Token {
  const { kind, text, spaceBefore } = token;
  const { file, line } = use.name;
  return { kind, text, file, line, spaceBefore, atLineStart: false, macros: use.chain, hidden: use.hidden };
}

/** An argument's tokens keep the line they were written on; the first one is spaced as the parameter was. */
function fromArgument(use: Use, tokens: readonly Token[], parameter: Token | undefined): Token[] {
  let known: ReadonlySet<string> | null = null;
  let union: ReadonlySet<string> = use.hidden;
  return tokens.map((token, index) => {
    if (token.hidden !== known) {
      known = token.hidden;
      union = known === null ? use.hidden : new Set([...known, ...use.hidden]);
    }
    if (index > 0 || parameter === undefined) return { ...token, hidden: union };
    return { ...token, hidden: union, spaceBefore: parameter.spaceBefore, atLineStart: false };
  });
}

/** C11 6.10.3.2: the spelling in quotes, with `"` and `\` inside literals escaped. */
function stringify(use: Use, tokens: readonly Token[], hash: Token): Token {
  const escaped = tokens.map((token) =>
    token.kind === 'string' || token.kind === 'char' ? { ...token, text: token.text.replace(/["\\]/g, '\\$&') } : token,
  );
  return { ...fromBody(use, hash), kind: 'string', text: `"${spell(escaped)}"` };
}
