/** Every migration, in order. A new one is a file here and a line in this list; the released ones stay as they are. */
import { first } from './0001-first.ts';
import { ask } from './0002-ask.ts';
import { slotsAndRetries } from './0003-slots-and-retries.ts';
import { github } from './0004-github.ts';
import { patchwork } from './0005-patchwork.ts';
import { digest } from './0006-digest.ts';
import { keptVerdicts } from './0007-kept-verdicts.ts';
import { roles } from './0008-roles.ts';
import { processes } from './0009-processes.ts';
import type { Migration } from './migration.ts';

export const migrations: readonly Migration[] = [
  first,
  ask,
  slotsAndRetries,
  github,
  patchwork,
  digest,
  keptVerdicts,
  roles,
  processes,
];
