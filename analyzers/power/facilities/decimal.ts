/**
 * Decimal floating-point facility: Power ISA 3.1B Book I 5. The quadword forms (…q) have pairs of registers, the even one
 * named.
 */
import type { Row } from '../row.ts';
import { family } from './family.ts';

export const decimalFloatingPointRows: readonly Row[] = [
  ...family('FRT,FRA,FRB', '111011 FRT:5 FRA:5 FRB:5 #:10 Rc:1', 'dadd 2, dmul 34, dsub 514, ddiv 546, diex 866'),
  ...family('FRT,FRB', '111011 FRT:5 00000 FRB:5 #:10 Rc:1', 'dcffix 802'),
  ...family('BF,FRA,FRB', '111011 BF:3 // FRA:5 FRB:5 #:11', 'dcmpo 260, dtstex 324, dcmpu 1284, dtstsf 1348'),
  ...family('FRT,FRB', '111011 FRT:5 ///// FRB:5 #:10 Rc:1', 'dctdp 258, dctfix 290, dxex 354, drsp 770'),
  ...family('FRT,FRA,FRB,IMA', '111011 FRT:5 FRA:5 FRB:5 IMA:2 #:8 Rc:1', 'dqua 3, drrnd 35'),
  ...family('FRT,FRA,IMA', '111011 FRT:5 FRA:5 IMA:6 #:9 Rc:1', 'dscli 66, dscri 98'),
  ...family('IMA,FRT,FRB,IMB', '111011 FRT:5 //// IMA:1 FRB:5 IMB:2 #:8 Rc:1', 'drintx 99, drintn 227'),
  ...family('BF,FRA,IMA', '111011 BF:3 // FRA:5 IMA:6 #:10', 'dtstdc 388, dtstdg 452'),
  ...family('IMA,FRT,FRB,IMB', '111011 FRT:5 IMA:s5 FRB:5 IMB:2 01000011 Rc:1', 'dquai'),
  ...family('IMA,FRT,FRB', '111011 FRT:5 IMA:2 /// FRB:5 0101000010 Rc:1', 'ddedpd'),
  ...family('BF,IMA,FRB', '111011 BF:3 0 IMA:6 FRB:5 10101000110', 'dtstsfi'),
  ...family('IMA,FRT,FRB', '111011 FRT:5 IMA:1 //// FRB:5 1101000010 Rc:1', 'denbcd'),
  ...family('FRT,FRA,FRB', '111111 FRT:4@1 0 FRA:4@1 / FRB:4@1 / #:10 Rc:1', 'daddq 2, dmulq 34, dsubq 514, ddivq 546'),
  ...family('BF,FRA,FRB', '111111 BF:3 // FRA:4@1 / FRB:4@1 / #:11', 'dcmpoq 260, dtstexq 324, dcmpuq 1284'),
  ...family('FRT,FRA,IMA', '111111 FRT:4@1 0 FRA:4@1 / IMA:6 #:9 Rc:1', 'dscliq 66, dscriq 98'),
  ...family('IMA,FRT,FRB,IMB', '111111 FRT:4@1 0 //// IMA:1 FRB:4@1 / IMB:2 #:8 Rc:1', 'drintxq 99, drintnq 227'),
  ...family('BF,FRA,IMA', '111111 BF:3 // FRA:4@1 / IMA:6 #:10', 'dtstdcq 388, dtstdgq 452'),
  ...family('FRT,FRB', '111111 FRT:4@1 0 ///// FRB:5 #:10 Rc:1', 'dctqpq 258, dcffixq 802'),
  ...family('FRT,FRB', '111111 FRT:5 ///// FRB:4@1 / #:10 Rc:1', 'dctfixq 290, dxexq 354'),
  ...family('FRT,FRA,FRB,IMA', '111111 FRT:4@1 0 FRA:4@1 / FRB:4@1 / IMA:2 00000011 Rc:1', 'dquaq'),
  ...family('FRT,FRA,FRB,IMA', '111111 FRT:4@1 0 FRA:5 FRB:4@1 / IMA:2 00100011 Rc:1', 'drrndq'),
  ...family('IMA,FRT,FRB,IMB', '111111 FRT:4@1 0 IMA:s5 FRB:4@1 / IMB:2 01000011 Rc:1', 'dquaiq'),
  ...family('IMA,FRT,FRB', '111111 FRT:4@1 0 IMA:2 /// FRB:4@1 / 0101000010 Rc:1', 'ddedpdq'),
  ...family('BF,FRA,FRB', '111111 BF:3 // FRA:5 FRB:4@1 / 10101000100', 'dtstsfq'),
  ...family('BF,IMA,FRB', '111111 BF:3 0 IMA:6 FRB:4@1 / 10101000110', 'dtstsfiq'),
  ...family('FRT,FRB', '111111 FRT:4@1 0 ///// FRB:4@1 / 1100000010 Rc:1', 'drdpq'),
  ...family('IMA,FRT,FRB', '111111 FRT:4@1 0 IMA:1 //// FRB:4@1 / 1101000010 Rc:1', 'denbcdq'),
  ...family('FRT,FRA,FRB', '111111 FRT:4@1 0 FRA:5 FRB:4@1 / 1101100010 Rc:1', 'diexq'),
  ...family('FRT,VRB', '111111 FRT:4@1 / 00000 VRB:5 11111000100', 'dcffixqq'),
  ...family('VRT,FRB', '111111 VRT:5 00001 FRB:4@1 / 11111000100', 'dctfixqq'),
];
