/**
 * Names of special purpose registers that GNU as reads with -many: other names of those of the server processors, then
 * those of other families, whose numbers may be the same.
 */
import type { Extended } from './extended.ts';
import { extended } from './extended.ts';
import { from, named, to } from './special.ts';

const both = `
  sprg0 272, sprg1 273, sprg2 274, sprg3 275, mmcr2 769,
  mq 0, tid 17, sdr0 24, pid 48, csrr0 58, csrr1 59, dear 61, esr 62, ivpr 63, cmpa 144, cmpb 145, cmpc 146, cmpd 147,
  icr 148, der 149, counta 150, countb 151, cmpe 152, cmpf 153, cmpg 154, cmph 155, lctrl1 156, lctrl2 157, ictrl 158,
  bar 159, dbsr 304, dbcr0 308, dbcr1 309, dbcr2 310, iac1 312, iac2 313, iac3 314, iac4 315, dac1 316, dac2 317, dvc1
  318, dvc2 319, tsr 336, tcr 340, ivor0 400, ivor1 401, ivor2 402, ivor3 403, ivor4 404, ivor5 405, ivor6 406, ivor7
  407, ivor8 408, ivor9 409, ivor10 410, ivor11 411, ivor12 412, ivor13 413, ivor14 414, ivor15 415, spefscr 512,
  bbear 513, bbtar 514, ivor32 528, ivor33 529, ivor34 530, ivor35 531, mcsrr0 570, mcsrr1 571, mcsr 572, ivndx 880,
  dvndx 881, ivlim 882, dvlim 883, clcsr 884, ccr1 888, hid2 920, wpar 921, dmau 922, dmal 923, usia 939, zpr 944,
  ccr0 947, sgr 953, dcwr 954, sia 955, sler 955, su0r 956, icdbdr 979, evpr 982, cdbcr 983, pit 987, tbhi 988, tblo
  989, srr2 990, srr3 991, hid0 1008, hid1 1009, iabr 1010, dbdr 1011, hid4 1011, dabr 1013, l2cr 1017, dccr 1018,
  iccr 1019, ictc 1019, pbl1 1020, thrm1 1020, pbu1 1021, thrm2 1021, pbl2 1022, thrm3 1022, pbu2 1023`;
const readOnly = `
  tbl 268, sier2 736, sier3 737, mmcr3 738, sier 768, mmcra 770, pmc1 771, pmc2 772, pmc3 773, pmc4 774, pmc5 775,
  pmc6 776, mmcr0 779, siar 780, sdar 781, mmcr1 782,
  sprg4 260, sprg5 261, sprg6 262, sprg7 263, ic_cst 560, ic_adr 561, ic_dat 562, dc_cst 568, dc_adr 569, dc_dat 570,
  mcar 573, dpdr 630, dpir 631, immr 638, mi_ctr 784, mi_ap 786, mi_epn 787, mi_twc 789, mi_rpn 790, md_ctr 792,
  m_casid 793, md_ap 794, md_epn 795, md_twb 796, md_twc 797, md_rpn 798, m_tw 799, mi_dbcam 816, mi_dbram0 817,
  mi_dbram1 818, md_dbcam 824, md_dbram0 825, md_dbram1 826, rstcfg 923, dcdbtrl 924, dcdbtrh 925, icdbtr 927, mmucr
  946`;
const writeOnly = `
  decar 54, sprg4 276, sprg5 277, sprg6 278, sprg7 279, mas1 625, ummcr1 940, rmmucr 946`;

export const specialAliases: readonly Extended[] = [
  ...named(both).flatMap((register) => [from(register), to(register)]),
  ...named(readOnly).map(from),
  ...named(writeOnly).map(to),
  extended('mftb RT,SPR', 'mfspr', {}, ({ SPR }) => SPR === 268 || SPR === 269),
];
