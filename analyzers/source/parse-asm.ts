/**
 * Inline assembly: `asm volatile ("…" : outputs : inputs : clobbers : labels)`. The one idea: the four lists are read
 * alike and only then told apart; a basic asm has none of them.
 *
 * Example: `asm("isync" : : : "memory")` has template isync and clobbers ['memory'].
 */
import type { Asm, AsmOperand } from './ast.ts';
import { readString } from './literal.ts';
import {
  accept,
  type Cursor,
  expect,
  expectName,
  fail,
  isIdentifier,
  isNext,
  peek,
  skipBracket,
  take,
} from './parse-cursor.ts';
import { parseExpression } from './parse-expression.ts';
import { spell, type Token } from './token.ts';

export function isAsm(token: Token): boolean {
  return token.text === 'asm' || token.text === '__asm__' || token.text === '__asm';
}

/** At `asm`; up to its `)`. */
export function parseAsm(cursor: Cursor): Asm {
  take(cursor);
  let isVolatile = false;
  for (let word = peek(cursor).text; word !== '('; word = peek(cursor).text) {
    if (!asmQualifiers.has(word)) fail(cursor, '( behind asm');
    if (word.includes('volatile')) isVolatile = true;
    take(cursor);
  }
  expect(cursor, '(');
  const template = parseTemplate(cursor);
  const outputs: AsmOperand[] = [];
  const inputs: AsmOperand[] = [];
  const clobbers: string[] = [];
  const labels: string[] = [];
  const sections = [
    () => outputs.push(parseOperand(cursor)),
    () => inputs.push(parseOperand(cursor)),
    () => clobbers.push(parseText(cursor)),
    () => labels.push(expectName(cursor, 'a label').text),
  ];
  for (const section of sections) {
    if (!accept(cursor, ':')) break;
    while (!isNext(cursor, ':') && !isNext(cursor, ')')) {
      section();
      if (!isNext(cursor, ':') && !isNext(cursor, ')')) expect(cursor, ',');
    }
  }
  expect(cursor, ')');
  return { template, volatile: isVolatile, outputs, inputs, clobbers, labels };
}

const asmQualifiers: ReadonlySet<string> = new Set(
  'volatile __volatile __volatile__ goto inline __inline __inline__ const __const__'.split(' '),
);

/** The template: strings, and macro calls that no header explained (`PPC_THING(%0)`) as they are spelled. */
function parseTemplate(cursor: Cursor): string {
  let template = '';
  do {
    if (isIdentifier(peek(cursor)) && peek(cursor, 1).text === '(') {
      const from = cursor.at++;
      skipBracket(cursor);
      template += ` ${spell(cursor.tokens.slice(from, cursor.at))} `;
    } else template += parseText(cursor);
  } while (!isNext(cursor, ':') && !isNext(cursor, ')'));
  return template;
}

/** String literals, joined. A macro among them that no header explained stays as spelled, which no assembler takes. */
function parseText(cursor: Cursor): string {
  let text = '';
  for (let count = 0; ; count++) {
    const token = peek(cursor);
    const isCall = count > 0 && peek(cursor, 1).text === '(';
    if (token.kind === 'string') text += readString(token.text) ?? fail(cursor, 'a string without unknown escapes');
    else if (isIdentifier(token) && !isCall) {
      cursor.skippedNames.add(token.text);
      text += ` ${token.text} `;
    } else if (count === 0) fail(cursor, 'a string');
    else return text;
    cursor.at++;
  }
}

function parseOperand(cursor: Cursor): AsmOperand {
  let symbol = '';
  if (accept(cursor, '[')) {
    symbol = expectName(cursor, "an operand's name").text;
    expect(cursor, ']');
  }
  const constraint = parseText(cursor);
  expect(cursor, '(');
  const value = parseExpression(cursor);
  expect(cursor, ')');
  return { symbol, constraint, value };
}
