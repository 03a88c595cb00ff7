/**
 * Floating-point facility: Power ISA 3.1B Book I 4.
 */
import type { Row } from '../row.ts';
import { noBase, relativeWithBase } from '../rows/address.ts';
import { family } from './family.ts';

const prefixed = { invalid: relativeWithBase };

export const floatingPointRows: readonly Row[] = [
  ...family(
    'FRT,RA|0,RB',
    '011111 FRT:5 RA:5 RB:5 #:11',
    'lfsx 1070, lfdx 1198, stfsx 1326, stfdx 1454, lfiwax 1710, lfiwzx 1774, stfiwx 1966',
  ),
  ...family('FRT,RA,RB', '011111 FRT:5 RA:5 RB:5 #:11', 'lfsux 1134, lfdux 1262, stfsux 1390, stfdux 1518', {
    invalid: noBase,
  }),
  ...family('FRT,D(RA)', '110000 FRT:5 RA:5 D:s16', 'lfs'),
  ...family('FRT,D(RA)', '110001 FRT:5 RA:5 D:s16', 'lfsu', { invalid: noBase }),
  ...family('FRT,D(RA)', '110010 FRT:5 RA:5 D:s16', 'lfd'),
  ...family('FRT,D(RA)', '110011 FRT:5 RA:5 D:s16', 'lfdu', { invalid: noBase }),
  ...family('FRT,D(RA)', '110100 FRT:5 RA:5 D:s16', 'stfs'),
  ...family('FRT,D(RA)', '110101 FRT:5 RA:5 D:s16', 'stfsu', { invalid: noBase }),
  ...family('FRT,D(RA)', '110110 FRT:5 RA:5 D:s16', 'stfd'),
  ...family('FRT,D(RA)', '110111 FRT:5 RA:5 D:s16', 'stfdu', { invalid: noBase }),
  ...family('FRT,FRA,FRB', '111011 FRT:5 FRA:5 FRB:5 #:10 Rc:1', 'fdivs 18, fsubs 20, fadds 21'),
  ...family(
    'FRT,FRB',
    '111011 FRT:5 00000 FRB:5 #:10 Rc:1',
    'fsqrts 22, fres 24, frsqrtes 26, fcfids 846, fcfidus 974',
  ),
  ...family(
    'FRT,FRA,FRC,FRB',
    '111011 FRT:5 FRA:5 FRB:5 FRC:5 #:5 Rc:1',
    'fmsubs 28, fmadds 29, fnmsubs 30, fnmadds 31',
  ),
  ...family('FRT,FRA,FRC', '111011 FRT:5 FRA:5 00000 FRC:5 11001 Rc:1', 'fmuls'),
  ...family(
    'FRT,FRB',
    '111111 FRT:5 00000 FRB:5 #:10 Rc:1',
    `
    frsp 12, fctiw 14, fctiwz 15, fsqrt 22, fre 24, frsqrte 26, fneg 40, fmr 72, fnabs 136, fctiwu 142, fctiwuz 143,
    fabs 264, frin 392, friz 424, frip 456, frim 488, fctid 814, fctidz 815, fcfid 846, fctidu 942, fctiduz 943,
    fcfidu 974
  `,
  ),
  ...family(
    'FRT,FRA,FRC,FRB',
    '111111 FRT:5 FRA:5 FRB:5 FRC:5 #:5 Rc:1',
    'fsel 23, fmsub 28, fmadd 29, fnmsub 30, fnmadd 31',
  ),
  ...family('FRT,FRA,FRB', '111111 FRT:5 FRA:5 FRB:5 #:10 Rc:1', 'fcpsgn 8, fdiv 18, fsub 20, fadd 21'),
  ...family('BF,FRA,FRB', '111111 BF:3 00 FRA:5 FRB:5 #:11', 'fcmpu 0, fcmpo 64, ftdiv 256'),
  ...family('FRT,FRA,FRB', '111111 FRT:5 FRA:5 FRB:5 #:11', 'fmrgow 1676, fmrgew 1932'),
  ...family('FRT,FRB', '111111 FRT:5 #:5 FRB:5 10010001110', 'mffscdrn 20, mffscrn 22'),
  ...family('IMA', '111111 IMA:5 #:20 Rc:1', 'mtfsb1 38, mtfsb0 70'),
  ...family('FRT', '111111 FRT:5 #:21', 'mffsce 66702, mffsl 1574030'),
  ...family('FRT,FRA,FRC', '111111 FRT:5 FRA:5 00000 FRC:5 11001 Rc:1', 'fmul'),
  ...family('BF,BFA', '111111 BF:3 00 BFA:3 000000000010000000', 'mcrfs'),
  ...family('BF,FRB', '111111 BF:3 0000000 FRB:5 00101000000', 'ftsqrt'),
  ...family('FRT', '111111 FRT:5 00000000001001000111 Rc:1', 'mffs'),
  ...family('FRT,IMA', '111111 FRT:5 1010100 IMA:3 10010001110', 'mffscdrni'),
  ...family('FRT,IMA', '111111 FRT:5 10111000 IMA:2 10010001110', 'mffscrni'),
  ...family('IMA,FRB,IMB?,IMC?', '111111 IMB:1 IMA:8 IMC:1 FRB:5 1011000111 Rc:1', 'mtfsf'),
  ...family('IMA,IMB,IMC?', '111111 IMA:3 000000 IMC:1 IMB:4 00010000110 Rc:1', 'mtfsfi'),
  ...family(
    'FRT,D34(RA),R',
    '000001 10 0 00 R:1 00 D:s18 | #:6 FRT:5 RA:5 D:16',
    'plfs 48, plfd 50, pstfs 52, pstfd 54',
    prefixed,
  ),
];
