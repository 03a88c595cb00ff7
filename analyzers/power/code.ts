/**
 * Words and instructions: decode a word by the table, encode fields back. A prefixed instruction is a pair of words and is
 * never decoded from its prefix alone.
 *
 * Example: decode(0x7c0802a6) is { row: mfspr, fields: { RT: 0, SPR: 8, … } }; decode(0x00000000) is null.
 */
import { textOnly } from './facilities/facilities.ts';
import { type Fields, noFields, type Part, type Row } from './row.ts';
import { table } from './table.ts';

export interface Instruction {
  readonly row: Row;
  readonly fields: Fields;
  readonly bytes: 4 | 8;
}

/** Rows by primary opcode: the six most significant bits. */
const byOpcode: readonly (readonly Row[])[] = Array.from({ length: 64 }, (_, opcode) =>
  [...table, ...textOnly].filter((row) => row.match >>> 26 === opcode),
);

/**
 * @param word 32-bit value as the ISA prints it
 * @param suffix the next word, which only prefixed instructions look at
 * @returns null where the word (or the pair) is no instruction of the table
 */
export function decode(word: number, suffix = 0): Instruction | null {
  const instruction = recognize(word, suffix);
  if (instruction === null) return null;
  const { row, fields } = instruction;
  return fields['/'] !== 0 || row.overlooked(fields) || row.reserved(fields) ? null : instruction;
}

/** As decode(); what a word by itself is, is worked out once. */
export function decodingOnce(): typeof decode {
  const known = new Map<number, Instruction | null>();
  return (word, suffix) => {
    if (isPrefix(word)) return decode(word, suffix);
    const found = known.get(word);
    if (found !== undefined) return found;
    const instruction = decode(word);
    known.set(word, instruction);
    return instruction;
  };
}

/** The same for print: what objdump has a text for, though the ISA reserves the values of its fields or of other bits. */
export function recognize(word: number, suffix = 0): Instruction | null {
  for (const row of byOpcode[word >>> 26] ?? []) {
    if ((word & row.mask) >>> 0 !== row.match) continue;
    if (row.suffix !== null && (suffix & row.suffixMask) >>> 0 !== row.suffixMatch) continue;
    const fields = fieldsOf(row, word, suffix);
    if (!row.invalid(fields)) return { row, fields, bytes: row.suffix === null ? 4 : 8 };
  }
  return null;
}

/** The word or words of a row with these fields; absent fields are 0. Values are cut to the field's width. */
export function encode(row: Row, fields: Partial<Fields>): readonly number[] {
  const pack = (parts: readonly Part[]) => {
    let word = 0;
    for (const { name, width, value, low } of parts) {
      const bits = name === null ? value : Number(BigInt.asUintN(width, BigInt(fields[name] ?? 0) >> BigInt(low)));
      word = word * 2 ** width + bits;
    }
    return word;
  };
  const word = pack(row.word);
  return row.suffix === null ? [word] : [word, pack(row.suffix)];
}

/** Do the fields hold these values without cutting anything off? */
export function fits(row: Row, fields: Partial<Fields>): boolean {
  if (!Object.values(fields).every(Number.isInteger)) return false; // a displacement that is no multiple of its scale
  const [word = 0, suffix = 0] = encode(row, fields);
  const held = fieldsOf(row, word, suffix);
  return [...row.fields.keys()].every((name) => held[name] === (fields[name] ?? 0));
}

export const preferredNop = 0x60000000;

/** Patch class of Power ISA 2.03 Book II 1.8.1: the I-form branches and the preferred nop. */
export function isPatchClass(word: number): boolean {
  return word === preferredNop || word >>> 26 === 18;
}

/** `ld r2,X(r1)`: the caller's TOC pointer comes back from its slot in the frame. */
export const isTocRestore = (word: number) => (word & 0xffff0003) >>> 0 === 0xe8410000;

/** The first word of a prefixed instruction (Book I 1.6.3: primary opcode 1). */
export const isPrefix = (word: number) => word >>> 26 === 1;

function fieldsOf(row: Row, word: number, suffix: number): Fields {
  const values = { ...noFields };
  const take = (parts: readonly Part[], from: number) => {
    let at = 32;
    for (const { name, width, low } of parts) {
      at -= width;
      if (name !== null) values[name] += ((from >>> at) & (2 ** width - 1)) * 2 ** low;
    }
  };
  take(row.word, word);
  if (row.suffix !== null) take(row.suffix, suffix);
  for (const [name, { width, signed }] of row.fields) {
    if (signed && values[name] >= 2 ** (width - 1)) values[name] -= 2 ** width;
  }
  return values;
}
