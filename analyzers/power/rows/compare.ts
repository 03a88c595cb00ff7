/**
 * Fixed-point compares, traps and selections: Power ISA 3.1B Book I 3.3.10, 3.3.11, 3.3.12.
 */
import { base, compare, conditionBit, setConditionField } from '../effect.ts';
import { type Cpu, type Effect, type Fields, type Row, row } from '../row.ts';

type Reading = (bits: number, value: bigint) => bigint;
const signed: Reading = (bits, value) => BigInt.asIntN(bits, value);
const unsigned: Reading = (bits, value) => BigInt.asUintN(bits, value);
type Value = (cpu: Cpu, fields: Fields) => bigint;
const byRB: Value = (cpu, { RB }) => cpu.get(RB);
const bySI: Value = (_, { SI }) => BigInt(SI);
const byUI: Value = (_, { UI }) => BigInt(UI);

/** L=1 compares doublewords, which a 32-bit implementation does not have; L=0 words. */
const comparison =
  (read: Reading, other: Value): Effect =>
  (cpu, fields) => {
    const { BF, L, RA } = fields;
    const bits = L === 1 ? 64 : 32;
    if (bits > cpu.bits) cpu.signal('illegal');
    else compare(cpu, BF, read(bits, cpu.get(RA)), read(bits, other(cpu, fields)));
  };

/** TO of Book I 3.3.11: lt gt eq ltu gtu, most significant first. */
const trap =
  (bits: 32 | 64, other: Value): Effect =>
  (cpu, fields) => {
    const [a, b] = [cpu.get(fields.RA), other(cpu, fields)];
    const [x, y] = [BigInt.asIntN(bits, a), BigInt.asIntN(bits, b)];
    const [ux, uy] = [BigInt.asUintN(bits, a), BigInt.asUintN(bits, b)];
    const met = (x < y ? 16 : 0) | (x > y ? 8 : 0) | (x === y ? 4 : 0) | (ux < uy ? 2 : 0) | (ux > uy ? 1 : 0);
    if ((fields.TO & met) !== 0) cpu.signal('trap');
  };

const byteOf = (value: bigint, index: number) => (value >> BigInt(8 * index)) & 0xffn;
/** Is the low byte of RA in the range that two bytes of RB give, L=0; in either of two ranges, L=1? */
const inRange: Effect = (cpu, { BF, L, RA, RB }) => {
  const [value, ranges] = [byteOf(cpu.get(RA), 0), cpu.get(RB)];
  const within = (low: number) => byteOf(ranges, low) <= value && value <= byteOf(ranges, low + 1);
  setConditionField(cpu, BF, within(0) || (L === 1 && within(2)) ? 4 : 0);
};
const equalsAnyByte: Effect = (cpu, { BF, RA, RB }) => {
  const [value, bytes] = [byteOf(cpu.get(RA), 0), cpu.get(RB)];
  const found = Array.from({ length: 8 }, (_, i) => byteOf(bytes, i)).includes(value);
  setConditionField(cpu, BF, found ? 4 : 0);
};

/** RT ← one of two values by a bit of CR. */
const set =
  (one: bigint, zero: bigint): Effect =>
  (cpu, { RT, BI }) =>
    cpu.set(RT, conditionBit(cpu, BI) === 1 ? one : zero);

const doubleword = { doubleword: true };

export const compareRows: readonly Row[] = [
  row('cmpi BF,L,RA,SI', '001011 BF:3 / L:1 RA:5 SI:s16', comparison(signed, bySI)),
  row('cmp BF,L,RA,RB', '011111 BF:3 0 L:1 RA:5 RB:5 0000000000 0', comparison(signed, byRB)),
  row('cmpli BF,L,RA,UI±', '001010 BF:3 / L:1 RA:5 UI:16', comparison(unsigned, byUI)),
  row('cmpl BF,L,RA,RB', '011111 BF:3 0 L:1 RA:5 RB:5 0000100000 0', comparison(unsigned, byRB)),
  row('cmprb BF,L,RA,RB', '011111 BF:3 0 L:1 RA:5 RB:5 0011000000 0', inRange),
  row('cmpeqb BF,RA,RB', '011111 BF:3 00 RA:5 RB:5 0011100000 0', equalsAnyByte, doubleword),

  row('twi TO,RA,SI', '000011 TO:5 RA:5 SI:s16', trap(32, bySI)),
  row('tw TO,RA,RB', '011111 TO:5 RA:5 RB:5 0000000100 0', trap(32, byRB)),
  row('tdi TO,RA,SI', '000010 TO:5 RA:5 SI:s16', trap(64, bySI), doubleword),
  row('td TO,RA,RB', '011111 TO:5 RA:5 RB:5 0001000100 0', trap(64, byRB), doubleword),

  row('isel RT,RA|0,RB,BC', '011111 RT:5 RA:5 RB:5 BC:5 01111 /', (cpu, { RT, RA, RB, BC }) =>
    cpu.set(RT, conditionBit(cpu, BC) === 1 ? base(cpu, RA) : cpu.get(RB)),
  ),
  row('setb RT,BFA', '011111 RT:5 BFA:3 00 00000 0010000000 0', (cpu, { RT, BFA }) =>
    cpu.set(RT, conditionBit(cpu, 4 * BFA) === 1 ? -1n : BigInt(conditionBit(cpu, 4 * BFA + 1))),
  ),
  row('setbc RT,BI', '011111 RT:5 BI:5 00000 0110000000 0', set(1n, 0n)),
  row('setbcr RT,BI', '011111 RT:5 BI:5 00000 0110100000 0', set(0n, 1n)),
  row('setnbc RT,BI', '011111 RT:5 BI:5 00000 0111000000 0', set(-1n, 0n)),
  row('setnbcr RT,BI', '011111 RT:5 BI:5 00000 0111100000 0', set(0n, -1n)),
];
