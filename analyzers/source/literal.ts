/**
 * What a number, character constant or string literal means (C11 6.4.4, 6.4.5). The one idea: the spelling gives a
 * value and what its suffix says; which C type that makes depends on the width of `long` and is one small table.
 *
 * Example: `0xffffffffUL` is 4294967295n of `unsigned long`; '\n' is 10n; "a\x41" is the two characters aA.
 */
import type { BaseTypeName } from './ast.ts';

export interface IntegerLiteral {
  readonly value: bigint;
  readonly unsigned: boolean;
  /** Number of l in the suffix. */
  readonly longs: 0 | 1 | 2;
  /** Hexadecimal, octal and binary constants may become unsigned by their size alone. */
  readonly decimal: boolean;
}

/** null when the spelling is no integer constant (C11 6.4.4.1, and GNU binary constants). */
export function readInteger(text: string): IntegerLiteral | null {
  if (text.length > LITERAL_LENGTH_MAX) return null;
  const match = /^(0[xX][0-9a-fA-F]+|0[bB][01]+|0[0-7]*|[1-9][0-9]*)([uUlL]*)$/.exec(text);
  const digits = match?.[1];
  const suffix = suffixes.get(match?.[2]?.toLowerCase() ?? '?');
  if (digits === undefined || suffix === undefined) return null;
  const isOctal = /^0[0-7]/.test(digits);
  return { ...suffix, value: BigInt(isOctal ? `0o${digits}` : digits), decimal: !digits.startsWith('0') };
}

/** A floating constant, hexadecimal ones included (C11 6.4.4.2). */
export function isFloating(text: string): boolean {
  return /^(\d+[eE]|\d*\.\d*|0[xX][\da-fA-F.]+[pP])[-+\da-zA-Z]*$/.test(text);
}

/** The first type of C11 6.4.4.1 p5 that holds the value; `unsigned long long` where none does. */
export function typeOfInteger(literal: IntegerLiteral, longBits: 32 | 64): BaseTypeName {
  const bits = literal.value.toString(2).length;
  for (const [name, longs, width] of integerTypes) {
    const isUnsigned = name.startsWith('unsigned');
    const size = width === 'long' ? longBits : width;
    const allowed = isUnsigned ? literal.unsigned || !literal.decimal : !literal.unsigned;
    if (longs >= literal.longs && allowed && bits <= (isUnsigned ? size : size - 1)) return name;
  }
  return 'unsigned long long';
}

/** The value of a character constant as `int`: several characters are packed big end first, as GCC does. */
export function readCharacter(text: string): bigint | null {
  const quoteAt = text.indexOf("'");
  const isWide = quoteAt > 0 && !text.startsWith('u8');
  const bytes = decode(text.slice(quoteAt + 1, -1), isWide);
  if (bytes === null || bytes.length === 0) return null;
  const [first = 0] = bytes;
  if (isWide) return BigInt(first);
  // char is unsigned in the powerpc ABI; GCC gives '\xff' the value 255 there.
  return bytes.length === 1
    ? BigInt(first)
    : BigInt.asIntN(
        32,
        bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n),
      );
}

/** The characters of a string literal, one per byte (UTF-8), or per code point for L, u and U; null: a bad escape. */
export function readString(text: string): string | null {
  const quoteAt = text.indexOf('"');
  const units = decode(text.slice(quoteAt + 1, -1), quoteAt > 0 && !text.startsWith('u8'));
  if (units === null) return null;
  let value = '';
  for (const unit of units) value += unit > 0xffff ? String.fromCodePoint(unit) : String.fromCharCode(unit);
  return value;
}

/** Longer constants are no integers of any C type; the bound keeps BigInt() cheap. */
const LITERAL_LENGTH_MAX = 200;

const suffixes: ReadonlyMap<string, { unsigned: boolean; longs: 0 | 1 | 2 }> = new Map([
  ['', { unsigned: false, longs: 0 }],
  ['u', { unsigned: true, longs: 0 }],
  ['l', { unsigned: false, longs: 1 }],
  ['ul', { unsigned: true, longs: 1 }],
  ['lu', { unsigned: true, longs: 1 }],
  ['ll', { unsigned: false, longs: 2 }],
  ['ull', { unsigned: true, longs: 2 }],
  ['llu', { unsigned: true, longs: 2 }],
]);

/** In the order in which C tries them; `longs` is the largest suffix the type answers to. */
const integerTypes: readonly (readonly [name: BaseTypeName, longs: number, width: 32 | 64 | 'long'])[] = [
  ['int', 0, 32],
  ['unsigned int', 0, 32],
  ['long', 1, 'long'],
  ['unsigned long', 1, 'long'],
  ['long long', 2, 64],
  ['unsigned long long', 2, 64],
];

const simpleEscapes: ReadonlyMap<string, number> = new Map([
  ...([
    ['n', 10],
    ['t', 9],
    ['r', 13],
    ['0', 0],
    ['a', 7],
    ['b', 8],
    ['f', 12],
    ['v', 11],
    ['e', 27],
    ['E', 27],
  ] as const),
  ...([
    ['\\', 92],
    ["'", 39],
    ['"', 34],
    ['?', 63],
  ] as const),
]);

/** The inside of a literal as bytes (or code points when wide); null for an escape C does not have. */
function decode(inside: string, isWide: boolean): number[] | null {
  const units: number[] = [];
  for (let at = 0; at < inside.length; ) {
    const point = inside.codePointAt(at) ?? 0;
    if (point !== 92) {
      at += point > 0xffff ? 2 : 1;
      if (isWide || point < 0x80) units.push(point);
      else units.push(...utf8(point));
      continue;
    }
    const match = /^(?:x([0-9a-fA-F]+)|([0-7]{1,3})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/.exec(
      inside.slice(at + 1, at + 1 + ESCAPE_LENGTH_MAX),
    );
    const simple = simpleEscapes.get(inside.charAt(at + 1));
    if (match !== null) {
      const [all, hex, octal, short, long] = match;
      const value = octal === undefined ? Number.parseInt(hex ?? short ?? long ?? '', 16) : Number.parseInt(octal, 8);
      const universal = short ?? long;
      if (universal !== undefined && value > 0x10ffff) return null;
      if (universal !== undefined && !isWide) units.push(...utf8(value));
      else units.push(isWide ? value & 0x1fffff : value & 0xff);
      at += 1 + all.length;
    } else if (simple !== undefined) {
      units.push(simple);
      at += 2;
    } else return null;
  }
  return units;
}

/** Hexadecimal escapes have no end in C; longer ones are out of any range. */
const ESCAPE_LENGTH_MAX = 20;

function utf8(point: number): number[] {
  if (point < 0x80) return [point];
  const tail = (shift: number) => 0x80 | ((point >> shift) & 0x3f);
  if (point < 0x800) return [0xc0 | (point >> 6), tail(0)];
  if (point < 0x10000) return [0xe0 | (point >> 12), tail(6), tail(0)];
  return [0xf0 | (point >> 18), tail(12), tail(6), tail(0)];
}
