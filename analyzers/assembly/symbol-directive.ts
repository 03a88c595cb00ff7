/**
 * Directives about symbols. The one idea: each names symbols that need not have a place yet and may never get one.
 *
 * Example: `.localentry f,.-f` behind the two instructions that make the TOC pointer says where a near call enters.
 */
import type { Assembly } from './assembly.ts';
import type { Run } from './directive.ts';
import { cursorOver, type Expression, readExpression, skipSpace } from './expression.ts';
import type { AsSymbol } from './symbol.ts';
import { constantOf } from './value.ts';

const bind =
  (binding: AsSymbol['binding']): Run =>
  (assembly, text) => {
    for (const name of text.split(',')) assembly.symbols.named(name.trim()).binding = binding;
  };

function split(text: string): [name: string, rest: string] {
  const comma = text.indexOf(',');
  return comma === -1 ? [text.trim(), ''] : [text.slice(0, comma).trim(), text.slice(comma + 1).trim()];
}

function whole(assembly: Assembly, text: string): Expression | null {
  const cursor = cursorOver(text);
  const expression = readExpression(cursor, assembly.symbols);
  skipSpace(cursor);
  if (expression !== null && cursor.at >= text.length) return expression;
  assembly.report('expression', `${text}: ${cursor.reason ?? 'something stands behind an expression'}`);
  return null;
}

/** `.set name, expression` and `name = expression`; names may be set again, labels not. */
export function setSymbol(assembly: Assembly, name: string, text: string): void {
  const expression = whole(assembly, text);
  const symbol = assembly.symbols.named(name);
  if (expression === null) return;
  const constant = constantOf(expression);
  if (symbol.position !== null) assembly.report('symbol', `${name} is a label already`);
  else assembly.symbols.set(name, constant === null ? expression : { kind: 'constant', value: constant });
}

const set: Run = (assembly, text) => setSymbol(assembly, ...split(text));

const withExpression =
  (field: 'size' | 'localEntry'): Run =>
  (assembly, text) => {
    const [name, rest] = split(text);
    const symbol = assembly.symbols.named(name);
    symbol[field] = whole(assembly, rest);
    symbol.setAt = assembly.origin;
  };

export const symbolDirectives: readonly (readonly [string, Run])[] = [
  ['.globl', bind('global')],
  ['.global', bind('global')],
  ['.weak', bind('weak')],
  ['.local', bind('local')],
  ...['.hidden', '.protected', '.internal'].map((name): [string, Run] => [name, () => {}]),
  [
    '.type',
    (assembly, text) => {
      const [, name = '', type = ''] = /^([^\s,]+)\s*,?\s*(?:[@%#"]|STT_)?(\w+)"?$/.exec(text) ?? [];
      if (name === '') assembly.report('operands', `.type ${text}`);
      else assembly.symbols.named(name).type = type === 'FUNC' ? 'function' : type.toLowerCase();
    },
  ],
  ['.size', withExpression('size')],
  ['.localentry', withExpression('localEntry')],
  ['.set', set],
  ['.equ', set],
  [
    '.equiv',
    (assembly, text) => {
      const [name] = split(text);
      const { position, equal } = assembly.symbols.named(name);
      if (position === null && equal === null) set(assembly, text);
      else assembly.report('symbol', `${name} is defined already`);
    },
  ],
];
