/**
 * What a linker does with one assembled file: sections get addresses, relocations become bits (Power ELF psABI 3.5.4,
 * ELFv1 4.5). The one idea: a call enters a function where the ABI says a near call enters it, behind `.localentry` or at
 * what the descriptor in .opd points to, and every other reference means the symbol itself.
 *
 * Example: link(assembled, { sections: layOut(assembled, 0x1000n), addressOf, toc }) has `bl` to printk's entry where
 * addressOf('printk', 'call') says it is.
 */
import type { Place, Problem } from '../source/place.ts';
import type { Assembled, AssembledSection, AssembledSymbol } from './assemble.ts';
import { type Field, fromBytes, type Part, partOf, putField, readField, writeField } from './fixup.ts';
import type { Span } from './section.ts';
import type { Relocation } from './settle.ts';

export interface LinkOptions {
  /** Addresses of sections by name; what lies in one without an address is not placed, nor can it be referred to. */
  readonly sections: ReadonlyMap<string, bigint>;
  /**
   * Symbols of other files: where they lie (in ELFv1 a function's descriptor), or where a near call enters them; null
   * where there is no such symbol.
   */
  readonly addressOf: (name: string, use: 'address' | 'call') => bigint | null;
  /** What r2 holds in this file's code; null on 32 bits. */
  readonly toc: bigint | null;
  /** Where the linker put the address of a symbol that is reached through the GOT. */
  readonly gotEntryOf?: (name: string) => bigint | null;
}

export interface LinkedSection {
  readonly name: string;
  readonly flags: string;
  readonly address: bigint;
  readonly bytes: Uint8Array;
  readonly spans: readonly Span[];
}

export interface Linked {
  readonly littleEndian: boolean;
  readonly sections: readonly LinkedSection[];
  /** Every symbol of the file that has a place. */
  readonly symbols: ReadonlyMap<string, { readonly address: bigint; readonly call: bigint }>;
  readonly problems: readonly Problem[];
}

export interface Word {
  readonly address: bigint;
  readonly word: number;
  /** The line in the file first, then lines of macros. */
  readonly origin: readonly Place[];
}

/** Addresses for all sections that are loaded, one behind the other. */
export function layOut({ sections }: Assembled, from: bigint): Map<string, bigint> {
  const addresses = new Map<string, bigint>();
  let next = from;
  for (const { name, flags, align, bytes } of sections) {
    if (!flags.includes('a')) continue;
    const to = BigInt(align);
    next = ((next + to - 1n) / to) * to;
    addresses.set(name, next);
    next += BigInt(bytes.length);
  }
  return addresses;
}

/** Four bytes each; what is behind the last whole word is left out. */
export function wordsOf(section: LinkedSection, littleEndian: boolean): Word[] {
  const words: Word[] = [];
  let span = 0;
  for (let at = 0; at + 4 <= section.bytes.length; at += 4) {
    while ((section.spans[span + 1]?.offset ?? Number.POSITIVE_INFINITY) <= at) span++;
    const word = Number(fromBytes(section.bytes, at, 4, littleEndian));
    words.push({ address: section.address + BigInt(at), word, origin: section.spans[span]?.origin ?? [] });
  }
  return words;
}

export function link(assembled: Assembled, options: LinkOptions): Linked {
  const problems: Problem[] = [];
  const linker: Linker = { assembled, options, symbols: new Map(assembled.symbols.map((one) => [one.name, one])) };
  const sections: LinkedSection[] = [];
  for (const section of assembled.sections) {
    const address = options.sections.get(section.name);
    if (address === undefined) continue;
    const bytes = section.bytes.slice();
    for (const relocation of section.relocations) {
      const reason = apply(linker, relocation, bytes, address);
      if (reason !== null) problems.push(problemOf(section, relocation, reason));
    }
    sections.push({ name: section.name, flags: section.flags, address, bytes, spans: section.spans });
  }
  const symbols = new Map<string, { address: bigint; call: bigint }>();
  for (const { name } of assembled.symbols) {
    const address = ownAddress(linker, name, 'address');
    const call = ownAddress(linker, name, 'call');
    if (address !== null && call !== null) symbols.set(name, { address, call });
  }
  return { littleEndian: assembled.littleEndian, sections, symbols, problems };
}

interface Linker {
  readonly assembled: Assembled;
  readonly options: LinkOptions;
  readonly symbols: ReadonlyMap<string, AssembledSymbol>;
}

function problemOf(section: AssembledSection, { offset, kind, symbol }: Relocation, reason: string): Problem {
  const at = section.spans.findLast((span) => span.offset <= offset)?.origin[0];
  const problem = { kind: 'link', text: `${kind} ${symbol}: ${reason}` };
  return at === undefined ? problem : { ...problem, at };
}

/** A symbol of this file; null where it has none of its own, or its section no address. */
function ownAddress({ assembled, options, symbols }: Linker, name: string, use: 'address' | 'call'): bigint | null {
  const symbol = symbols.get(name);
  if (symbol === undefined || symbol.section === null) return null;
  if (symbol.section === '*ABS*') return symbol.offset;
  if (use === 'call' && symbol.section === '.opd') {
    const descriptor = assembled.sections.find((section) => section.name === '.opd')?.relocations;
    const entry = descriptor?.find(({ offset }) => BigInt(offset) === symbol.offset);
    const to = entry === undefined ? undefined : symbols.get(entry.symbol);
    const base = to?.section == null ? undefined : options.sections.get(to.section);
    return base === undefined || to === undefined ? null : base + to.offset + (entry?.addend ?? 0n);
  }
  const base = options.sections.get(symbol.section);
  if (base === undefined) return null;
  return base + symbol.offset + BigInt(use === 'call' ? symbol.localEntry : 0);
}

/** S of the psABI: a section of this file, a symbol of it, or one of another. */
function addressOf(linker: Linker, name: string, use: 'address' | 'call'): bigint | null {
  const { options, symbols } = linker;
  if (name === '.TOC.') return options.toc;
  if (symbols.get(name)?.section == null) return options.sections.get(name) ?? options.addressOf(name, use);
  return ownAddress(linker, name, use);
}

/** Puts a relocation's value into the section's bytes; a reason in words where that cannot be. */
function apply(linker: Linker, relocation: Relocation, bytes: Uint8Array, address: bigint): string | null {
  const { kind, symbol, addend, offset } = relocation;
  const { littleEndian } = linker.assembled;
  const howto = howtoOf(kind.replace(/^R_PPC(?:64)?_/, ''));
  if (howto === null) return 'no relocation that is known here';
  const { options } = linker;
  const S = howto.symbol === 'got' ? (options.gotEntryOf?.(symbol) ?? null) : addressOf(linker, symbol, howto.symbol);
  const from = howto.from === 'toc' ? options.toc : howto.from === 'here' ? address + BigInt(offset) : 0n;
  const whole = kind.endsWith('_TOC') ? options.toc : S;
  if (whole === null) return 'not to be found';
  if (from === null) return 'there is no TOC';
  const distance = whole + addend - from;
  const bits = linker.assembled.bits;
  const value = BigInt.asIntN(howto.from === 'nowhere' && bits === 32 ? 64 : bits, distance);
  const reaches =
    !['h', 'ha'].includes(howto.part) || bits === 32 || BigInt.asIntN(32, value + 0x8000n) === value + 0x8000n;
  if (!reaches) return `${value} does not fit in 32 bits`;
  const { field } = howto;
  // The half word stands at the end of its instruction, which is the one that says what its lowest bits are.
  const start = field.startsWith('half') && !littleEndian ? offset - 2 : offset;
  const word = readField(bytes, start, field, littleEndian);
  const made = putField(field === 'half-ds' && isQuadword(word) ? 'half-dq' : field, word, partOf(value, howto.part));
  if (typeof made === 'string') return made;
  writeField(bytes, start, field, littleEndian, made);
  return null;
}

/** lq, and lxv and stxv, have four bits below their displacement; the others of these relocations two. */
const isQuadword = (word: bigint) => word >> 26n === 56n || (word >> 26n === 61n && (word & 3n) === 1n);

interface Howto {
  readonly field: Field;
  readonly symbol: 'address' | 'call' | 'got';
  readonly from: 'nowhere' | 'here' | 'toc';
  readonly part: Part;
}

function howtoOf(core: string): Howto | null {
  const known = howtos[core];
  if (known !== undefined) return known;
  const [, base = '', name = '', form] =
    /^(ADDR16|REL16|TOC16|GOT16)(?:_(LO|HI|HA|HIGH(?:|ER|EST)A?))?(_DS)?$/.exec(core) ?? [];
  const part = base === '' ? undefined : partByName[name];
  if (part === undefined) return null;
  const from = { ADDR16: 'nowhere', REL16: 'here', TOC16: 'toc', GOT16: 'toc' } as const;
  return {
    field: form === undefined ? 'half' : 'half-ds',
    symbol: base === 'GOT16' ? 'got' : 'address',
    from: from[base as keyof typeof from],
    part,
  };
}

const partByName: Readonly<Record<string, Part>> = {
  ...{ '': 'all', LO: 'l', HI: 'h', HA: 'ha', HIGH: 'high', HIGHA: 'higha' },
  ...{ HIGHER: 'higher', HIGHERA: 'highera', HIGHEST: 'highest', HIGHESTA: 'highesta' },
};

const howtos: Readonly<Record<string, Howto>> = {
  REL24: { field: 'branch24', symbol: 'call', from: 'here', part: 'all' },
  // The callee makes no use of r2: it is entered where its pointer points.
  REL24_NOTOC: { field: 'branch24', symbol: 'address', from: 'here', part: 'all' },
  LOCAL24PC: { field: 'branch24', symbol: 'call', from: 'here', part: 'all' },
  PLTREL24: { field: 'branch24', symbol: 'call', from: 'here', part: 'all' },
  REL14: { field: 'branch14', symbol: 'call', from: 'here', part: 'all' },
  ADDR24: { field: 'absolute24', symbol: 'call', from: 'nowhere', part: 'all' },
  ADDR14: { field: 'absolute14', symbol: 'call', from: 'nowhere', part: 'all' },
  ADDR64: { field: 'data8', symbol: 'address', from: 'nowhere', part: 'all' },
  ADDR32: { field: 'data4', symbol: 'address', from: 'nowhere', part: 'all' },
  REL64: { field: 'data8', symbol: 'address', from: 'here', part: 'all' },
  REL32: { field: 'data4', symbol: 'address', from: 'here', part: 'all' },
  TOC: { field: 'data8', symbol: 'address', from: 'nowhere', part: 'all' },
  D34: { field: 'prefixed34', symbol: 'address', from: 'nowhere', part: 'all' },
  PCREL34: { field: 'prefixed34', symbol: 'address', from: 'here', part: 'all' },
  GOT_PCREL34: { field: 'prefixed34', symbol: 'got', from: 'here', part: 'all' },
};
