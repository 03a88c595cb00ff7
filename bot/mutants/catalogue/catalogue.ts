/** All rows, in the order in which they are told. */
import type { Row } from '../row.ts';
import { besideHarmful, besideHarmless } from './beside.ts';
import { callSiteHarmful } from './call-site-harmful.ts';
import { callSiteHarmless } from './call-site-harmless.ts';
import { entryHarmful } from './entry-harmful.ts';
import { entryHarmless } from './entry-harmless.ts';
import { fixupsHarmful, fixupsHarmless } from './fixups.ts';
import { patchingHarmful, patchingHarmless } from './patching.ts';
import { twoWordHarmful } from './two-word-harmful.ts';
import { twoWordHarmless } from './two-word-harmless.ts';

export const catalogue: readonly Row[] = [
  ...twoWordHarmful,
  ...callSiteHarmful,
  ...entryHarmful,
  ...patchingHarmful,
  ...besideHarmful,
  ...fixupsHarmful,
  ...twoWordHarmless,
  ...callSiteHarmless,
  ...entryHarmless,
  ...patchingHarmless,
  ...besideHarmless,
  ...fixupsHarmless,
];
