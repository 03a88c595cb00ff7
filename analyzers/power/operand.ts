/**
 * Operands as text, both ways, one row per kind: how GNU objdump prints it and what the assembler reads back. An operand
 * stands for one or two fields of an instruction.
 *
 * Example: `DS(RA)` with DS=4, RA=1 is `16(r1)`; `BI` with 30 is `4*cr7+eq`; `BD` is an address.
 */
import type { Fields } from './row.ts';

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
  // A condition register bit; and, for mnemonics that name the bit themselves, the field of it.
  [
    'BI',
    {
      print: ({ BI }) => (BI < 4 ? '' : `4*cr${BI >> 2}+`) + conditions[(BI & 3) as 0 | 1 | 2 | 3],
      read: (text) => {
        const [, field = '0', bit = ''] = /^(?:4\*cr([0-7])\+)?(lt|gt|eq|so)$/.exec(text) ?? [];
        const index = (conditions as readonly string[]).indexOf(bit);
        return index < 0 ? null : { BI: 4 * Number(field) + index };
      },
    },
  ],
  [
    'BI/4',
    {
      print: ({ BI }) => `cr${BI >> 2}`,
      read: (text) => one('BI', scaled(register(text, 'cr'), 4)),
    },
  ],
  // The counts of the rotate mnemonics (Book I C.8): n of `slwi` and so on, as fields of rlwinm.
  [
    'SH=n;ME=31-n',
    count(
      ({ SH }) => SH,
      (n) => ({ SH: n, ME: 31 - n }),
    ),
  ],
  [
    'SH=32-n;MB=n',
    count(
      ({ MB }) => MB,
      (n) => ({ SH: 32 - n, MB: n }),
    ),
  ],
  [
    'ME=31-n',
    count(
      ({ ME }) => 31 - ME,
      (n) => ({ ME: 31 - n }),
    ),
  ],
]);

/** The operand a syntax names; any other name is a field printed as a plain number. */
export function operandOf(name: string): Operand {
  return operands.get(name) ?? plain(name as keyof Fields);
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

function count(n: (fields: Fields) => number, fields: (n: number) => Partial<Fields>): Operand {
  return {
    print: (given) => String(n(given)),
    read: (text) => (/^\d{1,2}$/.test(text) && Number(text) < 32 ? fields(Number(text)) : null),
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
