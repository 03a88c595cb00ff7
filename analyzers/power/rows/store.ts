/**
 * Fixed-point stores: Power ISA 3.1B Book I 3.3.3, byte-reversed ones 3.3.5, cache-inhibited ones Book III 4.4.1.
 */

import { type Bytes, type Effect, type Row, row } from '../row.ts';
import { type Address, byD, byDS, byX, noBase, reversed, update } from './address.ts';

const store =
  (bytes: Bytes, at: Address): Effect =>
  (cpu, fields) =>
    cpu.store(at(cpu, fields), bytes, cpu.get(fields.RS));
const storeReversed =
  (bytes: Bytes): Effect =>
  (cpu, fields) =>
    cpu.store(byX(cpu, fields), bytes, reversed(cpu.get(fields.RS), bytes));

const updates = { invalid: noBase };
const doubleword = true;
const cacheInhibited = { privileged: true, doubleword };

export const storeRows: readonly Row[] = [
  row('stb RS,D(RA)', '100110 RS:5 RA:5 D:s16', store(1, byD)),
  row('stbu RS,D(RA)', '100111 RS:5 RA:5 D:s16', update(store(1, byD), byD), updates),
  row('stbx RS,RA|0,RB', '011111 RS:5 RA:5 RB:5 0011010111 0', store(1, byX)),
  row('stbux RS,RA,RB', '011111 RS:5 RA:5 RB:5 0011110111 0', update(store(1, byX), byX), updates),
  row('sth RS,D(RA)', '101100 RS:5 RA:5 D:s16', store(2, byD)),
  row('sthu RS,D(RA)', '101101 RS:5 RA:5 D:s16', update(store(2, byD), byD), updates),
  row('sthx RS,RA|0,RB', '011111 RS:5 RA:5 RB:5 0110010111 0', store(2, byX)),
  row('sthux RS,RA,RB', '011111 RS:5 RA:5 RB:5 0110110111 0', update(store(2, byX), byX), updates),
  row('stw RS,D(RA)', '100100 RS:5 RA:5 D:s16', store(4, byD)),
  row('stwu RS,D(RA)', '100101 RS:5 RA:5 D:s16', update(store(4, byD), byD), updates),
  row('stwx RS,RA|0,RB', '011111 RS:5 RA:5 RB:5 0010010111 0', store(4, byX)),
  row('stwux RS,RA,RB', '011111 RS:5 RA:5 RB:5 0010110111 0', update(store(4, byX), byX), updates),
  row('std RS,DS(RA)', '111110 RS:5 RA:5 DS:s14 00', store(8, byDS), { doubleword }),
  row('stdu RS,DS(RA)', '111110 RS:5 RA:5 DS:s14 01', update(store(8, byDS), byDS), { ...updates, doubleword }),
  row('stdx RS,RA|0,RB', '011111 RS:5 RA:5 RB:5 0010010101 0', store(8, byX), { doubleword }),
  row('stdux RS,RA,RB', '011111 RS:5 RA:5 RB:5 0010110101 0', update(store(8, byX), byX), { ...updates, doubleword }),

  row('sthbrx RS,RA|0,RB', '011111 RS:5 RA:5 RB:5 1110010110 0', storeReversed(2)),
  row('stwbrx RS,RA|0,RB', '011111 RS:5 RA:5 RB:5 1010010110 0', storeReversed(4)),
  row('stdbrx RS,RA|0,RB', '011111 RS:5 RA:5 RB:5 1010010100 0', storeReversed(8), { doubleword }),

  row('stbcix RS,RA|0,RB', '011111 RS:5 RA:5 RB:5 1111010101 0', store(1, byX), cacheInhibited),
  row('sthcix RS,RA|0,RB', '011111 RS:5 RA:5 RB:5 1110110101 0', store(2, byX), cacheInhibited),
  row('stwcix RS,RA|0,RB', '011111 RS:5 RA:5 RB:5 1110010101 0', store(4, byX), cacheInhibited),
  row('stdcix RS,RA|0,RB', '011111 RS:5 RA:5 RB:5 1111110101 0', store(8, byX), cacheInhibited),
];
