/**
 * One row is one instruction: its syntax, its bits as the ISA prints them, its effect. Encoder, decoder, disassembler and
 * executor are derived from the row, so that a person can check an instruction in one place, by eye.
 *
 *     row('addi RT,RA|0,SI', '001110 RT:5 RA:5 SI:s16', (cpu, { RT, RA, SI }) => cpu.set(RT, base(cpu, RA) + BigInt(SI)))
 *
 * Bit groups read from bit 0 (most significant) as in Power ISA Book I 1.6: literal bits, `NAME:width`, or `NAME:swidth`
 * for a signed field. `|` in the pattern starts the suffix word of a prefixed instruction. A field that appears twice is
 * one field in two parts, the first the more significant. In the syntax `RA|0` is a base register where 0 stands for the
 * value zero; fields that are in no operand (LK, AA, Rc) become letters at the end of the mnemonic.
 */

/** What an effect works on: one processor as Book I shows it. Values are unsigned, `bits` wide. */
export interface Cpu {
  readonly bits: 32 | 64;
  /** Current and next instruction address; a branch sets `nia`. */
  readonly cia: bigint;
  nia: bigint;
  lr: bigint;
  ctr: bigint;
  /** CR as 32 bits, CR0 in the most significant four. */
  cr: number;
  xer: number;
  get(register: number): bigint;
  set(register: number, value: bigint): void;
  /** Unsigned, zero-extended. Access that is not possible stops the processor (the effect then has no further meaning). */
  load(address: bigint, bytes: 1 | 2 | 4 | 8): bigint;
  store(address: bigint, bytes: 1 | 2 | 4 | 8, value: bigint): void;
  /** Leaves normal execution: trap, system call, return from interrupt, context synchronization. */
  signal(what: 'trap' | 'system-call' | 'return-from-interrupt' | 'context-synchronize'): void;
}

/** Every field a row of the table uses: registers, immediates, branch fields, and the rest. */
const fieldNames = [
  ['RT', 'RS', 'RA', 'RB', 'BF', 'BFA'],
  ['SI', 'UI', 'D', 'DS', 'SH', 'MB', 'ME'],
  ['LI', 'BD', 'BO', 'BI', 'BH', 'AA', 'LK'],
  ['L', 'TO', 'FXM', 'LEV', 'R', 'Rc'],
] as const;
export type FieldName = (typeof fieldNames)[number][number];

/** Field values of one instruction, 0 where its row has no such field; signed fields are negative where the ISA sign-extends them. */
export type Fields = Readonly<Record<FieldName, number>>;
export type Effect = (cpu: Cpu, fields: Fields) => void;

export interface Part {
  readonly name: FieldName | null; // null for literal bits
  readonly width: number;
  readonly signed: boolean;
  readonly value: number; // of literal bits
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
  readonly effect: Effect;
}

/** Makes a row. A pattern that is not 32 bits (or 32 and 32) wide is an error of ours and throws at start-up. */
export function row(syntax: string, pattern: string, effect: Effect, invalid = (_: Fields) => false): Row {
  const [first = '', second] = pattern.split('|');
  const word = partsOf(first, syntax);
  const suffix = second === undefined ? null : partsOf(second, syntax);
  const fields = new Map<FieldName, { width: number; signed: boolean }>();
  for (const part of [...word, ...(suffix ?? [])]) {
    if (part.name === null) continue;
    const known = fields.get(part.name);
    fields.set(part.name, { width: (known?.width ?? 0) + part.width, signed: (known?.signed ?? false) || part.signed });
  }
  const [mnemonic = '', list = ''] = syntax.split(' ');
  const operands = list === '' ? [] : list.split(',');
  const [mask, match] = maskOf(word);
  const [suffixMask, suffixMatch] = suffix === null ? [0, 0] : maskOf(suffix);
  return { syntax, mnemonic, operands, word, suffix, mask, match, suffixMask, suffixMatch, fields, invalid, effect };
}

/** All fields 0. */
export const noFields: Fields = Object.freeze(
  Object.fromEntries(fieldNames.flat().map((name) => [name, 0])) as Record<FieldName, number>,
);

const isFieldName = (text: string): text is FieldName => text in noFields;

function partsOf(pattern: string, syntax: string): Part[] {
  const groups = pattern.trim().split(/\s+/);
  const parts = groups.map((group): Part => {
    const [, name = '', sign, width] = /^([A-Za-z]+):(s?)(\d+)$/.exec(group) ?? [];
    if (isFieldName(name)) return { name, width: Number(width), signed: sign === 's', value: 0 };
    if (/^[01]+$/.test(group))
      return { name: null, width: group.length, signed: false, value: Number.parseInt(group, 2) };
    throw new Error(`${syntax}: ${group} is neither bits nor a field`);
  });
  const width = parts.reduce((sum, part) => sum + part.width, 0);
  if (width !== 32) throw new Error(`${syntax}: ${width} bits`);
  return parts;
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
