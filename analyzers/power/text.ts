/**
 * Instructions as text, both ways: what GNU objdump -Mpower10 prints (one blank where it pads), and what our assembler
 * reads back.
 *
 * Example: 0x60000000 is `nop`; 0x48000009 at 0x1000 is `bl 0x1008`; assemble('std r0,16(r1)', 0n) is [0xf8010010].
 */
import { encode, fits, recognize } from './code.ts';
import { aliases } from './mnemonics/aliases.ts';
import type { Extended } from './mnemonics/extended.ts';
import { extendedMnemonics } from './mnemonics/mnemonics.ts';
import { operandOf } from './operand.ts';
import type { FieldName, Fields, Row } from './row.ts';
import { withoutReserved } from './rows/branch.ts';
import { table } from './table.ts';

/**
 * One instruction as objdump prints it; `.long 0x…` where the word is none.
 * @param address of the word, for branch targets
 * @param suffix the next word, for prefixed instructions
 */
export function disassemble(word: number, address: bigint, suffix = 0): string {
  const instruction = recognize(word, suffix);
  if (instruction === null) return `.long 0x${word.toString(16)}`;
  const { row } = instruction;
  const fields = { ...instruction.fields, BO: withoutReserved(instruction.fields.BO) };
  const extended = extendedByRow.get(row.mnemonic)?.find((candidate) => applies(candidate, fields));
  const mnemonic = extended?.mnemonic ?? row.mnemonic + letters(row, fields);
  const operands = printed((extended ?? row).operands, fields, address);
  return operands.length === 0 ? mnemonic : `${mnemonic} ${operands.join(',')}`;
}

/**
 * A line of assembly to its word or words; null where it is not one of the table's, or does not fit.
 * @param address of the instruction: branch targets are addresses (`bl 0x1008`) or relative (`b .+8`)
 */
export function assemble(line: string, address: bigint): readonly number[] | null {
  const [, mnemonic = '', rest = ''] = /^\s*([a-z0-9._]+[+-]?)\s*(.*?)\s*$/.exec(line) ?? [];
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
    const fields = read(row.operands, given, flags.AA === 1 ? 0n : address);
    const all = { ...fields, ...flags };
    if (fields !== null && fits(row, all)) return encode(row, all);
  }
  return null;
}

const rows = new Map<string, Row>(table.map((row) => [row.mnemonic, row]));
const extendedByRow = Map.groupBy(extendedMnemonics, (extended) => extended.of);
const extendedByName = Map.groupBy([...extendedMnemonics, ...aliases], (extended) => extended.mnemonic);

function applies({ fixed, where }: Extended, fields: Fields): boolean {
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

/** Operands that may be left out are, unless they or later ones are not what that would stand for. */
function printed(operands: readonly string[], fields: Fields, address: bigint): string[] {
  const texts = operands.map((operand) => {
    const { print, omitted } = operandOf(operand);
    return { text: print(fields, address), omitted };
  });
  const needed = texts.findLastIndex(({ text, omitted }) => omitted !== null && text !== omitted);
  return texts.filter(({ omitted }, i) => omitted === null || i <= needed).map(({ text }) => text);
}

/** Fewer operands than there are: the last ones of those that may be left out are. */
function read(operands: readonly string[], given: readonly string[], address: bigint): Partial<Fields> | null {
  const kinds = operands.map(operandOf);
  let optional = given.length - kinds.filter(({ omitted }) => omitted === null).length;
  if (optional < 0 || given.length > kinds.length) return null;
  let fields: Partial<Fields> = {};
  let next = 0;
  for (const { read, omitted } of kinds) {
    const text = omitted === null || optional-- > 0 ? given[next++] : omitted;
    const part = read(text ?? '', address);
    if (part === null) return null;
    fields = { ...fields, ...part };
  }
  return fields;
}
