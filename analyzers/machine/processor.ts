/**
 * The registers and stack of one task, and how one instruction changes them. Contexts are values: a step makes a new one.
 * contexts.ts interns them, so that a search state holds a small number in place of a register file.
 */
import type { Instruction } from '../power/code.ts';
import type { Cpu } from '../power/row.ts';

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

/** How the processor runs: MSR[SF] and MSR[LE]. */
export interface Mode {
  readonly bits: 32 | 64;
  readonly littleEndian: boolean;
}

type Stop = 'trap' | 'system-call' | 'return-from-interrupt' | 'bad-access';
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
  const { bits } = mode;
  const gpr = [...context.gpr];
  const memory = new StackMemory(context.memory, mode);
  let stop: Stop | null = null;
  let synchronized = false;
  const reachable = (address: number, bytes: number) => {
    const inside = address >= stack.from && address + bytes <= stack.to;
    if (!inside) stop ??= 'bad-access';
    return inside;
  };
  const cpu: Cpu = {
    bits,
    cia: BigInt(context.nia),
    nia: BigInt(context.nia + instruction.bytes),
    lr: context.lr,
    ctr: context.ctr,
    cr: context.cr,
    xer: context.xer,
    get: (register) => gpr[register] ?? 0n,
    set: (register, value) => {
      gpr[register] = BigInt.asUintN(bits, value);
    },
    load(at, bytes) {
      const address = Number(BigInt.asUintN(bits, at));
      return reachable(address, bytes) ? memory.load(address, bytes) : 0n;
    },
    store(at, bytes, value) {
      const address = Number(BigInt.asUintN(bits, at));
      if (reachable(address, bytes)) memory.store(address, bytes, value);
    },
    signal(what) {
      if (what === 'context-synchronize') synchronized = true;
      else stop ??= what;
    },
  };
  instruction.row.effect(cpu, instruction.fields);
  const next: Context = {
    executed: context.executed + 1,
    nia: Number(cpu.nia),
    lr: BigInt.asUintN(bits, cpu.lr),
    ctr: BigInt.asUintN(bits, cpu.ctr),
    cr: cpu.cr,
    xer: cpu.xer,
    gpr,
    memory: memory.bytes,
  };
  return { context: next, synchronized, stop };
}

/** The context with a register-wide value on its stack. */
export function withStored(context: Context, address: number, value: bigint, mode: Mode): Context {
  const memory = new StackMemory(context.memory, mode);
  memory.store(address, mode.bits / 8, value);
  return { ...context, memory: memory.bytes };
}

/** A context as text: equal texts are equal contexts. */
export function contextKey(context: Context): string {
  const { executed, nia, lr, ctr, cr, xer, gpr } = context;
  const memory = [...context.memory].sort((a, b) => a[0] - b[0]);
  return `${executed}|${nia}|${lr}|${ctr}|${cr}|${xer}|${gpr.join()}|${memory.join(';')}`;
}

/** A stack that is copied when it is first written. */
class StackMemory {
  readonly #littleEndian: boolean;
  #own: Map<number, number> | null = null;
  bytes: ReadonlyMap<number, number>;

  constructor(bytes: ReadonlyMap<number, number>, { littleEndian }: Mode) {
    this.bytes = bytes;
    this.#littleEndian = littleEndian;
  }

  /** Bytes never written are 0. */
  load(address: number, bytes: number): bigint {
    let value = 0n;
    for (let i = 0; i < bytes; i++) value = (value << 8n) | BigInt(this.bytes.get(this.#at(address, bytes, i)) ?? 0);
    return value;
  }

  store(address: number, bytes: number, value: bigint): void {
    this.#own ??= new Map(this.bytes);
    this.bytes = this.#own;
    for (let i = 0; i < bytes; i++)
      this.#own.set(this.#at(address, bytes, i), Number((value >> BigInt(8 * (bytes - 1 - i))) & 0xffn));
  }

  /** Where the i-th byte of a value lies, the most significant one being the 0th. */
  #at(address: number, bytes: number, i: number): number {
    return this.#littleEndian ? address + bytes - 1 - i : address + i;
  }
}
