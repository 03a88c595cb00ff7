/**
 * All instructions that have a text only.
 */
import type { Row } from '../row.ts';
import { decimalFloatingPointRows } from './decimal.ts';
import { floatingPointRows } from './floating-point.ts';
import { matrixRows } from './matrix.ts';
import { otherRows } from './other.ts';
import { vectorRows } from './vector.ts';
import { vectorScalarRows } from './vector-scalar.ts';

export const textOnly: readonly Row[] = [
  ...vectorRows,
  ...floatingPointRows,
  ...decimalFloatingPointRows,
  ...vectorScalarRows,
  ...matrixRows,
  ...otherRows,
];
