/**
 * Extended mnemonics (Power ISA 3.1B Book I appendix C): a row of the instruction table with some fields fixed, under
 * another name.
 *
 * Example: `mr RA,RS` is `or` with RS equal to RB: extended('mr RA,RS', 'or', { Rc: 0 }, sameSource, copySource).
 */
import type { Fields } from '../row.ts';

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

export function extended(
  syntax: string,
  of: string,
  fixed: Partial<Fields>,
  where: (fields: Fields) => boolean = () => true,
  complete: (fields: Partial<Fields>) => Partial<Fields> = (fields) => fields,
): Extended {
  const [mnemonic = '', operands = ''] = syntax.split(' ');
  return { mnemonic, operands: operands === '' ? [] : operands.split(','), of, fixed, where, complete };
}
