/**
 * The memory image that the kernel's code finds: the tracer's symbols, two call sites A and B as the compiler leaves them,
 * a module with its stubs, the linker's long branches. The one idea: addresses are such that a branch reaches or does not
 * reach as it would in a kernel: near sites within 32 MB of the tracer, far ones behind a long branch, modules nowhere near.
 *
 * Example: in the near world of ppc64-mprofile-gcc6, A lies at 0xc000000000020100 and holds mflr r0; bl _mcount; …; blr.
 * In a module's world a kernel function K has a record too, for a kernel without any does not trace modules either.
 */
import { assemble } from '../power/text.ts';
import { literalName, noOolStubs, type OolStubs, oolStubsOf } from './ool-stubs.ts';
import type { Profile } from './profiles.ts';
import type { CallSite, Word } from './protocol.ts';

/** A stretch of text with a name. */
export interface Text {
  readonly name: string;
  readonly address: bigint;
  /** Words as the kernel reads them, from `address` on. */
  readonly words: readonly number[];
  /** What running it comes to, where its own words need registers that the machine does not model (the paca, a TOC); null: the word itself. */
  readonly runsAs?: readonly (number | null)[];
  /** As a text of a protocol has it. */
  readonly of?: string;
  /** It finds its way by a register that a model has pointed elsewhere: what running it comes to is told. */
  readonly isTrampoline?: boolean;
}

/** A traced function; `entry` is the address of its first word behind what stands before it. */
export interface Site {
  readonly id: string;
  readonly entry: bigint;
  readonly text: Text;
  /** Byte offset from `entry` of the word that the compiler records. */
  readonly compiled: number;
  /** Byte offset from `entry` of the function's symbol. */
  readonly symbol: number;
  /** As a call site of a protocol has them. */
  readonly goal?: number | string;
  readonly original?: number;
  readonly own?: readonly number[];
}

export interface World {
  readonly bits: 32 | 64;
  readonly littleEndian: boolean;
  readonly siteKind: CallSite['kind'];
  /** A and B; of BPF text poke, A alone. */
  readonly sites: readonly Site[];
  /** The kernel's own function in a module's world. */
  readonly kernelSite: Site | null;
  readonly texts: readonly Text[];
  /** C names to what C sees as their value: addresses of text, or of descriptors (ELFv1), or of arrays. */
  readonly symbols: ReadonlyMap<string, bigint>;
  /** Names of text to where branches land. */
  readonly entries: ReadonlyMap<string, bigint>;
  /**
   * The same as a protocol tells it. In a module's world the tracer stands close to the stubs: their `runsAs` is a plain
   * branch, which could not reach the kernel.
   */
  readonly told: ReadonlyMap<string, bigint>;
  /** Descriptors by address: entry and TOC, as ELFv1 lays them out. */
  readonly descriptors: ReadonlyMap<bigint, bigint>;
  /** Stub address to the function it leads to, by name. */
  readonly stubs: ReadonlyMap<bigint, string>;
  /** Where the kernel has out-of-line stubs. */
  readonly ool: OolStubs;
  /** Unmapped otherwise: data areas with their size in bytes. */
  readonly areas: readonly {
    readonly name: string;
    readonly from: bigint;
    readonly bytes: number;
    readonly kind: 'text' | 'data';
  }[];
  readonly kernelText: { readonly from: bigint; readonly to: bigint };
  readonly moduleText: { readonly from: bigint; readonly to: bigint };
  readonly kernelToc: bigint;
}

/** Offsets from the kernel's base, in bytes. */
const at = {
  tracer: 0x10000n,
  near: 0x20000n,
  opd: 0x1000000n,
  toc: 0x1408000n,
  longBranch: 0x1800000n, // within 32 MB of the tracer and of the far sites
  far: 0x2800000n, // 40 MB: not within 32 MB of the tracer
  trampText: 0x1900000n, // likewise
  trampInit: 0x1901000n,
  textEnd: 0x2a00000n,
  mcountLocs: 0x3000000n,
  stubCounts: 0x3000800n,
  module: 0x10000n,
  moduleStubs: 0x12000n,
  standIn: 0x18000n,
} as const;
const bases = {
  64: { kernel: 0xc000000000000000n, module: 0xc008000000000000n },
  32: { kernel: 0xc0000000n, module: 0xc8000000n },
} as const;

/** Where tracing enters, and what is called from there; 0x100 bytes apart. */
const tracerNames = [
  '_mcount',
  'ftrace_caller',
  'ftrace_regs_caller',
  'ftrace_stub',
  'ftrace_graph_caller',
  'ftrace_graph_regs_caller',
  'ftrace_graph_stub',
  'return_to_handler',
  'livepatch_handler',
  'ftrace_no_trace',
  'ftrace_stub_direct_tramp',
  'ftrace_ops_list_func',
  'arch_ftrace_ops_list_func',
  'ftrace_ops_no_ops',
  'ftrace_ops_assist_func',
  'function_trace_call',
  'other_trace_call',
  'direct_trampoline',
  'other_direct_trampoline',
  'ftrace_graph_func',
  // Stands for every C function that does nothing.
  'empty_function',
] as const;
/** Words inside the tracer that are modified when the traced function changes: name → [function it is in, offset, what it branches to]. */
const tracerWords: readonly (readonly [string, string, bigint, string])[] = [
  ['ftrace_call', 'ftrace_caller', 0x40n, 'bl ftrace_stub'],
  ['ftrace_regs_call', 'ftrace_regs_caller', 0x40n, 'bl ftrace_stub'],
  ['ftrace_graph_call', 'ftrace_caller', 0x60n, 'b ftrace_graph_stub'],
];

/** @param siteKind where A and B are */
export function buildWorld(profile: Profile, siteKind: CallSite['kind']): World {
  const base = bases[profile.bits];
  const entries = new Map<string, bigint>();
  for (const [index, name] of tracerNames.entries()) entries.set(name, base.kernel + at.tracer + BigInt(index * 0x100));
  for (const [name, within, offset] of tracerWords) entries.set(name, (entries.get(within) ?? 0n) + offset);
  const descriptors = new Map<bigint, bigint>();
  const symbols = symbolsOf(profile, entries, descriptors, base.kernel);
  const longBranch = base.kernel + at.longBranch;
  const module = siteKind === 'module';
  const stubs = new Map<bigint, string>();
  const standIns = new Map(
    [...entries].map(([name, entry]) => [name, base.module + at.standIn + entry - base.kernel - at.tracer]),
  );
  const told = module ? standIns : entries;
  const stubTexts = module ? stubTextsOf(profile, base.module + at.moduleStubs, { entries, told, stubs }) : [];
  const sitesAt = { near: base.kernel + at.near, far: base.kernel + at.far, module: base.module + at.module }[siteKind];
  const target = { near: entries.get('_mcount'), far: longBranch, module: stubTexts[0]?.address }[siteKind] ?? 0n;
  const lines = module ? (profile.moduleFunction ?? profile.function) : profile.function;
  const shape = { profile, lines, target, module };
  const sites = ['A', 'B'].map((id, index) => siteAt(id, sitesAt + BigInt(0x100 * (index + 1)), shape));
  const kernelShape = { profile, lines: profile.function, target: entries.get('_mcount') ?? 0n, module: false };
  const kernelSite = module ? siteAt('K', base.kernel + at.near + 0x100n, kernelShape) : null;
  const outOfLine = profile.symbols.includes('PPC_FTRACE_OUT_OF_LINE');
  const ool = outOfLine ? oolStubsOf(base, siteKind, base.kernel + at.stubCounts) : noOolStubs;
  const long = { name: 'long branch', address: longBranch, words: line('b', longBranch, entries.get('_mcount') ?? 0n) };
  return {
    bits: profile.bits,
    littleEndian: profile.littleEndian,
    siteKind,
    sites,
    kernelSite,
    texts: [...tracerTexts(entries), long, ...stubTexts, ...trampTexts(base.kernel), ...ool.texts],
    symbols: new Map([...withArrays(symbols, base.kernel), ...ool.symbols]),
    ool,
    entries,
    told,
    descriptors,
    stubs,
    areas: [...areasOf(base), ...ool.areas],
    kernelText: { from: base.kernel, to: base.kernel + at.textEnd },
    moduleText: { from: base.module, to: base.module + 0x20000n },
    kernelToc: base.kernel + at.toc,
  };
}

/** Names a word of text; the offset counts from the symbol, for a site from its entry. */
export function wordAt(world: World, address: bigint): Word {
  for (const site of [...world.sites, ...(world.kernelSite === null ? [] : [world.kernelSite])]) {
    const end = site.text.address + 0xe0n;
    if (address >= site.text.address - 0x20n && address < end) {
      return { address, symbol: site.id, offset: Number(address - site.entry) };
    }
  }
  for (const [stub, from] of world.ool.literals)
    if (address >= from && address < from + 8n)
      return { address, symbol: literalName(stub), offset: Number(address - from) };
  let best: { name: string; from: bigint } | null = null;
  const named = [
    ...world.texts.map(({ name, address: from }) => ({ name, from })),
    ...[...world.entries].map(([name, from]) => ({ name, from })),
  ];
  for (const candidate of named) {
    if (candidate.from <= address && address - candidate.from < 0x100n && (best === null || candidate.from > best.from))
      best = candidate;
  }
  if (best !== null) return { address, symbol: best.name, offset: Number(address - best.from) };
  return { address, symbol: `0x${address.toString(16)}`, offset: 0 };
}

/** The array of recorded addresses that the linker puts together, of the kernel or of a module. */
export function recordedAddresses(world: World, whose: 'kernel' | 'module'): readonly bigint[] {
  const sites = whose === 'module' || world.siteKind !== 'module' ? world.sites : [];
  const own = whose === 'kernel' && world.kernelSite !== null ? [world.kernelSite] : sites;
  return own.map((site) => site.entry + BigInt(site.compiled));
}
/** Where those arrays lie. */
export const arrayAt = (world: World, whose: 'kernel' | 'module') =>
  bases[world.bits].kernel + at.mcountLocs + (whose === 'module' ? 0x100n : 0n);
/** Where the module's struct is placed. */
export const moduleAt = (world: World) => bases[world.bits].kernel + at.mcountLocs + 0x200n;

/** Text of these instructions, one a line. */
export function textAt(name: string, address: bigint, lines: readonly string[]): Text {
  const words: number[] = [];
  for (const text of lines) words.push(...(assemble(text, address + BigInt(4 * words.length)) ?? []));
  return { name, address, words };
}

function siteAt(
  id: string,
  entry: bigint,
  shape: { profile: Profile; lines: readonly string[]; target: bigint; module: boolean },
): Site {
  const { profile, lines, target } = shape;
  const setUp = profile.setUp?.[shape.module ? 'module' : 'kernel'] ?? [];
  const before = [...(profile.before ?? []), ...setUp];
  const words = [...before, ...lines].map((text, index) => {
    const address = entry + BigInt(4 * (index - before.length));
    return text === 'call' ? (line('bl', address, target)[0] ?? 0) : (assemble(text, address)?.[0] ?? 0);
  });
  const text = { name: id, address: entry - BigInt(4 * before.length), words };
  return { id, entry, text, compiled: 4 * profile.recorded, symbol: -4 * setUp.length };
}

/** C's value of a function name; with ELFv1 a descriptor that holds the address. */
function symbolsOf(
  profile: Profile,
  entries: ReadonlyMap<string, bigint>,
  descriptors: Map<bigint, bigint>,
  kernel: bigint,
): Map<string, bigint> {
  const symbols = new Map<string, bigint>();
  const words: ReadonlySet<string> = new Set(tracerWords.map(([name]) => name));
  let next = kernel + at.opd;
  for (const [name, entry] of entries) {
    // ftrace_call and its kin are declared as functions, but the linker resolves them to the word itself (a local label).
    if (profile.abi !== 'elfv1' || words.has(name)) symbols.set(name, entry);
    else {
      symbols.set(name, next);
      descriptors.set(next, entry);
      next += 24n;
    }
  }
  return symbols;
}

function withArrays(symbols: Map<string, bigint>, kernel: bigint): Map<string, bigint> {
  return new Map([
    ...symbols,
    ['ftrace_tramp_text', kernel + at.trampText],
    ['ftrace_tramp_init', kernel + at.trampInit],
    ['__start_mcount_loc', kernel + at.mcountLocs],
    ['_stext', kernel],
    ['_etext', kernel + at.textEnd],
    // No site is in text that is freed after boot.
    ...['_sinittext', '_einittext', '__exittext_begin', '__exittext_end'].map(
      (name) => [name, kernel + at.textEnd] as const,
    ),
  ]);
}

function tracerTexts(entries: ReadonlyMap<string, bigint>): Text[] {
  return tracerWords.map(([name, , , instruction]) => {
    const [mnemonic = '', target = ''] = instruction.split(' ');
    const address = entries.get(name) ?? 0n;
    return { name, address, words: line(mnemonic, address, entries.get(target) ?? 0n) };
  });
}

/** Space for a stub that ftrace_dyn_arch_init() fills. */
const trampTexts = (kernel: bigint): Text[] =>
  [
    { name: 'ftrace_tramp_text', address: kernel + at.trampText },
    { name: 'ftrace_tramp_init', address: kernel + at.trampInit },
  ].map((text) => ({ ...text, words: [0, 0, 0, 0, 0, 0, 0, 0], isTrampoline: true }));

/**
 * A module's stubs (FACTS section 2): the generic one saves the TOC and loads its target from a table, the one for
 * -mprofile-kernel loads it relative to the kernel's TOC, ppc32's has it in its words. The machine has neither table nor
 * paca: there a stub is its save of r2, where it has one, and a branch.
 */
function stubTextsOf(profile: Profile, from: bigint, { entries, told, stubs }: StubTargets): Text[] {
  const savesToc = profile.contract === 'pg64' ? [`std r2,${profile.abi === 'elfv1' ? 40 : 24}(r1)`] : [];
  return ['_mcount', 'ftrace_caller', 'ftrace_regs_caller'].map((name, index) => {
    const address = from + BigInt(index * 0x40);
    const target = entries.get(name) ?? 0n;
    stubs.set(address, name);
    const saved = savesToc.flatMap((text) => assemble(text, address) ?? []);
    const runsAs = [...saved, ...line('b', address + BigInt(4 * saved.length), told.get(name) ?? 0n)];
    const words =
      profile.abi === 'ppc32' ? loadAndJump(target) : [0xe98d0000, 0x3d8c0000, 0x398c0000, 0x7d8903a6, 0x4e800420];
    return { name: `stub to ${name}`, address, words, runsAs };
  });
}

interface StubTargets {
  readonly entries: ReadonlyMap<string, bigint>;
  readonly told: ReadonlyMap<string, bigint>;
  readonly stubs: Map<bigint, string>;
}

/** lis r12,x@ha; addi r12,r12,x@l; mtctr r12; bctr. */
function loadAndJump(target: bigint): number[] {
  const value = Number(target);
  const high = ((value + 0x8000) >>> 16) & 0xffff;
  return [(0x3d800000 | high) >>> 0, (0x398c0000 | (value & 0xffff)) >>> 0, 0x7d8903a6, 0x4e800420];
}

/** An I-form branch; whoever places text sees to it that it reaches. */
function line(mnemonic: string, from: bigint, to: bigint): number[] {
  const link = mnemonic.endsWith('l') ? 1 : 0;
  return [Number(0x48000000n | ((to - from) & 0x03fffffcn) | BigInt(link))];
}

function areasOf(base: { readonly kernel: bigint; readonly module: bigint }): World['areas'] {
  const { kernel, module } = base;
  return [
    { name: 'tracer', from: kernel + at.tracer, bytes: 0x2000, kind: 'text' },
    { name: 'text', from: kernel + at.near, bytes: 0x1000, kind: 'text' },
    { name: 'far text', from: kernel + at.far, bytes: 0x1000, kind: 'text' },
    { name: 'long branches', from: kernel + at.longBranch, bytes: 0x1000, kind: 'text' },
    { name: 'ftrace_tramp_text', from: kernel + at.trampText, bytes: 0x1000, kind: 'text' },
    { name: 'ftrace_tramp_init', from: kernel + at.trampInit, bytes: 0x1000, kind: 'text' },
    { name: 'opd', from: kernel + at.opd, bytes: 0x1000, kind: 'data' },
    { name: 'mcount records', from: kernel + at.mcountLocs, bytes: 0x1000, kind: 'data' },
    { name: 'module text', from: module + at.module, bytes: 0x1000, kind: 'text' },
    { name: 'module stubs', from: module + at.moduleStubs, bytes: 0x1000, kind: 'text' },
  ];
}
