/**
 * The registers that matter: those of a call, and those that the broken check is about.
 */
import type { Steps } from './steps.ts';

const always = ['lr', 'r0', 'r1', 'r2', 'ctr'] as const;
const shownMax = 4;

/** Names as instructions change them. */
export function registersShown({ broken, rows }: Steps): readonly string[] {
  const end = rows.at(-1)?.tasks.find(({ task }) => task === broken?.task);
  const start = rows[0]?.tasks.find(({ task }) => task === broken?.task);
  const wanted = broken === null ? undefined : ofCheck[broken.check];
  if (wanted === undefined || end === undefined || start === undefined) return always;
  const changed = wanted.filter((name) => end.registers.get(name) !== start.registers.get(name));
  return [...always, ...changed.slice(0, shownMax)];
}

const numbered = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => `r${from + i}`);
/** Besides those of every call. */
const ofCheck: Readonly<Record<string, readonly string[]>> = {
  'non-volatile': numbered(13, 31),
  arguments: numbered(3, 10),
  'tracer-ip': ['r3'],
  'tracer-parent': ['r4'],
  'tracer-ops': ['r5'],
  'tracer-regs': ['r6'],
  'tracer-entry': ['r12'],
  'new-function-entry': ['r12'],
};
