/**
 * Generated cases, with what qemu made of them, as a vector file: nothing in it comes from the table's processor but the
 * choice of cases.
 */
import { headerLine, printVector } from '../../analyzers/power/vector/vector.ts';
import { comparedForms, generate, textOf, type Wanted } from './comparison.ts';
import { type Target, withHarness } from './harness.ts';

export function exportVectors(target: Target, wanted: Wanted): string {
  const made = [...generate(target, comparedForms(target), wanted)];
  const outcomes = withHarness(target, (run) => run(made.map(({ given }) => given)));
  const lines = made.flatMap(({ given, ours }, i) => {
    const expected = outcomes[i];
    if (expected === undefined || expected === null) return [];
    const { undefinedBits } = ours;
    const name = {
      id: `${target.name}-${wanted.seed}-${i + 1}`,
      class: ours.executed.length > 1 ? 'sequence' : 'single',
    };
    return [printVector({ ...name, asm: textOf(given), given, expected, undefinedBits, undefinedMemory: null })];
  });
  return `${[headerLine, ...lines].join('\n')}\n`;
}
