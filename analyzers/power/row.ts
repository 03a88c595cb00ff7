/**
 * One row is one instruction: its syntax, its bits as the ISA prints them, its effect. Encoder, decoder, disassembler and
 * executor are derived from the row, so that a person can check an instruction in one place, by eye.
 *
 *     row('addi RT,RA|0,SI', '001110 RT:5 RA:5 SI:s16', (cpu, { RT, RA, SI }) => cpu.set(RT, base(cpu, RA) + BigInt(SI)))
 *
 * Bit groups read from bit 0 (most significant) as in Power ISA Book I 1.6: literal bits, `NAME:width`, or `NAME:swidth`
 * for a signed field. `|` in the pattern starts the suffix word of a prefixed instruction. A field that appears twice is
 * one field in parts, the more significant first; where the ISA has them in another order, `NAME:width@n` says that the
 * part begins at bit n of the field, counted from the least significant (the halves of an SPR number: `SPR:5@0 SPR:5@5`).
 * Reserved bits are zeros; written `/` where objdump does not look at them, and prints the word all the same (together
 * they are the field named `/`).
 * In the syntax `RA|0` is a base register where 0 stands for the value zero, `?` ends an operand that may be left out
 * where it is 0, and `±` one that is read with either sign; fields that are in no operand (OE, LK, AA, Rc) become letters
 * at the end of the mnemonic.
 */

import { problemState } from './effect.ts';

/** What an effect works on: one processor as Books I to III show it. Values are unsigned, `bits` wide. */
export interface Cpu {
  /** Width of an implementation: a 32-bit one has no doubleword instructions. */
  readonly bits: 32 | 64;
  /** Current and next instruction address; a branch sets `nia`. */
  readonly cia: bigint;
  nia: bigint;
  lr: bigint;
  ctr: bigint;
  /** CR as 32 bits, CR0 in the most significant four. */
  cr: number;
  xer: number;
  /** Its bits PR and LE tell instructions how they are executed. */
  msr: bigint;
  get(register: number): bigint;
  set(register: number, value: bigint): void;
  /** The special purpose registers that are not named above, by number (Book III 5.4.4). */
  getSpecial(spr: number): bigint;
  setSpecial(spr: number, value: bigint): void;
  /** Unsigned, zero-extended. Access that is not possible stops the processor (the effect then has no further meaning). */
  load(address: bigint, bytes: Bytes): bigint;
  store(address: bigint, bytes: Bytes, value: bigint): void;
  /** Book II 1.7.4: a reservation for a block of storage, which a store of whatever outcome ends. */
  reserve(address: bigint, bytes: Bytes): void;
  /** @returns whether there was a reservation for just this block, and it has been stored */
  storeReserved(address: bigint, bytes: Bytes, value: bigint): boolean;
  /** Leaves normal execution: an interrupt, a return from one, a wait; or only synchronizes the context. */
  signal(what: Signal): void;
}

/** Storage that one access can reach. */
export type Bytes = 1 | 2 | 4 | 8 | 16;

export type Signal =
  | 'trap'
  | 'system-call'
  | 'return-from-interrupt'
  | 'context-synchronize'
  | 'illegal' // no instruction of this implementation, or an invalid form that only register contents show
  | 'privileged' // executed in problem state
  | 'alignment'
  | 'wait'; // until an interrupt: wait, stop

/** Every field a row of the table uses: registers, immediates, branch fields, and the rest. */
const fieldNames = [
  ['RT', 'RS', 'RA', 'RB', 'RC', 'BF', 'BFA', 'BT', 'BA', 'BB', 'BC', 'SPR'],
  ['SI', 'UI', 'D', 'DS', 'DQ', 'SH', 'MB', 'ME', 'NB', 'FC'],
  ['LI', 'BD', 'BO', 'BI', 'BH', 'AA', 'LK'],
  ['L', 'TO', 'FXM', 'LEV', 'R', 'OE', 'Rc', 'CY', 'EH', 'S'],
  ['TH', 'CT', 'SC', 'WC', 'PL', 'RIC', 'PRS', 'IH', '/'],
  ['VRT', 'VRA', 'VRB', 'VRC', 'FRT', 'FRA', 'FRB', 'FRC', 'XT', 'XA', 'XB', 'XC', 'AT', 'IMA', 'IMB', 'IMC'],
] as const;
export type FieldName = (typeof fieldNames)[number][number];

/** Field values of one instruction, 0 where its row has no such field; signed fields are negative where the ISA sign-extends them. */
export type Fields = Readonly<Record<FieldName, number>>;
export type Effect = (cpu: Cpu, fields: Fields) => void;

export interface Part {
  readonly name: FieldName | null; // null for literal bits
  readonly width: number;
  readonly value: number; // of literal bits
  readonly low: number; // where the part begins in its field, counted from the least significant bit
}

export interface Row {
  readonly syntax: string;
  readonly mnemonic: string;
  readonly operands: readonly string[];
  /** Parts of the word, and of the suffix for prefixed instructions. */
  readonly word: readonly Part[];
  readonly suffix: readonly Part[] | null;
  readonly mask: number;
  readonly match: number;
  readonly suffixMask: number;
  readonly suffixMatch: number;
  /** The row's fields by name, with their widths in total. */
  readonly fields: ReadonlyMap<FieldName, { readonly width: number; readonly signed: boolean }>;
  /** Is this combination of field values an invalid form? Such a word is no instruction. */
  readonly invalid: (fields: Fields) => boolean;
  /** The same, but objdump overlooks it and prints text. */
  readonly overlooked: (fields: Fields) => boolean;
  /** A value that the ISA reserves, and that has text both ways all the same. It is no instruction either. */
  readonly reserved: (fields: Fields) => boolean;
  /** It is executed, and objdump has no text for it. */
  readonly unprinted: (fields: Fields) => boolean;
  readonly effect: Effect;
}

/** What else there is to say of a row. */
export interface Restrictions {
  readonly invalid?: (fields: Fields) => boolean;
  readonly overlooked?: (fields: Fields) => boolean;
  readonly reserved?: (fields: Fields) => boolean;
  readonly unprinted?: (fields: Fields) => boolean;
  /** Not for problem state. */
  readonly privileged?: boolean;
  /** Not on a 32-bit implementation. */
  readonly doubleword?: boolean;
}

/** Makes a row. A pattern that is not 32 bits (or 32 and 32) wide is an error of ours and throws at start-up. */
export function row(syntax: string, pattern: string, effect: Effect, restrictions: Restrictions = {}): Row {
  const [first = '', second] = pattern.split('|');
  const fields = new Map<FieldName, { width: number; signed: boolean }>();
  // The suffix before the prefix: parts are placed from the least significant one up.
  const suffix = second === undefined ? null : partsOf(second, syntax, fields);
  const word = partsOf(first, syntax, fields);
  const [mnemonic = '', list = ''] = syntax.split(' ');
  const operands = list === '' ? [] : list.split(',');
  const [mask, match] = maskOf(word);
  const [suffixMask, suffixMatch] = maskOf(suffix ?? []);
  const { invalid = never, overlooked = never, reserved = never, unprinted = never } = restrictions;
  const bits = { word, suffix, mask, match, suffixMask, suffixMatch, fields };
  return {
    syntax,
    mnemonic,
    operands,
    ...bits,
    invalid,
    overlooked,
    reserved,
    unprinted,
    effect: restricted(effect, restrictions),
  };
}

const never = () => false;

function restricted(effect: Effect, { privileged = false, doubleword = false }: Restrictions): Effect {
  if (!privileged && !doubleword) return effect;
  return (cpu, fields) => {
    if (doubleword && cpu.bits === 32) cpu.signal('illegal');
    else if (privileged && problemState(cpu)) cpu.signal('privileged');
    else effect(cpu, fields);
  };
}

/** All fields 0. */
export const noFields: Fields = Object.freeze(
  Object.fromEntries(fieldNames.flat().map((name) => [name, 0])) as Record<FieldName, number>,
);

const isFieldName = (text: string): text is FieldName => text in noFields;

type Widths = Map<FieldName, { width: number; signed: boolean }>;

/** Parts of a word; adds up the widths of its fields in `fields`. */
function partsOf(pattern: string, syntax: string, fields: Widths): Part[] {
  const parts = pattern.trim().split(/\s+/).toReversed();
  const made = parts.map((part): Part => {
    const spelled = part.replace(/^\/+$/, (bits) => `/:${bits.length}`);
    const [, name = '', sign, digits, at] = /^([A-Za-z]+|\/):(s?)(\d+)(?:@(\d+))?$/.exec(spelled) ?? [];
    if (isFieldName(name)) {
      const known = fields.get(name) ?? { width: 0, signed: false };
      const width = Number(digits);
      const low = at === undefined ? known.width : Number(at);
      fields.set(name, { width: Math.max(known.width, low + width), signed: known.signed || sign === 's' });
      return { name, width, value: 0, low };
    }
    if (/^[01]+$/.test(part)) return { name: null, width: part.length, value: Number.parseInt(part, 2), low: 0 };
    throw new Error(`${syntax}: ${part} is neither bits nor a field`);
  });
  const width = made.reduce((sum, part) => sum + part.width, 0);
  if (width !== 32) throw new Error(`${syntax}: ${width} bits`);
  return made.toReversed();
}

function maskOf(parts: readonly Part[]): [mask: number, match: number] {
  let mask = 0;
  let match = 0;
  for (const { name, width, value } of parts) {
    mask = mask * 2 ** width + (name === null ? 2 ** width - 1 : 0);
    match = match * 2 ** width + value;
  }
  return [mask, match];
}
