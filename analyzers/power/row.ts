/**
 * One row is one instruction: its syntax, its bits as the ISA prints them, its effect. Encoder, decoder, disassembler and
 * executor are derived from the row, so that a person can check an instruction in one place, by eye.
 *
 *     row('addi RT,RA,SI', '001110 RT:5 RA:5 SI:s16', (cpu, f) => cpu.set(f.RT, cpu.base(f.RA) + f.SI))
 *
 * Bit groups read from bit 0 (most significant) as in Power ISA Book I 1.6: literal bits, `NAME:width`, or `NAME:swidth`
 * for a signed field. `|` in the pattern starts the suffix word of a prefixed instruction. A field that appears twice is
 * one field in two parts, the first the more significant.
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

/** Field values of one instruction; signed fields are negative where the ISA sign-extends them. */
export type Fields = Readonly<Record<string, number>>;
export type Effect = (cpu: Cpu, f: Fields) => void;

export interface Part {
  readonly name: string; // '' for literal bits
  readonly width: number;
  readonly signed: boolean;
  readonly value: number; // of literal bits
}
export interface Row {
  /** Mnemonic and operands as the assembler writes them: `ld RT,D(RA)`. */
  readonly mnemonic: string;
  readonly operands: readonly string[];
  readonly syntax: string;
  /** Parts of the word, and of the suffix for prefixed instructions. */
  readonly word: readonly Part[];
  readonly suffix: readonly Part[] | null;
  readonly mask: number;
  readonly match: number;
  readonly suffixMask: number;
  readonly suffixMatch: number;
  /** Widths of the fields by name, in total. */
  readonly fields: ReadonlyMap<string, { readonly width: number; readonly signed: boolean }>;
  readonly effect: Effect;
}

/** Makes a row. A pattern that is not 32 bits (or 32 and 32) wide is an error of ours and throws at start-up. */
export function row(syntax: string, pattern: string, effect: Effect): Row {
  const [first = '', second] = pattern.split('|');
  const word = partsOf(first, syntax);
  const suffix = second === undefined ? null : partsOf(second, syntax);
  const fields = new Map<string, { width: number; signed: boolean }>();
  for (const part of [...word, ...(suffix ?? [])]) {
    if (part.name === '') continue;
    const known = fields.get(part.name);
    fields.set(part.name, { width: (known?.width ?? 0) + part.width, signed: (known?.signed ?? false) || part.signed });
  }
  const [mnemonic = '', operands = ''] = syntax.split(' ');
  const [mask, match] = maskOf(word);
  const [suffixMask, suffixMatch] = suffix === null ? [0, 0] : maskOf(suffix);
  const list = operands === '' ? [] : operands.split(',');
  return { mnemonic, operands: list, syntax, word, suffix, mask, match, suffixMask, suffixMatch, fields, effect };
}

function partsOf(pattern: string, syntax: string): Part[] {
  const parts = pattern
    .trim()
    .split(/\s+/)
    .map((group): Part => {
      const field = /^([A-Za-z]\w*):(s?)(\d+)$/.exec(group);
      if (field !== null) return { name: field[1] ?? '', width: Number(field[3]), signed: field[2] === 's', value: 0 };
      if (/^[01]+$/.test(group))
        return { name: '', width: group.length, signed: false, value: Number.parseInt(group, 2) };
      throw new Error(`${syntax}: ${group} is neither bits nor a field`);
    });
  const width = parts.reduce((sum, part) => sum + part.width, 0);
  if (width !== 32) throw new Error(`${syntax}: ${width} bits`);
  return parts;
}

function maskOf(parts: readonly Part[]): [mask: number, match: number] {
  let mask = 0n;
  let match = 0n;
  for (const part of parts) {
    const width = BigInt(part.width);
    mask = (mask << width) | (part.name === '' ? (1n << width) - 1n : 0n);
    match = (match << width) | BigInt(part.value);
  }
  return [Number(mask), Number(match)];
}
