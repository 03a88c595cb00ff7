/**
 * Names that GNU as reads and objdump never prints: what people and the kernel write.
 */
import { type Extended, extended } from './extended.ts';

export const aliases: readonly Extended[] = [
  extended('sync', 'sync', { L: 0, SC: 0 }),
  extended('sub RT,RB,RA', 'subf', { Rc: 0 }),
  extended('subi RT,RA,SI', 'addi', {}, undefined, ({ SI = 0, ...fields }) => ({ ...fields, SI: -SI })),
];
