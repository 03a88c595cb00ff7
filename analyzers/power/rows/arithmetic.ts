/**
 * Fixed-point addition and subtraction: Power ISA 3.1B Book I 3.3.9. Every one of them is
 * a + b + carry; subtraction is ¬RA + RB + 1.
 */
import { base, carry, result, setCarry, setOverflow, setXer, xer } from '../effect.ts';
import { type Cpu, type Effect, type Fields, type Row, row } from '../row.ts';

type Terms = readonly [a: bigint, b: bigint, carry: bigint];

const carriesOut = (bits: number, [a, b, carry]: Terms) =>
  (BigInt.asUintN(bits, a) + BigInt.asUintN(bits, b) + carry) >> BigInt(bits) !== 0n;

function overflows(bits: number, [a, b, carry]: Terms): boolean {
  const sum = BigInt.asIntN(bits, a) + BigInt.asIntN(bits, b) + carry;
  return sum !== BigInt.asIntN(bits, sum);
}

/** Writes the sum of the terms, and OV and SO where the form says so (OE=1). */
const sum =
  (terms: (cpu: Cpu, fields: Fields) => Terms): Effect =>
  (cpu, fields) => {
    const given = terms(cpu, fields);
    if (fields.OE === 1) setOverflow(cpu, overflows(cpu.bits, given), overflows(32, given));
    result(cpu, fields.RT, given[0] + given[1] + given[2], fields.Rc);
  };
/** The same, and the carry into XER. */
const carrying =
  (terms: (cpu: Cpu, fields: Fields) => Terms): Effect =>
  (cpu, fields) => {
    const given = terms(cpu, fields);
    sum(() => given)(cpu, fields);
    setCarry(cpu, carriesOut(cpu.bits, given), carriesOut(32, given));
  };

const add = (cpu: Cpu, { RA, RB }: Fields): Terms => [cpu.get(RA), cpu.get(RB), 0n];
const subtract = (cpu: Cpu, { RA, RB }: Fields): Terms => [~cpu.get(RA), cpu.get(RB), 1n];
const addImmediate = (cpu: Cpu, { RA, SI }: Fields): Terms => [cpu.get(RA), BigInt(SI), 0n];

export const arithmeticRows: readonly Row[] = [
  row('addi RT,RA|0,SI', '001110 RT:5 RA:5 SI:s16', (cpu, { RT, RA, SI }) => cpu.set(RT, base(cpu, RA) + BigInt(SI))),
  row('addis RT,RA|0,SI±', '001111 RT:5 RA:5 SI:s16', (cpu, { RT, RA, SI }) =>
    cpu.set(RT, base(cpu, RA) + (BigInt(SI) << 16n)),
  ),
  row('addpcis RT,SI±', '010011 RT:5 SI:5@1 SI:s10@6 00010 SI:1@0', (cpu, { RT, SI }) =>
    cpu.set(RT, cpu.cia + 4n + (BigInt(SI) << 16n)),
  ),
  row('addic RT,RA,SI', '001100 RT:5 RA:5 SI:s16', carrying(addImmediate)),
  row('addic. RT,RA,SI', '001101 RT:5 RA:5 SI:s16', (cpu, fields) => carrying(addImmediate)(cpu, { ...fields, Rc: 1 })),
  row(
    'subfic RT,RA,SI',
    '001000 RT:5 RA:5 SI:s16',
    carrying((cpu, { RA, SI }) => [~cpu.get(RA), BigInt(SI), 1n]),
  ),

  row('add RT,RA,RB', '011111 RT:5 RA:5 RB:5 OE:1 100001010 Rc:1', sum(add)),
  row('subf RT,RA,RB', '011111 RT:5 RA:5 RB:5 OE:1 000101000 Rc:1', sum(subtract)),
  row('addc RT,RA,RB', '011111 RT:5 RA:5 RB:5 OE:1 000001010 Rc:1', carrying(add)),
  row('subfc RT,RA,RB', '011111 RT:5 RA:5 RB:5 OE:1 000001000 Rc:1', carrying(subtract)),
  row(
    'adde RT,RA,RB',
    '011111 RT:5 RA:5 RB:5 OE:1 010001010 Rc:1',
    carrying((cpu, { RA, RB }) => [cpu.get(RA), cpu.get(RB), carry(cpu)]),
  ),
  row(
    'subfe RT,RA,RB',
    '011111 RT:5 RA:5 RB:5 OE:1 010001000 Rc:1',
    carrying((cpu, { RA, RB }) => [~cpu.get(RA), cpu.get(RB), carry(cpu)]),
  ),
  row(
    'addme RT,RA',
    '011111 RT:5 RA:5 00000 OE:1 011101010 Rc:1',
    carrying((cpu, { RA }) => [cpu.get(RA), -1n, carry(cpu)]),
  ),
  row(
    'subfme RT,RA',
    '011111 RT:5 RA:5 00000 OE:1 011101000 Rc:1',
    carrying((cpu, { RA }) => [~cpu.get(RA), -1n, carry(cpu)]),
  ),
  row(
    'addze RT,RA',
    '011111 RT:5 RA:5 00000 OE:1 011001010 Rc:1',
    carrying((cpu, { RA }) => [cpu.get(RA), 0n, carry(cpu)]),
  ),
  row(
    'subfze RT,RA',
    '011111 RT:5 RA:5 00000 OE:1 011001000 Rc:1',
    carrying((cpu, { RA }) => [~cpu.get(RA), 0n, carry(cpu)]),
  ),
  row(
    'neg RT,RA',
    '011111 RT:5 RA:5 00000 OE:1 001101000 Rc:1',
    sum((cpu, { RA }) => [~cpu.get(RA), 0n, 1n]),
  ),
  // OV serves as the carry, in and out, and SO keeps out of it.
  row(
    'addex RT,RA,RB,CY',
    '011111 RT:5 RA:5 RB:5 CY:2 10101010 0',
    (cpu, { RT, RA, RB }) => {
      const terms: Terms = [cpu.get(RA), cpu.get(RB), (cpu.xer & xer.OV) === 0 ? 0n : 1n];
      cpu.set(RT, terms[0] + terms[1] + terms[2]);
      setXer(cpu, xer.OV, carriesOut(cpu.bits, terms));
      if (cpu.bits === 64) setXer(cpu, xer.OV32, carriesOut(32, terms));
    },
    { reserved: ({ CY }) => CY !== 0 },
  ),

  // No random number is to be had from a table; all ones says so.
  row('darn RT,L', '011111 RT:5 000 L:2 00000 1011110011 0', (cpu, { RT }) => cpu.set(RT, -1n), {
    reserved: ({ L }) => L === 3,
    doubleword: true,
  }),
];
