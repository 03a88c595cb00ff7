/**
 * Special purpose registers, the time base and MSR: Power ISA 3.1B Book I 3.3.17, Book III 5.4.4.
 */
import { problemState } from '../effect.ts';
import { type Cpu, type Effect, type Fields, type Row, row } from '../row.ts';

/** Numbers that problem state has for registers of another number: DSCR, AMR, CTRL, SPRG3. */
const sameRegister: ReadonlyMap<number, number> = new Map([
  [3, 17],
  [13, 29],
  [136, 152],
  [259, 275],
]);
/** PPR32 is the upper word of PPR. */
const [ppr, ppr32] = [896, 898];

function read(cpu: Cpu, spr: number): bigint {
  if (spr === 1) return BigInt(cpu.xer);
  if (spr === 8) return cpu.lr;
  if (spr === 9) return cpu.ctr;
  return spr === ppr32 ? cpu.getSpecial(ppr) >> 32n : cpu.getSpecial(sameRegister.get(spr) ?? spr);
}

function write(cpu: Cpu, spr: number, value: bigint): void {
  if (spr === 1) cpu.xer = Number(BigInt.asUintN(32, value));
  else if (spr === 8) cpu.lr = value;
  else if (spr === 9) cpu.ctr = value;
  else if (spr === ppr32) cpu.setSpecial(ppr, (value << 32n) | BigInt.asUintN(32, cpu.getSpecial(ppr)));
  else cpu.setSpecial(sameRegister.get(spr) ?? spr, value);
}

/** Bit 4 of the number says that the register is privileged. */
const guarded =
  (move: (cpu: Cpu, fields: Fields) => void): Effect =>
  (cpu, fields) =>
    (fields.SPR & 0x10) !== 0 && problemState(cpu) ? cpu.signal('privileged') : move(cpu, fields);

const [EE, PR, IR, DR, RI] = [1n << 15n, 1n << 14n, 1n << 5n, 1n << 4n, 1n << 1n];
/** Bits that a move to MSR does not reach: hypervisor state, machine check enable, byte order. */
const beyond = (1n << 60n) | (1n << 12n) | 1n;

/** L=1 moves EE and RI only. Problem state brings external interrupts and relocation with it. */
const moveToMsr =
  (bits: 32 | 64): Effect =>
  (cpu, { RS, L }) => {
    const given = cpu.get(RS);
    if (cpu.bits === 32) cpu.msr = given;
    else if (L === 1) cpu.msr = choose(EE | RI, given, cpu.msr);
    else {
      const value = (given & PR) === 0n ? given : given | EE | IR | DR;
      cpu.msr = choose(((1n << BigInt(bits)) - 1n) & ~beyond, value, cpu.msr);
      cpu.signal('context-synchronize');
    }
  };
const choose = (mask: bigint, ones: bigint, zeros: bigint) => (ones & mask) | (zeros & ~mask);

export const specialRows: readonly Row[] = [
  // The halves of the number are swapped in the word: LR, 8, is 01000 00000.
  row(
    'mfspr RT,SPR',
    '011111 RT:5 SPR:5@0 SPR:5@5 0101010011 0',
    guarded((cpu, { RT, SPR }) => cpu.set(RT, read(cpu, SPR))),
  ),
  row(
    'mtspr SPR,RS',
    '011111 RS:5 SPR:5@0 SPR:5@5 0111010011 0',
    guarded((cpu, { SPR, RS }) => write(cpu, SPR, cpu.get(RS))),
  ),
  row('mfmsr RT', '011111 RT:5 00000 00000 0001010011 0', (cpu, { RT }) => cpu.set(RT, cpu.msr), { privileged: true }),
  row('mtmsr RS,L?', '011111 RS:5 0000 L:1 00000 0010010010 0', moveToMsr(32), { privileged: true }),
  row('mtmsrd RS,L?', '011111 RS:5 0000 L:1 00000 0010110010 0', moveToMsr(64), { privileged: true, doubleword: true }),
];
