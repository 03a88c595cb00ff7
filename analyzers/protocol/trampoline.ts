/**
 * A trampoline that the kernel has written for sites out of a branch's reach: it finds its target by way of the paca, or as
 * two halves of a constant. The one idea: its words are run where the kernel has them, and a model is told what that comes
 * to, for there text lies elsewhere.
 *
 * Example: ld r12,..(r13); addis r12,r12,ha; addi r12,r12,lo; mtctr r12; bctr is told as a branch to where it arrives.
 */
import { decode } from '../power/code.ts';
import { type Mode, Processor, type Storage } from '../power/processor.ts';
import { assemble } from '../power/text.ts';

export interface Trampoline {
  readonly address: bigint;
  /** As they are in the state that is told. */
  readonly words: readonly number[];
  readonly mode: Mode;
  /** What the paca holds, and how far from its start. */
  readonly toc: { readonly value: bigint; readonly offset: number };
}

/** Words for the same address that do the same; all else that it writes comes before the branch. */
export function trampolineTold({ address, words, mode, toc }: Trampoline): readonly number[] {
  const before = Array.from({ length: 32 }, (_, register) => BigInt(0x100 + register));
  const gpr = before.map((value, register) => (register === 13 ? BigInt(paca) : value));
  const link = 0x200n;
  const registers = { nia: address, lr: link, ctr: 0n, cr: 0, xer: 0, gpr };
  const processor = new Processor(mode, storageOf(toc, mode), registers);
  const end = address + BigInt(4 * words.length);
  for (let steps = 0; steps < stepsMax && processor.nia >= address && processor.nia < end; steps++) {
    const index = Number((processor.nia - address) / 4n);
    const instruction = decode(words[index] ?? 0, words[index + 1] ?? 0);
    if (instruction === null) return [illegal];
    processor.execute(instruction);
    if (processor.stop !== null) return [illegal];
  }
  // r11, r12 and CTR are free on the way to the tracer; r0 is not.
  const spoiled = gpr.flatMap((value, register) =>
    register !== 11 && register !== 12 && processor.get(register) !== value ? [`li r${register},-1`] : [],
  );
  const lines = processor.lr === link ? spoiled : [...spoiled, 'mtlr r12'];
  const own = lines.flatMap((line) => [...(assemble(line, 0n) ?? [])]);
  const from = address + BigInt(4 * own.length);
  return [...own, Number(0x48000000n | ((processor.nia - from) & 0x03fffffcn))];
}

function storageOf({ value, offset }: Trampoline['toc'], { bits, littleEndian }: Mode): Storage {
  const bytes = bits / 8;
  const at = (address: number) => address - paca - offset;
  return {
    has: (address, length) => at(address) >= 0 && at(address) + length <= bytes,
    read: (address) => {
      const shift = 8 * (littleEndian ? at(address) : bytes - 1 - at(address));
      return Number((value >> BigInt(shift)) & 0xffn);
    },
    write: () => {},
  };
}

/** Anywhere; far from its ends for an offset may be negative. */
const paca = 0x100000;
const illegal = 0;
const stepsMax = 16;
