/**
 * Instructions as text, both ways: what GNU objdump -Mpower10 prints (one blank where it pads), and what our assembler
 * reads back.
 *
 * Example: 0x60000000 is `nop`; 0x48000009 at 0x1000 is `bl 0x1008`; assemble('std r0,16(r1)', 0n) is [0xf8010010].
 */
import { encode, fits, type Instruction, recognize } from './code.ts';
import { type Extended, extendedMnemonics, readOnlyMnemonics } from './extended.ts';
import { operandOf } from './operand.ts';
import type { FieldName, Fields, Row } from './row.ts';
import { table } from './table.ts';

/**
 * One instruction as objdump prints it; `.long 0x…` where the word is none.
 * @param address of the word, for branch targets
 * @param suffix the next word, for prefixed instructions
 */
export function disassemble(word: number, address: bigint, suffix = 0): string {
  const instruction = recognize(word, suffix);
  if (instruction === null) return `.long 0x${word.toString(16)}`;
  const { row, fields } = instruction;
  const extended = extendedByRow.get(row.mnemonic)?.find((candidate) => applies(candidate, instruction));
  const mnemonic = extended?.mnemonic ?? row.mnemonic + letters(row, fields);
  const operands = (extended ?? row).operands.map((operand) => operandOf(operand).print(fields, address));
  // BH is a hint of the branches to LR and CTR, and is printed where it is given.
  if (extended === undefined && row.operands.at(-1) === 'BH' && fields.BH === 0) operands.pop();
  return operands.length === 0 ? mnemonic : `${mnemonic} ${operands.join(',')}`;
}

/**
 * A line of assembly to its word or words; null where it is not one of the table's, or does not fit.
 * @param address of the instruction: branch targets are addresses (`bl 0x1008`) or relative (`b .+8`)
 */
export function assemble(line: string, address: bigint): readonly number[] | null {
  const [, mnemonic = '', rest = ''] = /^\s*([a-z0-9.]+[+-]?)\s*(.*?)\s*$/.exec(line) ?? [];
  const given = rest === '' ? [] : rest.split(',').map((operand) => operand.trim());
  for (const form of extendedByName.get(mnemonic) ?? []) {
    const row = rows.get(form.of);
    const fields = read(form.operands, given, form.fixed.AA === 1 ? 0n : address);
    if (row === undefined || fields === null) continue;
    const all = { ...form.complete(fields), ...form.fixed };
    if (fits(row, all)) return encode(row, all);
  }
  for (const [name, flags] of splitLetters(mnemonic)) {
    const row = rows.get(name);
    if (row === undefined || Object.keys(flags).some((flag) => !row.fields.has(flag as FieldName))) continue;
    const optional = row.operands.at(-1) === 'BH' && given.length === row.operands.length - 1 ? ['0'] : [];
    const fields = read(row.operands, [...given, ...optional], flags.AA === 1 ? 0n : address);
    const all = { ...fields, ...flags };
    if (fields !== null && fits(row, all)) return encode(row, all);
  }
  return null;
}

const rows = new Map<string, Row>(table.map((row) => [row.mnemonic, row]));
const extendedByRow = Map.groupBy(extendedMnemonics, (extended) => extended.of);
const extendedByName = Map.groupBy([...extendedMnemonics, ...readOnlyMnemonics], (extended) => extended.mnemonic);

function applies({ fixed, where }: Extended, { fields }: Instruction): boolean {
  return Object.entries(fixed).every(([name, value]) => fields[name as FieldName] === value) && where(fields);
}

/** What fields without an operand add to the mnemonic: `bcla-`, `add.`. */
function letters(row: Row, { OE, LK, AA, Rc, BO }: Fields): string {
  const hint = row.fields.has('BO') && BO >= 24 ? (BO & 1 ? '+' : '-') : '';
  return (OE ? 'o' : '') + (LK ? 'l' : '') + (AA ? 'a' : '') + (Rc ? '.' : '') + hint;
}

/** All ways to take such letters off a mnemonic. A hint is given by BO too and says nothing new. */
function splitLetters(mnemonic: string): [name: string, flags: Partial<Fields>][] {
  const name = mnemonic.replace(/[+-]$/, '');
  const ways: [string, Partial<Fields>][] = [[name, {}]];
  for (const [end, flags] of [
    ['l', { LK: 1 }],
    ['a', { AA: 1 }],
    ['la', { LK: 1, AA: 1 }],
    ['.', { Rc: 1 }],
    ['o', { OE: 1 }],
    ['o.', { OE: 1, Rc: 1 }],
  ] as const) {
    if (name.endsWith(end)) ways.push([name.slice(0, -end.length), flags]);
  }
  return ways;
}

function read(operands: readonly string[], given: readonly string[], address: bigint): Partial<Fields> | null {
  if (operands.length !== given.length) return null;
  let fields: Partial<Fields> = {};
  for (const [index, operand] of operands.entries()) {
    const part = operandOf(operand).read(given[index] ?? '', address);
    if (part === null) return null;
    fields = { ...fields, ...part };
  }
  return fields;
}
