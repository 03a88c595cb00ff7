/**
 * BCD assists: Power ISA 3.1B Book I 3.3.16. Decimal digits of four bits, and the densely packed form, in which ten bits
 * hold three digits.
 */
import { type Effect, type Row, row } from '../row.ts';
import { bitsOf, each, ofBits } from './bits.ts';

const carriesOut = (bits: bigint, a: bigint, b: bigint) =>
  (BigInt.asUintN(Number(bits), a) + BigInt.asUintN(Number(bits), b)) >> bits !== 0n;

/** addg6s: 6 in each decimal digit whose sum carries nothing to the next, ready to be subtracted. */
const sixes: Effect = (cpu, { RT, RA, RB }) => {
  const [a, b] = [cpu.get(RA), cpu.get(RB)];
  let value = 0n;
  for (let digit = 0n; digit < 16n; digit++) if (!carriesOut(4n * (digit + 1n), a, b)) value |= 6n << (4n * digit);
  cpu.set(RT, value);
};

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

const convert =
  (of: (value: bigint) => bigint): Effect =>
  (cpu, { RA, RS }) =>
    cpu.set(RA, of(cpu.get(RS)));
const doubleword = { doubleword: true };

export const decimalRows: readonly Row[] = [
  row('addg6s RT,RA,RB', '011111 RT:5 RA:5 RB:5 0 001001010 0', sixes, doubleword),
  row('cdtbcd RA,RS', '011111 RS:5 RA:5 00000 0100011010 0', convert(toDigits), doubleword),
  row('cbcdtd RA,RS', '011111 RS:5 RA:5 00000 0100111010 0', convert(toDeclets), doubleword),
];
