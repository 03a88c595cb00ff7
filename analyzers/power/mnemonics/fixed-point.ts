/**
 * Extended mnemonics of the fixed-point and condition register instructions (Power ISA 3.1B Book I C.3 to C.8).
 */
import type { Fields } from '../row.ts';
import { type Extended, extended } from './extended.ts';

/** Both a plain and a record form. */
const recording = (make: (dot: string, Rc: number) => readonly Extended[]) => [...make('', 0), ...make('.', 1)];

const same = (a: keyof Fields, b: keyof Fields) => (fields: Fields) => fields[a] === fields[b];
const copied = (from: keyof Fields, to: keyof Fields) => (fields: Partial<Fields>) => ({
  ...fields,
  [to]: fields[from] ?? 0,
});

/** Traps by the comparison that raises them. */
const comparisons = { lgt: 1, llt: 2, eq: 4, lge: 5, lle: 6, gt: 8, ge: 12, lt: 16, le: 20, ne: 24, u: 31 } as const;
const traps = Object.entries(comparisons).flatMap(([name, TO]) => [
  extended(`tw${name} RA,RB`, 'tw', { TO }),
  extended(`tw${name}i RA,SI`, 'twi', { TO }),
  extended(`td${name} RA,RB`, 'td', { TO }),
  extended(`td${name}i RA,SI`, 'tdi', { TO }),
]);

const compares = (
  [
    ['w', 0],
    ['d', 1],
  ] as const
).flatMap(([width, L]) => [
  extended(`cmp${width} BF?,RA,RB`, 'cmp', { L }),
  extended(`cmpl${width} BF?,RA,RB`, 'cmpl', { L }),
  extended(`cmp${width}i BF?,RA,SI`, 'cmpi', { L }),
  extended(`cmpl${width}i BF?,RA,UI±`, 'cmpli', { L }),
]);

const prefixed = 'plbz plhz plha plwz plwa pld plq pstb psth pstw pstd pstq'.split(' ').flatMap((name) => {
  const register = name.startsWith('pl') ? 'RT' : 'RS';
  return [
    extended(`${name} ${register},D34`, name, { RA: 0, R: 1 }),
    extended(`${name} ${register},D34(RA)`, name, { R: 0 }),
  ];
});

const rotates = recording((dot, Rc) => [
  extended(`rotlwi${dot} RA,RS,SH`, 'rlwinm', { MB: 0, ME: 31, Rc }),
  extended(`clrlwi${dot} RA,RS,MB`, 'rlwinm', { SH: 0, ME: 31, Rc }),
  extended(`clrrwi${dot} RA,RS,ME=31-n`, 'rlwinm', { SH: 0, MB: 0, Rc }),
  extended(`slwi${dot} RA,RS,SH=n;ME=31-n`, 'rlwinm', { MB: 0, Rc }, ({ SH, ME }) => ME === 31 - SH),
  extended(`srwi${dot} RA,RS,SH=32-n;MB=n`, 'rlwinm', { ME: 31, Rc }, ({ SH, MB }) => SH === (32 - MB) % 32),
  extended(`rotlw${dot} RA,RS,RB`, 'rlwnm', { MB: 0, ME: 31, Rc }),
  extended(`rotldi${dot} RA,RS,SH`, 'rldicl', { MB: 0, Rc }),
  extended(`clrldi${dot} RA,RS,MB`, 'rldicl', { SH: 0, Rc }),
  extended(`srdi${dot} RA,RS,SH=64-n;MB=n`, 'rldicl', { Rc }, ({ SH, MB }) => SH === (64 - MB) % 64),
  extended(`clrrdi${dot} RA,RS,ME=63-n`, 'rldicr', { SH: 0, Rc }),
  extended(`sldi${dot} RA,RS,SH=n;ME=63-n`, 'rldicr', { Rc }, ({ SH, ME }) => ME === 63 - SH),
  extended(`rotld${dot} RA,RS,RB`, 'rldcl', { MB: 0, Rc }),
]);

const selections = ['lt', 'gt', 'eq'].map((name, BC) => extended(`isel${name} RT,RA|0,RB`, 'isel', { BC, '/': 0 }));

export const extendedFixedPoint: readonly Extended[] = [
  extended('nop', 'ori', { RA: 0, RS: 0, UI: 0 }),
  extended('exser', 'ori', { RA: 31, RS: 31, UI: 0 }),
  extended('xnop', 'xori', { RA: 0, RS: 0, UI: 0 }),
  extended('li RT,SI', 'addi', { RA: 0 }),
  extended('lis RT,SI±', 'addis', { RA: 0 }),
  extended('lnia RT', 'addpcis', { SI: 0 }),
  extended('pla RT,SI34', 'paddi', { RA: 0, R: 1 }),
  extended('pli RT,SI34', 'paddi', { RA: 0, R: 0 }),
  extended('paddi RT,RA|0,SI34', 'paddi', { R: 0 }),
  ...prefixed,
  ...recording((dot, Rc) => [
    extended(`mr${dot} RA,RS`, 'or', { Rc }, same('RS', 'RB'), copied('RS', 'RB')),
    extended(`not${dot} RA,RS`, 'nor', { Rc }, same('RS', 'RB'), copied('RS', 'RB')),
  ]),
  ...compares,
  extended('trap', 'tw', { TO: 31, RA: 0, RB: 0 }),
  ...traps,
  ...selections,
  ...rotates,

  extended('mtcr RS', 'mtcrf', { FXM: 255 }),
  extended('crmove BT,BA', 'cror', {}, same('BA', 'BB'), copied('BA', 'BB')),
  extended('crnot BT,BA', 'crnor', {}, same('BA', 'BB'), copied('BA', 'BB')),
  extended(
    'crclr BT',
    'crxor',
    {},
    ({ BT, BA, BB }) => BT === BA && BT === BB,
    ({ BT = 0 }) => ({ BT, BA: BT, BB: BT }),
  ),
  extended(
    'crset BT',
    'creqv',
    {},
    ({ BT, BA, BB }) => BT === BA && BT === BB,
    ({ BT = 0 }) => ({ BT, BA: BT, BB: BT }),
  ),
];
