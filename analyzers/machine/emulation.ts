/**
 * The text and data of one model, executed: from a context, with a fetched word, to the next place where somebody else matters.
 * Runs over words that never change are taken in one go, for nobody else can see them. What was executed once is looked up
 * from then on, whoever asks: it follows from the model's words and steps alone, not from what CPUs and tasks there are, how
 * they are preempted, and what a fetch may see.
 */
import { type CheckId, checkReturn, checkTarget } from '../checks/checks.ts';
import { decodingOnce, isPrefix } from '../power/code.ts';
import type { Mode } from '../power/processor.ts';
import type { Contract } from '../protocol/protocol.ts';
import { DataStorage, privateBytes } from './data.ts';
import { layout } from './layout.ts';
import type { Model } from './model.ts';
import { Prefixed } from './prefixed.ts';
import { type Context, contextKey, type Executed, execute, type Scratch, type Surroundings } from './processor.ts';
import { type Point, Timeline } from './timeline.ts';
import { callerContext, tracerWords } from './tracer.ts';

/** Where a step led: to a context (null: back at the caller, nothing wrong), or to a break. Equal contexts are one object. */
export interface Led {
  readonly context: Context | null;
  readonly check: CheckId | null;
  readonly synchronized: boolean;
}

export interface One {
  readonly context: Context;
  readonly check: CheckId | null;
  readonly byReturn: boolean;
  readonly synchronized: boolean;
  /** It loads what changes, and was not told when: the rest has no meaning. */
  readonly changing: boolean;
}

interface HowExecuted {
  readonly suffix?: number | undefined;
  readonly now?: Point | null;
  readonly scratch?: Scratch | null;
}

/** A way through the function, the stubs and a tree's entry code has up to some 200 instructions; one of more is endless. */
const instructionsMax = 256;

/** `tw 31,0,0`, which the kernel plants as its breakpoint. */
const trap = 0x7fe00008;

interface EmulationOptions {
  /** Take words that never change in one go (the reduction); without it every instruction is a step of its own. */
  readonly merge?: boolean;
  /** stop_machine() is told store by store. */
  readonly apart?: boolean;
  readonly decode?: ReturnType<typeof decodingOnce>;
}

export class Emulation {
  readonly #decode: ReturnType<typeof decodingOnce>;
  readonly #mode: Mode;
  readonly #text = new Map<number, number>();
  readonly #data: DataStorage;
  /** By contextKey(). */
  readonly #contexts = new Map<string, Context>();
  /** By context, then by fetched word; with its suffix and the point, where those matter. */
  readonly #steps = new Map<Context, Map<number | string, Led>>();
  readonly #caller: Context;
  /** What the modifying side does to the model. */
  readonly timeline: Timeline;
  readonly prefixed: Prefixed;
  /** Do the arguments have to reach the body of the function? */
  readonly #passed: boolean;
  /** A trap may be a probe's. */
  readonly #probed: boolean;
  /** Addresses whose words change, or that may be freed: the places where a task waits to be interleaved. */
  readonly visible: ReadonlySet<number>;
  /** The context of a task that has entered the function, run up to the first visible word. */
  readonly entry: Led;

  constructor(model: Model, { merge = true, apart = false, decode = decodingOnce() }: EmulationOptions = {}) {
    this.#decode = decode;
    // ppc32 kernels are big-endian; of a stack that is read as it was written, no one can tell.
    this.#mode = { bits: model.bits, littleEndian: model.bits === 64 };
    for (const text of model.texts)
      for (const [i, word] of text.words.entries()) this.#text.set(text.address + 4 * i, word);
    for (const i of model.tracers.keys()) {
      const address = layout.tracer + i * layout.gap;
      for (const [j, word] of tracerWords(model.contract, model.bits, address).entries())
        this.#text.set(address + 4 * j, word);
    }
    this.#passed = passesArguments(model);
    this.#probed = model.contract === 'probe';
    this.timeline = new Timeline(model, (address) => this.#text.get(address) ?? 0, apart);
    this.prefixed = new Prefixed(model, this.timeline, this.#text);
    this.#data = new DataStorage(model.data, this.#text, this.timeline, this.#mode);
    this.visible = merge ? visibleOf(this.timeline, this.#text) : new Set(this.#text.keys());
    const caller = callerContext({ ...model, mode: this.#mode });
    this.#caller = { ...caller, memory: new Map([...caller.memory, ...privateBytes(model.data, this.#mode)]) };
    this.entry = this.#runInvisible(this.#caller, false, false);
  }

  /** The word at an address before any modification; undefined where there is no text. */
  word(address: number): number | undefined {
    return this.#text.get(address);
  }

  /**
   * Executes the word the context stands at (with its suffix, if it is a prefix), then everything behind it that nobody
   * else can see.
   * @param now what its loads see
   */
  step(context: Context, word: number, now: Point, suffix?: number): Led {
    const steps = this.#steps.get(context) ?? new Map<number | string, Led>();
    this.#steps.set(context, steps);
    const fetched = suffix === undefined ? word : `${word}:${suffix}`;
    const known = steps.get(fetched) ?? steps.get(`${fetched}@${now.id}`);
    if (known !== undefined) return known;
    const blind = this.one(context, word, { suffix });
    const one = blind.changing ? this.one(context, word, { suffix, now }) : blind;
    const led =
      one.check === null
        ? this.#runInvisible(one.context, one.byReturn, one.synchronized)
        : { context: null, check: one.check, synchronized: one.synchronized };
    steps.set(blind.changing ? `${fetched}@${now.id}` : fetched, led);
    return led;
  }

  /**
   * One instruction; for stepping through an execution.
   * @param how.suffix the word behind it, where that was fetched too
   * @param how.now what its loads see; null: it must not load what changes
   * @param how.scratch of a run of instructions of which not every context is kept
   */
  one(context: Context, word: number, { suffix, now = null, scratch = null }: HowExecuted = {}): One {
    const behind = suffix ?? this.#text.get(context.nia + 4) ?? 0;
    return this.#execute(context, [word, behind], { storage: this.#data, now, scratch });
  }

  #execute(context: Context, [word, suffix]: readonly [number, number], around: Surroundings): One {
    const instruction = this.#decode(word, suffix);
    const nothing = { context, byReturn: false, synchronized: false, changing: false };
    // Book I 1.6: a prefixed instruction that crosses a 64-byte boundary is an alignment interrupt, whatever it is.
    if (isPrefix(word) && context.nia % 64 === 60) return { ...nothing, check: 'alignment' };
    if (word === trap && this.#probed) return this.#trapped(context, around.now);
    if (instruction === null) return { ...nothing, check: 'illegal-instruction' };
    const executed = execute(context, instruction, this.#mode, around);
    const byReturn = instruction.row.mnemonic === 'bclr';
    const endless = executed.context.executed >= instructionsMax ? 'endless' : null;
    const check = executed.stop === null ? endless : checkOf(executed.stop);
    const { synchronized, changing } = executed;
    return { context: executed.context, check, byReturn, synchronized, changing };
  }

  /**
   * The handler of a trap (kprobe_handler() in arch/powerpc/kernel/kprobes.c): it executes the instruction that the slot of
   * the probe has a copy of; where the probe is gone and so is the trap, the word is fetched again.
   */
  #trapped(context: Context, now: Point | null): One {
    const nothing = { context, byReturn: false, synchronized: true, changing: false };
    if (now === null) return { ...nothing, check: null, changing: true };
    const [word, suffix] = [this.#loaded(layout.text, now), this.#loaded(layout.text + 4, now)];
    if (word !== null && word !== trap && word !== 0) {
      const one = this.one(context, word, { suffix: suffix ?? 0, now });
      return { ...one, synchronized: true };
    }
    const index = this.timeline.addresses.indexOf(context.nia);
    const there = this.timeline.versions[index]?.[now.newest[index] ?? 0]?.value ?? this.#text.get(context.nia);
    return { ...nothing, check: there === trap ? 'trap' : null };
  }

  /** A word of text as a load finds it; null where it has been freed. */
  #loaded(address: number, now: Point): number | null {
    let word = 0;
    for (let i = 0; i < 4; i++) {
      const byte = this.#data.read(address + (this.#mode.littleEndian ? 3 - i : i), now);
      if (typeof byte !== 'number') return null;
      word = word * 256 + byte;
    }
    return word;
  }

  /** What arriving at `context.nia` means: going on (null), back at the caller, or a break. */
  arrive(context: Context, byReturn: boolean): { outside: boolean; check: CheckId | null } | null {
    if (context.nia === layout.caller)
      return { outside: true, check: checkReturn(this.#caller, context, this.#passed) };
    if (!this.#text.has(context.nia))
      return { outside: false, check: checkTarget(byReturn && context.nia !== layout.wild) };
    return null;
  }

  caller(): Context {
    return this.#caller;
  }

  #runInvisible(from: Context, returned: boolean, synced: boolean): Led {
    let context = from;
    let byReturn = returned;
    let synchronized = synced;
    const around = { storage: this.#data, now: null, scratch: { memory: null } };
    for (;;) {
      const arrival = this.arrive(context, byReturn);
      if (arrival !== null) return { context: null, check: arrival.check, synchronized };
      if (this.visible.has(context.nia)) return { context: this.#intern(context), check: null, synchronized };
      const { nia } = context;
      const next = this.#execute(context, [this.#text.get(nia) ?? 0, this.#text.get(nia + 4) ?? 0], around);
      if (next.changing) return { context: this.#intern(context), check: null, synchronized };
      synchronized ||= next.synchronized;
      if (next.check !== null) return { context: null, check: next.check, synchronized };
      context = next.context;
      byReturn = next.byReturn;
    }
  }

  #intern(context: Context): Context {
    const key = contextKey(context);
    const known = this.#contexts.get(key);
    if (known === undefined) this.#contexts.set(key, context);
    return known ?? context;
  }
}

function checkOf(stop: NonNullable<Executed['stop']>): CheckId {
  switch (stop) {
    case 'bad-access':
    case 'uninitialised-data':
    case 'freed-data':
    case 'unknown-data':
      return stop;
    case 'trap':
    case 'system-call':
    case 'return-from-interrupt':
    case 'privileged':
    case 'alignment':
    case 'wait':
      return 'trap';
    case 'illegal':
      return 'illegal-instruction';
  }
}

const freeArguments: ReadonlySet<Contract> = new Set(['pg64', 'called', 'system']);
/** With -pg of 64-bit the call stands behind the prologue, where the compiler has saved what it still needs. */
export const passesArguments = ({ contract }: Model) => !freeArguments.has(contract);

function visibleOf(timeline: Timeline, text: ReadonlyMap<number, number>): Set<number> {
  const visible = new Set(timeline.addresses);
  // A prefixed instruction is looked at as a whole when its suffix changes.
  for (const address of [...visible]) if (isPrefix(text.get(address - 4) ?? 0)) visible.add(address - 4);
  for (const freed of timeline.end.freed) {
    // All of a text that is freed: a task inside it is seen.
    const from = freed - (freed % layout.gap);
    for (const address of text.keys()) if (address >= from && address < from + layout.gap) visible.add(address);
  }
  return visible;
}
