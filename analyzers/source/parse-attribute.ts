/**
 * GNU and C23 attributes. The one idea: they may stand nearly anywhere, so one collector is handed along while a
 * declaration is read; it keeps the four that change what a program means and passes over the rest.
 *
 * Example: `int x __attribute__((weak, section("d"), aligned(8)));` leaves { weak: true, aligned: 8 }.
 */
import type { Expression } from './ast.ts';
import { accept, type Cursor, expect, isNext, peek, skipBracket, take } from './parse-cursor.ts';
import { parseConditional } from './parse-expression.ts';

export interface Attributes {
  weak: boolean;
  packed: boolean;
  aligned: Expression | null;
  /** The function of `cleanup(f)`. */
  cleanup: string | null;
}

export function noAttributes(): Attributes {
  return { weak: false, packed: false, aligned: null, cleanup: null };
}

/** Reads any number of `__attribute__((…))`, `[[…]]` and `_Alignas(…)`; true when there was one. */
export function parseAttributes(cursor: Cursor, into: Attributes): boolean {
  let found = false;
  for (;;) {
    const { text } = peek(cursor);
    if (text === '__attribute__' || text === '__attribute') {
      cursor.at++;
      expect(cursor, '(');
      expect(cursor, '(');
      while (!isNext(cursor, ')')) parseAttribute(cursor, into);
      expect(cursor, ')');
      expect(cursor, ')');
    } else if (text === '[' && peek(cursor, 1).text === '[') {
      skipBracket(cursor);
    } else if (text === '_Alignas') {
      cursor.at++;
      skipBracket(cursor);
    } else return found;
    found = true;
  }
}

function parseAttribute(cursor: Cursor, into: Attributes): void {
  if (accept(cursor, ',')) return;
  const name = take(cursor).text.replace(/^__(\w+)__$/, '$1');
  if (name === 'weak') into.weak = true;
  if (name === 'packed') into.packed = true;
  if (!isNext(cursor, '(')) return;
  if (name === 'cleanup') into.cleanup = peek(cursor, 1).text;
  if (name === 'aligned' && peek(cursor, 1).text !== ')') {
    cursor.at++;
    into.aligned = parseConditional(cursor);
    expect(cursor, ')');
  } else skipBracket(cursor);
}

/** `asm("name")` behind a declarator: the linker's name, of no use here. */
export function skipAsmLabel(cursor: Cursor): void {
  const { text } = peek(cursor);
  if (text !== 'asm' && text !== '__asm__' && text !== '__asm') return;
  cursor.at++;
  skipBracket(cursor);
}
