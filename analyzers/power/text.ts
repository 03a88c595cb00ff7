/**
 * Instructions as text, both ways: what GNU objdump prints with -Mpower10 (without its tab), and what the assembler reads
 * back. Extended mnemonics are a table of their own: a row of the instruction table with some fields fixed.
 *
 * Example: 0x60000000 is `nop`; 0x48000009 at 0x1000 is `bl 0x1008`; assemble('std r0,16(r1)') is 0xf8010010.
 */
import { decode, encode, type Instruction } from './code.ts';
import type { Row } from './row.ts';
import { table } from './table.ts';

/** An extended mnemonic (Book I appendix C): printed and read in place of `mnemonic` when the fields are as fixed. */
interface Alias {
  readonly syntax: string;
  readonly of: string;
  readonly fixed: Readonly<Record<string, number>>;
  /** Fields that must be equal, such as RS and RB of `mr`. */
  readonly same?: readonly [string, string];
}

const conditions: readonly Alias[] = (['lt', 'gt', 'eq', 'so'] as const).flatMap((name, bit): Alias[] => {
  const not = { lt: 'ge', gt: 'le', eq: 'ne', so: 'ns' }[name];
  return [
    { syntax: `b${name} BD`, of: 'bc', fixed: { BO: 12, BI: bit, AA: 0, LK: 0 } },
    { syntax: `b${not} BD`, of: 'bc', fixed: { BO: 4, BI: bit, AA: 0, LK: 0 } },
    { syntax: `b${name}lr`, of: 'bclr', fixed: { BO: 12, BI: bit, BH: 0, LK: 0 } },
    { syntax: `b${not}lr`, of: 'bclr', fixed: { BO: 4, BI: bit, BH: 0, LK: 0 } },
  ];
});

const aliases: readonly Alias[] = [
  { syntax: 'nop', of: 'ori', fixed: { RA: 0, RS: 0, UI: 0 } },
  { syntax: 'li RT,SI', of: 'addi', fixed: { RA: 0 } },
  { syntax: 'lis RT,SI', of: 'addis', fixed: { RA: 0 } },
  { syntax: 'mr RA,RS', of: 'or', fixed: {}, same: ['RS', 'RB'] },
  { syntax: 'blr', of: 'bclr', fixed: { BO: 20, BI: 0, BH: 0, LK: 0 } },
  { syntax: 'blrl', of: 'bclr', fixed: { BO: 20, BI: 0, BH: 0, LK: 1 } },
  { syntax: 'bctr', of: 'bcctr', fixed: { BO: 20, BI: 0, BH: 0, LK: 0 } },
  { syntax: 'bctrl', of: 'bcctr', fixed: { BO: 20, BI: 0, BH: 0, LK: 1 } },
  { syntax: 'bdnz BD', of: 'bc', fixed: { BO: 16, BI: 0, AA: 0, LK: 0 } },
  ...conditions,
  { syntax: 'cmpwi RA,SI', of: 'cmpi', fixed: { BF: 0, L: 0 } },
  { syntax: 'cmpdi RA,SI', of: 'cmpi', fixed: { BF: 0, L: 1 } },
  { syntax: 'cmplwi RA,UI', of: 'cmpli', fixed: { BF: 0, L: 0 } },
  { syntax: 'cmpldi RA,UI', of: 'cmpli', fixed: { BF: 0, L: 1 } },
  { syntax: 'cmpw RA,RB', of: 'cmp', fixed: { BF: 0, L: 0 } },
  { syntax: 'cmpd RA,RB', of: 'cmp', fixed: { BF: 0, L: 1 } },
  { syntax: 'cmplw RA,RB', of: 'cmpl', fixed: { BF: 0, L: 0 } },
  { syntax: 'cmpld RA,RB', of: 'cmpl', fixed: { BF: 0, L: 1 } },
  { syntax: 'trap', of: 'tw', fixed: { TO: 31, RA: 0, RB: 0 } },
  { syntax: 'sc', of: 'sc', fixed: { LEV: 0 } },
  { syntax: 'mtcr RS', of: 'mtcrf', fixed: { FXM: 255 } },
  { syntax: 'sub RT,RB,RA', of: 'subf', fixed: { Rc: 0 } },
];

const rowsByMnemonic = new Map<string, Row>(table.map((row) => [row.mnemonic, row]));

/**
 * One instruction as objdump prints it.
 * @param address of the word, for branch targets
 * @param suffix the next word, for prefixed instructions
 */
export function disassemble(word: number, address: bigint, suffix = 0): string {
  const instruction = decode(word, suffix);
  if (instruction === null) return `.long 0x${word.toString(16)}`;
  const alias = aliases.find((candidate) => candidate.of === instruction.row.mnemonic && fits(candidate, instruction));
  if (alias !== undefined) return print(alias.syntax, instruction, address);
  const { row, fields } = instruction;
  let mnemonic = row.mnemonic;
  if (fields.LK === 1 && row.fields.has('LK')) mnemonic += 'l';
  if (fields.AA === 1 && row.fields.has('AA')) mnemonic += 'a';
  if (fields.Rc === 1 && row.fields.has('Rc')) mnemonic += '.';
  return print([mnemonic, row.operands.join(',')].join(' ').trim(), instruction, address);
}

/**
 * A line of assembly to its word or words; null where it is not one of the table's.
 * @param address of the instruction: branch targets are absolute (`bl 0x1008`) or relative (`b .+8`)
 */
export function assemble(line: string, address: bigint): readonly number[] | null {
  const match = /^\s*([a-z.]+)\s*(.*?)\s*$/.exec(line);
  if (match === null) return null;
  const [, mnemonic = '', rest = ''] = match;
  const given = rest === '' ? [] : rest.split(',').map((operand) => operand.trim());
  for (const alias of aliases) {
    const [name = '', operands = ''] = alias.syntax.split(' ');
    if (name !== mnemonic) continue;
    const row = rowsByMnemonic.get(alias.of);
    const fields = read(operands === '' ? [] : operands.split(','), given, address);
    if (row === undefined || fields === null) continue;
    if (alias.same !== undefined) fields[alias.same[1]] = fields[alias.same[0]] ?? 0;
    return encode(row, { ...fields, ...alias.fixed });
  }
  for (const [suffix, flag] of [
    ['', {}],
    ['l', { LK: 1 }],
    ['a', { AA: 1 }],
    ['la', { LK: 1, AA: 1 }],
    ['.', { Rc: 1 }],
  ] as const) {
    if (!mnemonic.endsWith(suffix)) continue;
    const row = rowsByMnemonic.get(suffix === '' ? mnemonic : mnemonic.slice(0, -suffix.length));
    if (row === undefined || Object.keys(flag).some((name) => !row.fields.has(name))) continue;
    const fields = read(row.operands, given, address);
    if (fields !== null) return encode(row, { ...fields, ...flag });
  }
  return null;
}

function fits(alias: Alias, { fields }: Instruction): boolean {
  if (alias.same !== undefined && fields[alias.same[0]] !== fields[alias.same[1]]) return false;
  return Object.entries(alias.fixed).every(([name, value]) => fields[name] === value);
}

function print(syntax: string, { fields }: Instruction, address: bigint): string {
  const [mnemonic = '', operands = ''] = syntax.split(' ');
  if (operands === '') return mnemonic;
  const texts = operands.split(',').map((operand) => {
    const memory = /^(\w+)\((\w+)\)$/.exec(operand);
    if (memory !== null) {
      const [, displacement = '', base = ''] = memory;
      const value = (fields[displacement] ?? 0) * (displacement === 'DS' ? 4 : 1);
      return `${value}(${registerOrZero(fields[base] ?? 0)})`;
    }
    return operandText(operand, fields[operand] ?? 0, fields, address, mnemonic);
  });
  return `${mnemonic} ${texts.join(',')}`;
}

function operandText(
  name: string,
  value: number,
  fields: Instruction['fields'],
  address: bigint,
  mnemonic: string,
): string {
  if (name === 'LI' || name === 'BD') {
    const target = (fields.AA === 1 ? 0n : address) + BigInt(value) * 4n;
    return `0x${BigInt.asUintN(64, target).toString(16)}`;
  }
  if (/^R[TSAB]$/.test(name))
    return name === 'RA' && /^(addi|addis|paddi|ldx|lwzx|stdx|dcbst|icbi)$/.test(mnemonic)
      ? registerOrZero(value)
      : `r${value}`;
  if (name === 'BF' || name === 'BFA') return `cr${value}`;
  return String(value);
}

const registerOrZero = (value: number) => (value === 0 ? '0' : `r${value}`);

function read(operands: readonly string[], given: readonly string[], address: bigint): Record<string, number> | null {
  if (operands.length !== given.length) return null;
  const fields: Record<string, number> = {};
  for (const [index, operand] of operands.entries()) {
    const text = given[index] ?? '';
    const memory = /^(\w+)\((\w+)\)$/.exec(operand);
    if (memory !== null) {
      const written = /^(-?\w+)\((\w+)\)$/.exec(text);
      if (written === null) return null;
      const value = number(written[1] ?? '');
      if (value === null) return null;
      fields[memory[1] ?? ''] = memory[1] === 'DS' ? value / 4 : value;
      fields[memory[2] ?? ''] = register(written[2] ?? '');
      continue;
    }
    if (operand === 'LI' || operand === 'BD') {
      const relative = /^\.([+-]\w+)$/.exec(text);
      const target = number(relative?.[1] ?? text);
      if (target === null) return null;
      fields[operand] = relative !== null ? target / 4 : Number((BigInt(target) - address) / 4n);
      continue;
    }
    const value = /^(r|cr)?\d+$/.test(text) ? register(text) : number(text);
    if (value === null) return null;
    fields[operand] = value;
  }
  return fields;
}

const register = (text: string) => Number(text.replace(/^(r|cr)/, ''));

function number(text: string): number | null {
  const value = Number(text.replace(/^([+-])/, '')) * (text.startsWith('-') ? -1 : 1);
  return text === '' || Number.isNaN(value) ? null : value;
}
