/**
 * Where the text of one call site's model lies: the function, what it can reach through branches (stubs, trampolines), and
 * the tracers at their ends, moved from kernel addresses to the layout's. The one idea: only what a branch reaches, in any
 * version of any word, is part of the model; it is numbered in the order it is reached, so equal sites give equal models.
 *
 * Example: `bl 0xc000000000010100` to ftrace_caller becomes `bl 0x8000`; a branch to nothing known goes to `wild`.
 */
import type { CallSite, Protocol, Step } from '../protocol/protocol.ts';
import type { PlacedEntry } from './entry.ts';
import { layout } from './layout.ts';
import type { DataWord, Text } from './model.ts';

/** Real addresses: `from` ≤ address < `to`. */
interface Stretch {
  readonly from: bigint;
  readonly to: bigint;
}

interface Placed extends Stretch {
  readonly name: string;
  /** Where offset 0 of the words is. */
  readonly zero: bigint;
  /** What offset 0 is moved to. */
  readonly at: number;
  readonly words: ReadonlyMap<number, number>;
}

/** More texts and tracers than a call site has in any kernel; the rest is left out, and branches to it are wild. */
const textsMax = 32;

export class Placement {
  readonly #protocol: Protocol;
  readonly #placed: Placed[] = [];
  /** All text of the protocol, part of this model or not. */
  readonly #texts: readonly Stretch[];
  readonly #tracerAt = new Map<bigint, number>();
  /** Names of the tracers that a stand-in is for, in the order of the layout. */
  readonly tracers: string[] = [];
  readonly #entry: PlacedEntry | null;
  /** What the entry code brings along, by real address: words inside it, and what it may call. */
  readonly #known: ReadonlyMap<bigint, number>;
  /** Does anything branch to the entry code? */
  #entered = false;

  constructor(protocol: Protocol, site: CallSite, entry: PlacedEntry | null) {
    this.#protocol = protocol;
    this.#entry = entry;
    this.#known = knownOf(protocol, entry);
    this.#texts = [...protocol.sites, ...protocol.texts]
      .filter(({ words }) => words.size > 0)
      .map(({ address, words }) => stretchOf(address, words));
    this.#place('f', site.address, layout.site, site.words);
    // What loads lead to, or the handler of a trap, is there whether a branch leads to it or not.
    for (const { name, address, words, of } of protocol.texts) {
      if (of !== '' && of !== site.id) continue;
      const at = layout.text + (this.#placed.length - 1) * layout.gap;
      this.#place(name.replace(` of ${site.id}`, ''), address, at, words);
    }
    const stored = storedWords(protocol.steps);
    // Grows while it is walked: what is reached may branch on.
    for (let i = 0; i < this.#placed.length; i++) {
      const { zero, from, to, words } = this.#placed[i] as Placed;
      for (const [offset, word] of words) this.#reach(branchTarget(word, zero + BigInt(offset)));
      for (const [address, word] of stored)
        if (address >= from && address < to) this.#reach(branchTarget(word, address));
    }
  }

  /** Where a real address lies in the model; null where it is no part of it. */
  address(real: bigint): number | null {
    const tracer = this.#tracerAt.get(real);
    if (tracer !== undefined) return tracer;
    const text = this.#placed.find(({ from, to }) => real >= from && real < to);
    if (text !== undefined) return text.at + Number(real - text.zero);
    return this.#entered ? (this.#known.get(real) ?? null) : null;
  }

  /** A word moved from a real address: an I-form branch is encoded anew to reach the same thing; any other stays. */
  word(word: number, real: bigint, at: number): number {
    const target = branchTarget(word, real);
    if (target === null) return word;
    const to = this.address(target) ?? layout.wild;
    return (branch | ((to - at) & displacement) | (word & link)) >>> 0;
  }

  /** The parts of the model's text in a range of real addresses. */
  ranges(from: bigint, to: bigint): { from: number; to: number }[] {
    return this.#placed.flatMap((text) => {
      const start = from > text.from ? from : text.from;
      const end = to < text.to ? to : text.to;
      const moved = (real: bigint) => text.at + Number(real - text.zero);
      return start < end ? [{ from: moved(start), to: moved(end) }] : [];
    });
  }

  /** Data of the protocol, moved: what stands in or before text keeps its place there, all else lies from `layout.data` on. */
  data(): DataWord[] {
    const own = this.#protocol.data.flatMap(({ name, address: object, private: isOwn, words }) =>
      words.flatMap(({ offset, bytes, value }): DataWord[] => {
        const address = this.#dataAddress(object + BigInt(offset));
        if (address === null || address % bytes !== 0) return [];
        return [{ name: plain(name), address, bytes, value: this.value(value), private: isOwn }];
      }),
    );
    return [...own, ...(this.entry?.data ?? [])];
  }

  /** The data word of the model at a real address; null where it is no part of it. */
  datum(real: bigint): DataWord | null {
    const address = this.#dataAddress(real);
    return this.data().find((word) => word.address === address) ?? null;
  }

  /** A value as code of the model is to find it: a pointer into its text or data is moved with what it points to. */
  value(real: bigint | null): bigint | null {
    if (real === null || real === 0n) return real;
    // What entry code is pointed to and the protocol does not tell is the tracer's ops.
    const unknown = this.entry === null ? real : BigInt(layout.ops);
    const moved = this.address(real) ?? this.#dataAddress(real);
    return moved === null ? unknown : BigInt(moved);
  }

  #dataAddress(real: bigint): number | null {
    const text = this.#placed.find((placed) => isBeside(placed, real));
    if (text !== undefined) return text.at + Number(real - text.zero);
    let next: number = layout.data;
    for (const { address, bytes } of this.#protocol.data) {
      if (this.#texts.some((other) => isBeside(other, address))) continue;
      if (real >= address && real < address + BigInt(bytes)) return next + Number(real - address);
      next += layout.gap * Math.ceil(bytes / layout.gap);
    }
    return null;
  }

  /** The tracer's entry code is all there or not at all. */
  get entry(): PlacedEntry | null {
    return this.#entered ? this.#entry : null;
  }

  texts(): Text[] {
    const own = this.#placed.map(({ name, from, to, zero, at, words }) => {
      const list: number[] = [];
      for (let real = from; real < to; real += 4n) {
        const offset = Number(real - zero);
        list.push(this.word(words.get(offset) ?? 0, real, at + offset));
      }
      return { name, address: at + Number(from - zero), words: list };
    });
    return [...own, ...(this.entry?.texts ?? []).map((text) => this.#asTold(text))];
  }

  /** Entry code with the words that the protocol tells of it. */
  #asTold(text: Text): Text {
    let words = text.words;
    for (const { address, words: told } of this.#protocol.texts) {
      const at = this.#known.get(address);
      const word = told.get(0);
      if (at === undefined || word === undefined) continue;
      const index = (at - text.address) / 4;
      if (index in words) words = words.with(index, this.word(word, address, at));
    }
    return words === text.words ? text : { ...text, words };
  }

  #place(name: string, zero: bigint, at: number, words: ReadonlyMap<number, number>): void {
    if (words.size > 0) this.#placed.push({ name: plain(name), ...stretchOf(zero, words), zero, at, words });
  }

  #reach(target: bigint | null): void {
    if (target === null || this.address(target) !== null) return;
    const tracer = this.#tracerAtReal(target);
    const entered = tracer === undefined ? undefined : this.#entry?.entries.get(tracer);
    if (entered !== undefined) {
      this.#tracerAt.set(target, entered);
      this.#entered = true;
      return;
    }
    if (tracer !== undefined && this.tracers.length < textsMax) {
      this.#tracerAt.set(target, layout.tracer + this.tracers.length * layout.gap);
      this.tracers.push(tracer);
      return;
    }
    const text = this.#protocol.texts.find(({ address, words }) => {
      const offset = Number(target - address);
      return words.has(offset) && Math.abs(offset) < layout.gap;
    });
    if (text === undefined || this.#placed.length > textsMax) return;
    this.#place(text.name, text.address, layout.text + (this.#placed.length - 1) * layout.gap, text.words);
  }

  #tracerAtReal(target: bigint): string | undefined {
    for (const [name, address] of this.#protocol.symbols) if (address === target && isTracer(name)) return name;
    return undefined;
  }
}

function knownOf({ symbols }: Protocol, entry: PlacedEntry | null): Map<bigint, number> {
  const known = new Map<bigint, number>();
  for (const [name, address] of symbols) {
    const at = entry?.entries.get(name);
    if (at !== undefined) known.set(address, at);
  }
  return known;
}

/** Names are part of the notation, which has no room for blanks and punctuation. */
const plain = (name: string) => name.replace(/\W/g, '_');
/** A literal may stand before text: the ops pointer of call-ops. */
const literalBytes = 8n;
const isBeside = ({ from, to }: Stretch, address: bigint) => address >= from - literalBytes && address < to;

/** From the first word to the last; they are given by offsets. */
function stretchOf(zero: bigint, words: ReadonlyMap<number, number>): Stretch {
  const offsets = [...words.keys()];
  return { from: zero + BigInt(Math.min(...offsets)), to: zero + BigInt(Math.max(...offsets)) + 4n };
}

/** Where tracing starts: what a call site or a stub branches to. */
function isTracer(name: string): boolean {
  return /^_?(mcount|ftrace_caller|ftrace_regs_caller|.*direct.*tramp.*)$/.test(name);
}

/** The target of an I-form branch; null for any other word. */
function branchTarget(word: number, address: bigint): bigint | null {
  if (word >>> 26 !== branch >>> 26) return null;
  const from = (word & absolute) === 0 ? address : 0n;
  return BigInt.asUintN(64, from + BigInt.asIntN(26, BigInt(word & displacement)));
}
/** The I-form (Book I 2.4): the opcode, LI with two zeros behind it, AA, LK. */
const [branch, displacement, absolute, link] = [0x48000000, 0x03fffffc, 2, 1] as const;

/** Every word a protocol stores, by real address. */
function storedWords(steps: readonly Step[]): readonly (readonly [bigint, number])[] {
  return steps.flatMap((step) => {
    if (step.kind === 'ipi' || step.kind === 'stopMachine') return storedWords(step.effects);
    if (step.kind !== 'modify') return [];
    const { address } = step.word;
    const first = [address, step.new] as const;
    return step.newSuffix === undefined ? [first] : [first, [address + 4n, step.newSuffix] as const];
  });
}
