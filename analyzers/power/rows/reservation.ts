/**
 * Load and reserve, store conditional, and the atomic memory operations: Power ISA 3.1B Book II 4.6.2, 4.5. All of them
 * want aligned storage.
 */

import { setConditionField } from '../effect.ts';
import { type Bytes, type Cpu, type Effect, type Fields, type Row, row } from '../row.ts';
import { type Address, byRA, byX, oddPair } from './address.ts';

const aligned =
  (bytes: Bytes, at: Address, access: (cpu: Cpu, fields: Fields, address: bigint) => void): Effect =>
  (cpu, fields) => {
    const address = at(cpu, fields);
    if (address % BigInt(bytes) === 0n) access(cpu, fields, address);
    else cpu.signal('alignment');
  };

/** EH only hints at what the program is going to do. */
const loadReserve = (bytes: Bytes) =>
  aligned(bytes, byX, (cpu, { RT }, address) => {
    const value = cpu.load(address, bytes);
    cpu.reserve(address, bytes);
    if (bytes === 16) cpu.set(RT, value >> 64n);
    cpu.set(bytes === 16 ? RT + 1 : RT, value);
  });
/**
 * CR0 tells in EQ whether it was stored; LT and GT are 0. At an unaligned address there is no reservation, and it fails:
 * the ISA has that undefined, or an alignment interrupt.
 */
const storeConditional =
  (bytes: Bytes): Effect =>
  (cpu, fields) => {
    const { RS } = fields;
    const value = bytes === 16 ? (cpu.get(RS) << 64n) | cpu.get(RS + 1) : cpu.get(RS);
    const stored = cpu.storeReserved(byX(cpu, fields), bytes, value);
    setConditionField(cpu, 0, (stored ? 2 : 0) | (cpu.xer >>> 31));
  };

type Combine = (stored: bigint, given: bigint, bits: number) => bigint;
const larger = (a: bigint, b: bigint) => (a > b ? a : b);
const smaller = (a: bigint, b: bigint) => (a < b ? a : b);
const signed =
  (choose: (a: bigint, b: bigint) => bigint): Combine =>
  (a, b, bits) =>
    choose(BigInt.asIntN(bits, a), BigInt.asIntN(bits, b));
/** FC 0 to 7, for loads and stores alike: what storage gets. */
const functions: readonly Combine[] = [
  (a, b) => a + b,
  (a, b) => a ^ b,
  (a, b) => a | b,
  (a, b) => a & b,
  larger,
  signed(larger),
  smaller,
  signed(smaller),
];
const operand = (cpu: Cpu, register: number, bytes: Bytes) => BigInt.asUintN(8 * bytes, cpu.get(register % 32));

/** RT gets what was in storage; the operands are RT+1 and RT+2, or a bound that lies behind or before. */
const atomicLoad = (bytes: 4 | 8) =>
  aligned(bytes, byRA, (cpu, { RT, FC }, address) => {
    const [size, none] = [BigInt(bytes), 1n << BigInt(8 * bytes - 1)];
    const stored = cpu.load(address, bytes);
    const [first, second] = [operand(cpu, RT + 1, bytes), operand(cpu, RT + 2, bytes)];
    const bounded = (bound: bigint, allowed: (bound: bigint) => boolean, step: bigint) => {
      const fine = allowed(cpu.load(bound, bytes));
      if (fine) cpu.store(address, bytes, stored + step);
      cpu.set(RT, fine ? stored : none);
    };
    const differs = (bound: bigint) => stored !== bound;
    if (FC === 24) return bounded(address + size, differs, 1n);
    if (FC === 25) return bounded(address + size, (bound) => !differs(bound), 1n);
    if (FC === 28) return bounded(address - size, differs, -1n);
    const combine = FC === 8 ? () => first : FC === 16 ? () => (stored === first ? stored : second) : functions[FC];
    cpu.store(address, bytes, combine?.(stored, first, 8 * bytes) ?? stored);
    cpu.set(RT, stored);
  });
const atomicStore = (bytes: 4 | 8) =>
  aligned(bytes, byRA, (cpu, { RS, FC }, address) => {
    const stored = cpu.load(address, bytes);
    const given = operand(cpu, RS, bytes);
    const twin = address + BigInt(bytes);
    if (FC === 24) {
      if (cpu.load(twin, bytes) !== stored) return;
      cpu.store(twin, bytes, given);
    }
    cpu.store(address, bytes, FC === 24 ? given : (functions[FC]?.(stored, given, 8 * bytes) ?? stored));
  });
const unknownLoad = { reserved: ({ FC }: Fields) => FC > 8 && ![16, 24, 25, 28].includes(FC), doubleword: true };
const unknownStore = { reserved: ({ FC }: Fields) => FC > 7 && FC !== 24, doubleword: true };

const doubleword = { doubleword: true };
const loadPair = {
  ...doubleword,
  invalid: (fields: Fields) => oddPair(fields) || fields.RT === fields.RA || fields.RT === fields.RB,
};

export const reservationRows: readonly Row[] = [
  row('lbarx RT,RA|0,RB,EH?', '011111 RT:5 RA:5 RB:5 0000110100 EH:1', loadReserve(1)),
  row('lharx RT,RA|0,RB,EH?', '011111 RT:5 RA:5 RB:5 0001110100 EH:1', loadReserve(2)),
  row('lwarx RT,RA|0,RB,EH?', '011111 RT:5 RA:5 RB:5 0000010100 EH:1', loadReserve(4)),
  row('ldarx RT,RA|0,RB,EH?', '011111 RT:5 RA:5 RB:5 0001010100 EH:1', loadReserve(8), doubleword),
  row('lqarx RT,RA|0,RB,EH?', '011111 RT:5 RA:5 RB:5 0100010100 EH:1', loadReserve(16), loadPair),
  row('stbcx. RS,RA|0,RB', '011111 RS:5 RA:5 RB:5 1010110110 1', storeConditional(1)),
  row('sthcx. RS,RA|0,RB', '011111 RS:5 RA:5 RB:5 1011010110 1', storeConditional(2)),
  row('stwcx. RS,RA|0,RB', '011111 RS:5 RA:5 RB:5 0010010110 1', storeConditional(4)),
  row('stdcx. RS,RA|0,RB', '011111 RS:5 RA:5 RB:5 0011010110 1', storeConditional(8), doubleword),
  row('stqcx. RS,RA|0,RB', '011111 RS:5 RA:5 RB:5 0010110110 1', storeConditional(16), {
    ...doubleword,
    invalid: oddPair,
  }),

  row('lwat RT,RA|0,FC', '011111 RT:5 RA:5 FC:5 1001000110 0', atomicLoad(4), unknownLoad),
  row('ldat RT,RA|0,FC', '011111 RT:5 RA:5 FC:5 1001100110 0', atomicLoad(8), unknownLoad),
  row('stwat RS,RA|0,FC', '011111 RS:5 RA:5 FC:5 1011000110 0', atomicStore(4), unknownStore),
  row('stdat RS,RA|0,FC', '011111 RS:5 RA:5 FC:5 1011100110 0', atomicStore(8), unknownStore),
];
