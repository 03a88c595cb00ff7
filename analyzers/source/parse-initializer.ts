/**
 * Initialisers (C11 6.7.9, with GNU ranges and the old `field: value`). The one idea: the list is kept as written,
 * designators and all; which element an item lands on is decided where the type is known.
 *
 * Example: `{ .a[1 ... 2] = 3, 4 }` is two items, the first with designators [field a, index 1 to 2].
 */
import type { Designator, Initializer, InitializerItem } from './ast.ts';
import {
  accept,
  type Cursor,
  enter,
  expect,
  expectName,
  isIdentifier,
  isNext,
  leave,
  peek,
  take,
} from './parse-cursor.ts';
import { parseAssignment, parseConditional } from './parse-expression.ts';
import { placeOf } from './token.ts';

/** What stands behind `=`. */
export function parseInitializer(cursor: Cursor): Initializer {
  if (isNext(cursor, '{')) return parseInitializerList(cursor);
  return { kind: 'expression', value: parseAssignment(cursor) };
}

export function parseInitializerList(cursor: Cursor): Initializer {
  enter(cursor);
  const at = placeOf(expect(cursor, '{'));
  const items: InitializerItem[] = [];
  while (!accept(cursor, '}')) {
    const designators = parseDesignators(cursor);
    items.push({ designators, value: parseInitializer(cursor) });
    if (!isNext(cursor, '}')) expect(cursor, ',');
  }
  leave(cursor);
  return { kind: 'list', at, items };
}

function parseDesignators(cursor: Cursor): Designator[] {
  if (isIdentifier(peek(cursor)) && peek(cursor, 1).text === ':') {
    const { text } = take(cursor);
    cursor.at++;
    return [{ kind: 'field', name: text }];
  }
  const designators: Designator[] = [];
  for (;;) {
    if (accept(cursor, '.')) designators.push({ kind: 'field', name: expectName(cursor, 'a member').text });
    else if (accept(cursor, '[')) {
      const from = parseConditional(cursor);
      const to = accept(cursor, '...') ? parseConditional(cursor) : null;
      expect(cursor, ']');
      designators.push({ kind: 'index', from, to });
    } else break;
  }
  // Old GNU C lets `[3] value` go without its `=`.
  if (designators.length > 0) accept(cursor, '=');
  return designators;
}
