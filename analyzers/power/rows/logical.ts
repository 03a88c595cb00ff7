/**
 * Fixed-point logical instructions: Power ISA 3.1B Book I 3.3.13, byte reversal 3.3.15, BCD assists 3.3.16.
 */

import { result } from '../effect.ts';
import { type Effect, type Row, row } from '../row.ts';
import { reversed } from './address.ts';

/** RA ← RS op RB. */
const logical =
  (combine: (a: bigint, b: bigint) => bigint): Effect =>
  (cpu, { RA, RS, RB, Rc }) =>
    result(cpu, RA, combine(cpu.get(RS), cpu.get(RB)), Rc);
/** RA ← RS op (UI << shift). */
const immediate =
  (combine: (a: bigint, b: bigint) => bigint, shift: bigint, Rc: number): Effect =>
  (cpu, { RA, RS, UI }) =>
    result(cpu, RA, combine(cpu.get(RS), BigInt(UI) << shift), Rc);
/** RA ← f(RS). */
const unary =
  (of: (value: bigint) => bigint): Effect =>
  (cpu, { RA, RS, Rc }) =>
    result(cpu, RA, of(cpu.get(RS)), Rc);

const and = (a: bigint, b: bigint) => a & b;
const or = (a: bigint, b: bigint) => a | b;
const xor = (a: bigint, b: bigint) => a ^ b;
const extend = (bits: number) => unary((value) => BigInt.asIntN(bits, value));

/** Every element of `bits` bits of a doubleword by itself. */
const each = (bits: number, of: (element: bigint) => bigint) => (value: bigint) => {
  let all = 0n;
  for (let at = 0; at < 64; at += bits)
    all |= BigInt.asUintN(bits, of(BigInt.asUintN(bits, value >> BigInt(at)))) << BigInt(at);
  return all;
};

/** Bits of a value, the least significant first. */
const bitsOf = (value: bigint, count: number) => Array.from({ length: count }, (_, i) => (value >> BigInt(i)) & 1n);
const ofBits = (bits: readonly bigint[]) => bits.reduceRight((value, bit) => (value << 1n) | bit, 0n);
const population = (value: bigint) => BigInt(bitsOf(value, 64).filter((bit) => bit === 1n).length);

const leadingZeros = (count: number, value: bigint) => BigInt(firstOne(bitsOf(value, count).reverse()));
const trailingZeros = (count: number, value: bigint) => BigInt(firstOne(bitsOf(value, count)));
const firstOne = (bits: readonly bigint[]) => (bits.includes(1n) ? bits.indexOf(1n) : bits.length);

/** The bits of a doubleword where the mask has ones, and where it has zeros; the least significant first. */
function divided(value: bigint, mask: bigint): { readonly ones: bigint[]; readonly zeros: bigint[] } {
  const chosen = bitsOf(mask, 64);
  const bits = bitsOf(value, 64);
  return { ones: bits.filter((_, i) => chosen[i] === 1n), zeros: bits.filter((_, i) => chosen[i] === 0n) };
}
const extract = (value: bigint, mask: bigint) => ofBits(divided(value, mask).ones);
const centrifuge = (value: bigint, mask: bigint) => {
  const { ones, zeros } = divided(value, mask);
  return ofBits([...ones, ...zeros]);
};
const deposit = (value: bigint, mask: bigint) => {
  let from = 0n;
  return ofBits(bitsOf(mask, 64).map((bit) => (bit === 1n ? (value >> from++) & 1n : 0n)));
};

/** The low bits of the bytes, added without carry. */
const parity = (value: bigint) => population(value & 0x0101010101010101n) & 1n;
/** The bits of RB that the bytes of RS number, from the most significant byte and bit. */
function permuted(indexes: bigint, value: bigint): bigint {
  let bits = 0n;
  for (let i = 0n; i < 8n; i++) {
    const index = (indexes >> (56n - 8n * i)) & 0xffn;
    bits = (bits << 1n) | (index < 64n ? (value >> (63n - index)) & 1n : 0n);
  }
  return bits;
}
function equalBytes(a: bigint, b: bigint): bigint {
  return each(8, (byte) => (byte === 0n ? 0xffn : 0n))(a ^ b);
}

/** Densely packed decimal: ten bits hold three digits (IEEE 754-2019 table 3.3), so that a word has two groups. */
function declet(digits: bigint): bigint {
  const [a = 0n, b = 0n, c = 0n, d = 0n, e = 0n, f = 0n, g = 0n, h = 0n, i = 0n, j = 0n, k = 0n, m = 0n] = bitsOf(
    digits,
    12,
  ).reverse();
  const large = Number((a << 2n) | (e << 1n) | i);
  const [p, q, s, t, w, x, v] = (
    [
      [b, c, f, g, j, k, 0n],
      [b, c, f, g, 0n, 0n, 1n],
      [b, c, j, k, 0n, 1n, 1n],
      [b, c, 1n, 0n, 1n, 1n, 1n],
      [j, k, f, g, 1n, 0n, 1n],
      [f, g, 0n, 1n, 1n, 1n, 1n],
      [j, k, 0n, 0n, 1n, 1n, 1n],
      [0n, 0n, 1n, 1n, 1n, 1n, 1n],
    ] as const
  )[large as 0];
  return ofBits([m, x, w, v, h, t, s, d, q, p]);
}
/** Back; the 24 redundant patterns are read as what they repeat. */
function digitsOf(group: bigint): bigint {
  const [p = 0n, q = 0n, r = 0n, s = 0n, t = 0n, u = 0n, v = 0n, w = 0n, x = 0n, y = 0n] = bitsOf(group, 10).reverse();
  const small = (b: bigint, c: bigint, d: bigint) => (b << 2n) | (c << 1n) | d;
  const large = (d: bigint) => 8n | d;
  const three = (first: bigint, second: bigint, third: bigint) => (first << 8n) | (second << 4n) | third;
  if (v === 0n) return three(small(p, q, r), small(s, t, u), small(w, x, y));
  if (w === 0n && x === 0n) return three(small(p, q, r), small(s, t, u), large(y));
  if (w === 0n) return three(small(p, q, r), large(u), small(s, t, y));
  if (x === 0n) return three(large(r), small(s, t, u), small(p, q, y));
  if (s === 0n && t === 0n) return three(large(r), large(u), small(p, q, y));
  if (s === 0n) return three(large(r), small(p, q, u), large(y));
  return t === 0n ? three(small(p, q, r), large(u), large(y)) : three(large(r), large(u), large(y));
}
const toDeclets = each(32, (word) => (declet((word >> 12n) & 0xfffn) << 10n) | declet(word & 0xfffn));
const toDigits = each(32, (word) => (digitsOf((word >> 10n) & 0x3ffn) << 12n) | digitsOf(word & 0x3ffn));

const doubleword = { doubleword: true };

export const logicalRows: readonly Row[] = [
  row('andi. RA,RS,UI', '011100 RS:5 RA:5 UI:16', immediate(and, 0n, 1)),
  row('andis. RA,RS,UI', '011101 RS:5 RA:5 UI:16', immediate(and, 16n, 1)),
  row('ori RA,RS,UI', '011000 RS:5 RA:5 UI:16', immediate(or, 0n, 0)),
  row('oris RA,RS,UI', '011001 RS:5 RA:5 UI:16', immediate(or, 16n, 0)),
  row('xori RA,RS,UI', '011010 RS:5 RA:5 UI:16', immediate(xor, 0n, 0)),
  row('xoris RA,RS,UI', '011011 RS:5 RA:5 UI:16', immediate(xor, 16n, 0)),
  row('and RA,RS,RB', '011111 RS:5 RA:5 RB:5 0000011100 Rc:1', logical(and)),
  row('or RA,RS,RB', '011111 RS:5 RA:5 RB:5 0110111100 Rc:1', logical(or)),
  row('xor RA,RS,RB', '011111 RS:5 RA:5 RB:5 0100111100 Rc:1', logical(xor)),
  row(
    'nand RA,RS,RB',
    '011111 RS:5 RA:5 RB:5 0111011100 Rc:1',
    logical((a, b) => ~(a & b)),
  ),
  row(
    'nor RA,RS,RB',
    '011111 RS:5 RA:5 RB:5 0001111100 Rc:1',
    logical((a, b) => ~(a | b)),
  ),
  row(
    'eqv RA,RS,RB',
    '011111 RS:5 RA:5 RB:5 0100011100 Rc:1',
    logical((a, b) => ~(a ^ b)),
  ),
  row(
    'andc RA,RS,RB',
    '011111 RS:5 RA:5 RB:5 0000111100 Rc:1',
    logical((a, b) => a & ~b),
  ),
  row(
    'orc RA,RS,RB',
    '011111 RS:5 RA:5 RB:5 0110011100 Rc:1',
    logical((a, b) => a | ~b),
  ),

  row('extsb RA,RS', '011111 RS:5 RA:5 00000 1110111010 Rc:1', extend(8)),
  row('extsh RA,RS', '011111 RS:5 RA:5 00000 1110011010 Rc:1', extend(16)),
  row('extsw RA,RS', '011111 RS:5 RA:5 00000 1111011010 Rc:1', extend(32), doubleword),
  row(
    'cntlzw RA,RS',
    '011111 RS:5 RA:5 00000 0000011010 Rc:1',
    unary((value) => leadingZeros(32, value)),
  ),
  row(
    'cnttzw RA,RS',
    '011111 RS:5 RA:5 00000 1000011010 Rc:1',
    unary((value) => trailingZeros(32, value)),
  ),
  row(
    'cntlzd RA,RS',
    '011111 RS:5 RA:5 00000 0000111010 Rc:1',
    unary((value) => leadingZeros(64, value)),
    doubleword,
  ),
  row(
    'cnttzd RA,RS',
    '011111 RS:5 RA:5 00000 1000111010 Rc:1',
    unary((value) => trailingZeros(64, value)),
    doubleword,
  ),
  row('popcntb RA,RS', '011111 RS:5 RA:5 00000 0001111010 0', unary(each(8, population))),
  row('popcntw RA,RS', '011111 RS:5 RA:5 00000 0101111010 0', unary(each(32, population))),
  row('popcntd RA,RS', '011111 RS:5 RA:5 00000 0111111010 0', unary(population), doubleword),
  row('prtyw RA,RS', '011111 RS:5 RA:5 00000 0010011010 0', unary(each(32, parity))),
  row('prtyd RA,RS', '011111 RS:5 RA:5 00000 0010111010 0', unary(parity), doubleword),
  row('cmpb RA,RS,RB', '011111 RS:5 RA:5 RB:5 0111111100 0', logical(equalBytes)),
  row('bpermd RA,RS,RB', '011111 RS:5 RA:5 RB:5 0011111100 0', logical(permuted), doubleword),

  row('cfuged RA,RS,RB', '011111 RS:5 RA:5 RB:5 0011011100 0', logical(centrifuge), doubleword),
  row('pdepd RA,RS,RB', '011111 RS:5 RA:5 RB:5 0010011100 0', logical(deposit), doubleword),
  row('pextd RA,RS,RB', '011111 RS:5 RA:5 RB:5 0010111100 0', logical(extract), doubleword),
  row(
    'cntlzdm RA,RS,RB',
    '011111 RS:5 RA:5 RB:5 0000111011 0',
    logical((value, mask) => BigInt(firstOne(divided(value, mask).ones.reverse()))),
    doubleword,
  ),
  row(
    'cnttzdm RA,RS,RB',
    '011111 RS:5 RA:5 RB:5 1000111011 0',
    logical((value, mask) => BigInt(firstOne(divided(value, mask).ones))),
    doubleword,
  ),

  row('brh RA,RS', '011111 RS:5 RA:5 00000 0011011011 0', unary(each(16, (value) => reversed(value, 2)))),
  row('brw RA,RS', '011111 RS:5 RA:5 00000 0010011011 0', unary(each(32, (value) => reversed(value, 4)))),
  row(
    'brd RA,RS',
    '011111 RS:5 RA:5 00000 0010111011 0',
    unary((value) => reversed(value, 8)),
    doubleword,
  ),

  row('cdtbcd RA,RS', '011111 RS:5 RA:5 00000 0100011010 0', unary(toDigits), doubleword),
  row('cbcdtd RA,RS', '011111 RS:5 RA:5 00000 0100111010 0', unary(toDeclets), doubleword),
];
