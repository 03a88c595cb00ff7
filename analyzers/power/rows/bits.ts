/**
 * Values bit by bit: counted, gathered, spread, permuted. What the logical instructions of ISA 2.06 to 3.1 do.
 */
/** Every element of `bits` bits of a doubleword by itself. */
export const each = (bits: number, of: (element: bigint) => bigint) => (value: bigint) => {
  let all = 0n;
  for (let at = 0; at < 64; at += bits)
    all |= BigInt.asUintN(bits, of(BigInt.asUintN(bits, value >> BigInt(at)))) << BigInt(at);
  return all;
};

/** Bits of a value, the least significant first. */
export const bitsOf = (value: bigint, count: number) =>
  Array.from({ length: count }, (_, i) => (value >> BigInt(i)) & 1n);
export const ofBits = (bits: readonly bigint[]) => bits.reduceRight((value, bit) => (value << 1n) | bit, 0n);
export const population = (value: bigint) => BigInt(bitsOf(value, 64).filter((bit) => bit === 1n).length);

export const leadingZeros = (count: number, value: bigint) => BigInt(firstOne(bitsOf(value, count).reverse()));
export const trailingZeros = (count: number, value: bigint) => BigInt(firstOne(bitsOf(value, count)));
const firstOne = (bits: readonly bigint[]) => (bits.includes(1n) ? bits.indexOf(1n) : bits.length);

/** The bits of a doubleword where the mask has ones, and where it has zeros; the least significant first. */
function divided(value: bigint, mask: bigint): { readonly ones: bigint[]; readonly zeros: bigint[] } {
  const chosen = bitsOf(mask, 64);
  const bits = bitsOf(value, 64);
  return { ones: bits.filter((_, i) => chosen[i] === 1n), zeros: bits.filter((_, i) => chosen[i] === 0n) };
}
export const extract = (value: bigint, mask: bigint) => ofBits(divided(value, mask).ones);
export const centrifuge = (value: bigint, mask: bigint) => {
  const { ones, zeros } = divided(value, mask);
  return ofBits([...ones, ...zeros]);
};
export const deposit = (value: bigint, mask: bigint) => {
  let from = 0n;
  return ofBits(bitsOf(mask, 64).map((bit) => (bit === 1n ? (value >> from++) & 1n : 0n)));
};

/** Zeros before the first one, from the left and from the right, of the bits that the mask chooses. */
export const leadingZerosOf = (value: bigint, mask: bigint) => BigInt(firstOne(divided(value, mask).ones.reverse()));
export const trailingZerosOf = (value: bigint, mask: bigint) => BigInt(firstOne(divided(value, mask).ones));

/** The low bits of the bytes, added without carry. */
export const parity = (value: bigint) => population(value & 0x0101010101010101n) & 1n;
/** The bits of RB that the bytes of RS number, from the most significant byte and bit. */
export function permuted(indexes: bigint, value: bigint): bigint {
  let bits = 0n;
  for (let i = 0n; i < 8n; i++) {
    const index = (indexes >> (56n - 8n * i)) & 0xffn;
    bits = (bits << 1n) | (index < 64n ? (value >> (63n - index)) & 1n : 0n);
  }
  return bits;
}
export function equalBytes(a: bigint, b: bigint): bigint {
  return each(8, (byte) => (byte === 0n ? 0xffn : 0n))(a ^ b);
}
