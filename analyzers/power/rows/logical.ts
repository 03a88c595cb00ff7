/**
 * Fixed-point logical instructions: Power ISA 3.1B Book I 3.3.13, byte reversal 3.3.15.
 */
import { result } from '../effect.ts';
import { type Effect, type Row, row } from '../row.ts';
import { reversed } from './address.ts';
import {
  centrifuge,
  deposit,
  each,
  equalBytes,
  extract,
  leadingZeros,
  leadingZerosOf,
  parity,
  permuted,
  population,
  trailingZeros,
  trailingZerosOf,
} from './bits.ts';

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
  row('cntlzdm RA,RS,RB', '011111 RS:5 RA:5 RB:5 0000111011 0', logical(leadingZerosOf), doubleword),
  row('cnttzdm RA,RS,RB', '011111 RS:5 RA:5 RB:5 1000111011 0', logical(trailingZerosOf), doubleword),

  row('brh RA,RS', '011111 RS:5 RA:5 00000 0011011011 0', unary(each(16, (value) => reversed(value, 2)))),
  row('brw RA,RS', '011111 RS:5 RA:5 00000 0010011011 0', unary(each(32, (value) => reversed(value, 4)))),
  row(
    'brd RA,RS',
    '011111 RS:5 RA:5 00000 0010111011 0',
    unary((value) => reversed(value, 8)),
    doubleword,
  ),
];
