/**
 * The forms of the table's rows: a row with one value of its letters (Rc, OE, LK, AA) and of the fields that make another
 * instruction of it (L of a compare, R of a prefixed one).
 *
 * Example: `add RT,RA,RB` has the forms `add` and `add.`, and where it has OE, `addo` and `addo.`.
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

/** Fields that are in an operand and yet select a form. */
const selecting: readonly FieldName[] = ['R', 'L'];

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
  return nameOf(row, Object.fromEntries(selectors(row).map((name) => [name, fields[name]])));
}

function selectors(row: Row): FieldName[] {
  const inOperands = new Set(row.operands.flatMap((operand) => operand.match(/[A-Za-z]+/g) ?? []));
  return [...row.fields]
    .filter(([name, { width }]) => width === 1 && (selecting.includes(name) || !inOperands.has(name)))
    .map(([name]) => name);
}

function combinations(row: Row): Partial<Fields>[] {
  return selectors(row).reduce<Partial<Fields>[]>(
    (all, name) => all.flatMap((fixed) => [0, 1].map((value) => ({ ...fixed, [name]: value }))),
    [{}],
  );
}

function nameOf(row: Row, fixed: Partial<Fields>): string {
  return [row.mnemonic, ...Object.entries(fixed).flatMap(([name, value]) => (value === 1 ? [name] : []))].join(' ');
}

/** Any fields of a form, within their widths. */
export function anyFields({ row, fixed }: Form, random: Random): Partial<Fields> {
  const fields: Partial<Record<FieldName, number>> = {};
  for (const [name, { width, signed }] of row.fields) {
    const value = random(4) === 0 ? random(Math.min(4, 2 ** width)) : random(2 ** width);
    fields[name] = signed && value >= 2 ** (width - 1) ? value - 2 ** width : value;
  }
  return { ...fields, ...fixed };
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
