/**
 * All extended mnemonics. Printed in place of the row where they apply, first match first, as GNU objdump -Mpower10 does.
 */
import { extendedBranches } from './branch.ts';
import type { Extended } from './extended.ts';
import { extendedFacilities } from './facilities.ts';
import { extendedFixedPoint } from './fixed-point.ts';
import { extendedSpecial } from './special.ts';
import { extendedStorage } from './storage.ts';

export const extendedMnemonics: readonly Extended[] = [
  ...extendedBranches,
  ...extendedFixedPoint,
  ...extendedSpecial,
  ...extendedStorage,
  ...extendedFacilities,
];
