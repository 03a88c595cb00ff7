/**
 * What code-patching.c does around a store and nothing here judges: pages that it maps and unmaps, address spaces that it
 * switches to, translations that it drops, interrupts that it masks. A patch that changes any of it is not passed.
 *
 * Example: without the ptesync behind the mapping of a page the store and all that follows it are as before, and whether
 * the store goes through that mapping is another question.
 */
import type { Executed, Protocol, Step } from '../protocol/protocol.ts';

interface Pair {
  readonly before: Protocol | null;
  readonly after: Protocol;
}

/** In words what differs, of the first store around which anything does; null for none. */
export function pokeAside(pairs: readonly Pair[]): string | null {
  for (const { before, after } of pairs) {
    const was = before === null ? [] : storesOf(before.steps);
    for (const [index, executed] of storesOf(after.steps).entries()) {
      const old = was[index];
      if (old === undefined) break;
      const [from, to] = [around(old), around(executed)];
      if (from !== to)
        return `it changes what is done around a store into text, which is not judged: before “${from}”, after “${to}”`;
    }
  }
  return null;
}

const storesOf = (steps: readonly Step[]): (readonly Executed[])[] =>
  steps.flatMap((step) => {
    switch (step.kind) {
      case 'ipi':
      case 'stopMachine':
        return storesOf(step.effects);
      case 'modify':
      case 'publish':
        return step.executed === undefined ? [] : [step.executed];
      default:
        return [];
    }
  });

/** Everything ahead of the store, and what is no instruction behind it: the instructions there are judged. */
function around(executed: readonly Executed[]): string {
  const store = executed.findIndex(isStore);
  const told = executed.filter(({ service }, index) => index <= store || service);
  return told.map((one) => (isStore(one) ? 'store' : one.text)).join('; ');
}

const isStore = ({ text }: Executed) => /^st[bhwd]$/.test(text);
