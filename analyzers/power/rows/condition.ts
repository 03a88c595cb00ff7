/**
 * Condition register: Power ISA 3.1B Book I 2.5, and the moves of 3.3.17 from and to it.
 */
import { conditionBit, setConditionField } from '../effect.ts';
import { type Effect, type Fields, type Row, row } from '../row.ts';

/** CR bit BT ← CR bit BA op CR bit BB. */
const logical =
  (combine: (a: number, b: number) => number): Effect =>
  (cpu, { BT, BA, BB }) => {
    const bit = combine(conditionBit(cpu, BA), conditionBit(cpu, BB)) & 1;
    const place = 1 << (31 - BT);
    cpu.cr = ((cpu.cr & ~place) | (bit === 1 ? place : 0)) >>> 0;
  };

/** FXM: one bit per CR field, CR0 the most significant; as a mask over CR. */
function fieldMask(FXM: number): number {
  let mask = 0;
  for (let field = 0; field < 8; field++) if ((FXM >> (7 - field)) & 1) mask |= 0xf << (28 - 4 * field);
  return mask;
}
const moveToCondition: Effect = (cpu, { FXM, RS }) => {
  const moved = fieldMask(FXM);
  cpu.cr = ((cpu.cr & ~moved) | (Number(BigInt.asUintN(32, cpu.get(RS))) & moved)) >>> 0;
};
/** mfocrf and mtocrf move exactly one field; with more the result is undefined. */
const oneField = { invalid: ({ FXM }: Fields) => FXM === 0 || (FXM & (FXM - 1)) !== 0 };

export const conditionRows: readonly Row[] = [
  row(
    'crand BT,BA,BB',
    '010011 BT:5 BA:5 BB:5 0100000001 0',
    logical((a, b) => a & b),
  ),
  row(
    'cror BT,BA,BB',
    '010011 BT:5 BA:5 BB:5 0111000001 0',
    logical((a, b) => a | b),
  ),
  row(
    'crxor BT,BA,BB',
    '010011 BT:5 BA:5 BB:5 0011000001 0',
    logical((a, b) => a ^ b),
  ),
  row(
    'crnand BT,BA,BB',
    '010011 BT:5 BA:5 BB:5 0011100001 0',
    logical((a, b) => ~(a & b)),
  ),
  row(
    'crnor BT,BA,BB',
    '010011 BT:5 BA:5 BB:5 0000100001 0',
    logical((a, b) => ~(a | b)),
  ),
  row(
    'creqv BT,BA,BB',
    '010011 BT:5 BA:5 BB:5 0100100001 0',
    logical((a, b) => ~(a ^ b)),
  ),
  row(
    'crandc BT,BA,BB',
    '010011 BT:5 BA:5 BB:5 0010000001 0',
    logical((a, b) => a & ~b),
  ),
  row(
    'crorc BT,BA,BB',
    '010011 BT:5 BA:5 BB:5 0110100001 0',
    logical((a, b) => a | ~b),
  ),
  row('mcrf BF,BFA', '010011 BF:3 00 BFA:3 00 00000 0000000000 0', (cpu, { BF, BFA }) =>
    setConditionField(cpu, BF, (cpu.cr >>> (28 - 4 * BFA)) & 0xf),
  ),
  // OV, OV32, CA, CA32: the overflow and carry bits, without SO.
  row(
    'mcrxrx BF',
    '011111 BF:3 00 00000 00000 1001000000 0',
    (cpu, { BF }) => {
      const bit = (at: number) => (cpu.xer >>> at) & 1;
      setConditionField(cpu, BF, (bit(30) << 3) | (bit(19) << 2) | (bit(29) << 1) | bit(18));
    },
    { doubleword: true },
  ),

  row('mfcr RT', '011111 RT:5 0 00000000 0 0000010011 0', (cpu, { RT }) => cpu.set(RT, BigInt(cpu.cr))),
  row(
    'mfocrf RT,FXM',
    '011111 RT:5 1 FXM:8 0 0000010011 0',
    (cpu, { RT, FXM }) => cpu.set(RT, BigInt((cpu.cr & fieldMask(FXM)) >>> 0)),
    oneField,
  ),
  row('mtcrf FXM,RS', '011111 RS:5 0 FXM:8 0 0010010000 0', moveToCondition),
  row('mtocrf FXM,RS', '011111 RS:5 1 FXM:8 0 0010010000 0', moveToCondition, oneField),
];
