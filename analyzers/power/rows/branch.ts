/**
 * Branch processor: Power ISA 3.1B Book I 2.4.
 */
import { conditionBit } from '../effect.ts';
import { type Cpu, type Effect, type Fields, type Row, row } from '../row.ts';

/** Does the branch go, by BO and BI (Book I 2.4)? Decrements CTR where BO says so. */
function taken(cpu: Cpu, { BO, BI }: Fields): boolean {
  let counted = true;
  if ((BO & 4) === 0) {
    cpu.ctr = BigInt.asUintN(cpu.bits, cpu.ctr - 1n);
    counted = (cpu.ctr !== 0n) !== ((BO & 2) !== 0);
  }
  return counted && ((BO & 16) !== 0 || conditionBit(cpu, BI) === ((BO >> 3) & 1));
}

/**
 * BO without what the ISA reserves in it (Book I 2.4, figure 40): the z of 00x0z and 01x0z, and the hint at=01 of x01at
 * and 1a0xt. Processors are known to ignore them, and objdump prints such a branch as if they were 0.
 */
export function withoutReserved(BO: number): number {
  const reserved = (BO & 0x14) === 0 || ((BO & 0x14) === 0x04 ? (BO & 3) === 1 : (BO & 0x1d) === 0x11);
  return reserved ? BO & ~1 : BO;
}
const overlooked = ({ BO }: Fields) => withoutReserved(BO) !== BO;
/** The zs of 1z1zz objdump does not pass over. */
const zs = ({ BO }: Fields) => (BO & 0x14) === 0x14 && BO !== 0x14;
/** Nor, in other branches than bc, over the rest; nor in a bc that has no extended mnemonic. */
const invalid = (fields: Fields) => zs(fields) || overlooked(fields);
const invalidHere = (fields: Fields) => zs(fields) || (overlooked(fields) && fields.BO >= 16 && fields.BI !== 0);

/** TAR (Book I 2.3.4) is an SPR like others. */
const readTar = (cpu: Cpu) => cpu.getSpecial(815);

/** Branches to a displacement from this instruction, or to an absolute address (AA=1). */
function branch(cpu: Cpu, displacement: number, { AA }: Fields): void {
  cpu.nia = BigInt.asUintN(cpu.bits, (AA === 1 ? 0n : cpu.cia) + BigInt(displacement));
}

function link(cpu: Cpu, { LK }: Fields): void {
  if (LK === 1) cpu.lr = BigInt.asUintN(cpu.bits, cpu.cia + 4n);
}

const branchToRegister =
  (register: (cpu: Cpu) => bigint): Effect =>
  (cpu, fields) => {
    const target = register(cpu) & ~3n;
    if (taken(cpu, fields)) cpu.nia = target;
    link(cpu, fields);
  };

export const branchRows: readonly Row[] = [
  row('b LI', '010010 LI:s24 AA:1 LK:1', (cpu, fields) => {
    branch(cpu, fields.LI * 4, fields);
    link(cpu, fields);
  }),
  row(
    'bc BO,BI,BD',
    '010000 BO:5 BI:5 BD:s14 AA:1 LK:1',
    (cpu, fields) => {
      if (taken(cpu, fields)) branch(cpu, fields.BD * 4, fields);
      link(cpu, fields);
    },
    { invalid: invalidHere, overlooked },
  ),
  row(
    'bclr BO,BI,BH?',
    '010011 BO:5 BI:5 000 BH:2 0000010000 LK:1',
    branchToRegister((cpu) => cpu.lr),
    { invalid },
  ),
  row(
    'bcctr BO,BI,BH?',
    '010011 BO:5 BI:5 000 BH:2 1000010000 LK:1',
    branchToRegister((cpu) => cpu.ctr),
    { invalid, overlooked: (fields) => (fields.BO & 4) === 0 }, // it cannot count in the register it branches to
  ),
  row('bctar BO,BI,BH?', '010011 BO:5 BI:5 000 BH:2 1000110000 LK:1', branchToRegister(readTar), {
    invalid,
  }),
];
