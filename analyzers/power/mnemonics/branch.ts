/**
 * Extended mnemonics of the conditional branches (Power ISA 3.1B Book I C.2): BO and BI in the name.
 *
 * Example: `bne- cr7,target` is `bc` with BO=6, BI=30; `bdnzlr` is `bclr` with BO=16.
 */

import type { Fields } from '../row.ts';
import { type Extended, extended } from './extended.ts';

/** What a branch's name is made of: `stem` with what it does with the link and where it goes. */
type Name = (stem: string, hint: string) => string;
interface Form {
  readonly of: string;
  readonly name: Name;
  readonly fixed: Partial<Fields>;
  readonly operands: string;
}

const list = (mnemonic: string, ...operands: readonly string[]) =>
  `${mnemonic} ${operands.filter((operand) => operand !== '').join()}`;

const hints = [
  [0, ''],
  [2, '-'],
  [3, '+'],
] as const;

/** The conditions by BO and the bit of the field; `aliases` are read and never printed. */
const conditions = [
  { BO: 12, names: ['lt', 'gt', 'eq', 'so'], aliases: ['', '', '', 'un'], any: 't' },
  { BO: 4, names: ['ge', 'le', 'ne', 'ns'], aliases: ['nl', 'ng', '', 'nu'], any: 'f' },
];

/** `blt`, `bne- cr7`, … : eight conditions and three hints. */
function conditional({ of, name, fixed, operands }: Form, called: 'names' | 'aliases'): Extended[] {
  return conditions.flatMap(({ BO, [called]: names }) =>
    names.flatMap((condition, bit) =>
      (condition === '' ? [] : hints).map(([at, hint]) => {
        const where = ({ BI }: Fields) => (BI & 3) === bit;
        const complete = (fields: Partial<Fields>) => ({ ...fields, BI: (fields.BI ?? 0) + bit });
        const syntax = list(name(`b${condition}`, hint), 'BI/4?', operands);
        return extended(syntax, of, { ...fixed, BO: BO + at }, where, complete);
      }),
    ),
  );
}

/** `bt 4*cr7+eq`, `bf- eq`: the bit as an operand. */
function onAnyBit({ of, name, fixed, operands }: Form): Extended[] {
  return conditions.flatMap(({ BO, any }) =>
    hints.map(([at, hint]) => extended(list(name(`b${any}`, hint), 'BI', operands), of, { ...fixed, BO: BO + at })),
  );
}

/** Branches that count: hinted, or with a condition (`bdnzt 4*cr7+eq`). */
function counting({ of, name, fixed, operands }: Form): Extended[] {
  const plain = (
    [
      ['bdnz', 16, ''],
      ['bdnz', 24, '-'],
      ['bdnz', 25, '+'],
      ['bdz', 18, ''],
      ['bdz', 26, '-'],
      ['bdz', 27, '+'],
    ] as const
  ).map(([stem, BO, hint]) => extended(list(name(stem, hint), operands), of, { ...fixed, BO, BI: 0 }));
  const conditioned = (
    [
      ['bdnzf', 0],
      ['bdzf', 2],
      ['bdnzt', 8],
      ['bdzt', 10],
    ] as const
  ).map(([stem, BO]) => extended(list(name(stem, ''), 'BI', operands), of, { ...fixed, BO }));
  return [...plain, ...conditioned];
}

const linked = [
  ['', 0],
  ['l', 1],
] as const;
const absolute = [
  ['', 0],
  ['a', 1],
] as const;
const registers = [
  ['bclr', 'lr'],
  ['bcctr', 'ctr'],
  ['bctar', 'tar'],
] as const;

const displacementForms = linked.flatMap(([l, LK]) =>
  absolute.map(([a, AA]): Form => {
    const name: Name = (stem, hint) => `${stem}${l}${a}${hint}`;
    return { of: 'bc', name, fixed: { LK, AA }, operands: 'BD' };
  }),
);
const registerForms = linked.flatMap(([l, LK]) =>
  registers.map(([of, register]): Form => {
    const name: Name = (stem, hint) => `${stem}${register}${l}${hint}`;
    return { of, name, fixed: { LK }, operands: 'BH?' };
  }),
);

export const extendedBranches: readonly Extended[] = [
  ...registerForms.map(({ of, name, fixed }) => extended(list(name('b', ''), 'BH?'), of, { ...fixed, BO: 20, BI: 0 })),
  ...[...displacementForms, ...registerForms].flatMap((form) => [
    ...conditional(form, 'names'),
    ...(form.of === 'bcctr' ? [] : counting(form)),
  ]),
];

export const branchAliases: readonly Extended[] = [...displacementForms, ...registerForms].flatMap((form) => [
  ...conditional(form, 'aliases'),
  ...onAnyBit(form),
]);
