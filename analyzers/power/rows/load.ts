/**
 * Fixed-point loads: Power ISA 3.1B Book I 3.3.2, byte-reversed ones 3.3.5, cache-inhibited ones Book III 4.4.1.
 */

import { type Bytes, type Effect, type Row, row } from '../row.ts';
import { type Address, byD, byDS, byX, noBaseOrSame, reversed, update } from './address.ts';

const load =
  (bytes: Bytes, at: Address): Effect =>
  (cpu, fields) =>
    cpu.set(fields.RT, cpu.load(at(cpu, fields), bytes));
const loadAlgebraic =
  (bytes: Bytes, at: Address): Effect =>
  (cpu, fields) =>
    cpu.set(fields.RT, BigInt.asIntN(8 * bytes, cpu.load(at(cpu, fields), bytes)));
const loadReversed =
  (bytes: Bytes): Effect =>
  (cpu, fields) =>
    cpu.set(fields.RT, reversed(cpu.load(byX(cpu, fields), bytes), bytes));

const updates = { invalid: noBaseOrSame };
const doubleword = true;
const cacheInhibited = { privileged: true, doubleword };

export const loadRows: readonly Row[] = [
  row('lbz RT,D(RA)', '100010 RT:5 RA:5 D:s16', load(1, byD)),
  row('lbzu RT,D(RA)', '100011 RT:5 RA:5 D:s16', update(load(1, byD), byD), updates),
  row('lbzx RT,RA|0,RB', '011111 RT:5 RA:5 RB:5 0001010111 0', load(1, byX)),
  row('lbzux RT,RA,RB', '011111 RT:5 RA:5 RB:5 0001110111 0', update(load(1, byX), byX), updates),
  row('lhz RT,D(RA)', '101000 RT:5 RA:5 D:s16', load(2, byD)),
  row('lhzu RT,D(RA)', '101001 RT:5 RA:5 D:s16', update(load(2, byD), byD), updates),
  row('lhzx RT,RA|0,RB', '011111 RT:5 RA:5 RB:5 0100010111 0', load(2, byX)),
  row('lhzux RT,RA,RB', '011111 RT:5 RA:5 RB:5 0100110111 0', update(load(2, byX), byX), updates),
  row('lha RT,D(RA)', '101010 RT:5 RA:5 D:s16', loadAlgebraic(2, byD)),
  row('lhau RT,D(RA)', '101011 RT:5 RA:5 D:s16', update(loadAlgebraic(2, byD), byD), updates),
  row('lhax RT,RA|0,RB', '011111 RT:5 RA:5 RB:5 0101010111 0', loadAlgebraic(2, byX)),
  row('lhaux RT,RA,RB', '011111 RT:5 RA:5 RB:5 0101110111 0', update(loadAlgebraic(2, byX), byX), updates),
  row('lwz RT,D(RA)', '100000 RT:5 RA:5 D:s16', load(4, byD)),
  row('lwzu RT,D(RA)', '100001 RT:5 RA:5 D:s16', update(load(4, byD), byD), updates),
  row('lwzx RT,RA|0,RB', '011111 RT:5 RA:5 RB:5 0000010111 0', load(4, byX)),
  row('lwzux RT,RA,RB', '011111 RT:5 RA:5 RB:5 0000110111 0', update(load(4, byX), byX), updates),
  row('lwa RT,DS(RA)', '111010 RT:5 RA:5 DS:s14 10', loadAlgebraic(4, byDS), { doubleword }),
  row('lwax RT,RA|0,RB', '011111 RT:5 RA:5 RB:5 0101010101 0', loadAlgebraic(4, byX), { doubleword }),
  row('lwaux RT,RA,RB', '011111 RT:5 RA:5 RB:5 0101110101 0', update(loadAlgebraic(4, byX), byX), {
    ...updates,
    doubleword,
  }),
  row('ld RT,DS(RA)', '111010 RT:5 RA:5 DS:s14 00', load(8, byDS), { doubleword }),
  row('ldu RT,DS(RA)', '111010 RT:5 RA:5 DS:s14 01', update(load(8, byDS), byDS), { ...updates, doubleword }),
  row('ldx RT,RA|0,RB', '011111 RT:5 RA:5 RB:5 0000010101 0', load(8, byX), { doubleword }),
  row('ldux RT,RA,RB', '011111 RT:5 RA:5 RB:5 0000110101 0', update(load(8, byX), byX), { ...updates, doubleword }),

  row('lhbrx RT,RA|0,RB', '011111 RT:5 RA:5 RB:5 1100010110 0', loadReversed(2)),
  row('lwbrx RT,RA|0,RB', '011111 RT:5 RA:5 RB:5 1000010110 0', loadReversed(4)),
  row('ldbrx RT,RA|0,RB', '011111 RT:5 RA:5 RB:5 1000010100 0', loadReversed(8), { doubleword }),

  row('lbzcix RT,RA|0,RB', '011111 RT:5 RA:5 RB:5 1101010101 0', load(1, byX), cacheInhibited),
  row('lhzcix RT,RA|0,RB', '011111 RT:5 RA:5 RB:5 1100110101 0', load(2, byX), cacheInhibited),
  row('lwzcix RT,RA|0,RB', '011111 RT:5 RA:5 RB:5 1100010101 0', load(4, byX), cacheInhibited),
  row('ldcix RT,RA|0,RB', '011111 RT:5 RA:5 RB:5 1101110101 0', load(8, byX), cacheInhibited),
];
