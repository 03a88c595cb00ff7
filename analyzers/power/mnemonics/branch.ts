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

/** `blt`, `bne- cr7`, … : eight conditions and three hints. */
function conditional({ of, name, fixed, operands }: Form): Extended[] {
  const made: Extended[] = [];
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
        const syntax = list(name(`b${condition}`, hint), 'BI/4?', operands);
        const where = ({ BI }: Fields) => (BI & 3) === bit;
        const complete = (fields: Partial<Fields>) => ({ ...fields, BI: (fields.BI ?? 0) + bit });
        made.push(extended(syntax, of, { ...fixed, BO: BO + at }, where, complete));
      }
    }
  }
  return made;
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

const toDisplacement = linked.flatMap(([l, LK]) =>
  absolute.flatMap(([a, AA]) => {
    const name: Name = (stem, hint) => `${stem}${l}${a}${hint}`;
    const form: Form = { of: 'bc', name, fixed: { LK, AA }, operands: 'BD' };
    return [...conditional(form), ...counting(form)];
  }),
);
const toRegister = linked.flatMap(([l, LK]) =>
  registers.flatMap(([of, register]) => {
    const name: Name = (stem, hint) => `${stem}${register}${l}${hint}`;
    const form: Form = { of, name, fixed: { LK }, operands: 'BH?' };
    const always = extended(`b${register}${l} BH?`, of, { BO: 20, BI: 0, LK });
    return [always, ...conditional(form), ...(of === 'bcctr' ? [] : counting(form))];
  }),
);

export const extendedBranches: readonly Extended[] = [...toDisplacement, ...toRegister];
