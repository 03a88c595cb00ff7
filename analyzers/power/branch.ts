/**
 * Branch processor: Power ISA 3.1B Book I 2.4 (branches), 2.5 (condition register), 2.6 (system call).
 */
import { setConditionField } from './effect.ts';
import { type Cpu, type Effect, type Fields, type Row, row } from './row.ts';

/** Does the branch go, by BO and BI (Book I 2.4)? Decrements CTR where BO says so. */
function taken(cpu: Cpu, { BO, BI }: Fields): boolean {
  let counted = true;
  if ((BO & 4) === 0) {
    cpu.ctr = BigInt.asUintN(cpu.bits, cpu.ctr - 1n);
    counted = (cpu.ctr !== 0n) !== ((BO & 2) !== 0);
  }
  const bit = (cpu.cr >>> (31 - BI)) & 1;
  return counted && ((BO & 16) !== 0 || bit === ((BO >> 3) & 1));
}

/** Reserved values of BO (Book I 2.4, figure 40): `z` bits set, or the hint at=01. */
function reservedBO({ BO }: Fields): boolean {
  if ((BO & 0x14) === 0x14) return BO !== 0x14; // 1z1zz
  if ((BO & 0x14) === 0x00) return (BO & 1) !== 0; // 00x0z, 01x0z
  return (BO & 0x14) === 0x04 ? (BO & 3) === 1 : (BO & 9) === 1; // x01at, 1a0xt
}

/** Branches to a displacement from this instruction, or to an absolute address (AA=1). */
function branch(cpu: Cpu, displacement: number, { AA }: Fields): void {
  cpu.nia = BigInt.asUintN(cpu.bits, (AA === 1 ? 0n : cpu.cia) + BigInt(displacement));
}

function link(cpu: Cpu, { LK }: Fields): void {
  if (LK === 1) cpu.lr = BigInt.asUintN(cpu.bits, cpu.cia + 4n);
}

const branchToRegister =
  (register: 'lr' | 'ctr'): Effect =>
  (cpu, fields) => {
    const target = cpu[register] & ~3n;
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
    { invalid: reservedBO },
  ),
  row('bclr BO,BI,BH', '010011 BO:5 BI:5 000 BH:2 0000010000 LK:1', branchToRegister('lr'), { invalid: reservedBO }),
  row(
    'bcctr BO,BI,BH',
    '010011 BO:5 BI:5 000 BH:2 1000010000 LK:1',
    branchToRegister('ctr'),
    { invalid: (fields) => reservedBO(fields) || (fields.BO & 4) === 0 }, // it cannot count in the register it branches to
  ),
  row('mcrf BF,BFA', '010011 BF:3 00 BFA:3 00 00000 0000000000 0', (cpu, { BF, BFA }) =>
    setConditionField(cpu, BF, (cpu.cr >>> (28 - 4 * BFA)) & 0xf),
  ),
  row('sc LEV', '010001 00000 00000 0000 LEV:7 000 1 0', (cpu) => cpu.signal('system-call')),
];
