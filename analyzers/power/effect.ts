/**
 * What several effects have in common, named as the ISA's own shorthand: (RA|0), CR0 of a record form, MASK(mb, me).
 */
import type { Cpu } from './row.ts';

/** (RA|0) of Book I 1.3.2. */
export const base = (cpu: Cpu, RA: number) => (RA === 0 ? 0n : cpu.get(RA));

/** MSR[PR]: problem state, in which privileged instructions are not executed (Book III 4.2.1). */
export const problemState = (cpu: Cpu) => (cpu.msr & 0x4000n) !== 0n;

/** MSR[LE]. */
export const littleEndian = (cpu: Cpu) => (cpu.msr & 1n) !== 0n;

/** Bits of XER (Book I 3.2.2). OV32 and CA32 came with ISA 3.0; no 32-bit implementation has them. */
export const xer = { SO: 0x80000000, OV: 0x40000000, CA: 0x20000000, OV32: 0x00080000, CA32: 0x00040000 } as const;

export const carry = (cpu: Cpu) => ((cpu.xer & xer.CA) === 0 ? 0n : 1n);

export function setCarry(cpu: Cpu, CA: boolean, CA32: boolean): void {
  setXer(cpu, xer.CA, CA);
  if (cpu.bits === 64) setXer(cpu, xer.CA32, CA32);
}

/** Sets OV, and SO with it, for it is summary overflow. */
export function setOverflow(cpu: Cpu, OV: boolean, OV32: boolean): void {
  if (OV) setXer(cpu, xer.SO, true);
  setXer(cpu, xer.OV, OV);
  if (cpu.bits === 64) setXer(cpu, xer.OV32, OV32);
}

export function setXer(cpu: Cpu, bit: number, value: boolean): void {
  cpu.xer = (value ? cpu.xer | bit : cpu.xer & ~bit) >>> 0;
}

/** Sets CR field `field` to LT, GT or EQ, with SO copied from XER (Book I 2.3.1). */
export function compare(cpu: Cpu, field: number, a: bigint, b: bigint): void {
  const so = cpu.xer >>> 31;
  setConditionField(cpu, field, (a < b ? 8 : a > b ? 4 : 2) | so);
}

/** A bit of CR, numbered from the most significant. */
export const conditionBit = (cpu: Cpu, bit: number) => (cpu.cr >>> (31 - bit)) & 1;

export function setConditionField(cpu: Cpu, field: number, bits: number): void {
  const shift = 28 - 4 * field;
  cpu.cr = ((cpu.cr & ~(0xf << shift)) | (bits << shift)) >>> 0;
}

/** Writes a result; a record form (Rc=1) compares it, as the mode's signed width, with 0 into CR0. */
export function result(cpu: Cpu, register: number, value: bigint, Rc: number): void {
  cpu.set(register, value);
  if (Rc === 1) compare(cpu, 0, BigInt.asIntN(cpu.bits, value), 0n);
}

/** ROTL32 of Book I 3.3.14: the low word rotated left, in both halves. */
export function rotateWord(value: bigint, by: number): bigint {
  const word = BigInt.asUintN(32, value);
  const rotated = BigInt.asUintN(32, (word << BigInt(by)) | (word >> BigInt(32 - by)));
  return (rotated << 32n) | rotated;
}

/** MASK(mb, me) of Book I 3.3.14: ones from bit `from` to bit `to` of 64, wrapping round where from > to. */
export function mask(from: number, to: number): bigint {
  const ones = (bit: number) => (1n << BigInt(64 - bit)) - 1n; // bit … 63
  return from <= to ? ones(from) & ~ones(to + 1) : ones(from) | BigInt.asUintN(64, ~ones(to + 1));
}
