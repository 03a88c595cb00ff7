/**
 * Where two outcomes of a case differ, register by register and byte by byte, bits that are undefined left out. The same
 * comparison serves vector files and runs on another processor.
 */
import type { Registers } from '../processor.ts';
import type { Outcome } from './case.ts';

interface Difference {
  /** `status`, `pc`, a register, or `memory+OFFSET`. */
  readonly what: string;
  readonly got: string;
  readonly expected: string;
}

/** Bits that do not count, by what they are in; of memory, a mask for each byte. */
export interface Undefined {
  readonly undefinedBits: ReadonlyMap<string, bigint>;
  readonly undefinedMemory: Uint8Array | null;
}

export function differences(
  got: Outcome,
  expected: Outcome,
  { undefinedBits, undefinedMemory }: Undefined,
): Difference[] {
  const found: Difference[] = [];
  const compare = (what: string, a: bigint, b: bigint) => {
    if (((a ^ b) & ~(undefinedBits.get(what) ?? 0n)) !== 0n)
      found.push({ what, got: a.toString(16), expected: b.toString(16) });
  };
  if (got.status !== expected.status) found.push({ what: 'status', got: got.status, expected: expected.status });
  const theirs = new Map(namedRegisters(expected.registers));
  for (const [name, value] of namedRegisters(got.registers)) compare(name, value, theirs.get(name) ?? 0n);
  for (const [index, byte] of got.memory.entries()) {
    const other = expected.memory[index] ?? 0;
    if (((byte ^ other) & ~(undefinedMemory?.[index] ?? 0)) !== 0)
      found.push({ what: `memory+${index}`, got: byte.toString(16), expected: other.toString(16) });
  }
  return found;
}

/** All registers by name, the PC as `pc`. */
export function namedRegisters({ nia, lr, ctr, cr, xer, gpr }: Registers): [name: string, value: bigint][] {
  return [
    ['pc', nia],
    ...gpr.map((value, register): [string, bigint] => [`r${register}`, value]),
    ['cr', BigInt(cr)],
    ['xer', BigInt(xer)],
    ['lr', lr],
    ['ctr', ctr],
  ];
}
