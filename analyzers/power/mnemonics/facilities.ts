/**
 * Extended mnemonics of floating point and vectors (Power ISA 3.1B Book I C.9 to C.11).
 */
import { matrixRows } from '../facilities/matrix.ts';
import type { Fields } from '../row.ts';
import { type Extended, extended } from './extended.ts';

const same = (a: keyof Fields, b: keyof Fields) => (fields: Fields) => fields[a] === fields[b];
const copied = (from: keyof Fields, to: keyof Fields) => (fields: Partial<Fields>) => ({
  ...fields,
  [to]: fields[from] ?? 0,
});
const vector = { where: same('VRA', 'VRB'), complete: copied('VRA', 'VRB') };
const scalar = { where: same('XA', 'XB'), complete: copied('XA', 'XB') };

const prefixed = Object.entries({
  FRT: ['plfs', 'plfd', 'pstfs', 'pstfd'],
  VRT: ['plxsd', 'plxssp', 'pstxsd', 'pstxssp'],
  XT: ['plxv', 'pstxv', 'plxvp', 'pstxvp'],
}).flatMap(([register, names]) =>
  names.flatMap((name) => [
    extended(`${name} ${register},D34`, name, { RA: 0, R: 1 }),
    extended(`${name} ${register},D34(RA)`, name, { R: 0 }),
  ]),
);

export const extendedFacilities: readonly Extended[] = [
  extended('vmr VRT,VRA', 'vor', {}, vector.where, vector.complete),
  extended('vnot VRT,VRA', 'vnor', {}, vector.where, vector.complete),
  extended('xxmr XT,XA', 'xxlor', {}, scalar.where, scalar.complete),
  extended('xxlnot XT,XA', 'xxlnor', {}, scalar.where, scalar.complete),
  extended('xvmovsp XT,XA', 'xvcpsgnsp', {}, scalar.where, scalar.complete),
  extended('xvmovdp XT,XA', 'xvcpsgndp', {}, scalar.where, scalar.complete),
  extended(
    'xxspltd XT,XA,IMA=3n',
    'xxpermdi',
    {},
    (fields) => scalar.where(fields) && fields.IMA % 3 === 0,
    scalar.complete,
  ),
  extended('xxswapd XT,XA', 'xxpermdi', { IMA: 2 }, scalar.where, scalar.complete),
  extended('xxmrghd XT,XA,XB', 'xxpermdi', { IMA: 0 }),
  extended('xxmrgld XT,XA,XB', 'xxpermdi', { IMA: 3 }),
  extended('tsuspend.', 'tsr.', { IMA: 0 }),
  extended('tresume.', 'tsr.', { IMA: 1 }),
  ...prefixed,
];

/** Moves from and to a vector-scalar register, of which objdump prints the half it is in: f0 to f31 or v0 to v31. */
const moves = ['mfvsrd', 'mfvsrwz', 'mtvsrd', 'mtvsrwa', 'mtvsrwz'].flatMap((name) => {
  const [direction, width] = [name.slice(0, 2), name.slice(5)];
  const list = (register: string) => (direction === 'mf' ? `RA,${register}` : `${register},RA`);
  return [
    extended(`${name} ${list('FRT=n')}`, `${direction}fpr${width}`, {}),
    extended(`${name} ${list('VRT=n-32')}`, `${direction}vr${width}`, {}),
  ];
});

export const facilityAliases: readonly Extended[] = [
  ...moves,
  // As the ISA calls them: xvf32ger, pmxvf32ger, xxmfacc, xxsetaccz.
  ...matrixRows.map(({ mnemonic, operands }) =>
    extended(`${mnemonic.replace('dm', '').replace('set', 'xxset')} ${operands.join()}`, mnemonic, {}),
  ),
  extended('vcuxwfp VRT,VRB,IMA', 'vcfux', {}),
  extended('vcsxwfp VRT,VRB,IMA', 'vcfsx', {}),
  extended('vcfpuxws VRT,VRB,IMA', 'vctuxs', {}),
  extended('vcfpsxws VRT,VRB,IMA', 'vctsxs', {}),
];
