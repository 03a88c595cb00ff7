/**
 * The tracer's entry code in a model: linked at layout.entry, and around it what it finds in a kernel: the data it reads, the
 * C function it calls, and where it may send a task instead of back. The one idea: all of it is plain text and data of the
 * model, so a schedule carries it, and which exit the code takes follows from what it reads and is handed back.
 *
 * Example: for exit `no-trace` the byte PACA_FTRACE_ENABLED of the paca is 0; for `livepatch` the C function stores the new
 * function's address where pt_regs has the NIP.
 */
import { type Linked, layOut, link, wordsOf } from '../assembly/link.ts';
import type { Contract, EntryCode, Exit } from '../protocol/protocol.ts';
import type { Place } from '../source/place.ts';
import { calledAt, calleeAddresses, calleeTexts, canExit } from './callee.ts';
import { layout } from './layout.ts';
import type { DataWord, Text } from './model.ts';
import { toc } from './tracer.ts';

export interface PlacedEntry {
  /** Entry code by its symbols, then what it may call or be sent to. */
  readonly texts: readonly Text[];
  readonly data: readonly DataWord[];
  /** Where a call of a function enters it; words inside it, C functions and trampolines have their places here too. */
  readonly entries: ReadonlyMap<string, number>;
  /** Where a word comes from: its line in the file, then lines of macros. */
  readonly origins: ReadonlyMap<number, readonly Place[]>;
}

export interface HowEntered {
  readonly exit: Exit;
  readonly contract: Contract;
  /** Is there a second direct trampoline to change to? */
  readonly other?: boolean;
  /** Does an ops have a function that does nothing? */
  readonly nothing?: boolean;
}

/** As placeEntry(). */
export type PlaceEntry = (code: EntryCode, how: HowEntered) => PlacedEntry | null;

/** Places the same entry code, entered in the same way, once. */
export function placingOnce(): PlaceEntry {
  const known = new WeakMap<EntryCode, Map<string, PlacedEntry | null>>();
  return (code, how) => {
    const own = known.get(code) ?? new Map<string, PlacedEntry | null>();
    known.set(code, own);
    const key = JSON.stringify(how);
    if (!own.has(key)) own.set(key, placeEntry(code, how));
    return own.get(key) ?? null;
  };
}

/** @returns null where the linker finds something missing, it is larger than its place, or the exit cannot be brought about */
export function placeEntry(
  code: EntryCode,
  { exit, contract, other = false, nothing = false }: HowEntered,
): PlacedEntry | null {
  const { assembled, offsets } = code;
  if (!canExit({ exit, offsets })) return null;
  const variables = new Variables();
  const linkAt = (file: EntryCode['assembled'], at: number) =>
    link(file, {
      sections: layOut(file, BigInt(at)),
      addressOf: (name, use) => BigInt(use === 'call' ? calledAt(name, exit) : variables.addressOf(name)),
      toc: file.bits === 64 ? toc.kernel : null,
      gotEntryOf: (name) => BigInt(variables.gotEntryOf(name)),
    });
  const linked = linkAt(assembled, layout.entry);
  const handler =
    exit === 'graph' && code.handler !== undefined ? linkAt(code.handler.assembled, layout.returnHandler) : null;
  const texts = textsOf(linked);
  const handlerTexts = handler === null ? [] : textsOf(handler);
  const all = handler === null ? [linked] : [linked, handler];
  if (all.some(({ problems }) => problems.length > 0)) return null;
  if (reaches(texts, layout.callee) || reaches(handlerTexts, layout.wild)) return null;
  const entries = new Map<string, number>(Object.entries(calleeAddresses));
  for (const [name, { call }] of linked.symbols) entries.set(plainName(name), Number(call));
  const returnHandler = addressOf(all, 'return_to_handler');
  // A word of the entry code goes to the graph tracer, or it is the C function that traces.
  const inC = exit === 'graph' && addressOf([linked], 'ftrace_graph_call') === null;
  const callees = calleeTexts({ bits: assembled.bits, contract, exit, offsets, other, nothing, returnHandler, inC });
  return {
    texts: [...texts, ...handlerTexts, ...callees],
    data: [...dataOf(code, exit), ...variables.data(assembled.bits)],
    entries,
    origins: new Map(all.flatMap((one) => executable(one).map(({ address, origin }) => [Number(address), origin]))),
  };
}

const reaches = (texts: readonly Text[], end: number) =>
  texts.some(({ address, words }) => address + 4 * words.length > end);

/** Where a call enters a function of the files; null where none has it. */
function addressOf(files: readonly Linked[], wanted: string): number | null {
  for (const { symbols } of files)
    for (const [name, { call }] of symbols) if (plainName(name) === wanted) return Number(call);
  return null;
}

const executable = (linked: Linked) =>
  linked.sections
    .filter(({ flags }) => flags.includes('x'))
    .flatMap((section) => wordsOf(section, linked.littleEndian));

const branchAndLink = (from: number, to: number) => (0x48000001 | ((to - from) & 0x03fffffc)) >>> 0;

/** `.ftrace_caller` is what ELFv1 calls the code of ftrace_caller. */
const plainName = (name: string) => name.replace(/^\./, '');

/** Words that ftrace modifies to call the tracer's function; in the file they call none. */
const calls = ['ftrace_call', 'ftrace_regs_call'];

/** Entry code cut at its symbols, so that places in it have the names that people know. */
function textsOf(linked: Linked): Text[] {
  const names = new Map<number, string>();
  for (const [name, { address }] of linked.symbols)
    if (!name.startsWith('.L') && /^\.?\w+$/.test(name)) names.set(Number(address), plainName(name));
  const texts: { name: string; address: number; words: number[] }[] = [];
  const called = new Set(calls.map((name) => linked.symbols.get(name)?.address));
  for (const { address, word: written } of executable(linked)) {
    const at = Number(address);
    const word = called.has(address) ? branchAndLink(at, layout.callee) : written;
    const last = texts.at(-1);
    const follows = last !== undefined && last.address + 4 * last.words.length === at;
    const name = names.get(at);
    if (follows && name === undefined) last.words.push(word);
    else texts.push({ name: name ?? 'entry_code', address: at, words: [word] });
  }
  return texts;
}

/** Data that code takes the address of by name: each a pointer to the tracer's ops, as function_trace_op is. */
class Variables {
  readonly #at = new Map<string, number>();
  readonly #got = new Map<string, number>();

  addressOf(name: string): number {
    return place(this.#at, name, layout.variables);
  }

  gotEntryOf(name: string): number {
    this.addressOf(name); // what the entry points to
    return place(this.#got, name, layout.got);
  }

  data(bits: 32 | 64): DataWord[] {
    const bytes = bits === 64 ? 8 : 4;
    const word = (name: string, address: number, value: number): DataWord => ({
      name: name.replace(/\W/g, '_'),
      address,
      bytes,
      value: BigInt(value),
      private: false,
    });
    return [
      ...[...this.#at].map(([name, address]) => word(name, address, layout.ops)),
      ...[...this.#got].map(([name, address]) => word(`got_${name}`, address, this.addressOf(name))),
    ];
  }
}

function place(known: Map<string, number>, name: string, from: number): number {
  const at = known.get(name) ?? from + 8 * known.size;
  known.set(name, at);
  return at;
}

/** What is at the offsets that the tree's asm-offsets.c names; what it does not name, its code does not read. */
function dataOf({ assembled, offsets }: EntryCode, exit: Exit): DataWord[] {
  const pointer = assembled.bits === 64 ? 8 : 4;
  const at = (
    name: string,
    base: number,
    field: string,
    value: number | bigint,
    bytes: DataWord['bytes'] = pointer,
  ) => {
    const offset = offsets.get(field);
    const own = name === 'thread_info';
    return offset === undefined
      ? []
      : [{ name, address: base + Number(offset), bytes, value: BigInt(value), private: own }];
  };
  const words: DataWord[] = [
    ...at('paca', layout.paca, 'PACATOC', toc.kernel),
    ...at('paca', layout.paca, 'PACACURRENT', layout.current),
    ...at('paca', layout.paca, 'PACA_THREAD_INFO', layout.current),
    ...at('paca', layout.paca, 'PACA_FTRACE_ENABLED', exit === 'no-trace' ? 0 : 1, 1),
    ...at('thread_info', layout.current, 'TI_livepatch_sp', layout.livepatchStack),
    // Kernels before v5.1 have thread_info at the bottom of the stack.
    ...at('thread_info', layout.stackBottom, 'TI_livepatch_sp', layout.livepatchStack),
    ...livepatchSlots,
    ...(exit === 'graph' ? [shadowStack(pointer)] : []),
    ...at('ftrace_ops', layout.ops, 'FTRACE_OPS_FUNC', layout.callee),
    ...at('ftrace_ops', layout.ops, 'FTRACE_OPS_DIRECT_CALL', exit === 'direct' ? layout.trampoline : 0),
  ];
  // Two names may be of one field.
  return [...new Map(words.map((word) => [word.address, word])).values()];
}

const shadowStack = (bytes: 4 | 8): DataWord => ({
  ...{ name: 'shadow_stack', address: layout.shadowStack, bytes },
  ...{ value: null, private: true },
});

/**
 * The livepatch stack grows up from the end of thread_info into the unused end of the task's own (livepatch_sp in
 * asm/livepatch.h): there is room for any frame that entry code makes.
 */
const livepatchSlots = Array.from(
  { length: 32 },
  (_, index): DataWord => ({
    name: 'livepatch_stack',
    address: layout.livepatchStack + 8 * index,
    bytes: 8,
    value: null,
    private: true,
  }),
);
