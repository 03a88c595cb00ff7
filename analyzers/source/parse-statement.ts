/**
 * Statements (C11 6.8) with GNU extensions. The one idea: a call followed by `{`, or by another statement without a
 * `;` between, can only be a loop macro that no header explained; the function is given up under that macro's name,
 * so that whoever calls can supply a definition.
 *
 * Example: `for_each_thing(t) { use(t); }` with for_each_thing undefined fails as `unknown-statement-macro`.
 */
import type { Block, Expression, Statement } from './ast.ts';
import { isAsm, parseAsm } from './parse-asm.ts';
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
  ParseFailure,
  peek,
  take,
} from './parse-cursor.ts';
import { parseDeclarations } from './parse-declaration.ts';
import { parseConditional, parseExpression } from './parse-expression.ts';
import { meaningOf, startsDeclaration } from './parse-names.ts';
import type { Place } from './place.ts';
import { placeOf } from './token.ts';

/** `{ … }` with a scope of its own. */
export function parseBlock(cursor: Cursor): Block {
  enter(cursor);
  const at = placeOf(expect(cursor, '{'));
  cursor.scopes.push(new Map());
  const statements: Statement[] = [];
  while (!isNext(cursor, '}')) {
    if (isAtEnd(cursor)) fail(cursor, '}');
    if (!skipLocalLabels(cursor)) statements.push(parseStatement(cursor));
  }
  const end = placeOf(take(cursor));
  cursor.scopes.pop();
  leave(cursor);
  return { at, end, statements };
}

/** One statement, or a declaration standing where one may. */
function parseStatement(cursor: Cursor): Statement {
  enter(cursor);
  const labels = parseLabels(cursor);
  const last = labels.length > 0 && isNext(cursor, '}') ? empty(placeOf(peek(cursor))) : parseUnlabelled(cursor);
  leave(cursor);
  // From the inside out, in a loop: a switch may have a hundred cases in a row.
  return labels.reduceRight((body, label) => label(body), last);
}

type Label = (body: Statement) => Statement;

/** `case`, `default` and named labels before a statement. */
function parseLabels(cursor: Cursor): Label[] {
  const labels: Label[] = [];
  for (;;) {
    const token = peek(cursor);
    const at = placeOf(token);
    if (labels.length > cursor.limits.nestingMax) fail(cursor, 'fewer labels');
    if (token.text === 'case') {
      take(cursor);
      const from = parseConditional(cursor);
      const to = accept(cursor, '...') ? parseConditional(cursor) : null;
      labels.push((body) => ({ at, kind: 'case', from, to, body }));
    } else if (token.text === 'default' && peek(cursor, 1).text === ':') {
      take(cursor);
      labels.push((body) => ({ at, kind: 'default', body }));
    } else if (isIdentifier(token) && peek(cursor, 1).text === ':') {
      take(cursor);
      labels.push((body) => ({ at, kind: 'label', name: token.text, body }));
    } else return labels;
    expect(cursor, ':');
    const behind = peek(cursor, 1).text;
    if (peek(cursor).text.startsWith('__attribute') && behind === '(') parseAttributes(cursor, noAttributes());
  }
}

/** GNU `__label__ a, b;`: labels are function-wide here, which differs only for a name used twice. */
function skipLocalLabels(cursor: Cursor): boolean {
  if (!accept(cursor, '__label__')) return false;
  do expectName(cursor, 'a label');
  while (accept(cursor, ','));
  expect(cursor, ';');
  return true;
}

function empty(at: Place): Statement {
  return { at, kind: 'empty' };
}

function parseUnlabelled(cursor: Cursor): Statement {
  const token = peek(cursor);
  const at = placeOf(token);
  if (isAsm(token)) {
    const asm = parseAsm(cursor);
    expect(cursor, ';');
    return { at, kind: 'asm', asm };
  }
  const byKeyword = token.kind === 'name' || token.kind === 'punctuator' ? statements.get(token.text) : undefined;
  if (byKeyword !== undefined) {
    if (token.text !== '{') take(cursor);
    return byKeyword(cursor, at);
  }
  if (startsDeclaration(cursor)) return { at, kind: 'declaration', declarations: parseDeclarations(cursor) };
  // What is left of attributes is `__attribute__((fallthrough));`.
  if (parseAttributes(cursor, noAttributes()) && accept(cursor, ';')) return empty(at);
  return parseExpressionStatement(cursor, at);
}

function parseExpressionStatement(cursor: Cursor, at: Place): Statement {
  const expression = parseExpression(cursor);
  if (accept(cursor, ';')) return { at, kind: 'expression', expression };
  const next = peek(cursor);
  const callee = expression.kind === 'call' && expression.callee.kind === 'name' ? expression.callee.name : null;
  const startsStatement = next.text === '{' || next.kind === 'name';
  if (callee !== null && startsStatement && meaningOf(cursor, callee) === null) {
    throw new ParseFailure(next, `${callee}(…) is no call: a statement follows without a ;`, {
      kind: 'unknown-statement-macro',
      macro: callee,
    });
  }
  return fail(cursor, '; behind the expression');
}

function parenthesised(cursor: Cursor): Expression {
  expect(cursor, '(');
  const expression = parseExpression(cursor);
  expect(cursor, ')');
  return expression;
}

/** Statements known by their first token, which is taken except for `{`. */
const statements: ReadonlyMap<string, (cursor: Cursor, at: Place) => Statement> = new Map<
  string,
  (cursor: Cursor, at: Place) => Statement
>([
  [';', (_, at) => empty(at)],
  ['{', (cursor, at) => ({ at, kind: 'block', block: parseBlock(cursor) })],
  ['if', parseIf],
  ['while', (cursor, at) => ({ at, kind: 'while', test: parenthesised(cursor), body: parseStatement(cursor) })],
  ['do', parseDo],
  ['for', parseFor],
  ['switch', (cursor, at) => ({ at, kind: 'switch', value: parenthesised(cursor), body: parseStatement(cursor) })],
  ['break', (cursor, at) => ended(cursor, { at, kind: 'break' })],
  ['continue', (cursor, at) => ended(cursor, { at, kind: 'continue' })],
  ['goto', parseGoto],
  ['return', parseReturn],
]);

function ended(cursor: Cursor, statement: Statement): Statement {
  expect(cursor, ';');
  return statement;
}

function parseIf(cursor: Cursor, at: Place): Statement {
  const test = parenthesised(cursor);
  const then = parseStatement(cursor);
  return { at, kind: 'if', test, then, else: accept(cursor, 'else') ? parseStatement(cursor) : null };
}

function parseDo(cursor: Cursor, at: Place): Statement {
  const body = parseStatement(cursor);
  expect(cursor, 'while');
  return ended(cursor, { at, kind: 'do', test: parenthesised(cursor), body });
}

function parseFor(cursor: Cursor, at: Place): Statement {
  expect(cursor, '(');
  cursor.scopes.push(new Map());
  const init = parseForInit(cursor);
  const test = isNext(cursor, ';') ? null : parseExpression(cursor);
  expect(cursor, ';');
  const step = isNext(cursor, ')') ? null : parseExpression(cursor);
  expect(cursor, ')');
  const body = parseStatement(cursor);
  cursor.scopes.pop();
  return { at, kind: 'for', init, test, step, body };
}

function parseForInit(cursor: Cursor): Statement | null {
  const at = placeOf(peek(cursor));
  if (accept(cursor, ';')) return null;
  if (startsDeclaration(cursor)) return { at, kind: 'declaration', declarations: parseDeclarations(cursor) };
  return ended(cursor, { at, kind: 'expression', expression: parseExpression(cursor) });
}

function parseGoto(cursor: Cursor, at: Place): Statement {
  if (accept(cursor, '*')) return ended(cursor, { at, kind: 'gotoComputed', target: parseExpression(cursor) });
  return ended(cursor, { at, kind: 'goto', label: expectName(cursor, 'a label').text });
}

function parseReturn(cursor: Cursor, at: Place): Statement {
  const value = isNext(cursor, ';') ? null : parseExpression(cursor);
  return ended(cursor, { at, kind: 'return', value });
}
