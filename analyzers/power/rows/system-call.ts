/**
 * System calls and what returns from interrupts: Power ISA 3.1B Book I 2.6, Book II 6, Book III 4.3.1.
 */
import { problemState } from '../effect.ts';
import { type Effect, type Row, row } from '../row.ts';

const call: Effect = (cpu) => cpu.signal('system-call');
const back: Effect = (cpu) => cpu.signal('return-from-interrupt');
const privileged = { privileged: true };
/** BESCR and EBBRR (Book II 6.2); BESCR[GE] is its most significant bit. */
const [bescr, ebbrr] = [806, 805];

export const systemCallRows: readonly Row[] = [
  row('sc LEV?', '010001 00000 00000 //// LEV:7 /// 1 0', call),
  row('scv LEV', '010001 00000 00000 //// LEV:7 /// 0 1', call),
  row('rfid', '010011 00000 00000 00000 0000010010 0', back, { ...privileged, doubleword: true }),
  row('hrfid', '010011 00000 00000 00000 0100010010 0', back, { ...privileged, doubleword: true }),
  row('urfid', '010011 00000 00000 00000 0100110010 0', back, { ...privileged, doubleword: true }),
  row('rfscv', '010011 00000 00000 00000 0001010010 0', back, { ...privileged, doubleword: true }),
  // 32-bit implementations have it; in the ISA for 64-bit ones rfid took its place.
  row('rfi', '010011 00000 00000 00000 0000110010 0', (cpu) =>
    cpu.signal(cpu.bits === 64 ? 'illegal' : problemState(cpu) ? 'privileged' : 'return-from-interrupt'),
  ),
  row('rfebb S?=1', '010011 00000 00000 0000 S:1 0010010010 0', (cpu, { S }) => {
    const enabled = BigInt.asUintN(63, cpu.getSpecial(bescr)) | (BigInt(S) << 63n);
    cpu.setSpecial(bescr, enabled);
    cpu.nia = cpu.getSpecial(ebbrr) & ~3n;
  }),
  row('stop', '010011 00000 00000 00000 0101110010 0', (cpu) => cpu.signal('wait'), privileged),
];
