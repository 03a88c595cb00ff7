/**
 * Transactional memory, data streams, external control and what else GNU objdump -Mpower10 knows and kernels' entry code
 * does not execute.
 */
import type { Row } from '../row.ts';
import { family } from './family.ts';

export const otherRows: readonly Row[] = [
  ...family('', '011111 0000000000 00000 #:11', 'tlbia 740, clrbhrb 860'),
  ...family('', '011111 #:5 00000 00000 #:11', 'tend. 0/1373, tendall. 16/1373, trechkpt. 0/2013'),
  ...family('RA,RB,IMA', '011111 #:1 // IMA:2 RA:5 RB:5 #:10 /', 'dst 0/342, dstst 0/374, dstt 1/342, dststt 1/374'),
  ...family('RT,RA|0,RB', '011111 RT:5 RA:5 RB:5 #:11', 'eciwx 620, pbt. 809, ecowx 876'),
  ...family('RB', '011111 0000000000 RB:5 #:11', 'rmieg 1764, tlbld 1956, tlbli 2020'),
  ...family('IMA,RA,RB', '011111 IMA:5 RA:5 RB:5 #:11', 'tabortwc. 1565, tabortdc. 1629'),
  ...family('IMA,RA,IMB', '011111 IMA:5 RA:5 IMB:s5 #:11', 'tabortwci. 1693, tabortdci. 1757'),
  ...family('RA', '011111 00000 RA:5 #:16', 'tabort. 1821, treclaim. 1885'),
  ...family('IMA,RT', '011111 RT:5 0 IMA:4 0000000010100100', 'mtsrd'),
  ...family('RT,RB', '011111 RT:5 00000 RB:5 00011100100', 'mtsrdin'),
  ...family('IMA', '011111 0000 IMA:1 000000000000100100110', 'mtsle'),
  ...family('RT,IMA', '011111 RT:5 IMA:10 01001011100', 'mfbhrbe'),
  ...family('RT,RA,RB', '011111 RT:5 RA:5 RB:5 0110010110 Rc:1', 'icswx'),
  ...family('BF', '011111 BF:3 00000000000010110011100', 'tcheck'),
  ...family('', '000000 /////////////// 01000000000', 'attn'),
  ...family('IMA', '011111 0000 IMA:1 0000000000 10111011101', 'tsr.'),
  ...family('IMA?', '011111 0000 IMA:1 0000000000 10100011101', 'tbegin.'),
  ...family('IMA', '011111 0 // IMA:2 ////////// 1100110110 /', 'dss'),
  ...family('', '011111 1 ////////////// 1100110110 /', 'dssall'),
  ...family(
    'RB,D=8n-512(RA)',
    '011111 D:5@0 RA:5 RB:5 #:10 D:1@5',
    'hashstp 658, hashchkp 690, hashst 722, hashchk 754',
  ),
];
