/**
 * Translation buffers and messages to other processors: Power ISA 3.1B Book III 6.9.3, 13.4. Addresses are not translated
 * here, and the segment buffer is empty; that a message arrives is the machine's affair.
 */
import { setConditionField } from '../effect.ts';
import { type Effect, type Row, row } from '../row.ts';

const nothing: Effect = () => undefined;
const empty: Effect = (cpu, { RT }) => cpu.set(RT, 0n);
const privileged = { privileged: true };
const bit64 = { privileged: true, doubleword: true };

export const translationRows: readonly Row[] = [
  row('tlbie RB,RS,RIC?,PRS?,R?', '011111 RS:5 0 RIC:2 PRS:1 R:1 RB:5 0100110010 0', nothing, privileged),
  row('tlbiel RB,RS?,RIC?,PRS?,R?', '011111 RS:5 0 RIC:2 PRS:1 R:1 RB:5 0100010010 0', nothing, bit64),
  row('tlbsync', '011111 00000 00000 00000 1000110110 0', nothing, privileged),
  row('slbie RB', '011111 00000 00000 RB:5 0110110010 0', nothing, bit64),
  row('slbieg RS,RB', '011111 RS:5 00000 RB:5 0111010010 0', nothing, bit64),
  row('slbia IH?', '011111 00 IH:3 00000 00000 0111110010 0', nothing, bit64),
  row('slbiag RS,L?', '011111 RS:5 0000 L:1 00000 1101010010 0', nothing, bit64),
  row('slbmte RS,RB', '011111 RS:5 00000 RB:5 0110010010 0', nothing, bit64),
  row('slbmfev RT,RB,L?', '011111 RT:5 0000 L:1 RB:5 1101010011 0', empty, bit64),
  row('slbmfee RT,RB,L?', '011111 RT:5 0000 L:1 RB:5 1110010011 0', empty, bit64),
  row(
    'slbfee. RT,RB',
    '011111 RT:5 00000 RB:5 1111010011 1',
    (cpu, { RT }) => {
      cpu.set(RT, 0n);
      setConditionField(cpu, 0, cpu.xer >>> 31);
    },
    bit64,
  ),
  row('slbsync', '011111 00000 00000 00000 0101010010 0', nothing, bit64),

  row('msgsnd RB', '011111 00000 00000 RB:5 0011001110 0', nothing, privileged),
  row('msgclr RB', '011111 00000 00000 RB:5 0011101110 0', nothing, privileged),
  row('msgsndp RB', '011111 00000 00000 RB:5 0010001110 0', nothing, bit64),
  row('msgclrp RB', '011111 00000 00000 RB:5 0010101110 0', nothing, bit64),
  row('msgsndu RB', '011111 00000 00000 RB:5 0001001110 0', nothing, bit64),
  row('msgclru RB', '011111 00000 00000 RB:5 0001101110 0', nothing, bit64),
  row('msgsync', '011111 00000 00000 00000 1101110110 0', nothing, bit64),
];
