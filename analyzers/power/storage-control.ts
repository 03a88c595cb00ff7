/**
 * Storage control and synchronization: Power ISA 3.1B Book II 4.3 (caches), 4.6 (isync, sync), Book III 4.3.1 (return
 * from interrupt). What barriers order is the machine's affair (storage rules); here they only say that they happened.
 */
import { type Effect, type Row, row } from './row.ts';

const nothing: Effect = () => undefined;

export const storageControlRows: readonly Row[] = [
  row('dcbst RA|0,RB', '011111 00000 RA:5 RB:5 0000110110 0', nothing),
  row('icbi RA|0,RB', '011111 00000 RA:5 RB:5 1111010110 0', nothing),
  row('isync', '010011 00000 00000 00000 0010010110 0', (cpu) => cpu.signal('context-synchronize')),
  row('hwsync', '011111 00000 00000 00000 1001010110 0', nothing), // sync 0,0
  row('lwsync', '011111 00001 00000 00000 1001010110 0', nothing), // sync 1,0
  row('ptesync', '011111 00010 00000 00000 1001010110 0', nothing), // sync 2,0
  row('eieio', '011111 00000 00000 00000 1101010110 0', nothing),
  row('rfid', '010011 00000 00000 00000 0000010010 0', (cpu) => cpu.signal('return-from-interrupt')),
  row('hrfid', '010011 00000 00000 00000 0100010010 0', (cpu) => cpu.signal('return-from-interrupt')),
];
