/**
 * The search as one would first write it down: a table of states by text, transitions from the machine itself. For tests, which
 * compare the fast one with it.
 */
import type { CheckId } from '../checks/checks.ts';
import type { System } from '../machine/system.ts';

interface PlainSearch {
  readonly states: readonly Uint16Array[];
  readonly transitions: number;
  /** The fewest preemptions, then the fewest steps, after which something breaks; and all that breaks there. */
  readonly simplest: { readonly cost: number; readonly steps: number; readonly checks: ReadonlySet<CheckId> } | null;
}

interface Way {
  readonly state: Uint16Array;
  readonly cost: number;
  readonly steps: number;
}

/** Goes on to the end: a break ends only its own path. Null where there are more than `statesMax` states. */
export function plainSearch(system: System, statesMax: number): PlainSearch | null {
  const done = new Map<string, Uint16Array>();
  /** By cost, then by steps. */
  const waiting: (Way[] | undefined)[][] = [];
  const wait = (way: Way) => {
    const alike = waiting[way.cost] ?? [];
    waiting[way.cost] = alike;
    const ways = alike[way.steps] ?? [];
    alike[way.steps] = ways;
    ways.push(way);
  };
  let transitions = 0;
  let simplest: { cost: number; steps: number; checks: Set<CheckId> } | null = null;
  wait({ state: system.initial(), cost: 0, steps: 0 });
  // All of these grow meanwhile.
  for (const [cost, alike] of waiting.entries()) {
    for (const [steps, ways] of alike.entries()) {
      for (const { state } of ways ?? []) {
        if (done.has(state.join())) continue;
        done.set(state.join(), state);
        if (done.size > statesMax) return null;
        system.successors(state, (next, _action, price, check) => {
          transitions++;
          if (check === null) return wait({ state: next.slice(), cost: cost + price, steps: steps + 1 });
          simplest ??= { cost, steps, checks: new Set() };
          if (simplest.cost === cost && simplest.steps === steps) simplest.checks.add(check);
        });
      }
    }
  }
  return { states: [...done.values()], transitions, simplest };
}
