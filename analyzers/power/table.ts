/**
 * The instruction table: what call sites, stubs, tracer entry and exit, and a small traced function execute, in the order
 * of the ISA's chapters. A word that no row matches is unknown, never another instruction: reserved fields are literal
 * zeros in the rows, and an invalid form of a row matches nothing.
 */
import { branchRows } from './branch.ts';
import { fixedPointRows } from './fixed-point.ts';
import type { Row } from './row.ts';
import { storageAccessRows } from './storage-access.ts';
import { storageControlRows } from './storage-control.ts';

export const table: readonly Row[] = [...branchRows, ...storageAccessRows, ...fixedPointRows, ...storageControlRows];
