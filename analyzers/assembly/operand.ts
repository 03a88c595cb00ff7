/**
 * What stands behind a mnemonic or a data directive: expressions, each perhaps with a suffix, and in instructions perhaps
 * with a base register. The one idea: an operand ends where its expression does, not at a comma found by looking ahead.
 *
 * Example: `%r5,function_trace_op@l(%r3)` is 5 and function_trace_op with the part l and the base 3.
 */

import type { Assembly } from './assembly.ts';
import { type Cursor, cursorOver, type Expression, readExpression, skipSpace } from './expression.ts';
import { noSuffix, readSuffix, type Suffix } from './fixup.ts';

type Reading = Pick<Assembly, 'symbols' | 'target'>;

export interface Operand {
  readonly expression: Expression;
  readonly suffix: Suffix;
  readonly base: Expression | null;
}

/** @returns a reason in words where the text is no list of operands */
export function readOperands(text: string, assembly: Reading): Operand[] | string {
  const operands: Operand[] = [];
  const reason = eachOperand(text, assembly, (operand) => operands.push(operand));
  return reason ?? operands;
}

/** Gives each operand before the next one is read: `.` is where the datum of its own begins. */
export function eachOperand(text: string, assembly: Reading, give: (operand: Operand) => void): string | null {
  const cursor = cursorOver(text);
  skipSpace(cursor);
  while (cursor.at < text.length) {
    const operand = readOperand(cursor, assembly);
    if (operand === null) return cursor.reason ?? `${text} is no list of operands`;
    give(operand);
    skipSpace(cursor);
    if (cursor.at >= text.length) return null;
    if (text.charAt(cursor.at) !== ',') return `${text.slice(cursor.at, cursor.at + 20)} stands behind an operand`;
    cursor.at++;
    if (cursor.at >= text.length) return 'an operand is missing';
  }
  return null;
}

function readOperand(cursor: Cursor, assembly: Reading): Operand | null {
  let expression = readExpression(cursor, assembly.symbols);
  if (expression === null) return null;
  let suffix = noSuffix;
  const [whole, written = ''] = /^@([A-Za-z]\w*(?:@[A-Za-z]\w*)*)/.exec(cursor.text.slice(cursor.at)) ?? [];
  if (whole !== undefined) {
    const known = readSuffix(written, assembly.target.bits);
    if (known === null) {
      cursor.reason ??= `@${written} is no suffix`;
      return null;
    }
    suffix = known;
    cursor.at += whole.length;
    // `sym@ha+4`: its own sign opens what is added.
    if (/^[+-]/.test(cursor.text.slice(cursor.at))) {
      const more = readExpression(cursor, assembly.symbols);
      if (more === null) return null;
      expression = { kind: 'binary', operator: '+', left: expression, right: more };
    }
  }
  skipSpace(cursor);
  if (cursor.text.charAt(cursor.at) !== '(') return { expression, suffix, base: null };
  cursor.at++;
  const base = readExpression(cursor, assembly.symbols);
  skipSpace(cursor);
  if (base === null || cursor.text.charAt(cursor.at) !== ')') return null;
  cursor.at++;
  return { expression, suffix, base };
}
