/**
 * Is what a patch changes in C compiled and called at all? A pass speaks of what was run; a change that no configuration
 * compiles, or to a function that nothing calls, is none of that.
 *
 * Example: a patch that also defines arch_ftrace_get_regs(), which only a tracer in a kernel calls, gets no pass.
 */
import type { FilePatch } from '../patch/diff.ts';
import type { Coverage, CoveredFunction } from '../protocol/coverage.ts';

/** A change that no run comes to, in words; null where there is none. */
export function changedUncovered(
  files: readonly FilePatch[],
  { before, after }: { readonly before: Coverage; readonly after: Coverage },
): string | null {
  for (const { oldPath, newPath, hunks } of files) {
    if (newPath === null || !/\.[ch]$/.test(newPath)) continue;
    const covered = after.of(newPath);
    if (covered === null) return `${newPath}, which no run reads`;
    const lines = hunks.flatMap(changedLines);
    const dead = lines.find(({ op, line }) => op === '+' && covered.passedOver.has(line));
    if (dead !== undefined) return `${newPath}:${dead.line}, which no configuration that was run compiles`;
    const old = before.of(oldPath ?? newPath)?.functions ?? [];
    const names = lines.map(({ op, line }) => functionAt(op === '+' ? covered.functions : old, line)?.name);
    // What was called before and no longer is has been made superfluous: the runs show that.
    const wasCalled = (wanted: string) => old.some(({ name, called }) => called && name === wanted);
    const uncalled = covered.functions.find(({ name, called }) => !called && names.includes(name) && !wasCalled(name));
    if (uncalled !== undefined) return `${uncalled.name}(), which no run calls`;
  }
  return null;
}

/** By their lines in the patched file where they are added, in the unpatched one where they are removed. */
function changedLines({ oldStart, newStart, lines }: FilePatch['hunks'][number]) {
  let [old, fresh] = [oldStart, newStart];
  return lines.flatMap(({ op, text }) => {
    const line = op === '-' ? old++ : fresh++;
    if (op === ' ') old++;
    return op === ' ' || text.trim() === '' ? [] : [{ op, line }];
  });
}

const functionAt = (functions: readonly CoveredFunction[], line: number) =>
  functions.find(({ from, to }) => line >= from && line <= to);
