/**
 * Vector facility (AltiVec): Power ISA 3.1B Book I 6.
 */
import type { Row } from '../row.ts';
import { family } from './family.ts';

export const vectorRows: readonly Row[] = [
  ...family(
    'VRT,VRA,VRB',
    '000100 VRT:5 VRA:5 VRB:5 #:11',
    `
    vaddubm 0, vmaxub 2, vrlb 4, vrlq 5, vmuloub 8, vaddfp 10, vdivuq 11, vmrghb 12, vpkuhum 14, vadduhm 64,
    vmul10ecuq 65, vmaxuh 66, vrlh 68, vrlqmi 69, vmulouh 72, vsubfp 74, vmrghh 76, vpkuwum 78, vadduwm 128,
    vmaxuw 130, vrlw 132, vrlwmi 133, vmulouw 136, vmuluwm 137, vdivuw 139, vmrghw 140, vpkuhus 142, vaddudm 192,
    vmaxud 194, vrld 196, vrldmi 197, vmuloud 200, vdivud 203, vpkuwus 206, vadduqm 256, vmaxsb 258, vslb 260,
    vslq 261, vmulosb 264, vdivsq 267, vmrglb 268, vpkshus 270, vaddcuq 320, vmaxsh 322, vslh 324, vrlqnm 325,
    vmulosh 328, vmrglh 332, vpkswus 334, vaddcuw 384, vmaxsw 386, vslw 388, vrlwnm 389, vmulosw 392, vdivsw 395,
    vmrglw 396, vpkshss 398, vmaxsd 450, vsl 452, vrldnm 453, vmulosd 456, vmulld 457, vdivsd 459, vpkswss 462,
    vaddubs 512, vminub 514, vsrb 516, vsrq 517, vmuleub 520, vdiveuq 523, vadduhs 576, vmul10euq 577, vminuh 578,
    vsrh 580, vmuleuh 584, vadduws 640, vminuw 642, vsrw 644, vmuleuw 648, vmulhuw 649, vdiveuw 651, vminud 706,
    vsr 708, vmuleud 712, vmulhud 713, vdiveud 715, vaddsbs 768, vminsb 770, vsrab 772, vsraq 773, vmulesb 776,
    vdivesq 779, vpkpx 782, vaddshs 832, bcdcpsgn. 833, vminsh 834, vsrah 836, vmulesh 840, vaddsws 896, vminsw 898,
    vsraw 900, vmulesw 904, vmulhsw 905, vdivesw 907, vminsd 962, vsrad 964, vmulesd 968, vmulhsd 969, vdivesd 971,
    vsububm 1024, vavgub 1026, vabsdub 1027, vand 1028, vpmsumb 1032, vmaxfp 1034, vslo 1036, vsubuhm 1088,
    vavguh 1090, vabsduh 1091, vandc 1092, vpmsumh 1096, vminfp 1098, vsro 1100, vpkudum 1102, vsubuwm 1152,
    bcdus. 1153, vavguw 1154, vabsduw 1155, vor 1156, vpmsumw 1160, vsubudm 1216, vxor 1220, vpmsumd 1224,
    vpkudus 1230, vsubuqm 1280, vavgsb 1282, vnor 1284, vcipher 1288, vcipherlast 1289, vsubcuq 1344,
    bcdutrunc. 1345, vavgsh 1346, vorc 1348, vncipher 1352, vncipherlast 1353, vbpermq 1356, vcfuged 1357,
    vpksdus 1358, vsubcuw 1408, vavgsw 1410, vnand 1412, vpextd 1421, vsld 1476, vbpermd 1484, vpdepd 1485,
    vpksdss 1486, vsububs 1536, vsum4ubs 1544, vmoduq 1547, vsubuhs 1600, vsum4shs 1608, vsubuws 1664, veqv 1668,
    vsum2sws 1672, vmoduw 1675, vmrgow 1676, vsrd 1732, vmodud 1739, vsubsbs 1792, vsrv 1796, vsum4sbs 1800,
    vmodsq 1803, vsubshs 1856, vslv 1860, vsubsws 1920, vclzdm 1924, vsumsws 1928, vmodsw 1931, vmrgew 1932,
    vctzdm 1988, vmodsd 1995
  `,
  ),
  ...family(
    'VRT,VRB',
    '000100 VRT:5 #:5 VRB:5 #:11',
    `
    vrefp 0/266, vrsqrtefp 0/330, vexptefp 0/394, vlogefp 0/458, vrfin 0/522, vupkhsb 0/526, vrfiz 0/586,
    vupkhsh 0/590, vrfip 0/650, vupklsb 0/654, vrfim 0/714, vupklsh 0/718, vupkhpx 0/846, vupklpx 0/974,
    vgbbd 0/1292, bcdctsq. 0/1409, vexpandbm 0/1602, vupkhsw 0/1614, vupklsw 0/1742, vclzb 0/1794, vpopcntb 0/1795,
    vclzh 0/1858, vpopcnth 0/1859, vclzw 0/1922, vpopcntw 0/1923, vclzd 0/1986, vpopcntd 0/1987, vexpandhm 1/1602,
    vexpandwm 2/1602, vexpanddm 3/1602, vexpandqm 4/1602, bcdctn. 5/1409, vnegw 6/1538, vnegd 7/1538,
    vprtybw 8/1538, vprtybd 9/1538, vprtybq 10/1538, vextsb2w 16/1538, vextsh2w 17/1538, vextsb2d 24/1538,
    vextsh2d 25/1538, vextsw2d 26/1538, vextsd2q 27/1538, vctzb 28/1538, vctzh 29/1538, vctzw 30/1538, vctzd 31/1538
  `,
  ),
  ...family(
    'VRT,VRA,VRB',
    '000100 VRT:5 VRA:5 VRB:5 Rc:1 #:10',
    `
    vcmpequb 6, vcmpneb 7, vcmpequh 70, vcmpneh 71, vcmpequw 134, vcmpnew 135, vcmpeqfp 198, vcmpequd 199,
    vcmpnezb 263, vcmpnezh 327, vcmpnezw 391, vcmpgefp 454, vcmpequq 455, vcmpgtub 518, vcmpgtuh 582, vcmpgtuw 646,
    vcmpgtuq 647, vcmpgtfp 710, vcmpgtud 711, vcmpgtsb 774, vcmpgtsh 838, vcmpgtsw 902, vcmpgtsq 903, vcmpbfp 966,
    vcmpgtsd 967
  `,
  ),
  ...family(
    'VRT,VRA,VRB,VRC',
    '000100 VRT:5 VRA:5 VRB:5 VRC:5 #:6',
    `
    vmsumcud 23, vmhaddshs 32, vmhraddshs 33, vmladduhm 34, vmsumudm 35, vmsumubm 36, vmsummbm 37, vmsumuhm 38,
    vmsumuhs 39, vmsumshm 40, vmsumshs 41, vsel 42, vperm 43, vpermxor 45, vpermr 59, vaddeuqm 60, vaddecuq 61,
    vsubeuqm 62, vsubecuq 63
  `,
  ),
  ...family(
    'VRT,VRB,IMA',
    '000100 VRT:5 0 IMA:4 VRB:5 #:11',
    `
    vspltb 524, vextractub 525, vextractuh 589, vextractuw 653, vextractd 717, vinsertb 781, vinserth 845,
    vinsertw 909, vinsertd 973
  `,
  ),
  ...family(
    'VRT,VRA,VRB,RC',
    '000100 VRT:5 VRA:5 VRB:5 RC:5 #:6',
    `
    vextdubvlx 24, vextdubvrx 25, vextduhvlx 26, vextduhvrx 27, vextduwvlx 28, vextduwvrx 29, vextddvlx 30,
    vextddvrx 31
  `,
  ),
  ...family(
    'VRT,RA,RB',
    '000100 VRT:5 RA:5 RB:5 #:11',
    'vinsblx 527, vinshlx 591, vinswlx 655, vinsdlx 719, vinsbrx 783, vinshrx 847, vinswrx 911, vinsdrx 975',
  ),
  ...family(
    'RT,VRB',
    '000100 RT:5 #:5 VRB:5 #:11',
    `
    vclzlsbb 0/1538, vctzlsbb 1/1538, vextractbm 8/1602, vextracthm 9/1602, vextractwm 10/1602, vextractdm 11/1602,
    vextractqm 12/1602
  `,
  ),
  ...family(
    'VRT,RA,VRB',
    '000100 VRT:5 RA:5 VRB:5 #:11',
    'vinsbvlx 15, vinshvlx 79, vinswvlx 143, vinsbvrx 271, vinshvrx 335, vinswvrx 399',
  ),
  ...family(
    'RT,RA,VRB',
    '000100 RT:5 RA:5 VRB:5 #:11',
    'vextublx 1549, vextuhlx 1613, vextuwlx 1677, vextubrx 1805, vextuhrx 1869, vextuwrx 1933',
  ),
  ...family(
    'VRT,VRA,VRB,IMA',
    '000100 VRT:5 VRA:5 VRB:5 1 IMA:1 #:9',
    'bcdadd. 1, bcdsub. 65, bcds. 193, bcdtrunc. 257, bcdsr. 449',
  ),
  ...family(
    'VRT,VRB,IMA',
    '000100 VRT:5 #:5 VRB:5 1 IMA:1 110000001',
    'bcdcfsq. 2, bcdctz. 4, bcdcfz. 6, bcdcfn. 7, bcdsetsgn. 31',
  ),
  ...family(
    'VRT,RB',
    '000100 VRT:5 #:5 RB:5 11001000010',
    'mtvsrbm 16, mtvsrhm 17, mtvsrwm 18, mtvsrdm 19, mtvsrqm 20',
  ),
  ...family('VRT,VRB', '000100 VRT:5 #:5 VRB:5 Rc:1 0000001101', 'vstribl 0, vstribr 1, vstrihl 2, vstrihr 3'),
  ...family('VRT,VRB,IMA', '000100 VRT:5 IMA:5 VRB:5 #:11', 'vcfux 778, vcfsx 842, vctuxs 906, vctsxs 970'),
  ...family('RT,VRB,IMA', '000100 RT:5 #:4 IMA:1 VRB:5 11001000010', 'vcntmbb 12, vcntmbh 13, vcntmbw 14, vcntmbd 15'),
  ...family('VRT,VRA', '000100 VRT:5 VRA:5 #:16', 'vmul10cuq 1, vmul10uq 513, vsbox 1480'),
  ...family('VRT,IMA', '000100 VRT:5 IMA:s5 #:16', 'vspltisb 780, vspltish 844, vspltisw 908'),
  ...family('VRT,VRA,VRB,IMA', '000100 VRT:5 VRA:5 VRB:5 #:2 IMA:3 010110', 'vsldbi 0, vsrdbi 1'),
  ...family('VRT,VRA,VRC,VRB', '000100 VRT:5 VRA:5 VRB:5 VRC:5 #:6', 'vmaddfp 46, vnmsubfp 47'),
  ...family('VRT,RB,IMA', '000100 VRT:5 0 IMA:4 RB:5 #:11', 'vinsw 207, vinsd 463'),
  ...family('BF,VRA,VRB', '000100 BF:3 00 VRA:5 VRB:5 #:11', 'vcmpuq 257, vcmpsq 321'),
  ...family('VRT,VRA,RB', '000100 VRT:5 VRA:5 RB:5 #:11', 'vclrlb 397, vclrrb 461'),
  ...family('VRT,VRA,IMA,IMB', '000100 VRT:5 VRA:5 IMA:1 IMB:4 #:11', 'vshasigmaw 1666, vshasigmad 1730'),
  ...family('VRT,VRA,VRB,IMA', '000100 VRT:5 VRA:5 VRB:5 0 IMA:4 101100', 'vsldoi'),
  ...family('VRT,VRB,IMA', '000100 VRT:5 00 IMA:3 VRB:5 01001001100', 'vsplth'),
  ...family('VRT,VRB,IMA', '000100 VRT:5 000 IMA:2 VRB:5 01010001100', 'vspltw'),
  ...family('RT,VRB,IMA', '000100 RT:5 // IMA:3 VRB:5 10011001100', 'vgnb'),
  ...family('VRT', '000100 VRT:5 000000000011000000100', 'mfvscr'),
  ...family('VRB', '000100 0000000000 VRB:5 11001000100', 'mtvscr'),
  ...family(
    'VRT,RA|0,RB',
    '011111 VRT:5 RA:5 RB:5 #:11',
    `
    lvsl 12, lvebx 14, lvsr 76, lvehx 78, lvewx 142, lvx 206, stvebx 270, stvehx 334, stvewx 398, stvx 462,
    lvxl 718, stvxl 974
  `,
  ),
  ...family('VRT,IMA±', '000100 VRT:5 IMA:5@1 IMA:s10@6 01010 IMA:1@0', 'mtvsrbmi'),
];
