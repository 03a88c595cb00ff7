/**
 * The registers that matter: those of a call, and those that the broken check is about.
 */
import { callRegister } from '../../analyzers/checks/call.ts';
import type { Steps } from './steps.ts';

const always: readonly string[] = ['lr', 'r0', 'r1', 'r2', 'ctr'];
const shownMax = 4;

/** Names as instructions change them. */
export function registersShown({ broken, rows }: Steps): readonly string[] {
  const end = rows.at(-1)?.tasks.find(({ task }) => task === broken?.task);
  const start = rows[0]?.tasks.find(({ task }) => task === broken?.task);
  if (broken === null || end === undefined || start === undefined) return always;
  const wanted = ofCheck[broken.check] ?? [callRegister(broken.check) ?? ''];
  const changed = wanted.filter((name) => end.registers.get(name) !== start.registers.get(name));
  return [...new Set([...always, ...changed.slice(0, shownMax)])];
}

const numbered = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => `r${from + i}`);
/** Besides those of every call, and the one that a check of a call is about. */
const ofCheck: Readonly<Record<string, readonly string[]>> = {
  'non-volatile': numbered(13, 31),
  arguments: numbered(3, 10),
};
