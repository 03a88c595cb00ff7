/**
 * The forms of the table's rows: a row with one value of its letters (Rc, OE, LK, AA) and of the fields that make another
 * instruction of it (L of a compare, R of a prefixed one, the number of a special purpose register).
 *
 * Example: `add RT,RA,RB` has the forms `add`, `add Rc`, `add OE` and `add Rc OE`; `mfspr SPR=8` is mflr.
 */
import { decode, encode } from '../../analyzers/power/code.ts';
import type { FieldName, Fields, Row } from '../../analyzers/power/row.ts';
import { table } from '../../analyzers/power/table.ts';
import { type Random, randomOf } from './random.ts';

export interface Form {
  readonly row: Row;
  readonly fixed: Partial<Fields>;
  /** What it is counted under. */
  readonly name: string;
  /** Its registers make an address. */
  readonly hasAddress: boolean;
}

/** Fields that are in an operand and yet make another instruction, with the values that do; of L and SC all do. */
const selecting: ReadonlyMap<FieldName, readonly number[]> = new Map([
  ['R', [0, 1]],
  ['L', [0, 1, 2, 3, 4, 5, 6, 7]],
  ['SC', [0, 1, 2, 3]],
  ['FC', [0, 1, 2, 3, 4, 5, 6, 7, 8, 16, 24, 25, 28]],
  ['SPR', [1, 8, 9, 256, 815]], // XER, LR, CTR, VRSAVE, TAR
]);
/** Of these, any other value is one more form. */
const others: readonly FieldName[] = ['SPR'];

/** After so many that are not valid, a form has no valid encoding. */
const triesMax = 5000;

/** All forms that have one. */
export const forms: readonly Form[] = table.flatMap((row) =>
  combinations(row)
    .map((fixed) => ({ row, fixed, name: nameOf(row, fixed), hasAddress: hasAddress(row) }))
    .filter(isPossible),
);

/** A base register, or an update form, which has one without saying so. */
function hasAddress({ mnemonic, operands }: Row): boolean {
  return operands.some((operand) => operand === 'RA|0' || operand.endsWith('(RA)')) || /^(l|st).*ux$/.test(mnemonic);
}

/** The form a decoded instruction is of. */
export function formName(row: Row, fields: Fields): string {
  const fixed = selectors(row).filter(([name, values]) => values.includes(fields[name]));
  return nameOf(row, Object.fromEntries(fixed.map(([name]) => [name, fields[name]])));
}

/** The fields that tell a row's forms apart, with their values. */
function selectors(row: Row): [name: FieldName, values: readonly number[]][] {
  const inOperands = new Set(row.operands.flatMap((operand) => operand.match(/[A-Za-z]+/g) ?? []));
  return [...row.fields].flatMap(([name, { width }]): [FieldName, readonly number[]][] => {
    const values = selecting.get(name) ?? (width === 1 && name !== '/' && !inOperands.has(name) ? [0, 1] : []);
    return values.length === 0 ? [] : [[name, values.filter((value) => value < 2 ** width)]];
  });
}

function combinations(row: Row): Partial<Fields>[] {
  return selectors(row).reduce<Partial<Fields>[]>(
    (all, [name, values]) =>
      all.flatMap((fixed) => [
        ...values.map((value) => ({ ...fixed, [name]: value })),
        ...(others.includes(name) ? [fixed] : []),
      ]),
    [{}],
  );
}

function nameOf(row: Row, fixed: Partial<Fields>): string {
  const told = Object.entries(fixed).filter(([, value]) => value !== 0);
  const isFlag = (name: string) => name === 'R' || !selecting.has(name as FieldName);
  return [row.mnemonic, ...told.map(([name, value]) => (isFlag(name) ? name : `${name}=${value}`))].join(' ');
}

/** Any fields of a form, within their widths. */
export function anyFields({ row, fixed }: Form, random: Random): Partial<Fields> {
  const fields: Partial<Record<FieldName, number>> = {};
  for (const [name, { width, signed }] of row.fields) {
    const value = random(4) === 0 ? random(Math.min(4, 2 ** width)) : random(2 ** width);
    fields[name] = signed && value >= 2 ** (width - 1) ? value - 2 ** width : value;
  }
  return { ...fields, '/': 0, ...fixed };
}

/** Its words, where these fields are no invalid form and stand for no other row. */
export function wordsOf({ row }: Form, fields: Partial<Fields>): readonly number[] | null {
  const words = encode(row, fields);
  return decode(words[0] ?? 0, words[1])?.row === row ? words : null;
}

function isPossible(form: Form): boolean {
  const random = randomOf(1);
  for (let i = 0; i < triesMax; i++) if (wordsOf(form, anyFields(form, random)) !== null) return true;
  return false;
}
