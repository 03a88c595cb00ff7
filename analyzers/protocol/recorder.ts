/**
 * What one run did, as steps in order. The one idea: text is kept as words beside the interpreter's memory, so that every
 * store into it, by a primitive or by plain C, is told with the word that was there before.
 *
 * Example: inside smp_call_function(handler) the handler's steps go into that step's `effects`, not behind it.
 */
import type { Frame } from '../source/place.ts';
import { executedAt, Poke, storeName } from './executed.ts';
import { isLiteral } from './ool-stubs.ts';
import type { Executed, Step } from './protocol.ts';
import { isText } from './text-range.ts';
import { type World, wordAt } from './world.ts';

/** Functions of the driver are no part of the kernel's story. */
export const driverPrefix = '__drive_';
/** What they are called in C, by what they are for. */
export const driverNames = <Name extends string>(...names: readonly Name[]) =>
  Object.fromEntries(names.map((name) => [name, `${driverPrefix}${name}`])) as Readonly<Record<Name, string>>;
/** Further messages are not kept. */
const messagesMax = 20;
/** A run with more is ended; no entry point on two records comes near. */
const stepsMax = 2_000;

export interface Mark {
  readonly words: ReadonlyMap<bigint, number>;
  readonly heapNext: bigint;
  /** Where pointers for entry code stand in text. */
  readonly literals: ReadonlySet<bigint>;
  readonly fields: ReadonlyMap<bigint, Field>;
}

/** A field of an ftrace_ops that entry code reads, by the name that asm-offsets.c has for it. */
export interface Field {
  readonly object: bigint;
  readonly name: string;
  /** What was stored last; null where it is not known. */
  readonly value: bigint | null;
}

/** What one run has recorded up to the end of a driver call; only Recorder looks inside. */
export interface Recorded {
  /** Of the innermost list that is being written. */
  readonly steps: readonly Step[];
  readonly calls: ReadonlyMap<string, readonly string[]>;
  readonly messages: readonly string[];
  readonly unread: string | null;
  readonly overflow: boolean;
  readonly irqsOff: boolean;
  readonly poked: ReadonlyMap<bigint, bigint>;
  readonly inPokingSpace: boolean;
  readonly unknowns: readonly Unknown[];
  readonly seen: number;
}

/** A call of a function that nobody knows. */
interface Unknown {
  readonly name: string;
  /** So many steps before it are seen by other CPUs. */
  readonly after: number;
  /** It is given a place in text, or something that points there: it may store there. */
  readonly atText: boolean;
}

/** What tasks elsewhere may come by: what is done between two of these must not be left out. */
const seenSteps: ReadonlySet<Step['kind']> = new Set(['modify', 'flush', 'publish', 'free', 'reachable']);

/** The shape a step is given in: without its stack. */
export type NewStep = Step extends infer S ? (S extends Step ? Omit<S, 'stack'> : never) : never;

export class Recorder {
  readonly world: World;
  /** Where memory that the kernel asks for comes from next. */
  heapNext: bigint;
  #words: ReadonlyMap<bigint, number> = new Map();
  /** The same, as long as nobody else holds it. */
  #ownWords: Map<bigint, number> | null = null;
  /** Where pointers for entry code have been stored in text so far; never changed in place. */
  literals: ReadonlySet<bigint> = new Set();
  /** Data that is published when it is stored to, by address; never changed in place. */
  fields: ReadonlyMap<bigint, Field> = new Map();
  steps: Step[] = [];
  /** The calls of each primitive that can fail, in this run: the place of each. */
  calls = new Map<string, string[]>();
  /** Where the primitive was called that failed. */
  failedAt: readonly Frame[] = [];
  fault: { readonly primitive: string; readonly nth: number } | null = null;
  messages: string[] = [];
  /** Why nothing certain can be said of this run. */
  unread: string | null = null;
  overflow = false;
  irqsOff = false;
  /** Pages mapped in the address space that text is poked through, with what they show; seen while that is switched to. */
  readonly poked = new Map<bigint, bigint>();
  inPokingSpace = false;
  #poke: Poke | null = null;
  #unknowns: Unknown[] = [];
  /** Steps so far that other CPUs see. */
  #seen = 0;
  #current: Step[] = this.steps;

  constructor(world: World) {
    this.world = world;
    this.heapNext = world.bits === 64 ? 0xc0000000a0000000n : 0xd8000000n;
  }

  /** Text as it is now, by address. */
  get words(): ReadonlyMap<bigint, number> {
    return this.#words;
  }

  setWord(address: bigint, word: number): void {
    this.#ownWords ??= new Map(this.#words);
    this.#words = this.#ownWords;
    this.#ownWords.set(address, word);
  }

  begin(fault: { readonly primitive: string; readonly nth: number } | null): void {
    this.steps = [];
    this.#current = this.steps;
    this.calls = new Map();
    this.failedAt = [];
    this.fault = fault;
    this.messages = [];
    this.unread = null;
    this.overflow = false;
    this.irqsOff = false;
    this.poked.clear();
    this.inPokingSpace = false;
    this.#poke = null;
    this.#unknowns = [];
    this.#seen = 0;
  }

  meetUnknown(name: string, atText: boolean): void {
    this.#unknowns.push({ name, after: this.#seen, atText });
  }

  /** A function of which nothing is known, between two things that other CPUs see: it might synchronize them. */
  get unknownBetween(): string | null {
    return this.#unknowns.find(({ after }) => after > 0 && after < this.#seen)?.name ?? null;
  }

  /** A function of which nothing is known, and which may store into text. */
  get unknownAtText(): string | null {
    return this.#unknowns.find(({ atText }) => atText)?.name ?? null;
  }

  /** All functions called of which nothing is known. */
  get unknownFunctions(): readonly string[] {
    return [...new Set(this.#unknowns.map(({ name }) => name))];
  }

  /** What this run has recorded so far, to be gone on from by resume(); null amid a primitive. */
  recorded(): Recorded | null {
    if (this.#poke !== null) return null;
    const steps = this.#current;
    const { calls, messages, unread, overflow, irqsOff, poked, inPokingSpace } = this;
    return {
      steps: [...steps],
      calls: new Map([...calls].map(([primitive, places]) => [primitive, [...places]])),
      messages: [...messages],
      unread,
      overflow,
      irqsOff,
      poked: new Map(poked),
      inPokingSpace,
      unknowns: [...this.#unknowns],
      seen: this.#seen,
    };
  }

  resume(recorded: Recorded, fault: Recorder['fault']): void {
    this.begin(fault);
    this.take(recorded);
  }

  /** Likewise, where a run has got that far by itself but for what `recorded` adds. */
  take(recorded: Recorded): void {
    const { steps, calls, messages, unread, overflow, irqsOff, poked, inPokingSpace } = recorded;
    this.#current.splice(0, this.#current.length, ...steps);
    this.poked.clear();
    this.calls = new Map([...calls].map(([primitive, places]) => [primitive, [...places]]));
    this.messages = [...messages];
    Object.assign(this, { unread, overflow, irqsOff, inPokingSpace });
    for (const [page, shown] of poked) this.poked.set(page, shown);
    this.#unknowns = [...recorded.unknowns];
    this.#seen = recorded.seen;
  }

  mark(): Mark {
    this.#ownWords = null;
    return { words: this.#words, literals: this.literals, fields: this.fields, heapNext: this.heapNext };
  }
  reset(mark: Mark): void {
    this.#words = mark.words;
    this.#ownWords = null;
    this.literals = mark.literals;
    this.fields = mark.fields;
    this.heapNext = mark.heapNext;
  }

  add(step: NewStep, stack: readonly Frame[]): void {
    if (step.kind === 'publish' && isText(this.world, step.address) && !this.literals.has(step.address))
      this.literals = new Set([...this.literals, step.address]);
    if (this.#current.length >= stepsMax) {
      this.overflow = true;
      return;
    }
    if (seenSteps.has(step.kind)) this.#seen++;
    const told = stack.filter((frame) => !frame.fn.startsWith(driverPrefix));
    this.#current.push({ ...step, stack: told } as Step);
  }

  /** Runs `inner`; what it adds becomes the effects of the step that `make` returns. */
  nest(make: (effects: readonly Step[]) => NewStep, stack: readonly Frame[], inner: () => void): void {
    const outer = this.#current;
    const effects: Step[] = [];
    this.#current = effects;
    try {
      inner();
    } finally {
      this.#current = outer;
      this.add(make(effects), stack);
    }
  }

  /** Runs a primitive that is interpreted; one inside another is part of it. */
  poke(via: string, inner: () => void, passed: () => readonly Frame[]): void {
    if (this.#poke !== null) {
      inner();
      return;
    }
    const poke = new Poke(via, this.world.bits);
    this.#poke = poke;
    inner(); // when it ends the run, begin() forgets it
    this.#poke = null;
    poke.end(passed());
  }

  /** The primitive that is being interpreted; null for none. */
  get poking(): string | null {
    return this.#poke?.via ?? null;
  }

  /** Something is executed inside a primitive. */
  execute(executed: Executed, places: { readonly given: bigint; readonly shown: bigint } | null = null): void {
    this.#poke?.execute(executed, places);
  }

  /** flush_icache_range() inside a primitive. */
  flush(from: bigint, to: bigint, stack: readonly Frame[]): void {
    this.#poke?.flush(executedAt('flush_icache_range()', stack, true), from, to);
  }

  /** A store of one word of text; nothing is told of a word that stays as it is. */
  store(store: TextStore, stack: readonly Frame[]): void {
    const { address, word, suffix, via, consistent, ahead } = store;
    const old = this.words.get(address) ?? 0;
    this.setWord(address, word);
    const named = wordAt(this.world, address);
    // Its other half stays as it is: where the jump goes meanwhile is not followed.
    if (this.world.bits === 64 && isLiteral(named.symbol)) this.unread ??= `half of the ${named.symbol} is stored`;
    const step = {
      kind: 'modify',
      word: named,
      old,
      new: word,
      width: 4,
      consistent,
      via,
      ...(ahead !== undefined && { ahead }),
    } as const;
    const stored = executedAt(storeName(store.bytes ?? (suffix === undefined ? 4 : 8)), stack);
    if (suffix === undefined) {
      this.add(step, stack);
      this.#poke?.store(this.#current, address, stored);
      return;
    }
    const oldSuffix = this.words.get(address + 4n) ?? 0;
    this.setWord(address + 4n, suffix);
    this.add({ ...step, width: 8, oldSuffix, newSuffix: suffix }, stack);
    this.#poke?.store(this.#current, address, stored);
  }

  /** A store by a primitive to data that entry code reads; `bytes` of it at once. */
  publish(step: NewStep & { readonly kind: 'publish' }, bytes: number, stack: readonly Frame[]): void {
    this.add(step, stack);
    this.#poke?.store(this.#current, step.address, executedAt(storeName(bytes), stack));
  }

  /** A store was made consistent by `dcbst; sync; icbi; sync; isync` right behind it. */
  makeConsistent(address: bigint): boolean {
    const last = this.#current.at(-1);
    if (last?.kind !== 'modify' || last.word.address !== address || last.consistent === 'patch') return false;
    this.#current[this.#current.length - 1] = { ...last, consistent: 'patch' };
    return true;
  }

  /** Notes a call of a primitive that can fail; true when this is the one to fail. */
  fails(primitive: string, stack: readonly Frame[]): boolean {
    const places = this.calls.get(primitive) ?? [];
    this.calls.set(primitive, places);
    places.push(stack.map(({ fn, at }) => `${fn}:${at.line}`).join());
    const isIt = this.fault !== null && this.fault.primitive === primitive && this.fault.nth === places.length;
    if (isIt) this.failedAt = stack.filter(({ fn }) => !fn.startsWith(driverPrefix));
    return isIt;
  }

  say(message: string): void {
    if (this.messages.length < messagesMax) this.messages.push(message);
  }
}

export interface TextStore {
  readonly address: bigint;
  readonly word: number;
  /** The second word of a prefixed instruction, stored at once with the first. */
  readonly suffix?: number;
  /** Where fewer are stored at once than the word has. */
  readonly bytes?: number;
  readonly via: string;
  readonly consistent: 'patch' | 'flush-later' | 'none';
  readonly ahead?: readonly Frame[];
}
