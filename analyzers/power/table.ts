/**
 * The instruction table: what call sites, stubs, tracer entry and exit, and a small traced function execute, in the order
 * of the ISA's chapters. A word that no row matches is unknown, never another instruction: reserved fields are literal
 * zeros in the rows, and an invalid form of a row matches nothing.
 */

import type { Row } from './row.ts';
import { arithmeticRows } from './rows/arithmetic.ts';
import { branchRows } from './rows/branch.ts';
import { compareRows } from './rows/compare.ts';
import { conditionRows } from './rows/condition.ts';
import { decimalRows } from './rows/decimal.ts';
import { loadRows } from './rows/load.ts';
import { logicalRows } from './rows/logical.ts';
import { multipleRows } from './rows/multiple.ts';
import { multiplyDivideRows } from './rows/multiply-divide.ts';
import { prefixedRows } from './rows/prefixed.ts';
import { reservationRows } from './rows/reservation.ts';
import { rotateRows } from './rows/rotate.ts';
import { specialRows } from './rows/special.ts';
import { storageControlRows } from './rows/storage-control.ts';
import { storeRows } from './rows/store.ts';
import { systemCallRows } from './rows/system-call.ts';
import { translationRows } from './rows/translation.ts';

export const table: readonly Row[] = [
  ...branchRows,
  ...conditionRows,
  ...systemCallRows,
  ...loadRows,
  ...storeRows,
  ...multipleRows,
  ...arithmeticRows,
  ...multiplyDivideRows,
  ...compareRows,
  ...logicalRows,
  ...decimalRows,
  ...rotateRows,
  ...specialRows,
  ...prefixedRows,
  ...storageControlRows,
  ...reservationRows,
  ...translationRows,
];
