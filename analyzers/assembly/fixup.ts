/**
 * Fields whose value is settled at the end: a table of what a field is, which relocation stands for it under which suffix
 * (Power ELF psABI 3.5.3, ELFv1 4.5.1, 32-bit 4.13), and how a number is put in. The one idea: the field follows from the
 * instruction's row, the relocation from field and suffix; no instruction is known here by name.
 *
 * Example: the D of `lwz r5,sym@l(r3)` is a field `half`, its relocation ADDR16_LO; in `ld` it is `half-ds`: ADDR16_LO_DS.
 */

/**
 * What of an instruction or datum is open: a branch's displacement or absolute target; 16 bits, `-ds` with the last two of
 * them taken and `-dq` with four; the 34 bits of a prefixed instruction; data of so many bytes.
 */
export type Field =
  | ('branch24' | 'branch14' | 'absolute24' | 'absolute14')
  | ('half' | 'half-ds' | 'half-dq' | 'prefixed34')
  | ('data1' | 'data2' | 'data4' | 'data8');

/** Part of a value that a suffix takes. */
export type Part = 'all' | 'l' | 'h' | 'ha' | 'high' | 'higha' | 'higher' | 'highera' | 'highest' | 'highesta';

export interface Suffix {
  /** What the address is taken relative to: itself, the TOC pointer, its entry in the GOT; or how it is called. */
  readonly of: '' | 'toc' | 'got' | 'tocbase' | 'pcrel' | 'got@pcrel' | 'notoc' | 'local' | 'plt';
  readonly part: Part;
}

const parts: readonly Part[] = ['l', 'h', 'ha', 'high', 'higha', 'higher', 'highera', 'highest', 'highesta'];

/** Reads `toc@ha`; null where the target's assembler has no such suffix. */
export function readSuffix(text: string, bits: 32 | 64): Suffix | null {
  const lower = text.toLowerCase();
  const [, base = '', part = ''] = /^(?:(.*)@)?([a-z0-9]+)$/.exec(lower) ?? [];
  const hasPart = (bits === 64 ? parts : parts.slice(0, 3)).some((name) => name === part);
  const bases = bits === 64 ? ['', 'toc', 'got'] : ['', 'got'];
  if (hasPart && bases.includes(base)) return { of: base as Suffix['of'], part: part as Part };
  const wholes: readonly Suffix['of'][] =
    bits === 64 ? ['toc', 'got', 'tocbase', 'pcrel', 'got@pcrel', 'notoc'] : ['got', 'local', 'plt'];
  const of = wholes.find((name) => name === lower);
  return of === undefined ? null : { of, part: 'all' };
}

export const noSuffix: Suffix = { of: '', part: 'all' };

/** The part of a number, as the relocation of its suffix takes it (psABI 3.5.2: #lo, #hi, #ha and so on). */
export function partOf(value: bigint, part: Part): bigint {
  const [shift, adjust] = shifts[part];
  const moved = (value + adjust) >> shift;
  return part === 'all' ? moved : moved & 0xffffn;
}

const shifts: Readonly<Record<Part, readonly [shift: bigint, adjust: bigint]>> = {
  ...{ all: [0n, 0n], l: [0n, 0n], h: [16n, 0n], high: [16n, 0n] },
  ...{ ha: [16n, 0x8000n], higha: [16n, 0x8000n] },
  ...{ higher: [32n, 0n], highera: [32n, 0x8000n], highest: [48n, 0n], highesta: [48n, 0x8000n] },
};

/** Where the relocation stands against the start of the field's instruction or datum: its half word on big-endian. */
export const relocationOffset = (field: Field, littleEndian: boolean) =>
  field.startsWith('half') && !littleEndian ? 2 : 0;

export const bytesOf: Readonly<Record<Field, 1 | 2 | 4 | 8>> = {
  ...{ branch24: 4, branch14: 4, absolute24: 4, absolute14: 4, half: 4, 'half-ds': 4, 'half-dq': 4, prefixed34: 8 },
  ...{ data1: 1, data2: 2, data4: 4, data8: 8 },
};

/** Name of the relocation; null where GNU as has none for the combination. */
export function relocationName(field: Field, suffix: Suffix, relative: boolean, bits: 32 | 64): string | null {
  const core = coreName(field, suffix, relative);
  if (core === null) return null;
  if (bits === 64) return `R_PPC64_${core}`;
  return only64.test(core) ? null : `R_PPC_${core}`;
}

/** What 32-bit objects have no relocation for. */
const only64 = /64|_DS$|34$|TOC/;

function coreName(field: Field, { of, part }: Suffix, relative: boolean): string | null {
  const ending = part === 'all' ? '' : `_${partNames[part]}`;
  switch (field) {
    case 'branch24':
      return { '': 'REL24', notoc: 'REL24_NOTOC', local: 'LOCAL24PC', plt: 'PLTREL24' }[of as string] ?? null;
    case 'branch14':
      return of === '' ? 'REL14' : null;
    case 'absolute24':
    case 'absolute14':
      return of === '' ? `ADDR${field.slice(-2)}` : null;
    case 'half':
    case 'half-ds':
    case 'half-dq': {
      const base = { '': relative ? 'REL16' : 'ADDR16', toc: 'TOC16', got: 'GOT16' }[of as string];
      const form = field === 'half' ? '' : '_DS';
      const isPlain = !relative && (part === 'all' || part === 'l');
      return base === undefined || (form !== '' && !isPlain) ? null : `${base}${ending}${form}`;
    }
    case 'prefixed34':
      return { '': 'D34', pcrel: 'PCREL34', 'got@pcrel': 'GOT_PCREL34' }[of as string] ?? null;
    case 'data8':
      if (of === 'tocbase') return 'TOC';
      return of === '' ? (relative ? 'REL64' : 'ADDR64') : null;
    case 'data4':
      return of === '' ? (relative ? 'REL32' : 'ADDR32') : null;
    case 'data2':
      return of === '' && !relative ? 'ADDR16' : null;
    case 'data1':
      return null;
  }
}

const partNames: Readonly<Record<Part, string>> = {
  ...{ all: '', l: 'LO', h: 'HI', ha: 'HA', high: 'HIGH', higha: 'HIGHA' },
  ...{ higher: 'HIGHER', highera: 'HIGHERA', highest: 'HIGHEST', highesta: 'HIGHESTA' },
};

/**
 * Puts a value into the field of `word` (data: the whole of it; prefixed: prefix and suffix as one 64-bit number).
 * @returns a reason in words where it does not fit
 */
export function putField(field: Field, word: bigint, value: bigint): bigint | string {
  const { mask, low, signed, bits } = shapes[field];
  const [from, to] = signed
    ? [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n]
    : [-(1n << (bits - 1n)), (1n << bits) - 1n];
  if (value < from || value > to) return `${value} does not fit in ${bits} bits`;
  if ((value & low) !== 0n) return `${value} is not a multiple of ${low + 1n}`;
  if (field !== 'prefixed34') return (word & ~mask) | (value & mask);
  // The upper 18 bits stand in the prefix, the lower 16 in the suffix.
  return (word & ~mask) | ((value & 0x3_ffff_0000n) << 16n) | (value & 0xffffn);
}

interface Shape {
  readonly mask: bigint;
  /** Bits of the value that must be 0. */
  readonly low: bigint;
  readonly bits: bigint;
  readonly signed: boolean;
}

const shapes: Readonly<Record<Field, Shape>> = {
  branch24: { mask: 0x03fffffcn, low: 3n, bits: 26n, signed: true },
  branch14: { mask: 0xfffcn, low: 3n, bits: 16n, signed: true },
  absolute24: { mask: 0x03fffffcn, low: 3n, bits: 26n, signed: true },
  absolute14: { mask: 0xfffcn, low: 3n, bits: 16n, signed: true },
  half: { mask: 0xffffn, low: 0n, bits: 16n, signed: false },
  'half-ds': { mask: 0xfffcn, low: 3n, bits: 16n, signed: false },
  'half-dq': { mask: 0xfff0n, low: 15n, bits: 16n, signed: false },
  prefixed34: { mask: 0x3ffff_0000_ffffn, low: 0n, bits: 34n, signed: true },
  data1: { mask: 0xffn, low: 0n, bits: 8n, signed: false },
  data2: { mask: 0xffffn, low: 0n, bits: 16n, signed: false },
  data4: { mask: 0xffff_ffffn, low: 0n, bits: 32n, signed: false },
  data8: { mask: 0xffff_ffff_ffff_ffffn, low: 0n, bits: 64n, signed: false },
};

/** A field's instruction or datum as one number; a prefixed one has its prefix first in either byte order. */
export function readField(bytes: Uint8Array, at: number, field: Field, littleEndian: boolean): bigint {
  if (field !== 'prefixed34') return fromBytes(bytes, at, bytesOf[field], littleEndian);
  return (fromBytes(bytes, at, 4, littleEndian) << 32n) | fromBytes(bytes, at + 4, 4, littleEndian);
}

export function writeField(bytes: Uint8Array, at: number, field: Field, littleEndian: boolean, value: bigint): void {
  if (field !== 'prefixed34') bytes.set(toBytes(value, bytesOf[field], littleEndian), at);
  else {
    bytes.set(toBytes(value >> 32n, 4, littleEndian), at);
    bytes.set(toBytes(value, 4, littleEndian), at + 4);
  }
}

export function toBytes(value: bigint, count: number, littleEndian: boolean): Uint8Array {
  const bytes = new Uint8Array(count);
  let rest = BigInt.asUintN(8 * count, value);
  for (let at = 0; at < count; at++) {
    bytes[littleEndian ? at : count - 1 - at] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
}

export function fromBytes(bytes: Uint8Array, at: number, count: number, littleEndian: boolean): bigint {
  let value = 0n;
  for (let index = 0; index < count; index++) {
    value = (value << 8n) | BigInt(bytes[at + (littleEndian ? count - 1 - index : index)] ?? 0);
  }
  return value;
}
