/**
 * Loads and stores of several registers: Power ISA 3.1B Book I 3.3.4 (quadword), 3.3.6 (multiple), 3.3.7 (string).
 * Multiple and string instructions are big-endian only; in little-endian mode they are alignment interrupts.
 */

import { littleEndian } from '../effect.ts';
import { type Cpu, type Effect, type Fields, type Row, row } from '../row.ts';
import { type Address, byD, byDQ, byDS, byRA, byX, oddPair } from './address.ts';

const bigEndian =
  (effect: Effect): Effect =>
  (cpu, fields) =>
    littleEndian(cpu) ? cpu.signal('alignment') : effect(cpu, fields);

const loadMultiple: Effect = (cpu, fields) => {
  const address = byD(cpu, fields);
  for (let register = fields.RT; register < 32; register++)
    cpu.set(register, cpu.load(address + BigInt(4 * (register - fields.RT)), 4));
};
const storeMultiple: Effect = (cpu, fields) => {
  const address = byD(cpu, fields);
  for (let register = fields.RS; register < 32; register++)
    cpu.store(address + BigInt(4 * (register - fields.RS)), 4, cpu.get(register));
};

/** NB=0 stands for 32; the index forms have their count in XER. */
const byNB = (_: Cpu, { NB }: Fields) => (NB === 0 ? 32 : NB);
const byXer = (cpu: Cpu) => cpu.xer & 0x7f;

/** Is a register among those that `bytes` bytes from RT on fill, r0 following r31? */
const inRange = (register: number, { RT }: Fields, bytes: number) => (register - RT + 32) % 32 < Math.ceil(bytes / 4);

/** Four bytes a register, left to right, the last one filled up with zeros. */
const loadString =
  (count: (cpu: Cpu, fields: Fields) => number, at: Address): Effect =>
  (cpu, fields) => {
    const bytes = count(cpu, fields);
    const address = at(cpu, fields);
    for (let first = 0; first < bytes; first += 4) {
      let word = 0n;
      for (let i = first; i < first + 4; i++) word = (word << 8n) | (i < bytes ? cpu.load(address + BigInt(i), 1) : 0n);
      cpu.set((fields.RT + first / 4) % 32, word);
    }
  };
const storeString =
  (count: (cpu: Cpu, fields: Fields) => number, at: Address): Effect =>
  (cpu, fields) => {
    const bytes = count(cpu, fields);
    const address = at(cpu, fields);
    for (let i = 0; i < bytes; i++) {
      const word = cpu.get((fields.RS + Math.floor(i / 4)) % 32);
      cpu.store(address + BigInt(i), 1, (word >> BigInt(24 - 8 * (i % 4))) & 0xffn);
    }
  };
/** lswx: only XER tells which registers are loaded. */
const loadStringIndexed: Effect = (cpu, fields) => {
  const overwritten = inRange(fields.RA, fields, byXer(cpu)) || inRange(fields.RB, fields, byXer(cpu));
  if (overwritten) cpu.signal('illegal');
  else loadString(byXer, byX)(cpu, fields);
};

/** The even register is the more significant doubleword. */
const loadQuadword: Effect = (cpu, fields) => {
  const value = cpu.load(byDQ(cpu, fields), 16);
  cpu.set(fields.RT, value >> 64n);
  cpu.set(fields.RT + 1, value);
};
const storeQuadword: Effect = (cpu, fields) =>
  cpu.store(byDS(cpu, fields), 16, (cpu.get(fields.RS) << 64n) | cpu.get(fields.RS + 1));

export const multipleRows: readonly Row[] = [
  row('lq RT,DQ(RA)', '111000 RT:5 RA:5 DQ:s12 ////', loadQuadword, {
    invalid: (fields) => oddPair(fields) || fields.RT === fields.RA,
    doubleword: true,
  }),
  row('stq RS,DS(RA)', '111110 RS:5 RA:5 DS:s14 10', storeQuadword, { invalid: oddPair, doubleword: true }),
  row('lmw RT,D(RA)', '101110 RT:5 RA:5 D:s16', bigEndian(loadMultiple), { invalid: ({ RA, RT }) => RA >= RT }),
  row('stmw RS,D(RA)', '101111 RS:5 RA:5 D:s16', bigEndian(storeMultiple)),
  row('lswi RT,RA|0,NB', '011111 RT:5 RA:5 NB:5 1001010101 0', bigEndian(loadString(byNB, byRA)), {
    invalid: ({ RT, RA }) => RT === RA,
    overlooked: (fields) => inRange(fields.RA, fields, fields.NB === 0 ? 32 : fields.NB),
  }),
  row('lswx RT,RA|0,RB', '011111 RT:5 RA:5 RB:5 1000010101 0', bigEndian(loadStringIndexed), {
    invalid: ({ RT, RA, RB }) => RT === RA || RT === RB,
  }),
  row('stswi RS,RA|0,NB', '011111 RS:5 RA:5 NB:5 1011010101 0', bigEndian(storeString(byNB, byRA))),
  row('stswx RS,RA|0,RB', '011111 RS:5 RA:5 RB:5 1010010101 0', bigEndian(storeString(byXer, byX))),
];
