/**
 * The instruction table: what call sites, stubs, tracer entry and exit, and a small traced function execute, in the order
 * of the ISA's chapters. A word that no row matches is unknown, never another instruction: reserved fields are literal
 * zeros in the rows, and an invalid form of a row matches nothing.
 */
import { arithmeticRows } from './arithmetic.ts';
import { branchRows } from './branch.ts';
import { fixedPointRows } from './fixed-point.ts';
import { loadRows } from './load.ts';
import { multipleRows } from './multiple.ts';
import { multiplyDivideRows } from './multiply-divide.ts';
import { prefixedRows } from './prefixed.ts';
import type { Row } from './row.ts';
import { storageControlRows } from './storage-control.ts';
import { storeRows } from './store.ts';

export const table: readonly Row[] = [
  ...branchRows,
  ...loadRows,
  ...storeRows,
  ...multipleRows,
  ...arithmeticRows,
  ...multiplyDivideRows,
  ...fixedPointRows,
  ...prefixedRows,
  ...storageControlRows,
];
