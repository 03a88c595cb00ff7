/**
 * Data before what leads to it: is a store to data, for every CPU, before the modification behind it? A `sync` that comes
 * after the modification's own store (patch_instruction() is stw; dcbst; sync; …) is too late for that.
 *
 * Example: `function_trace_op = op; smp_wmb(); patch_instruction(…)` is ordered, the same without smp_wmb() is not.
 */
import type { Step } from '../protocol/protocol.ts';

/** @param index of a step that publishes data; any other counts as ordered */
export function isOrdered(steps: readonly Step[], index: number): boolean {
  const published = steps[index];
  if (published?.kind !== 'publish' || published.how === 'patch') return true;
  for (const step of steps.slice(index + 1)) {
    if (step.kind === 'modify') return false;
    if (orders(step)) return true;
  }
  return true; // nothing leads to it any more
}

/** Does a step keep stores before it before stores behind it? */
function orders(step: Step): boolean {
  switch (step.kind) {
    case 'barrier':
      return step.op !== 'rmb' && step.op !== 'isync';
    case 'publish':
      return step.how === 'patch'; // dcbst; sync
    case 'flush': // dcbst; sync; icbi; sync; isync
    case 'ipi': // a full barrier before it is sent (kernel/smp.c)
    case 'gracePeriod':
    case 'stopMachine':
    case 'unlock': // a release is lwsync
    case 'reachable':
    case 'resched':
      return true;
    case 'modify':
    case 'free':
    case 'lock':
    case 'bug':
      return false;
  }
}
