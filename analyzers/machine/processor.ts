/**
 * The registers, stack and own data of one task, and how one instruction changes them. Contexts are values: a step makes a
 * new one.
 * contexts.ts numbers them, so that a search state holds a small number in place of a register file.
 */
import type { Instruction } from '../power/code.ts';
import {
  initialMsr,
  type Mode,
  Processor,
  type Reservation,
  type Stop,
  type Storage,
  storeValue,
} from '../power/processor.ts';
import type { DataFault, DataStorage } from './data.ts';
import { layout } from './layout.ts';
import type { Point } from './timeline.ts';

/** Everything a task carries across a preemption. Registers are unsigned; `memory` is its stack and its own data, byte by byte. */
export interface Context {
  /** Instructions executed since the function was called: one that goes round in circles comes to an end. */
  readonly executed: number;
  readonly nia: number;
  readonly lr: bigint;
  readonly ctr: bigint;
  readonly cr: number;
  readonly xer: number;
  readonly gpr: readonly bigint[];
  readonly memory: ReadonlyMap<number, number>;
  /** Not there as long as nothing is reserved, and as long as MSR is what the mode says. */
  readonly reservation?: Reservation;
  readonly msr?: bigint;
  /** Special purpose registers by number, where there are any but LR, CTR and XER. */
  readonly special?: ReadonlyMap<number, bigint>;
}

export interface Executed {
  readonly context: Context;
  /** An `isync` was executed: the processor's context is synchronized. */
  readonly synchronized: boolean;
  readonly stop: Stop | DataFault | null;
  /** It loads what changes, and was not told when: it is to be executed again, at a point. The rest has no meaning. */
  readonly changing: boolean;
}

/** What there is outside the stack, at a point; null: at any. */
export interface Surroundings {
  readonly storage: DataStorage;
  readonly now: Point | null;
  /** Of a run of instructions of which only the last context is kept: the memory that nobody else holds. */
  readonly scratch?: Scratch | null;
}

export interface Scratch {
  memory: ReadonlyMap<number, number> | null;
}

/** Where tasks keep their stacks. */
export const stack = { from: 0x7ff0000, top: 0x7fffe00, to: 0x8000000 } as const;

/** Executes one instruction at `context.nia`. After a `stop` the context has no further meaning. */
export function execute(
  context: Context,
  instruction: Instruction,
  mode: Mode,
  around: Surroundings | null = null,
): Executed {
  const memory = new TaskMemory(context.memory, around);
  const processor = new Processor(mode, memory, { ...context, nia: BigInt(context.nia) });
  processor.execute(instruction);
  const { nia, lr, ctr, cr, xer, gpr, msr, special, reservation, stop, synchronized } = processor;
  const executed = context.executed + 1;
  const registers = { executed, nia: Number(nia), lr, ctr, cr, xer, gpr, memory: memory.bytes };
  const rare = {
    ...(msr !== initialMsr(mode) && { msr }),
    ...(reservation !== null && { reservation }),
    ...(special.size > 0 && { special }),
  };
  return {
    context: { ...registers, ...rare },
    synchronized,
    // What the model lacks of the kernel's data says nothing of the code.
    stop: memory.unknown ? 'unknown-data' : (stop ?? memory.fault),
    changing: memory.changing,
  };
}

/** The context with a register-wide value on its stack. */
export function withStored(context: Context, address: number, value: bigint, mode: Mode): Context {
  const memory = new TaskMemory(context.memory, null);
  storeValue(memory, address, mode.bits / 8, { ...mode, value });
  return { ...context, memory: memory.bytes };
}

/** A context as text: equal texts are equal contexts. */
export function contextKey(context: Context): string {
  const { executed, nia, lr, ctr, cr, xer, gpr, msr = '', special, reservation } = context;
  const memory = [...context.memory].sort((a, b) => a[0] - b[0]);
  const reserved = reservation === undefined ? '' : `${reservation.address}+${reservation.bytes}`;
  const specials = special === undefined ? '' : `|${[...special].join(';')}`;
  return `${executed}|${nia}|${lr}|${ctr}|${cr}|${xer}|${gpr.join()}|${msr}|${reserved}|${memory.join(';')}${specials}`;
}

/** A task's stack and own data, copied when first written, and what it may read besides. Of the stack, bytes never written are left-overs. */
class TaskMemory implements Storage {
  readonly #around: Surroundings | null;
  #own: Map<number, number> | null = null;
  bytes: ReadonlyMap<number, number>;
  /** Why what was read or written could not be. */
  fault: 'bad-access' | DataFault | null = null;
  changing = false;
  /** It is in an object of the kernel, at a field that the model does not have. */
  unknown = false;

  constructor(bytes: ReadonlyMap<number, number>, around: Surroundings | null) {
    this.bytes = bytes;
    this.#around = around;
  }

  has(address: number, bytes: number): boolean {
    if (onStack(address, bytes)) return true;
    const storage = this.#around?.storage;
    if (storage === undefined) return false;
    for (let i = 0; i < bytes; i++) {
      if (storage.has(address + i) || storage.isPrivate(address + i)) continue;
      this.unknown ||= isOfKernel(address);
      return false;
    }
    return true;
  }

  read(address: number): number {
    const known = this.bytes.get(address);
    if (known !== undefined) return known;
    if (onStack(address, 1) || this.#around === null) return leftoverByte;
    const { storage, now } = this.#around;
    const found = storage.isPrivate(address) ? 'uninitialised-data' : storage.read(address, now);
    if (typeof found === 'number') return found;
    if (found === 'changing') this.changing = true;
    else this.fault ??= found;
    return 0;
  }

  /** What is not the task's own is read only. */
  write(address: number, byte: number): void {
    if (!onStack(address, 1) && this.#around?.storage.isPrivate(address) !== true) {
      this.fault ??= 'bad-access';
      return;
    }
    this.#own ??= this.#copy();
    this.bytes = this.#own;
    this.#own.set(address, byte);
  }

  /** The scratch memory is not copied again, for nobody has seen it. */
  #copy(): Map<number, number> {
    const scratch = this.#around?.scratch ?? null;
    if (scratch === null) return new Map(this.bytes);
    if (scratch.memory !== this.bytes) scratch.memory = new Map(this.bytes);
    return scratch.memory as Map<number, number>;
  }
}

const isOfKernel = (address: number) => objects.some(({ at, from, to }) => address >= at + from && address < at + to);
/** Objects of which a model has only some fields: as far as a displacement of 16 bits from their pointer reaches. */
const objects = [
  { at: layout.paca, from: -0x8000, to: 0x8000 },
  { at: layout.current, from: 0, to: 0x4000 },
  { at: layout.ops, from: 0, to: 0x400 },
] as const;

/** What earlier calls left on the stack: not 0, which code that forgot to store might take for the 0 it wants. */
const leftoverByte = 0x5a;

const onStack = (address: number, bytes: number) => address >= stack.from && address + bytes <= stack.to;
