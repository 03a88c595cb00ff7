/**
 * The fetch that does it: of what the broken task fetched since it called the function, the last word that was not the
 * newest; else the last one that changes at all; else what it executed last.
 *
 * Example: a nop, and behind it a bl that was a nop when the task passed: the fetch of the bl.
 */
import type { ExecutionStep, InstructionStep } from '../../analyzers/explore/execution.ts';

/** Checks that one instruction breaks by what it is or does, wherever its word comes from. */
const own: ReadonlySet<string> = new Set([
  ...['illegal-instruction', 'torn-instruction', 'alignment', 'bad-access', 'trap'],
  ...['uninitialised-data', 'freed-data', 'unknown-data'],
]);

/** @returns its index; null where nothing breaks, or no instruction was executed */
export function guiltyOf(execution: readonly ExecutionStep[]): number | null {
  const end = execution.findLast((step) => step.kind === 'break');
  if (end === undefined) return null;
  const called = execution.findLastIndex((step) => step.kind === 'dispatch' && step.task === end.task);
  const last = (wanted: (step: InstructionStep) => boolean) => {
    const found = execution.findLastIndex(
      (step, i) => i > called && step.kind === 'instruction' && step.task === end.task && wanted(step),
    );
    return found < 0 ? null : found;
  };
  if (own.has(end.check)) return last(() => true);
  return last(({ fetch }) => !fetch.newest) ?? last(({ fixed }) => !fixed) ?? last(() => true);
}
