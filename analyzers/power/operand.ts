/**
 * Operands as text, both ways, one row per kind: how GNU objdump prints it and what the assembler reads back. An operand
 * stands for one or two fields of an instruction.
 *
 * Example: `DS(RA)` with DS=4, RA=1 is `16(r1)`; `BI` with 30 is `4*cr7+eq`; `BD` is an address.
 */
import { type Fields, noFields } from './row.ts';

export interface Operand {
  readonly print: (fields: Fields, address: bigint) => string;
  /** @returns the fields the text stands for, null where it is no such operand */
  readonly read: (text: string, address: bigint) => Partial<Fields> | null;
}

const conditions = ['lt', 'gt', 'eq', 'so'] as const;

const operands: ReadonlyMap<string, Operand> = new Map<string, Operand>([
  ...(['RT', 'RS', 'RA', 'RB', 'RC'] as const).map((name): [string, Operand] => [
    name,
    { print: (fields) => `r${fields[name]}`, read: (text) => one(name, register(text, 'r')) },
  ]),
  ['RA|0', { print: ({ RA }) => base(RA), read: (text) => one('RA', text === '0' ? 0 : register(text, 'r')) }],
  ...(['BF', 'BFA'] as const).map((name): [string, Operand] => [
    name,
    { print: (fields) => `cr${fields[name]}`, read: (text) => one(name, register(text, 'cr')) },
  ]),
  ['D(RA)', memory('D', 1)],
  ['DS(RA)', memory('DS', 4)],
  ['DQ(RA)', memory('DQ', 16)],
  // 0 stands for 32 bytes.
  [
    'NB',
    { print: ({ NB }) => String(NB || 32), read: (text) => (text === '32' ? { NB: 0 } : plain('NB').read(text, 0n)) },
  ],
  ['LI', target('LI')],
  ['BD', target('BD')],
  ...(['BI', 'BT', 'BA', 'BB', 'BC'] as const).map((name): [string, Operand] => [name, conditionBit(name)]),
  // For mnemonics that name the bit themselves, the field of it.
  [
    'BI/4',
    {
      print: ({ BI }) => `cr${BI >> 2}`,
      read: (text) => one('BI', scaled(register(text, 'cr'), 4)),
    },
  ],
  // The counts of the rotate mnemonics (Book I C.8): n of `slwi` and so on, as fields of rlwinm and rldicl.
  ['SH=n;ME=31-n', count(32, 'SH', (n) => ({ SH: n, ME: 31 - n }))],
  ['SH=32-n;MB=n', count(32, 'MB', (n) => ({ SH: (32 - n) % 32, MB: n }))],
  ['ME=31-n', complement('ME', 31)],
  ['SH=n;ME=63-n', count(64, 'SH', (n) => ({ SH: n, ME: 63 - n }))],
  ['SH=64-n;MB=n', count(64, 'MB', (n) => ({ SH: (64 - n) % 64, MB: n }))],
  ['ME=63-n', complement('ME', 63)],
  // One of the four registers of a name.
  ['SPR=272+n', oneOfFour(272, 1)],
  ['SPR=528+2n', oneOfFour(528, 2)],
  ['SPR=529+2n', oneOfFour(529, 2)],
  ['SPR=536+2n', oneOfFour(536, 2)],
  ['SPR=537+2n', oneOfFour(537, 2)],
]);

/** The operand a syntax names; any other name is a field printed as a plain number. */
export function operandOf(syntax: string): Operand & { readonly omitted: string | null } {
  const [name = '', omitted] = syntax.split('?');
  const operand = operands.get(name) ?? plain(name as keyof Fields);
  // `NAME?` stands for 0 where it is left out, `NAME?=1` for 1.
  return { ...operand, omitted: omitted === undefined ? null : omitted.slice(1) || operand.print(noFields, 0n) };
}

/** @returns null where the text is no decimal or 0x number */
function integer(text: string): bigint | null {
  const [, sign, digits = ''] = /^([+-]?)(0x[0-9a-f]+|\d+)$/i.exec(text) ?? [];
  return digits === '' ? null : BigInt(digits) * (sign === '-' ? -1n : 1n);
}

const one = (name: keyof Fields, value: number | null): Partial<Fields> | null =>
  value === null ? null : { [name]: value };
const base = (RA: number) => (RA === 0 ? '0' : `r${RA}`);
const scaled = (value: number | null, by: number) => (value === null ? null : value * by);

function register(text: string, prefix: 'r' | 'cr'): number | null {
  const [, written, digits = ''] = /^(r|cr)?(\d{1,2})$/.exec(text) ?? [];
  if (digits === '' || (written !== undefined && written !== prefix)) return null;
  return Number(digits) < (prefix === 'r' ? 32 : 8) ? Number(digits) : null;
}

function plain(name: keyof Fields): Operand {
  const value = (text: string) => {
    const read = integer(text);
    return read === null ? null : Number(read);
  };
  return { print: (fields) => String(fields[name]), read: (text) => one(name, value(text)) };
}

function conditionBit(name: keyof Fields): Operand {
  return {
    print: ({ [name]: bit }) => (bit < 4 ? '' : `4*cr${bit >> 2}+`) + conditions[(bit & 3) as 0 | 1 | 2 | 3],
    read: (text) => {
      if (/^\d{1,2}$/.test(text)) return Number(text) < 32 ? one(name, Number(text)) : null;
      const [, field = '0', bit = ''] = /^(?:4\*cr([0-7])\+)?(lt|gt|eq|so)$/.exec(text) ?? [];
      const index = (conditions as readonly string[]).indexOf(bit);
      return index < 0 ? null : one(name, 4 * Number(field) + index);
    },
  };
}

/** A count below `limit`, printed from the field that holds it. */
function count(limit: number, name: keyof Fields, fields: (n: number) => Partial<Fields>): Operand {
  return {
    print: (given) => String(given[name]),
    read: (text) => (/^\d{1,2}$/.test(text) && Number(text) < limit ? fields(Number(text)) : null),
  };
}

function complement(name: keyof Fields, of: number): Operand {
  const turned = count(of + 1, name, (n) => ({ [name]: of - n }));
  return { ...turned, print: (given) => String(of - given[name]) };
}

function oneOfFour(first: number, step: number): Operand {
  return {
    print: ({ SPR }) => String((SPR - first) / step),
    read: (text) => (/^[0-3]$/.test(text) ? { SPR: first + step * Number(text) } : null),
  };
}

function memory(name: 'D' | 'DS' | 'DQ', scale: number): Operand {
  return {
    print: (fields) => `${fields[name] * scale}(${base(fields.RA)})`,
    read: (text) => {
      const [, displacement = '', of = ''] = /^([^()]*)\((\w+)\)$/.exec(text) ?? [];
      const value = integer(displacement);
      const RA = register(of, 'r');
      return value === null || RA === null ? null : { [name]: Number(value) / scale, RA };
    },
  };
}

/** A branch target: printed as an address; read as an address or, from this instruction, as `.+8`. */
function target(name: 'LI' | 'BD'): Operand {
  return {
    print: (fields, address) => {
      const displacement = BigInt(fields[name] * 4);
      const value = fields.AA === 1 ? BigInt.asUintN(32, displacement) : BigInt.asUintN(64, address + displacement);
      return `0x${value.toString(16)}`;
    },
    // Read as relative; the mnemonic may yet say that it is absolute, and then `address` is given as 0.
    read: (text, address) => {
      const [, relative] = /^\.([+-].+)$/.exec(text) ?? [];
      const value = integer(relative ?? text);
      if (value === null || value % 4n !== 0n) return null;
      const displacement = relative === undefined ? BigInt.asIntN(address === 0n ? 32 : 64, value - address) : value;
      return { [name]: Number(displacement) / 4 };
    },
  };
}
