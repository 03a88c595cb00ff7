/**
 * Vector-scalar facility (VSX): Power ISA 3.1B Book I 7. Registers have six bits, the most significant one apart.
 */
import type { Row } from '../row.ts';
import { relativeWithBase } from '../rows/address.ts';
import { family } from './family.ts';

const prefixed = { invalid: relativeWithBase };

export const vectorScalarRows: readonly Row[] = [
  ...family('XT,DQ(RA)', '000110 XT:4@1 XT:1@5 RA:5 DQ:s12 #:4', 'lxvp 0, stxvp 1'),
  ...family(
    'XT,RA|0,RB',
    '011111 XT:5@0 RA:5 RB:5 #:10 XT:1@5',
    `
    lxsiwzx 12, lxvrbx 13, lxvrhx 45, lxsiwax 76, lxvrwx 77, lxvrdx 109, stxsiwx 140, stxvrbx 141, stxvrhx 173,
    stxvrwx 205, stxvrdx 237, lxvx 268, lxvl 269, lxvll 301, lxvdsx 332, lxvwsx 364, stxvx 396, stxvl 397,
    stxvll 429, mtvsrdd 435, lxsspx 524, lxsdx 588, stxsspx 652, stxsdx 716, lxvw4x 780, lxsibzx 781, lxvh8x 812,
    lxsihzx 813, lxvd2x 844, lxvb16x 876, stxvw4x 908, stxsibx 909, stxvh8x 940, stxsihx 941, stxvd2x 972,
    stxvb16x 1004
  `,
  ),
  ...family('FRT,RA', '011111 FRT:5 RA:5 #:16', 'mtfprd 358, mtfprwa 422, mtfprwz 486'),
  ...family('VRT,RA', '011111 VRT:5 RA:5 #:16', 'mtvrd 359, mtvrwa 423, mtvrwz 487'),
  ...family('RA,FRT', '011111 FRT:5 RA:5 #:16', 'mffprd 102, mffprwz 230'),
  ...family('RA,VRT', '011111 VRT:5 RA:5 #:16', 'mfvrd 103, mfvrwz 231'),
  ...family('XT,RA|0,RB', '011111 XT:4@1 XT:1@5 RA:5 RB:5 #:10 /', 'lxvpx 333, stxvpx 461'),
  ...family('RA,XT', '011111 XT:5@0 RA:5 000000100110011 XT:1@5', 'mfvsrld'),
  ...family('XT,RA', '011111 XT:5@0 RA:5 000000110010011 XT:1@5', 'mtvsrws'),
  ...family('VRT,DS(RA)', '111001 VRT:5 RA:5 DS:s14 #:2', 'lxsd 2, lxssp 3'),
  ...family(
    'XT,XB',
    '111100 XT:5@0 #:5 XB:5@0 #:9 XB:1@5 XT:1@5',
    `
    xsrsqrtesp 0/10, xssqrtsp 0/11, xsresp 0/26, xscvdpuxws 0/72, xsrdpi 0/73, xsrsqrtedp 0/74, xssqrtdp 0/75,
    xscvdpsxws 0/88, xsrdpiz 0/89, xsredp 0/90, xsrdpip 0/105, xsrdpic 0/107, xsrdpim 0/121, xvcvspuxws 0/136,
    xvrspi 0/137, xvrsqrtesp 0/138, xvsqrtsp 0/139, xvcvspsxws 0/152, xvrspiz 0/153, xvresp 0/154, xvcvuxwsp 0/168,
    xvrspip 0/169, xvrspic 0/171, xvcvsxwsp 0/184, xvrspim 0/185, xvcvdpuxws 0/200, xvrdpi 0/201, xvrsqrtedp 0/202,
    xvsqrtdp 0/203, xvcvdpsxws 0/216, xvrdpiz 0/217, xvredp 0/218, xvcvuxwdp 0/232, xvrdpip 0/233, xvrdpic 0/235,
    xvcvsxwdp 0/248, xvrdpim 0/249, xscvdpsp 0/265, xscvdpspn 0/267, xsrsp 0/281, xscvuxdsp 0/296, xscvsxdsp 0/312,
    xscvdpuxds 0/328, xscvspdp 0/329, xscvspdpn 0/331, xscvdpsxds 0/344, xsabsdp 0/345, xscvuxddp 0/360,
    xsnabsdp 0/361, xscvsxddp 0/376, xsnegdp 0/377, xvcvspuxds 0/392, xvcvdpsp 0/393, xvcvspsxds 0/408,
    xvabssp 0/409, xvcvuxdsp 0/424, xvnabssp 0/425, xvcvsxdsp 0/440, xvnegsp 0/441, xvcvdpuxds 0/456,
    xvcvspdp 0/457, xvcvdpsxds 0/472, xvabsdp 0/473, xvxexpdp 0/475, xvcvuxddp 0/488, xvnabsdp 0/489,
    xvcvsxddp 0/504, xvnegdp 0/505, xvxsigdp 1/475, xxbrh 7/475, xvxexpsp 8/475, xvxsigsp 9/475, xxbrw 15/475,
    xscvhpdp 16/347, xvcvbf16spn 16/475, xscvdphp 17/347, xvcvspbf16 17/475, xxbrd 23/475, xvcvhpsp 24/475,
    xvcvsphp 25/475, xxbrq 31/475
  `,
  ),
  ...family(
    'XT,XA,XB',
    '111100 XT:5@0 XA:5@0 XB:5@0 #:8 XA:1@5 XB:1@5 XT:1@5',
    `
    xsaddsp 0, xsmaddasp 1, xscmpeqdp 3, xssubsp 8, xsmaddmsp 9, xscmpgtdp 11, xsmulsp 16, xsmsubasp 17, xxmrghw 18,
    xscmpgedp 19, xsdivsp 24, xsmsubmsp 25, xxperm 26, xsadddp 32, xsmaddadp 33, xssubdp 40, xsmaddmdp 41,
    xsmuldp 48, xsmsubadp 49, xxmrglw 50, xsdivdp 56, xsmsubmdp 57, xxpermr 58, xvaddsp 64, xvmaddasp 65,
    xvsubsp 72, xvmaddmsp 73, xvmulsp 80, xvmsubasp 81, xvdivsp 88, xvmsubmsp 89, xvadddp 96, xvmaddadp 97,
    xvsubdp 104, xvmaddmdp 105, xvmuldp 112, xvmsubadp 113, xvdivdp 120, xvmsubmdp 121, xsmaxcdp 128,
    xsnmaddasp 129, xxland 130, xsmincdp 136, xsnmaddmsp 137, xxlandc 138, xsmaxjdp 144, xsnmsubasp 145, xxlor 146,
    xsminjdp 152, xsnmsubmsp 153, xxlxor 154, xsmaxdp 160, xsnmaddadp 161, xxlnor 162, xsmindp 168, xsnmaddmdp 169,
    xxlorc 170, xscpsgndp 176, xsnmsubadp 177, xxlnand 178, xsnmsubmdp 185, xxleqv 186, xvmaxsp 192, xvnmaddasp 193,
    xvminsp 200, xvnmaddmsp 201, xvcpsgnsp 208, xvnmsubasp 209, xviexpsp 216, xvnmsubmsp 217, xvmaxdp 224,
    xvnmaddadp 225, xvmindp 232, xvnmaddmdp 233, xvcpsgndp 240, xvnmsubadp 241, xviexpdp 248, xvnmsubmdp 249
  `,
  ),
  ...family(
    'XT,XA,XB',
    '111100 XT:5@0 XA:5@0 XB:5@0 Rc:1 #:7 XA:1@5 XB:1@5 XT:1@5',
    'xvcmpeqsp 67, xvcmpgtsp 75, xvcmpgesp 83, xvcmpeqdp 99, xvcmpgtdp 107, xvcmpgedp 115',
  ),
  ...family(
    'BF,XA,XB',
    '111100 BF:3 00 XA:5@0 XB:5@0 #:8 XA:1@5 XB:1@5 0',
    'xscmpudp 35, xscmpodp 43, xscmpexpdp 59, xstdivdp 61, xvtdivsp 93, xvtdivdp 125',
  ),
  ...family(
    'BF,XB',
    '111100 BF:3 #:7 XB:5@0 #:9 XB:1@5 0',
    'xstsqrtdp 0/106, xvtsqrtsp 0/170, xvtsqrtdp 0/234, xvtlsbb 2/475',
  ),
  ...family(
    'XT,VRB,IMA',
    '111100 XT:5@0 IMA:5 VRB:5 #:10 XT:1@5',
    'xxgenpcvbm 916, xxgenpcvhm 917, xxgenpcvwm 948, xxgenpcvdm 949',
  ),
  ...family('XT,XB,IMA', '111100 XT:5@0 0 IMA:4 XB:5@0 #:9 XB:1@5 XT:1@5', 'xxextractuw 165, xxinsertw 181'),
  ...family('BF,XB,IMA', '111100 BF:3 IMA:7 XB:5@0 #:9 XB:1@5 0', 'xststdcsp 298, xststdcdp 362'),
  ...family('RT,XB', '111100 RT:5 #:5 XB:5@0 101011011 XB:1@5 0', 'xsxexpdp 0, xsxsigdp 1'),
  ...family(
    'XT,XB,IMA',
    '111100 XT:5@0 IMA:5@0 XB:5@0 #:4 IMA:1@6 101 IMA:1@5 XB:1@5 XT:1@5',
    'xvtstdcsp 13, xvtstdcdp 15',
  ),
  ...family('XT,XA,XB,IMA', '111100 XT:5@0 XA:5@0 XB:5@0 0 IMA:2 00010 XA:1@5 XB:1@5 XT:1@5', 'xxsldwi'),
  ...family('XT,XA,XB,XC', '111100 XT:5@0 XA:5@0 XB:5@0 XC:5@0 11 XC:1@5 XA:1@5 XB:1@5 XT:1@5', 'xxsel'),
  ...family('XT,XB,IMA', '111100 XT:5@0 000 IMA:2 XB:5@0 010100100 XB:1@5 XT:1@5', 'xxspltw'),
  ...family('XT,IMA±8', '111100 XT:5@0 00 IMA:8 0101101000 XT:1@5', 'xxspltib'),
  ...family('XT,IMA', '111100 XT:5@0 11111 IMA:5 0101101000 XT:1@5', 'lxvkq'),
  ...family('XT,RA,RB', '111100 XT:5@0 RA:5 RB:5 1110010110 XT:1@5', 'xsiexpdp'),
  ...family('VRT,DS(RA)', '111101 VRT:5 RA:5 DS:s14 #:2', 'stxsd 2, stxssp 3'),
  ...family('XT,DQ(RA)', '111101 XT:5@0 RA:5 DQ:s12 XT:1@5 #:3', 'lxv 1, stxv 5'),
  ...family(
    'VRT,VRA,VRB',
    '111111 VRT:5 VRA:5 VRB:5 #:11',
    `
    xsaddqp 8, xsaddqpo 9, xsmulqp 72, xsmulqpo 73, xscmpeqqp 136, xscpsgnqp 200, xscmpgeqp 392, xscmpgtqp 456,
    xsmaddqp 776, xsmaddqpo 777, xsmsubqp 840, xsmsubqpo 841, xsnmaddqp 904, xsnmaddqpo 905, xsnmsubqp 968,
    xsnmsubqpo 969, xssubqp 1032, xssubqpo 1033, xsdivqp 1096, xsdivqpo 1097, xsmaxcqp 1352, xsmincqp 1480,
    xsiexpqp 1736
  `,
  ),
  ...family(
    'VRT,VRB',
    '111111 VRT:5 #:5 VRB:5 #:11',
    `
    xsabsqp 0/1608, xscvqpuqz 0/1672, xscvqpuwz 1/1672, xsxexpqp 2/1608, xscvudqp 2/1672, xscvuqqp 3/1672,
    xsnabsqp 8/1608, xscvqpsqz 8/1672, xscvqpswz 9/1672, xscvsdqp 10/1672, xscvsqqp 11/1672, xsnegqp 16/1608,
    xscvqpudz 17/1672, xsxsigqp 18/1608, xscvqpdp 20/1672, xscvqpdpo 20/1673, xscvdpqp 22/1672, xscvqpsdz 25/1672,
    xssqrtqp 27/1608, xssqrtqpo 27/1609
  `,
  ),
  ...family('IMA,VRT,VRB,IMB', '111111 VRT:5 //// IMA:1 VRB:5 IMB:2 #:9', 'xsrqpi 10, xsrqpix 11, xsrqpxp 74'),
  ...family('BF,VRA,VRB', '111111 BF:3 00 VRA:5 VRB:5 #:11', 'xscmpoqp 264, xscmpexpqp 328, xscmpuqp 1288'),
  ...family('BF,VRB,IMA', '111111 BF:3 IMA:7 VRB:5 10110001000', 'xststdcqp'),
  ...family('XT,XA,XB,IMA', '111100 XT:5@0 XA:5@0 XB:5@0 0 IMA:2 01010 XA:1@5 XB:1@5 XT:1@5', 'xxpermdi'),

  ...family(
    'VRT,D34(RA),R',
    '000001 00 0 00 R:1 00 D:s18 | #:6 VRT:5 RA:5 D:16',
    'plxsd 42, plxssp 43, pstxsd 46, pstxssp 47',
    prefixed,
  ),
  ...family('XT,D34(RA),R', '000001 00 0 00 R:1 00 D:s18 | #:5 XT:1@5 XT:5@0 RA:5 D:16', 'plxv 25, pstxv 27', prefixed),
  ...family(
    'XT,D34(RA),R',
    '000001 00 0 00 R:1 00 D:s18 | #:6 XT:4@1 XT:1@5 RA:5 D:16',
    'plxvp 58, pstxvp 62',
    prefixed,
  ),
  ...family('XT,IMA,IMB±', '000001 01 0000 0000 IMB:16 | 100000 XT:5@0 000 IMA:1 XT:1@5 IMB:16', 'xxsplti32dx'),
  ...family('XT,IMB±', '000001 01 0000 0000 IMB:16 | 100000 XT:5@0 #:4 XT:1@5 IMB:16', 'xxspltidp 2, xxspltiw 3'),
  ...family(
    'XT,XA,XB,XC',
    '000001 01 0000 00000000000000000000 | 100001 XT:5@0 XA:5@0 XB:5@0 XC:5@0 #:2 XC:1@5 XA:1@5 XB:1@5 XT:1@5',
    'xxblendvb 0, xxblendvh 1, xxblendvw 2, xxblendvd 3',
  ),
  ...family(
    'XT,XA,XB,XC,IMA',
    '000001 01 0000 00000000000000000 IMA:3 | 100010 XT:5@0 XA:5@0 XB:5@0 XC:5@0 00 XC:1@5 XA:1@5 XB:1@5 XT:1@5',
    'xxpermx',
  ),
  ...family(
    'XT,XA,XB,XC,IMA',
    '000001 01 0000 000000000000 IMA:8 | 100010 XT:5@0 XA:5@0 XB:5@0 XC:5@0 01 XC:1@5 XA:1@5 XB:1@5 XT:1@5',
    'xxeval',
  ),
];
