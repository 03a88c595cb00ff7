/**
 * Fixed-point instructions: Power ISA 3.1B Book I 3.3.9 (arithmetic), 3.3.10 (compare), 3.3.11 (trap), 3.3.13 (logical),
 * 3.3.14 (rotate), 3.3.17 (special purpose registers).
 */
import { compare, mask, result, rotateWord } from './effect.ts';
import { type Cpu, type Effect, type Fields, type Row, row } from './row.ts';

/** Logical register forms: RA ← RS op RB. */
const logical =
  (combine: (a: bigint, b: bigint) => bigint): Effect =>
  (cpu, { RA, RS, RB, Rc }) =>
    result(cpu, RA, combine(cpu.get(RS), cpu.get(RB)), Rc);
/** Logical immediate forms: RA ← RS op (UI << shift). */
const immediate =
  (combine: (a: bigint, b: bigint) => bigint, shift: bigint, Rc: number): Effect =>
  (cpu, { RA, RS, UI }) =>
    result(cpu, RA, combine(cpu.get(RS), BigInt(UI) << shift), Rc);
const and = (a: bigint, b: bigint) => a & b;
const or = (a: bigint, b: bigint) => a | b;
const xor = (a: bigint, b: bigint) => a ^ b;

/** L=1 compares doublewords, L=0 words. */
const signed = (L: number, value: bigint) => BigInt.asIntN(L === 1 ? 64 : 32, value);
const unsigned = (L: number, value: bigint) => BigInt.asUintN(L === 1 ? 64 : 32, value);

/** TO of Book I 3.3.11: lt gt eq ltu gtu, most significant first. */
function trapIf(cpu: Cpu, TO: number, bits: 32 | 64, a: bigint, b: bigint): void {
  const [x, y] = [BigInt.asIntN(bits, a), BigInt.asIntN(bits, b)];
  const [ux, uy] = [BigInt.asUintN(bits, a), BigInt.asUintN(bits, b)];
  const met = (x < y ? 16 : 0) | (x > y ? 8 : 0) | (x === y ? 4 : 0) | (ux < uy ? 2 : 0) | (ux > uy ? 1 : 0);
  if ((TO & met) !== 0) cpu.signal('trap');
}

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
const notOneField = ({ FXM }: Fields) => FXM === 0 || (FXM & (FXM - 1)) !== 0;

export const fixedPointRows: readonly Row[] = [
  row('cmpi BF,L,RA,SI', '001011 BF:3 0 L:1 RA:5 SI:s16', (cpu, { BF, L, RA, SI }) =>
    compare(cpu, BF, signed(L, cpu.get(RA)), BigInt(SI)),
  ),
  row('cmpli BF,L,RA,UI', '001010 BF:3 0 L:1 RA:5 UI:16', (cpu, { BF, L, RA, UI }) =>
    compare(cpu, BF, unsigned(L, cpu.get(RA)), BigInt(UI)),
  ),
  row('cmp BF,L,RA,RB', '011111 BF:3 0 L:1 RA:5 RB:5 0000000000 0', (cpu, { BF, L, RA, RB }) =>
    compare(cpu, BF, signed(L, cpu.get(RA)), signed(L, cpu.get(RB))),
  ),
  row('cmpl BF,L,RA,RB', '011111 BF:3 0 L:1 RA:5 RB:5 0000100000 0', (cpu, { BF, L, RA, RB }) =>
    compare(cpu, BF, unsigned(L, cpu.get(RA)), unsigned(L, cpu.get(RB))),
  ),

  row('twi TO,RA,SI', '000011 TO:5 RA:5 SI:s16', (cpu, { TO, RA, SI }) => trapIf(cpu, TO, 32, cpu.get(RA), BigInt(SI))),
  row('tdi TO,RA,SI', '000010 TO:5 RA:5 SI:s16', (cpu, { TO, RA, SI }) => trapIf(cpu, TO, 64, cpu.get(RA), BigInt(SI))),
  row('tw TO,RA,RB', '011111 TO:5 RA:5 RB:5 0000000100 0', (cpu, { TO, RA, RB }) =>
    trapIf(cpu, TO, 32, cpu.get(RA), cpu.get(RB)),
  ),
  row('td TO,RA,RB', '011111 TO:5 RA:5 RB:5 0001000100 0', (cpu, { TO, RA, RB }) =>
    trapIf(cpu, TO, 64, cpu.get(RA), cpu.get(RB)),
  ),

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
    'nor RA,RS,RB',
    '011111 RS:5 RA:5 RB:5 0001111100 Rc:1',
    logical((a, b) => ~(a | b)),
  ),
  row('extsw RA,RS', '011111 RS:5 RA:5 00000 1111011010 Rc:1', (cpu, { RA, RS, Rc }) =>
    result(cpu, RA, BigInt.asIntN(32, cpu.get(RS)), Rc),
  ),

  row('rlwinm RA,RS,SH,MB,ME', '010101 RS:5 RA:5 SH:5 MB:5 ME:5 Rc:1', (cpu, { RA, RS, SH, MB, ME, Rc }) =>
    result(cpu, RA, rotateWord(cpu.get(RS), SH) & mask(MB + 32, ME + 32), Rc),
  ),

  // The halves of the SPR number are swapped in the word: spr 8 is 01000 00000.
  row('mfxer RT', '011111 RT:5 00001 00000 0101010011 0', (cpu, { RT }) => cpu.set(RT, BigInt(cpu.xer))),
  row('mflr RT', '011111 RT:5 01000 00000 0101010011 0', (cpu, { RT }) => cpu.set(RT, cpu.lr)),
  row('mfctr RT', '011111 RT:5 01001 00000 0101010011 0', (cpu, { RT }) => cpu.set(RT, cpu.ctr)),
  row('mtxer RS', '011111 RS:5 00001 00000 0111010011 0', (cpu, { RS }) => {
    cpu.xer = Number(BigInt.asUintN(32, cpu.get(RS)));
  }),
  row('mtlr RS', '011111 RS:5 01000 00000 0111010011 0', (cpu, { RS }) => {
    cpu.lr = cpu.get(RS);
  }),
  row('mtctr RS', '011111 RS:5 01001 00000 0111010011 0', (cpu, { RS }) => {
    cpu.ctr = cpu.get(RS);
  }),
  row('mfcr RT', '011111 RT:5 0 00000000 0 0000010011 0', (cpu, { RT }) => cpu.set(RT, BigInt(cpu.cr))),
  row(
    'mfocrf RT,FXM',
    '011111 RT:5 1 FXM:8 0 0000010011 0',
    (cpu, { RT, FXM }) => cpu.set(RT, BigInt((cpu.cr & fieldMask(FXM)) >>> 0)),
    { invalid: notOneField },
  ),
  row('mtcrf FXM,RS', '011111 RS:5 0 FXM:8 0 0010010000 0', moveToCondition),
  row('mtocrf FXM,RS', '011111 RS:5 1 FXM:8 0 0010010000 0', moveToCondition, { invalid: notOneField }),
];
