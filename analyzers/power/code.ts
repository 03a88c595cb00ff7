/**
 * Words and instructions: decode a word by the table, encode fields back. A prefixed instruction is a pair of words and is
 * never decoded from its prefix alone.
 *
 * Example: decode(0x7c0802a6) is { row: mflr, fields: { RT: 0 } }; decode(0x00000000) is null.
 */
import type { Fields, Part, Row } from './row.ts';
import { table } from './table.ts';

export interface Instruction {
  readonly row: Row;
  readonly fields: Fields;
  readonly bytes: 4 | 8;
}

/** Rows by primary opcode: the six most significant bits. */
const byOpcode: readonly (readonly Row[])[] = Array.from({ length: 64 }, (_, opcode) =>
  table.filter((row) => row.match >>> 26 === opcode),
);

/** @param word 32-bit value as the ISA prints it; `suffix` the next word, which only prefixed instructions look at. */
export function decode(word: number, suffix = 0): Instruction | null {
  for (const row of byOpcode[word >>> 26] ?? []) {
    if ((word & row.mask) >>> 0 !== row.match) continue;
    if (row.suffix === null) return { row, fields: fieldsOf(row, word, 0), bytes: 4 };
    if ((suffix & row.suffixMask) >>> 0 === row.suffixMatch)
      return { row, fields: fieldsOf(row, word, suffix), bytes: 8 };
  }
  return null;
}

/** The word or words of a row with these fields; absent fields are 0. Values are cut to the field's width. */
export function encode(row: Row, fields: Fields): readonly number[] {
  const left = new Map(
    [...row.fields].map(([name, { width }]) => [
      name,
      { value: BigInt.asUintN(width, BigInt(fields[name] ?? 0)), width },
    ]),
  );
  const pack = (parts: readonly Part[]) => {
    let word = 0n;
    for (const part of parts) {
      const field = left.get(part.name);
      let bits = BigInt(part.value);
      if (field !== undefined) {
        field.width -= part.width;
        bits = BigInt.asUintN(part.width, field.value >> BigInt(field.width));
      }
      word = (word << BigInt(part.width)) | bits;
    }
    return Number(word);
  };
  const word = pack(row.word);
  return row.suffix === null ? [word] : [word, pack(row.suffix)];
}

export const preferredNop = 0x60000000;

/** Patch class of Power ISA 2.03 Book II 1.8.1: the I-form branches and the preferred nop. */
export function isPatchClass(word: number): boolean {
  return word === preferredNop || word >>> 26 === 18;
}

function fieldsOf(row: Row, word: number, suffix: number): Fields {
  const values: Record<string, number> = {};
  const take = (parts: readonly Part[], from: number) => {
    let at = 32;
    for (const part of parts) {
      at -= part.width;
      if (part.name === '') continue;
      const bits = Math.floor(from / 2 ** at) % 2 ** part.width;
      values[part.name] = (values[part.name] ?? 0) * 2 ** part.width + bits;
    }
  };
  take(row.word, word >>> 0);
  if (row.suffix !== null) take(row.suffix, suffix >>> 0);
  for (const [name, { width, signed }] of row.fields) {
    const value = values[name] ?? 0;
    if (signed && value >= 2 ** (width - 1)) values[name] = value - 2 ** width;
  }
  return values;
}
