/**
 * Operands as text, both ways, one row per kind: how GNU objdump prints it and what the assembler reads back. An operand
 * stands for one or two fields of an instruction.
 *
 * Example: `DS(RA)` with DS=4, RA=1 is `16(r1)`; `BI` with 30 is `4*cr7+eq`; `BD` is an address.
 */
import { conditions, evaluate, type Names, names } from './expression.ts';
import { type FieldName, type Fields, noFields } from './row.ts';

/** Where an instruction is printed: addresses are as wide as the implementation's. */
export interface Place {
  readonly address: bigint;
  readonly bits: 32 | 64;
}

/** Where an instruction is read, and whether its target is given without regard to that (AA=1). */
export interface Site {
  readonly address: bigint;
  readonly absolute: boolean;
}

export interface Operand {
  readonly print: (fields: Fields, place: Place) => string;
  /** @returns the fields the text stands for, null where it is no such operand */
  readonly read: (text: string, site: Site) => Partial<Fields> | null;
}

/** What a number in the text stands for. Whether it fits the field is looked at when all fields are known. */
type Meaning = (value: number) => Partial<Fields> | null;

const reading =
  (meaning: Meaning, known: Names = names.none): Operand['read'] =>
  (text) => {
    const value = evaluate(text, known);
    return value === null ? null : meaning(Number(value));
  };
const within = (from: number, to: number, meaning: Meaning): Meaning => {
  return (value) => (value >= from && value <= to ? meaning(value) : null);
};

/** A field as a number. */
function number(name: FieldName, known: Names = names.none): Operand {
  return { print: (fields) => String(fields[name]), read: reading((value) => ({ [name]: byHand(value) }), known) };
}
/** Registers of the facilities are named by prefixes of their own. */
function register(name: FieldName, prefix: keyof typeof names = 'r'): Operand {
  return { ...number(name, names[prefix]), print: (fields) => `${prefix}${fields[name]}` };
}
function conditionField(name: FieldName): Operand {
  return { ...number(name, names.condition), print: (fields) => `cr${fields[name]}` };
}

function conditionBit(name: FieldName): Operand {
  const print = ({ [name]: bit }: Fields) =>
    (bit < 4 ? '' : `4*cr${bit >> 2}+`) + conditions[(bit & 3) as 0 | 1 | 2 | 3];
  return { ...number(name, names.condition), print };
}

/** People write negative numbers as the 32 bits they are; of 34 bits they cannot mean that. */
const byHand = (value: number) => (value >= 2 ** 31 && value < 2 ** 32 ? value - 2 ** 32 : value);

const asWritten = (value: number) => value;

/** An immediate of 16 or of 34 bits, or its negative. */
function immediate(sign: 1 | -1, read: (value: number) => number): Operand {
  return { print: ({ SI }) => String(sign * SI), read: reading((value) => ({ SI: sign * read(value) })) };
}

/** Bits that are read with either sign, for they fill a part of a register. */
function eitherSign(name: FieldName, bits: 8 | 16, signed: boolean): Operand {
  const [least, limit] = [-(2 ** (bits - 1)), 2 ** bits];
  const wrapped = (value: number) =>
    signed && value >= -least ? value - limit : !signed && value < 0 ? value + limit : value;
  const part = within(least, limit - 1, (value) => ({ [name]: wrapped(value) }));
  return { ...number(name), read: reading((value) => part(byHand(value))) };
}

/** A number up to `to` that its fields hold in some other way; what is printed is the number that gives these fields. */
function count(to: number, fields: (n: number) => Partial<Fields>): Operand {
  const all = Array.from({ length: to + 1 }, (_, n) => Object.entries(fields(n)));
  const print = (given: Fields) =>
    all.findIndex((held) => held.every(([name, value]) => given[name as FieldName] === value));
  return { print: (given) => String(print(given)), read: reading(within(0, to, fields)) };
}

function memory(name: 'SI' | 'D' | 'DS' | 'DQ', scale: number, written = byHand): Operand {
  return {
    print: (fields) => `${fields[name] * scale}(${base(fields.RA)})`,
    read: (text) => {
      const [, displacement = '', of = ''] = /^([^()]*)\(([^()]*)\)$/.exec(text) ?? [];
      const value = evaluate(displacement, names.none);
      const RA = evaluate(of, names.r);
      return value === null || RA === null ? null : { [name]: written(Number(value)) / scale, RA: Number(RA) };
    },
  };
}
const base = (RA: number) => (RA === 0 ? '0' : `r${RA}`);

/** Behind the stack pointer, in doublewords: -512 to -8. */
const hashMemory: Operand = {
  print: ({ D, RA }) => `${8 * D - 512}(${base(RA)})`,
  read: (text, site) => {
    const { D = 0, ...rest } = memory('D', 8).read(text, site) ?? {};
    return rest.RA === undefined ? null : { ...rest, D: D + 64 };
  },
};

/** A branch target: an address. Addresses of 32-bit implementations may wrap. */
function target(name: 'LI' | 'BD'): Operand {
  const reach = name === 'LI' ? 2n ** 25n : 2n ** 15n;
  const near = (displacement: bigint) => displacement >= -reach && displacement < reach;
  return {
    print: (fields, { address, bits }) => {
      const displacement = BigInt(fields[name] * 4);
      const value = fields.AA === 1 ? BigInt.asUintN(32, displacement) : BigInt.asUintN(bits, address + displacement);
      return `0x${value.toString(16)}`;
    },
    read: (text, { address, absolute }) => {
      const here = (name: string) => (!absolute && (name === '.' || name === '$') ? address : null);
      const value = evaluate(text, here);
      if (value === null || value % 4n !== 0n) return null;
      const displacement = absolute ? value : BigInt.asIntN(64, value - address);
      const wraps = value >= 0n && value < 2n ** 32n && (absolute || address < 2n ** 32n);
      const fits = near(displacement) || !wraps ? displacement : BigInt.asIntN(32, displacement);
      return near(fits) ? { [name]: Number(fits) / 4 } : null;
    },
  };
}

/** The operands of a 32-bit mask, as rlwinm has it: from MB to ME, wrapping round. Of a longer value the low half counts. */
function maskOf(value: bigint): Partial<Fields> | null {
  const bits = BigInt.asUintN(32, value).toString(2).padStart(32, '0');
  if (value < -(2n ** 63n) || value >= 2n ** 64n || !/^(0*1+0*|1+0+1+)$/.test(bits)) return null;
  if (bits.startsWith('1') && bits.endsWith('1') && bits.includes('0'))
    return { MB: bits.lastIndexOf('0') + 1, ME: bits.indexOf('0') - 1 };
  return { MB: bits.indexOf('1'), ME: bits.lastIndexOf('1') };
}

const operands: ReadonlyMap<string, Operand> = new Map<string, Operand>([
  ...(['RT', 'RS', 'RA', 'RB', 'RC'] as const).map((name): [string, Operand] => [name, register(name)]),
  ['RA|0', { ...register('RA'), print: ({ RA }) => base(RA) }],
  ...(['VRT', 'VRA', 'VRB', 'VRC'] as const).map((name): [string, Operand] => [name, register(name, 'v')]),
  ...(['FRT', 'FRA', 'FRB', 'FRC'] as const).map((name): [string, Operand] => [name, register(name, 'f')]),
  ...(['XT', 'XA', 'XB', 'XC'] as const).map((name): [string, Operand] => [name, register(name, 'vs')]),
  ['AT', register('AT', 'a')],
  ...(['BF', 'BFA'] as const).map((name): [string, Operand] => [name, conditionField(name)]),
  ...(['BI', 'BT', 'BA', 'BB', 'BC'] as const).map((name): [string, Operand] => [name, conditionBit(name)]),
  // For mnemonics that name the bit themselves, the field of it.
  [
    'BI/4',
    {
      print: ({ BI }) => `cr${BI >> 2}`,
      read: reading(
        within(0, 7, (field) => ({ BI: 4 * field })),
        names.condition,
      ),
    },
  ],
  ['SI±', eitherSign('SI', 16, true)],
  ['UI±', eitherSign('UI', 16, false)],
  ['IMA±', eitherSign('IMA', 16, true)],
  ['IMA±8', eitherSign('IMA', 8, false)],
  // GNU as takes a bit more than the field has, and drops it.
  [
    'IMB±',
    {
      ...number('IMB'),
      read: reading(within(-(2 ** 32), 2 ** 33 - 1, (value) => ({ IMB: Number(BigInt.asUintN(32, BigInt(value))) }))),
    },
  ],
  ['SI=-n', immediate(-1, byHand)],
  [
    'SI±=-n',
    immediate(-1, (value) => {
      const n = byHand(value);
      return n < -0x7fff && n >= -0xffff ? n + 0x10000 : n;
    }),
  ],
  ['SI34', immediate(1, asWritten)],
  ['SI34=-n', immediate(-1, asWritten)],
  ['D34', { ...number('D'), read: reading((value) => ({ D: value })) }],
  ['D34(RA)', memory('D', 1, asWritten)],
  ['D=8n-512(RA)', hashMemory],
  ['SI34(RA)', memory('SI', 1, asWritten)],
  ['D(RA)', memory('D', 1)],
  ['DS(RA)', memory('DS', 4)],
  ['DQ(RA)', memory('DQ', 16)],
  ['SI(RA)', memory('SI', 1)],
  ['LI', target('LI')],
  ['BD', target('BD')],
  // 0 stands for 32 bytes.
  ['NB', { print: ({ NB }) => String(NB || 32), read: reading((value) => ({ NB: value === 32 ? 0 : value })) }],
  [
    'MB…ME=mask',
    {
      print: ({ MB, ME }) => `${MB},${ME}`,
      read: (text) => {
        const value = evaluate(text, names.none);
        return value === null ? null : maskOf(value);
      },
    },
  ],
  // The counts of the rotate mnemonics (Book I C.8): n of `slwi` and so on, as fields of rlwinm and rldicl.
  ['SH=n;ME=31-n', count(31, (n) => ({ SH: n, ME: 31 - n }))],
  ['SH=32-n;MB=n', count(31, (n) => ({ SH: (32 - n) % 32, MB: n }))],
  ['SH=32-n', count(31, (n) => ({ SH: (32 - n) % 32 }))],
  ['ME=31-n', count(31, (n) => ({ ME: 31 - n }))],
  ['SH=n;ME=63-n', count(63, (n) => ({ SH: n, ME: 63 - n }))],
  ['SH=64-n;MB=n', count(63, (n) => ({ SH: (64 - n) % 64, MB: n }))],
  ['SH=64-n', count(63, (n) => ({ SH: (64 - n) % 64 }))],
  ['ME=63-n', count(63, (n) => ({ ME: 63 - n }))],
  // Lengths of the fields that are extracted and inserted, and where they begin.
  ['ME=n+31', count(32, (n) => ({ ME: (n + 31) % 32 }))],
  ['ME=n+63', count(64, (n) => ({ ME: (n + 63) % 64 }))],
  ['MB=32-n', count(31, (n) => ({ MB: (32 - n) % 32 }))],
  ['MB=64-n', count(63, (n) => ({ MB: (64 - n) % 64 }))],
  ['SH<32', count(31, (n) => ({ SH: n }))],
  ['SH<64', count(63, (n) => ({ SH: n }))],
  ['MB<32', count(31, (n) => ({ MB: n }))],
  ['MB<64', count(63, (n) => ({ MB: n }))],
  [
    'FRT=n',
    {
      ...register('FRT', 'f'),
      read: reading(
        within(0, 31, (n) => ({ FRT: n })),
        names.vs,
      ),
    },
  ],
  [
    'VRT=n-32',
    {
      ...register('VRT', 'v'),
      read: reading(
        within(32, 63, (n) => ({ VRT: n - 32 })),
        names.vs,
      ),
    },
  ],
  ['IMA=3n', count(1, (n) => ({ IMA: 3 * n }))],
  // One of the four registers of a name.
  ['SPR=272+n', count(3, (n) => ({ SPR: 272 + n }))],
  ['SPR=528+2n', count(3, (n) => ({ SPR: 528 + 2 * n }))],
  ['SPR=529+2n', count(3, (n) => ({ SPR: 529 + 2 * n }))],
  ['SPR=536+2n', count(3, (n) => ({ SPR: 536 + 2 * n }))],
  ['SPR=537+2n', count(3, (n) => ({ SPR: 537 + 2 * n }))],
]);

/** The operand a syntax names; any other name is a field printed as a plain number. */
export function operandOf(syntax: string): Operand & { readonly omitted: string | null } {
  const [name = '', omitted] = syntax.split('?');
  const operand = operands.get(name) ?? number(name as FieldName);
  // `NAME?` stands for 0 where it is left out, `NAME?=1` for 1.
  return {
    ...operand,
    omitted: omitted === undefined ? null : omitted.slice(1) || operand.print(noFields, { address: 0n, bits: 64 }),
  };
}
