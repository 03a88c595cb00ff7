/**
 * Fixed-point rotates and shifts: Power ISA 3.1B Book I 3.3.14.
 */
import { mask, result, rotateWord, setCarry } from '../effect.ts';
import { type Cpu, type Effect, type Fields, type Row, row } from '../row.ts';

function rotateDoubleword(value: bigint, by: number): bigint {
  return BigInt.asUintN(64, (value << BigInt(by)) | (value >> BigInt(64 - by)));
}

type Part = (cpu: Cpu, fields: Fields) => bigint;

/** RA ← what is rotated, where the mask has ones; elsewhere 0. */
const masked =
  (rotated: Part, ones: Part): Effect =>
  (cpu, fields) =>
    result(cpu, fields.RA, rotated(cpu, fields) & ones(cpu, fields), fields.Rc);
/** The same; elsewhere RA keeps its bits. */
const inserted =
  (rotated: Part, ones: Part): Effect =>
  (cpu, fields) => {
    const chosen = ones(cpu, fields);
    result(cpu, fields.RA, (rotated(cpu, fields) & chosen) | (cpu.get(fields.RA) & ~chosen), fields.Rc);
  };

const wordBySH: Part = (cpu, { RS, SH }) => rotateWord(cpu.get(RS), SH);
const wordByRB: Part = (cpu, { RS, RB }) => rotateWord(cpu.get(RS), Number(cpu.get(RB) & 31n));
const doublewordBySH: Part = (cpu, { RS, SH }) => rotateDoubleword(cpu.get(RS), SH);
const doublewordByRB: Part = (cpu, { RS, RB }) => rotateDoubleword(cpu.get(RS), Number(cpu.get(RB) & 63n));
const inWord: Part = (_, { MB, ME }) => mask(MB + 32, ME + 32);
const fromMB: Part = (_, { MB }) => mask(MB, 63);
const toME: Part = (_, { ME }) => mask(0, ME);
const fromMBLeftOfSH: Part = (_, { MB, SH }) => mask(MB, 63 - SH);

/** The count of a register shift has one bit more than its width: from there on everything is shifted out. */
const count = (cpu: Cpu, { RB }: Fields, bits: 32 | 64) => cpu.get(RB) & BigInt(2 * bits - 1);
const left =
  (bits: 32 | 64): Effect =>
  (cpu, fields) =>
    result(cpu, fields.RA, BigInt.asUintN(bits, cpu.get(fields.RS) << count(cpu, fields, bits)), fields.Rc);
const right =
  (bits: 32 | 64): Effect =>
  (cpu, fields) =>
    result(cpu, fields.RA, BigInt.asUintN(bits, cpu.get(fields.RS)) >> count(cpu, fields, bits), fields.Rc);
/** CA tells that ones were shifted out of a negative number: the quotient was rounded down. */
const algebraic =
  (bits: 32 | 64, by: (cpu: Cpu, fields: Fields) => bigint): Effect =>
  (cpu, fields) => {
    const value = BigInt.asIntN(bits, cpu.get(fields.RS));
    const shift = by(cpu, fields);
    const inexact = value < 0n && (value >> shift) << shift !== value;
    setCarry(cpu, inexact, inexact);
    result(cpu, fields.RA, value >> shift, fields.Rc);
  };
const bySH = (_: Cpu, { SH }: Fields) => BigInt(SH);

const doubleword = { doubleword: true };

export const rotateRows: readonly Row[] = [
  row('rlwinm RA,RS,SH,MB,ME', '010101 RS:5 RA:5 SH:5 MB:5 ME:5 Rc:1', masked(wordBySH, inWord)),
  row('rlwnm RA,RS,RB,MB,ME', '010111 RS:5 RA:5 RB:5 MB:5 ME:5 Rc:1', masked(wordByRB, inWord)),
  row('rlwimi RA,RS,SH,MB,ME', '010100 RS:5 RA:5 SH:5 MB:5 ME:5 Rc:1', inserted(wordBySH, inWord)),
  row(
    'rldicl RA,RS,SH,MB',
    '011110 RS:5 RA:5 SH:5@0 MB:5@0 MB:1@5 000 SH:1@5 Rc:1',
    masked(doublewordBySH, fromMB),
    doubleword,
  ),
  row(
    'rldicr RA,RS,SH,ME',
    '011110 RS:5 RA:5 SH:5@0 ME:5@0 ME:1@5 001 SH:1@5 Rc:1',
    masked(doublewordBySH, toME),
    doubleword,
  ),
  row(
    'rldic RA,RS,SH,MB',
    '011110 RS:5 RA:5 SH:5@0 MB:5@0 MB:1@5 010 SH:1@5 Rc:1',
    masked(doublewordBySH, fromMBLeftOfSH),
    doubleword,
  ),
  row(
    'rldimi RA,RS,SH,MB',
    '011110 RS:5 RA:5 SH:5@0 MB:5@0 MB:1@5 011 SH:1@5 Rc:1',
    inserted(doublewordBySH, fromMBLeftOfSH),
    doubleword,
  ),
  row('rldcl RA,RS,RB,MB', '011110 RS:5 RA:5 RB:5 MB:5@0 MB:1@5 1000 Rc:1', masked(doublewordByRB, fromMB), doubleword),
  row('rldcr RA,RS,RB,ME', '011110 RS:5 RA:5 RB:5 ME:5@0 ME:1@5 1001 Rc:1', masked(doublewordByRB, toME), doubleword),

  row('slw RA,RS,RB', '011111 RS:5 RA:5 RB:5 0000011000 Rc:1', left(32)),
  row('srw RA,RS,RB', '011111 RS:5 RA:5 RB:5 1000011000 Rc:1', right(32)),
  row(
    'sraw RA,RS,RB',
    '011111 RS:5 RA:5 RB:5 1100011000 Rc:1',
    algebraic(32, (cpu, fields) => count(cpu, fields, 32)),
  ),
  row('srawi RA,RS,SH', '011111 RS:5 RA:5 SH:5 1100111000 Rc:1', algebraic(32, bySH)),
  row('sld RA,RS,RB', '011111 RS:5 RA:5 RB:5 0000011011 Rc:1', left(64), doubleword),
  row('srd RA,RS,RB', '011111 RS:5 RA:5 RB:5 1000011011 Rc:1', right(64), doubleword),
  row(
    'srad RA,RS,RB',
    '011111 RS:5 RA:5 RB:5 1100011010 Rc:1',
    algebraic(64, (cpu, fields) => count(cpu, fields, 64)),
    doubleword,
  ),
  row('sradi RA,RS,SH', '011111 RS:5 RA:5 SH:5@0 110011101 SH:1@5 Rc:1', algebraic(64, bySH), doubleword),
  row(
    'extswsli RA,RS,SH',
    '011111 RS:5 RA:5 SH:5@0 110111101 SH:1@5 Rc:1',
    (cpu, { RA, RS, SH, Rc }) => result(cpu, RA, BigInt.asIntN(32, cpu.get(RS)) << BigInt(SH), Rc),
    doubleword,
  ),
];
