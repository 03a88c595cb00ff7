/**
 * The registers and stack of one task, and how one instruction changes them. Contexts are values: a step makes a new one.
 * contexts.ts interns them, so that a search state holds a small number in place of a register file.
 */
import type { Instruction } from '../power/code.ts';
import { type Mode, Processor, type Stop, type Storage, storeValue } from '../power/processor.ts';

/** Everything a task carries across a preemption. Registers are unsigned; `memory` is its stack, byte by byte. */
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
}

export interface Executed {
  readonly context: Context;
  /** An `isync` was executed: the processor's context is synchronized. */
  readonly synchronized: boolean;
  readonly stop: Stop | null;
}

/** Where tasks keep their stacks; any other load or store is a bad access. */
export const stack = { from: 0x7ff0000, top: 0x7fffe00, to: 0x8000000 } as const;

/** Executes one instruction at `context.nia`. After a `stop` the context has no further meaning. */
export function execute(context: Context, instruction: Instruction, mode: Mode): Executed {
  const memory = new StackMemory(context.memory);
  const processor = new Processor(mode, memory, { ...context, nia: BigInt(context.nia) });
  processor.execute(instruction);
  const { nia, lr, ctr, cr, xer, gpr, stop, synchronized } = processor;
  const executed = context.executed + 1;
  return {
    context: { executed, nia: Number(nia), lr, ctr, cr, xer, gpr, memory: memory.bytes },
    synchronized,
    stop,
  };
}

/** The context with a register-wide value on its stack. */
export function withStored(context: Context, address: number, value: bigint, mode: Mode): Context {
  const memory = new StackMemory(context.memory);
  storeValue(memory, address, mode.bits / 8, { ...mode, value });
  return { ...context, memory: memory.bytes };
}

/** A context as text: equal texts are equal contexts. */
export function contextKey(context: Context): string {
  const { executed, nia, lr, ctr, cr, xer, gpr } = context;
  const memory = [...context.memory].sort((a, b) => a[0] - b[0]);
  return `${executed}|${nia}|${lr}|${ctr}|${cr}|${xer}|${gpr.join()}|${memory.join(';')}`;
}

/** A stack that is copied when it is first written. Bytes never written are 0. */
class StackMemory implements Storage {
  #own: Map<number, number> | null = null;
  bytes: ReadonlyMap<number, number>;

  constructor(bytes: ReadonlyMap<number, number>) {
    this.bytes = bytes;
  }

  has(address: number, bytes: number): boolean {
    return address >= stack.from && address + bytes <= stack.to;
  }

  read(address: number): number {
    return this.bytes.get(address) ?? 0;
  }

  write(address: number, byte: number): void {
    this.#own ??= new Map(this.bytes);
    this.bytes = this.#own;
    this.#own.set(address, byte);
  }
}
