/**
 * The search on a machine: from a model and bounds to a verdict and, where it breaks, the choices that lead there. It
 * begins with room for few states of a task and of a CPU, so that many states fit in memory, and starts over with more room when
 * that turns out to be too little.
 */
import type { CheckId } from '../checks/checks.ts';
import { Contexts } from '../machine/contexts.ts';
import type { Emulation } from '../machine/emulation.ts';
import type { Model } from '../machine/model.ts';
import { Parts, smallSystem, type Widths } from '../machine/parts.ts';
import { System, type SystemOptions } from '../machine/system.ts';
import { PackedSystem } from './packed-system.ts';
import { type SearchOptions, search } from './search.ts';

interface MachineSearch {
  /** Not where there were more versions, contexts or states of parts than can be told apart: there is no answer then. */
  readonly complete: boolean;
  readonly states: number;
  readonly transitions: number;
  /** The worst fetch met, at the architecture level: 0 patch class, 1 besides nops, 2 undefined. */
  readonly departure: 0 | 1 | 2;
  readonly found: {
    readonly check: CheckId;
    readonly preemptions: number;
    readonly actions: readonly number[];
  } | null;
}

const narrow: Widths = { taskBits: 6, cpuBits: 2 };

export function searchMachine(
  model: Model,
  options: SystemOptions & SearchOptions & { readonly symmetry: boolean; readonly emulation?: Emulation | undefined },
): MachineSearch {
  const { emulation } = options;
  const small = smallSystem(model, options, emulation && new Contexts(emulation));
  const bounds = { ...options, preemption: model.preemption === 'full' && !options.exceptions };
  for (let widths = narrow; ; ) {
    const parts = new Parts(small, widths);
    const packed = new PackedSystem(parts, bounds);
    const nothing = { complete: false, states: 0, transitions: 0, found: null };
    const result = parts.overflow ? nothing : search<CheckId>(packed, options);
    if (parts.outgrown && !parts.overflow) {
      widths = parts.needed;
      continue;
    }
    const { found, ...counts } = result;
    const common = { ...counts, departure: small.fetches.departure };
    if (found === null || parts.overflow) return { ...common, found: null };
    const actions = concrete(new System(model, options, small.contexts), packed, found);
    return { ...common, found: { check: found.check, preemptions: found.cost, actions } };
  }
}

/** A path of packed states as choices between really named tasks and CPUs. */
function concrete(
  system: System,
  packed: PackedSystem,
  { path, check }: { readonly path: readonly Int32Array[]; readonly check: CheckId },
): number[] {
  const actions: number[] = [];
  let state = system.initial();
  for (const wanted of path.slice(1)) {
    const taken = transition(system, state, (next, broken) => {
      return broken === null && packed.encode(system, next).every((word, i) => word === wanted[i]);
    });
    actions.push(taken.action);
    state = taken.next;
  }
  actions.push(transition(system, state, (_, broken) => broken === check).action);
  return actions;
}

type Wanted = (next: Uint16Array, check: CheckId | null) => boolean;

/** @throws Error where there is none: then packed states or the symmetry are wrong */
function transition(system: System, state: Uint16Array, wanted: Wanted): { action: number; next: Uint16Array } {
  const taken: { action: number; next: Uint16Array }[] = [];
  system.successors(state, (next, action, _cost, check) => {
    if (wanted(next, check)) taken.push({ action, next: next.slice() });
  });
  const [first] = taken;
  if (first === undefined) throw new Error('a packed path has no transition of the machine');
  return first;
}
