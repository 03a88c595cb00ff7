/**
 * Instructions as text, both ways: what GNU objdump -Mpower10 prints (one blank where it pads), and what our assembler
 * reads back.
 *
 * Example: 0x60000000 is `nop`; 0x48000009 at 0x1000 is `bl 0x1008`; assemble('std r0,16(r1)', 0n) is [0xf8010010].
 */
import { encode, fits, recognize } from './code.ts';
import { textOnly } from './facilities/facilities.ts';
import { aliases } from './mnemonics/aliases.ts';
import type { Extended } from './mnemonics/extended.ts';
import { extendedMnemonics } from './mnemonics/mnemonics.ts';
import { operandOf, type Place, type Site } from './operand.ts';
import { type FieldName, type Fields, noFields, type Row } from './row.ts';
import { withoutReserved } from './rows/branch.ts';
import { table } from './table.ts';

/**
 * One instruction, with one blank between mnemonic and operands; `.long 0x…` where the word is none.
 * @param address of the word, for branch targets
 * @param suffix the next word, for prefixed instructions
 */
export function disassemble(word: number, address: bigint, suffix = 0): string {
  const text = textOf(word, { address, bits: 64 }, suffix);
  return text === null ? notKnown(word) : `${text.mnemonic} ${text.operands.join(',')}`.trimEnd();
}

/** The same to the letter as objdump prints it of a raw binary: padded, and with the address a relative one stands for. */
export function objdumpText(word: number, suffix: number, place: Place): string {
  const text = textOf(word, place, suffix);
  if (text === null) return notKnown(word);
  const { mnemonic, operands, row, fields } = text;
  const line = `${mnemonic.padEnd(7)} ${operands.join(',')}`.trimEnd();
  if (row.suffix === null || fields.R === 0) return line;
  const target = BigInt.asUintN(64, place.address + BigInt(fields.SI + fields.D));
  return `${line}\t# ${target.toString(16)}`;
}

const notKnown = (word: number) => `.long 0x${word.toString(16)}`;

function textOf(word: number, place: Place, suffix: number) {
  const instruction = recognize(word, suffix);
  if (instruction === null || instruction.row.unprinted(instruction.fields)) return null;
  const { row } = instruction;
  const fields = { ...instruction.fields, BO: withoutReserved(instruction.fields.BO) };
  const extended = extendedByRow.get(row.mnemonic)?.find((candidate) => applies(candidate, fields));
  const mnemonic = extended?.mnemonic ?? row.mnemonic + letters(row, fields);
  return { mnemonic, operands: printed((extended ?? row).operands, fields, place), row, fields };
}

/**
 * A line of assembly to its word or words; null where it is not one of the table's, or does not fit.
 * @param address of the instruction: branch targets are addresses (`bl 0x1008`) or relative (`b .+8`)
 */
export function assemble(line: string, address: bigint): readonly number[] | null {
  const [, mnemonic = '', rest = ''] = /^\s*([a-z0-9._]+[+-]?)\s*(.*?)\s*$/.exec(line) ?? [];
  const given = rest === '' ? [] : rest.split(',').map((operand) => operand.trim());
  for (const { of, operands, fixed, where, complete } of extendedByName.get(mnemonic) ?? []) {
    const row = rows.get(of);
    const fields = read(operands, given, { address, absolute: fixed.AA === 1 });
    if (row === undefined || fields === null) continue;
    const all = { ...complete(fields), ...fixed };
    if (isInstruction(row, all) && where({ ...noFields, ...all })) return encode(row, all);
  }
  for (const { row, flags, hint } of splitLetters(mnemonic)) {
    const fields = read(row.operands, given, { address, absolute: flags.AA === 1 });
    const all = fields === null ? null : withHint({ ...fields, ...flags }, hint);
    if (all !== null && isInstruction(row, all)) return encode(row, all);
  }
  return null;
}

function isInstruction(row: Row, given: Partial<Fields>): boolean {
  const fields = { ...noFields, ...given };
  return fits(row, given) && !row.invalid(fields) && !row.overlooked(fields);
}

const rows = new Map<string, Row>([...table, ...textOnly].map((row) => [row.mnemonic, row]));
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

interface Split {
  readonly row: Row;
  readonly flags: Partial<Fields>;
  readonly hint: '' | '-' | '+';
}

/** All ways to take such letters off a mnemonic that leave a row's. */
function splitLetters(mnemonic: string): Split[] {
  const [, name = '', sign = ''] = /^(.*?)([+-]?)$/.exec(mnemonic) ?? [];
  const hint = sign as Split['hint'];
  return endings.flatMap(([end, flags]) => {
    const row = name.endsWith(end) ? rows.get(name.slice(0, name.length - end.length)) : undefined;
    const known = Object.keys(flags).every((flag) => row?.fields.has(flag as FieldName));
    return row === undefined || !known || (hint !== '' && !row.fields.has('BO')) ? [] : [{ row, flags, hint }];
  });
}

const endings = [
  ['', {}],
  ['l', { LK: 1 }],
  ['a', { AA: 1 }],
  ['la', { LK: 1, AA: 1 }],
  ['.', { Rc: 1 }],
  ['o', { OE: 1 }],
  ['o.', { OE: 1, Rc: 1 }],
] as const;

/** Every mnemonic that is read, with its operands. */
export const formsRead: readonly { readonly mnemonic: string; readonly operands: readonly string[] }[] = [
  ...extendedMnemonics,
  ...aliases,
  ...[...table, ...textOnly].flatMap(({ mnemonic, operands, fields }) =>
    endings
      .filter(([, flags]) => Object.keys(flags).every((flag) => fields.has(flag as FieldName)))
      .flatMap(([end]) => (fields.has('BO') ? ['', '-', '+'] : ['']).map((hint) => `${mnemonic}${end}${hint}`))
      .map((name) => ({ mnemonic: name, operands })),
  ),
];

/** BO with the hint of the mnemonic; null where it has another one already, or no room for any. */
function withHint(fields: Partial<Fields>, hint: Split['hint']): Partial<Fields> | null {
  const { BO = 0 } = fields;
  if (hint === '') return fields;
  const kind = BO & 0x14;
  if (kind !== 0x04 && kind !== 0x10) return null;
  const [at, value] = kind === 0x04 ? [3, hint === '+' ? 3 : 2] : [9, hint === '+' ? 9 : 8];
  return (BO & at) === 0 || (BO & at) === value ? { ...fields, BO: BO | value } : null;
}

/** Operands that may be left out are, unless they or later ones are not what that would stand for. */
function printed(operands: readonly string[], fields: Fields, place: Place): string[] {
  const texts = operands.map((operand) => {
    const { print, omitted } = operandOf(operand);
    return { text: print(fields, place), omitted };
  });
  const needed = texts.findLastIndex(({ text, omitted }) => omitted !== null && text !== omitted);
  return texts.filter(({ omitted }, i) => omitted === null || i <= needed).map(({ text }) => text);
}

/** Fewer operands than there are: the last ones of those that may be left out are. */
function read(operands: readonly string[], given: readonly string[], site: Site): Partial<Fields> | null {
  const kinds = operands.map(operandOf);
  let optional = given.length - kinds.filter(({ omitted }) => omitted === null).length;
  if (optional < 0 || given.length > kinds.length) return null;
  let fields: Partial<Fields> = {};
  let next = 0;
  for (const { read, omitted } of kinds) {
    const text = omitted === null || optional-- > 0 ? given[next++] : omitted;
    const part = read(text ?? '', site);
    if (part === null) return null;
    fields = { ...fields, ...part };
  }
  return fields;
}
