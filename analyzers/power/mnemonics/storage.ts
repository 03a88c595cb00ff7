/**
 * Extended mnemonics of the cache and synchronization instructions (Power ISA 3.1B Book II appendix A): what they touch
 * and how far they order, in the name.
 */
import type { Fields } from '../row.ts';
import { type Extended, extended } from './extended.ts';

/** TH of the touches: counted or streamed hints have ranges of their own, where the first value need not be given. */
const touches = ['dcbt', 'dcbtst'].flatMap((name) => [
  extended(`${name}t RA|0,RB`, name, { TH: 16 }),
  ...(name === 'dcbt' ? [extended('dcbna RA|0,RB', name, { TH: 17 })] : []),
  extended(`${name}ct RA|0,RB,TH?`, name, {}, ({ TH }: Fields) => TH < 8),
  extended(`${name}ds RA|0,RB,TH?=8`, name, {}, ({ TH }: Fields) => TH >= 8 && TH < 16),
]);

export const extendedStorage: readonly Extended[] = [
  extended('dcbfl RA|0,RB', 'dcbf', { L: 1 }),
  extended('dcbflp RA|0,RB', 'dcbf', { L: 3 }),
  extended('dcbfps RA|0,RB', 'dcbf', { L: 4 }),
  extended('dcbstps RA|0,RB', 'dcbf', { L: 6 }),
  extended('dcbzl RA|0,RB', 'dcbz', { L: 1 }),
  ...touches,

  extended('hwsync', 'sync', { L: 0, SC: 0 }),
  extended('lwsync', 'sync', { L: 1, SC: 0 }),
  extended('ptesync', 'sync', { L: 2, SC: 0 }),
  extended('phwsync', 'sync', { L: 4, SC: 0 }),
  extended('plwsync', 'sync', { L: 5, SC: 0 }),
  extended('stncisync', 'sync', { L: 1, SC: 1 }),
  extended('stcisync', 'sync', { L: 0, SC: 2 }),
  extended('stsync', 'sync', { L: 0, SC: 3 }),
  extended('waitrsv', 'wait', { WC: 1, PL: 0, '/': 0 }),
  extended('pause_short', 'wait', { WC: 2, PL: 0, '/': 0 }),
];
