/**
 * Storage control and synchronization: Power ISA 3.1B Book II 4.3 (caches), 4.4 (copy and paste), 4.6 (isync, sync,
 * wait). What barriers order is the machine's affair (storage rules), and caches are not to be seen in one processor's
 * own accesses: here they only say that they happened.
 */
import { base, setConditionField } from '../effect.ts';
import { type Effect, type Fields, type Row, row } from '../row.ts';

const nothing: Effect = () => undefined;
/** Treated as a load (Book II 4.3): there is nothing to be seen, but the storage must be there. */
const touch: Effect = (cpu, fields) => void cpu.load(base(cpu, fields.RA) + cpu.get(fields.RB), 1);

/** The cache block, of 128 bytes on 64-bit implementations and 32 on most others, becomes zero. */
const zeroBlock: Effect = (cpu, { RA, RB }) => {
  const block = cpu.bits === 64 ? 128 : 32;
  const address = BigInt.asUintN(cpu.bits, base(cpu, RA) + cpu.get(RB));
  for (let at = 0; at < block; at += 8) cpu.store(address - (address % BigInt(block)) + BigInt(at), 8, 0n);
};

export const storageControlRows: readonly Row[] = [
  row('dcbst RA|0,RB', '011111 00000 RA:5 RB:5 0000110110 0', touch),
  row('dcbf RA|0,RB,L?', '011111 00 L:3 RA:5 RB:5 0001010110 0', touch, {
    invalid: ({ L }) => L === 2 || L === 5 || L === 7,
  }),
  row('dcbt RA|0,RB,TH?', '011111 TH:5 RA:5 RB:5 0100010110 0', nothing),
  row('dcbtst RA|0,RB,TH?', '011111 TH:5 RA:5 RB:5 0011110110 0', nothing),
  row('dcbz RA|0,RB', '011111 0000 L:1 RA:5 RB:5 1111110110 0', zeroBlock, { reserved: ({ L }) => L !== 0 }),
  row('dcbi RA|0,RB', '011111 00000 RA:5 RB:5 0111010110 0', nothing, { privileged: true }),
  row('icbi RA|0,RB', '011111 00000 RA:5 RB:5 1111010110 0', touch),
  row('icbt CT?,RA|0,RB', '011111 CT:5 RA:5 RB:5 0000010110 0', nothing, { reserved: ({ CT }) => CT > 15 }),

  row('isync', '010011 00000 00000 00000 0010010110 0', (cpu) => cpu.signal('context-synchronize')),
  row('sync L,SC', '011111 00 L:3 000 SC:2 00000 1001010110 0', nothing, {
    invalid: ({ L }) => L === 3 || L > 5,
  }),
  // POWER9 takes bit 6 as a hint: then it is the barrier of asm/security_features.h.
  row('eieio', '011111 L:1 0000 00000 00000 1101010110 0', nothing, { unprinted: ({ L }) => L === 1 }),
  row('wait WC?,PL?', '011111 000 WC:2 / 00 PL:2 00000 0000011110 0', (cpu) => cpu.signal('wait'), {
    invalid: ({ WC, PL }: Fields) => WC === 3 || PL !== 0,
  }),

  // No storage is here that could be pasted to: it fails.
  row('copy RA|0,RB', '011111 00001 RA:5 RB:5 1100000110 0', nothing),
  row('paste. RA|0,RB,L?=1', '011111 000 / L:1 RA:5 RB:5 1110000110 1', (cpu) =>
    setConditionField(cpu, 0, cpu.xer >>> 31),
  ),
  row('cpabort', '011111 00000 00000 00000 1101000110 0', nothing),
];
