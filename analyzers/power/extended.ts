/**
 * Extended mnemonics (Power ISA 3.1B Book I appendix C): a row of the instruction table with some fields fixed, under
 * another name. Printed in place of the row where they apply, first match first, as GNU objdump -Mpower10 does.
 *
 * Example: `mr RA,RS` is `or` with RS equal to RB; `bne- cr7,target` is `bc` with BO=6, BI=30.
 */
import type { Fields } from './row.ts';

export interface Extended {
  readonly mnemonic: string;
  readonly operands: readonly string[];
  /** Mnemonic of the row. */
  readonly of: string;
  readonly fixed: Partial<Fields>;
  /** Further condition on the fields: `mr` wants RS equal to RB. */
  readonly where: (fields: Fields) => boolean;
  /** Adds what the operands leave open when reading. */
  readonly complete: (fields: Partial<Fields>) => Partial<Fields>;
}

function extended(
  syntax: string,
  of: string,
  fixed: Partial<Fields>,
  where: (fields: Fields) => boolean = () => true,
  complete: (fields: Partial<Fields>) => Partial<Fields> = (fields) => fields,
): Extended {
  const [mnemonic = '', operands = ''] = syntax.split(' ');
  return { mnemonic, operands: operands === '' ? [] : operands.split(','), of, fixed, where, complete };
}

const sameSource = (fields: Fields) => fields.RS === fields.RB;
const copySource = (fields: Partial<Fields>) => ({ ...fields, RB: fields.RS ?? 0 });

/** `blt`, `bne- cr7`, … : three hints and eight conditions; `name` and `more` are what stands before and after the field. */
function conditional(
  of: string,
  name: (condition: string, hint: string) => string,
  fixed: Partial<Fields>,
  operands: readonly (readonly string[])[],
): Extended[] {
  const list: Extended[] = [];
  for (const [BO, conditions] of [
    [12, 'lt gt eq so'],
    [4, 'ge le ne ns'],
  ] as const) {
    for (const [bit, condition] of conditions.split(' ').entries()) {
      for (const [at, hint] of [
        [0, ''],
        [2, '-'],
        [3, '+'],
      ] as const) {
        for (const operand of operands)
          list.push(conditionalForm(of, name(condition, hint), operand, BO + at, bit, fixed));
      }
    }
  }
  return list;
}

/** One form; where `operands` does not hold the condition register field, it is field 0. */
function conditionalForm(
  of: string,
  mnemonic: string,
  operands: readonly string[],
  BO: number,
  bit: number,
  fixed: Partial<Fields>,
): Extended {
  const named = operands.includes('BI/4');
  const hinted = operands.includes('BH');
  const where = ({ BI, BH }: Fields) => (BI & 3) === bit && (named || BI < 4) && (hinted || BH === 0);
  const complete = (fields: Partial<Fields>) => ({ ...fields, BI: (fields.BI ?? 0) + bit });
  return { mnemonic, operands, of, fixed: { ...fixed, BO }, where, complete };
}

/** Branches that count: with a condition (`bdnzt 4*cr7+eq`) or, hinted, without. */
function counting(
  of: string,
  name: (mnemonic: string, hint: string) => string,
  fixed: Partial<Fields>,
  operands: readonly (readonly string[])[],
): Extended[] {
  const list: Extended[] = [];
  const add = (mnemonic: string, BO: number, condition: readonly string[]) => {
    for (const operand of operands) {
      const hinted = operand.includes('BH');
      const where = ({ BI, BH }: Fields) => (condition.length > 0 || BI === 0) && (hinted || BH === 0);
      const complete = (fields: Partial<Fields>) => fields;
      list.push({ mnemonic, operands: [...condition, ...operand], of, fixed: { ...fixed, BO }, where, complete });
    }
  };
  for (const [mnemonic, BO] of [
    ['bdnz', 16],
    ['bdz', 18],
  ] as const) {
    for (const [at, hint] of [
      [0, ''],
      [8, '-'],
      [9, '+'],
    ] as const)
      add(name(mnemonic, hint), BO + at, []);
  }
  for (const [mnemonic, BO] of [
    ['bdnzf', 0],
    ['bdzf', 2],
    ['bdnzt', 8],
    ['bdzt', 10],
  ] as const)
    add(name(mnemonic, ''), BO, ['BI']);
  return list;
}

/** Traps by the comparison that raises them. */
const comparisons = { lt: 16, le: 20, eq: 4, ge: 12, gt: 8, ne: 24, llt: 2, lle: 6, lge: 5, lgt: 1, u: 31 } as const;
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
).flatMap(([width, L]) =>
  (
    [
      ['cmp', 'RA,RB'],
      ['cmpl', 'RA,RB'],
      ['cmpi', 'RA,SI'],
      ['cmpli', 'RA,UI'],
    ] as const
  ).flatMap(([of, operands]) => {
    const name = of.endsWith('i') ? `${of.slice(0, -1)}${width}i` : `${of}${width}`;
    return [extended(`${name} ${operands}`, of, { BF: 0, L }), extended(`${name} BF,${operands}`, of, { L })];
  }),
);

const linked = [
  ['', 0],
  ['l', 1],
] as const;
const branches = linked.flatMap(([l, LK]) => [
  ...(
    [
      ['', 0],
      ['a', 1],
    ] as const
  ).flatMap(([a, AA]) => [
    ...conditional('bc', (name, hint) => `b${name}${l}${a}${hint}`, { LK, AA }, [['BD'], ['BI/4', 'BD']]),
    ...counting('bc', (name, hint) => `${name}${l}${a}${hint}`, { LK, AA }, [['BD']]),
  ]),
  ...(
    [
      ['bclr', 'lr'],
      ['bcctr', 'ctr'],
    ] as const
  ).flatMap(([of, register]) => [
    extended(`b${register}${l}`, of, { BO: 20, BI: 0, BH: 0, LK }),
    extended(`b${register}${l} BH`, of, { BO: 20, BI: 0, LK }),
    ...conditional(of, (name, hint) => `b${name}${register}${l}${hint}`, { LK }, [[], ['BI/4'], ['BI/4', 'BH']]),
  ]),
  ...counting('bclr', (name, hint) => `${name}lr${l}${hint}`, { LK }, [[], ['BH']]),
]);

const prefixed = 'plbz plhz plha plwz plwa pld plq pstb psth pstw pstd pstq'.split(' ').flatMap((name) => {
  const register = name.startsWith('pl') ? 'RT' : 'RS';
  return [
    extended(`${name} ${register},D`, name, { RA: 0, R: 1 }),
    extended(`${name} ${register},D(RA)`, name, { R: 0 }),
  ];
});

export const extendedMnemonics: readonly Extended[] = [
  extended('lnia RT', 'addpcis', { SI: 0 }),
  extended('nop', 'ori', { RA: 0, RS: 0, UI: 0 }),
  extended('exser', 'ori', { RA: 31, RS: 31, UI: 0 }),
  extended('xnop', 'xori', { RA: 0, RS: 0, UI: 0 }),
  extended('li RT,SI', 'addi', { RA: 0 }),
  extended('lis RT,SI', 'addis', { RA: 0 }),
  extended('pla RT,SI', 'paddi', { RA: 0, R: 1 }),
  extended('pli RT,SI', 'paddi', { RA: 0, R: 0 }),
  extended('paddi RT,RA|0,SI', 'paddi', { R: 0 }),
  ...prefixed,
  extended('mr RA,RS', 'or', { Rc: 0 }, sameSource, copySource),
  extended('mr. RA,RS', 'or', { Rc: 1 }, sameSource, copySource),
  extended('not RA,RS', 'nor', { Rc: 0 }, sameSource, copySource),
  extended('not. RA,RS', 'nor', { Rc: 1 }, sameSource, copySource),
  ...branches,
  ...compares,
  extended('trap', 'tw', { TO: 31, RA: 0, RB: 0 }),
  ...traps,
  extended('sc', 'sc', { LEV: 0 }),
  extended('mtcr RS', 'mtcrf', { FXM: 255 }),
  ...(
    [
      ['', 0],
      ['.', 1],
    ] as const
  ).flatMap(([dot, Rc]) => [
    extended(`rotlwi${dot} RA,RS,SH`, 'rlwinm', { MB: 0, ME: 31, Rc }),
    extended(`clrlwi${dot} RA,RS,MB`, 'rlwinm', { SH: 0, ME: 31, Rc }),
    extended(`clrrwi${dot} RA,RS,ME=31-n`, 'rlwinm', { SH: 0, MB: 0, Rc }),
    extended(`slwi${dot} RA,RS,SH=n;ME=31-n`, 'rlwinm', { MB: 0, Rc }, ({ SH, ME }) => ME === 31 - SH),
    extended(`srwi${dot} RA,RS,SH=32-n;MB=n`, 'rlwinm', { ME: 31, Rc }, ({ SH, MB }) => SH === 32 - MB),
  ]),
];

/** Names that are read and never printed: the kernel writes `sync`, and `sub` turns its operands round. */
export const readOnlyMnemonics: readonly Extended[] = [
  extended('sync', 'hwsync', {}),
  extended('sub RT,RB,RA', 'subf', { Rc: 0 }),
];
