/**
 * The registers and stack of one task, and how one instruction changes them. Contexts are values: a step makes a new one.
 * The space module interns them, so that a search state holds a small number in place of a register file.
 */
import type { Instruction } from '../power/code.ts';
import type { Cpu } from '../power/row.ts';

/** Everything a task carries across a preemption. Registers are unsigned; `memory` is its stack, byte by byte. */
export interface Context {
  readonly nia: number;
  readonly lr: bigint;
  readonly ctr: bigint;
  readonly cr: number;
  readonly gpr: readonly bigint[];
  readonly memory: ReadonlyMap<number, number>;
}

export type Stop = 'trap' | 'system-call' | 'return-from-interrupt' | 'bad-access';
export interface Executed {
  readonly context: Context;
  /** An `isync` was executed: the processor's context is synchronized. */
  readonly synchronized: boolean;
  readonly stop: Stop | null;
}

/** Where tasks keep their stacks; any other load or store is a bad access. */
export const stack = { from: 0x7ff0000, top: 0x7fffe00, to: 0x8000000 } as const;

/** Executes one instruction at `context.nia`. */
export function execute(context: Context, instruction: Instruction, bits: 32 | 64): Executed {
  const gpr = [...context.gpr];
  let memory: Map<number, number> | null = null;
  let stop: Stop | null = null;
  let synchronized = false;
  const inStack = (address: number, bytes: number) => address >= stack.from && address + bytes <= stack.to;
  const cpu: Cpu = {
    bits,
    cia: BigInt(context.nia),
    nia: BigInt(context.nia + instruction.bytes),
    lr: context.lr,
    ctr: context.ctr,
    cr: context.cr,
    xer: 0,
    get: (register) => gpr[register] ?? 0n,
    set: (register, value) => {
      gpr[register] = BigInt.asUintN(bits, value);
    },
    load(at, bytes) {
      const address = Number(BigInt.asUintN(bits, at));
      if (!inStack(address, bytes)) stop ??= 'bad-access';
      let value = 0n;
      // Big-endian or little-endian makes no difference to a stack that is read as it was written.
      for (let i = 0; i < bytes; i++) value = (value << 8n) | BigInt((memory ?? context.memory).get(address + i) ?? 0);
      return value;
    },
    store(at, bytes, value) {
      const address = Number(BigInt.asUintN(bits, at));
      if (!inStack(address, bytes)) {
        stop ??= 'bad-access';
        return;
      }
      memory ??= new Map(context.memory);
      for (let i = 0; i < bytes; i++) memory.set(address + i, Number((value >> BigInt(8 * (bytes - 1 - i))) & 0xffn));
    },
    signal(what) {
      if (what === 'context-synchronize') synchronized = true;
      else stop ??= what;
    },
  };
  instruction.row.effect(cpu, instruction.fields);
  const next: Context = {
    nia: Number(cpu.nia),
    lr: BigInt.asUintN(bits, cpu.lr),
    ctr: BigInt.asUintN(bits, cpu.ctr),
    cr: cpu.cr,
    gpr,
    memory: memory ?? context.memory,
  };
  return { context: next, synchronized, stop };
}

/** A context as text: equal texts are equal contexts. */
export function contextKey(context: Context): string {
  const memory = [...context.memory].sort((a, b) => a[0] - b[0]);
  return `${context.nia}|${context.lr}|${context.ctr}|${context.cr}|${context.gpr.join()}|${memory.join(';')}`;
}
