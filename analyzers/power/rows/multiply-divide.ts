/**
 * Fixed-point multiplication, division and remainder: Power ISA 3.1B Book I 3.3.9.
 *
 * What the ISA leaves undefined is as qemu has it. The upper half of a word result is 0, but the sign of divwe and modsw.
 * Where the quotient does not fit, divd and divw leave the dividend, the extended forms 0 (divde and divdeu its low half,
 * if the divisor is the larger in magnitude), and the remainder is 0.
 */
import { result, setOverflow } from '../effect.ts';
import { type Cpu, type Effect, type Fields, type Row, row } from '../row.ts';

type Width = 32 | 64;
/** How a width's bits are read as a number. */
type Reading = (bits: number, value: bigint) => bigint;
const signed: Reading = (bits, value) => BigInt.asIntN(bits, value);
const unsigned: Reading = (bits, value) => BigInt.asUintN(bits, value);

/** The low half of a product. A word product fills the register: it is a doubleword. */
const multiplyLow =
  (bits: Width): Effect =>
  (cpu, { RT, RA, RB, OE, Rc }) => {
    const product = signed(bits, cpu.get(RA)) * signed(bits, cpu.get(RB));
    const over = product !== BigInt.asIntN(bits, product);
    if (OE === 1) setOverflow(cpu, over, over);
    result(cpu, RT, product, Rc);
  };
const multiplyHigh =
  (bits: Width, read: Reading): Effect =>
  (cpu, { RT, RA, RB, Rc }) => {
    const product = read(bits, cpu.get(RA)) * read(bits, cpu.get(RB));
    result(cpu, RT, BigInt.asUintN(bits, product >> BigInt(bits)), Rc);
  };

const divide =
  (bits: Width, read: Reading): Effect =>
  (cpu, fields) => {
    const [dividend, divisor] = [read(bits, cpu.get(fields.RA)), read(bits, cpu.get(fields.RB))];
    const fits = divisor !== 0n && dividend / divisor === read(bits, dividend / divisor);
    divided(cpu, fields, BigInt.asUintN(bits, fits ? dividend / divisor : dividend), fits);
  };
/** The dividend is RA with a width of zeros behind. */
const divideExtended =
  (bits: Width, read: Reading): Effect =>
  (cpu, fields) => {
    const [high, divisor] = [read(bits, cpu.get(fields.RA)), read(bits, cpu.get(fields.RB))];
    const quotient = magnitude(high) < magnitude(divisor) ? (high << BigInt(bits)) / divisor : null;
    const fits = quotient !== null && quotient === read(bits, quotient);
    divided(cpu, fields, fits || bits === 64 ? (quotient ?? 0n) : 0n, fits);
  };
const magnitude = (value: bigint) => (value < 0n ? -value : value);

function divided(cpu: Cpu, { RT, OE, Rc }: Fields, quotient: bigint, fits: boolean): void {
  if (OE === 1) setOverflow(cpu, !fits, !fits);
  result(cpu, RT, quotient, Rc);
}

const remainder =
  (bits: Width, read: Reading): Effect =>
  (cpu, { RT, RA, RB }) => {
    const [dividend, divisor] = [read(bits, cpu.get(RA)), read(bits, cpu.get(RB))];
    const fits = divisor !== 0n && dividend / divisor === read(bits, dividend / divisor);
    cpu.set(RT, fits ? dividend % divisor : 0n);
  };

/** RA × RB + RC as 128 bits: the half that begins at bit `from`. */
const multiplyAdd =
  (read: Reading, from: bigint): Effect =>
  (cpu, { RT, RA, RB, RC }) =>
    cpu.set(RT, (read(64, cpu.get(RA)) * read(64, cpu.get(RB)) + read(64, cpu.get(RC))) >> from);

const doubleword = { doubleword: true };

export const multiplyDivideRows: readonly Row[] = [
  row('mulli RT,RA,SI', '000111 RT:5 RA:5 SI:s16', (cpu, { RT, RA, SI }) => cpu.set(RT, cpu.get(RA) * BigInt(SI))),
  row('mullw RT,RA,RB', '011111 RT:5 RA:5 RB:5 OE:1 011101011 Rc:1', multiplyLow(32)),
  row('mulhw RT,RA,RB', '011111 RT:5 RA:5 RB:5 0 001001011 Rc:1', multiplyHigh(32, signed)),
  row('mulhwu RT,RA,RB', '011111 RT:5 RA:5 RB:5 0 000001011 Rc:1', multiplyHigh(32, unsigned)),
  row('divw RT,RA,RB', '011111 RT:5 RA:5 RB:5 OE:1 111101011 Rc:1', divide(32, signed)),
  row('divwu RT,RA,RB', '011111 RT:5 RA:5 RB:5 OE:1 111001011 Rc:1', divide(32, unsigned)),
  row('divwe RT,RA,RB', '011111 RT:5 RA:5 RB:5 OE:1 110101011 Rc:1', divideExtended(32, signed)),
  row('divweu RT,RA,RB', '011111 RT:5 RA:5 RB:5 OE:1 110001011 Rc:1', divideExtended(32, unsigned)),
  row('modsw RT,RA,RB', '011111 RT:5 RA:5 RB:5 1100001011 0', remainder(32, signed)),
  row('moduw RT,RA,RB', '011111 RT:5 RA:5 RB:5 0100001011 0', remainder(32, unsigned)),

  row('mulld RT,RA,RB', '011111 RT:5 RA:5 RB:5 OE:1 011101001 Rc:1', multiplyLow(64), doubleword),
  row('mulhd RT,RA,RB', '011111 RT:5 RA:5 RB:5 0 001001001 Rc:1', multiplyHigh(64, signed), doubleword),
  row('mulhdu RT,RA,RB', '011111 RT:5 RA:5 RB:5 0 000001001 Rc:1', multiplyHigh(64, unsigned), doubleword),
  row('maddhd RT,RA,RB,RC', '000100 RT:5 RA:5 RB:5 RC:5 110000', multiplyAdd(signed, 64n), doubleword),
  row('maddhdu RT,RA,RB,RC', '000100 RT:5 RA:5 RB:5 RC:5 110001', multiplyAdd(unsigned, 64n), doubleword),
  row('maddld RT,RA,RB,RC', '000100 RT:5 RA:5 RB:5 RC:5 110011', multiplyAdd(signed, 0n), doubleword),
  row('divd RT,RA,RB', '011111 RT:5 RA:5 RB:5 OE:1 111101001 Rc:1', divide(64, signed), doubleword),
  row('divdu RT,RA,RB', '011111 RT:5 RA:5 RB:5 OE:1 111001001 Rc:1', divide(64, unsigned), doubleword),
  row('divde RT,RA,RB', '011111 RT:5 RA:5 RB:5 OE:1 110101001 Rc:1', divideExtended(64, signed), doubleword),
  row('divdeu RT,RA,RB', '011111 RT:5 RA:5 RB:5 OE:1 110001001 Rc:1', divideExtended(64, unsigned), doubleword),
  row('modsd RT,RA,RB', '011111 RT:5 RA:5 RB:5 1100001001 0', remainder(64, signed), doubleword),
  row('modud RT,RA,RB', '011111 RT:5 RA:5 RB:5 0100001001 0', remainder(64, unsigned), doubleword),
];
