/**
 * What stands in for the kernel around the call site: the caller that called the function, and a minimal tracer per
 * contract, in real instructions. A tracer does what its contract says with r0, LR and r2, and nothing else: a wrong r0
 * comes out of it as a wrong LR, which the traced function then returns to.
 */

import { initialMsr, type Mode } from '../power/processor.ts';
import { assemble } from '../power/text.ts';
import type { Contract } from '../protocol/protocol.ts';
import { layout } from './layout.ts';
import { type Context, stack, withStored } from './processor.ts';

/** r2 of kernel and of module code: `lis r2,75` and `lis r2,77`. */
export const toc = { kernel: 0x4b0000n, module: 0x4d0000n } as const;
/** What r0 and an unwritten LR save slot hold: left-overs of earlier calls, nowhere near text. */
export const leftover = { r0: 0xdead0000n, slot: 0xdead1000n } as const;

/** What registers hold that nobody may change, and that nothing else holds. */
const marks = { gpr: 0x100, cr: 0x24248442 } as const;

/** MSR of a kernel that runs: EE, ME, IR, DR and RI (Book III 4.2.1), in the mode's width and byte order. */
const kernelMsr = (mode: Mode) => initialMsr(mode) | 0x9032n;

/** The tracer's words, to be placed at `address`. */
export function tracerWords(contract: Contract, bits: 32 | 64, address: number): number[] {
  const lines = (bits === 64 ? tracers64 : tracers32)[contract];
  return lines.flatMap((line, index) => {
    const words = assemble(line, BigInt(address + 4 * index));
    if (words === null) throw new Error(`the tracer line "${line}" does not assemble`);
    return [...words];
  });
}

interface CallerOptions {
  readonly module: boolean;
  readonly contract: Contract;
  readonly mode: Mode;
}

/**
 * What interrupt entry and exit find and may scratch, by number (asm/reg.h): the paca's address in HSPRG0 and SPRG1, scratch
 * in HSPRG1 and SPRG2; TRIG2 and BUCSR, which only flush something.
 */
const systemRegisters: ReadonlyMap<number, bigint> = new Map([
  ...[0x130, 0x111].map((number) => [number, BigInt(layout.paca)] as const),
  ...[0x131, 0x112, 0x372, 0x3f5].map((number) => [number, 0n] as const),
]);

/** What the paca begins with: to that code any word that can be loaded will do. */
export const pacaStart = { name: 'paca', address: layout.paca, bytes: 8, value: 0n, private: false } as const;

/** A task that has just called the function: `bl f` was its last instruction. */
export function callerContext(options: CallerOptions): Context {
  const { mode, contract } = options;
  const gpr = Array.from({ length: 32 }, (_, register) => BigInt(marks.gpr + register));
  gpr[0] = leftover.r0;
  gpr[1] = BigInt(stack.top);
  gpr[2] = options.module ? toc.module : toc.kernel;
  gpr[12] = BigInt(layout.site);
  if (mode.bits === 64) gpr[13] = BigInt(layout.paca);
  const before: Context = {
    executed: 0,
    nia: layout.site,
    lr: BigInt(layout.caller),
    ctr: 0n,
    cr: marks.cr,
    xer: 0,
    gpr,
    memory: new Map(),
    msr: kernelMsr(mode),
    ...(contract === 'system' && { special: systemRegisters }),
  };
  // The slot where the function may save LR is in its caller's frame.
  return withStored(before, stack.top + (mode.bits === 64 ? 16 : 4), leftover.slot, mode);
}

const tracers64: Readonly<Record<Contract, readonly string[]>> = {
  r0: [
    'stdu r1,-64(r1)',
    'std r0,32(r1)',
    'mflr r11',
    'std r11,40(r1)',
    'ld r11,40(r1)',
    'mtctr r11',
    'ld r0,32(r1)',
    'mtlr r0',
    'addi r1,r1,64',
    'bctr',
  ],
  pg64: [
    'mflr r11',
    'stdu r1,-64(r1)',
    'std r11,32(r1)',
    'lis r2,75',
    'ld r11,32(r1)',
    'mtlr r11',
    'addi r1,r1,64',
    'blr',
  ],
  ool: [
    'stdu r1,-64(r1)',
    'std r0,32(r1)',
    'mflr r11',
    'std r11,40(r1)',
    'ld r11,40(r1)',
    'mtlr r11',
    'ld r0,32(r1)',
    'addi r1,r1,64',
    'blr',
  ],
  pg32: [],
  plain: [],
  probe: [],
  called: [],
  system: [],
};

const tracers32: Readonly<Record<Contract, readonly string[]>> = {
  r0: [
    'stwu r1,-48(r1)',
    'stw r0,12(r1)',
    'mflr r11',
    'stw r11,16(r1)',
    'lwz r11,16(r1)',
    'mtctr r11',
    'lwz r0,12(r1)',
    'mtlr r0',
    'addi r1,r1,48',
    'bctr',
  ],
  pg32: [
    'stwu r1,-48(r1)',
    'mflr r11',
    'stw r11,16(r1)',
    'lwz r0,52(r1)',
    'lwz r11,16(r1)',
    'mtctr r11',
    'mtlr r0',
    'addi r1,r1,48',
    'bctr',
  ],
  ool: [
    'stwu r1,-48(r1)',
    'stw r0,12(r1)',
    'mflr r11',
    'stw r11,16(r1)',
    'lwz r11,16(r1)',
    'mtlr r11',
    'lwz r0,12(r1)',
    'addi r1,r1,48',
    'blr',
  ],
  pg64: [],
  plain: [],
  probe: [],
  called: [],
  system: [],
};
