/**
 * Are two protocols the same for other CPUs? Places and stacks do not count, nor does where data was published from: a
 * patch that only moves code leaves every protocol equal, and nothing need be explored.
 *
 * Example: the same writes through another helper function are equal; one isync more is not.
 */
import { isLiteral } from './ool-stubs.ts';
import type { Protocol, Step } from './protocol.ts';

/** The same things done in the same order, whoever did them. */
export function sameSteps(before: readonly Step[], after: readonly Step[]): boolean {
  const [left, right] = [before, after].map((steps) => steps.map(keyOf).filter((key) => key !== ''));
  return left?.length === right?.length && left?.every((key, index) => key === right?.[index]) === true;
}

/** Equal for steps that are the same for other CPUs. */
export const stepsKey = (steps: readonly Step[]) =>
  steps
    .map(keyOf)
    .filter((key) => key !== '')
    .join('\n');

/** Does `whole` begin with what was done in `part`, complaints aside? */
export function beginsAs(whole: readonly Step[], part: readonly Step[]): boolean {
  const [all, some] = [whole, part].map((steps) => steps.map(keyOf).filter((key) => key !== '' && !/^bug /.test(key)));
  return some?.every((key, index) => key === all?.[index]) === true;
}

/** The same steps with the same end, from the same image. */
export function compare(before: Protocol, after: Protocol): { readonly sameSteps: boolean; readonly same: boolean } {
  const steps = sameSteps(before.steps, after.steps);
  const image = imageOf(before) === imageOf(after) && before.entry?.id === after.entry?.id;
  return { sameSteps: steps, same: steps && image && before.outcome === after.outcome && before.live === after.live };
}

/** What a step does, as text; '' for what no other CPU can tell: locks, messages and `via` are how, not what. */
export function keyOf(step: Step): string {
  switch (step.kind) {
    case 'modify':
      return `modify ${step.word.address} ${step.new} ${step.newSuffix ?? ''} ${step.width} ${step.consistent}`;
    case 'flush':
      return `flush ${step.from} ${step.to}`;
    case 'ipi':
      return `ipi ${step.targets} ${step.wait} (${step.effects.map(keyOf).join('; ')})`;
    case 'gracePeriod':
      return `gracePeriod ${step.flavour}`;
    case 'barrier':
      return `barrier ${step.op}`;
    case 'stopMachine':
      return `stopMachine (${step.effects.map(keyOf).join('; ')})`;
    case 'publish':
      // Variables and pointers to them move with everything that is compiled; words between instructions do not, nor does
      // that there is no pointer. Where a jump goes counts as a branch does.
      if (isLiteral(step.what)) return `publish ${step.what} ${step.how} ${step.address} ${step.value}`;
      return `publish ${step.what} ${step.how} ${step.how === 'patch' ? step.address : ''} ${step.value === 0n ? 'null' : ''}`;
    case 'free':
      return `free ${step.address}`;
    case 'reachable':
      return 'reachable';
    case 'lock':
    case 'unlock':
    case 'resched':
      return '';
    case 'bug':
      return `bug ${step.what} ${step.code} ${step.site}`;
  }
}

function imageOf(protocol: Protocol): string {
  const words = (map: ReadonlyMap<number, number>) => [...map].map(([offset, word]) => `${offset}:${word}`).join(' ');
  return [
    ...protocol.sites.map(({ id, words: own }) => `${id} ${words(own)}`),
    ...protocol.texts.map(({ name, words: own }) => `${name} ${words(own)}`),
  ].join('\n');
}
