/**
 * The known remedies, tried from the smallest up at each gap between a model's modifications: the first one after which
 * the same exploration holds is the answer, as data. Never by rule of thumb: what is not confirmed is not named.
 *
 * Example: `store f+4 nop · store f+0 nop`, broken at level stale, holds with an IPI before the second store.
 */
import { storesOf } from '../machine/micro-step.ts';
import type { Model, ModelStep, Store } from '../machine/model.ts';
import { isTocRestore, preferredNop } from '../power/code.ts';
import { type ExploreOptions, explore } from './explore.ts';

type RemedyKind = 'ipi' | 'swap' | 'branch-over' | 'grace-period' | 'ipi-and-grace-period' | 'rude-and-tasks';

export interface Remedy {
  readonly kind: RemedyKind;
  /**
   * Model steps that the remedy goes before, ascending; several where one gap alone does not do (enable-disable-enable).
   * Of `swap`: the later one of the two; of `branch-over`: the steps whose stores change.
   */
  readonly beforeSteps: readonly number[];
  /** The model that holds. */
  readonly model: Model;
}

/** @returns the smallest remedy with which the exploration holds; null where none of them does */
export function findRemedy(model: Model, options: ExploreOptions): Remedy | null {
  for (const remedy of candidates(model)) {
    if (explore(remedy.model, { ...options, stopAtBreak: true }).outcome === 'held') return remedy;
  }
  return null;
}

const ipi: ModelStep = { kind: 'ipi', wait: true, isync: true };
const tasks: ModelStep = { kind: 'gracePeriod', flavour: 'tasks' };
const rude: ModelStep = { kind: 'gracePeriod', flavour: 'tasks-rude' };
const insertions: readonly (readonly [RemedyKind, readonly ModelStep[]])[] = [
  ['grace-period', [tasks]],
  ['ipi-and-grace-period', [ipi, tasks]],
  ['rude-and-tasks', [ipi, rude, tasks]],
];

/** From the smallest up; each kind in one gap first, the latest first, then in all gaps. */
function* candidates(model: Model): Generator<Remedy> {
  const gaps = gapsOf(model);
  yield* inserted(model, gaps, 'ipi', [ipi]);
  yield* swapped(model);
  yield* branchedOver(model);
  for (const [kind, steps] of insertions) yield* inserted(model, gaps, kind, steps);
}

function* inserted(
  model: Model,
  gaps: readonly number[],
  kind: RemedyKind,
  steps: readonly ModelStep[],
): Generator<Remedy> {
  const at = (beforeSteps: readonly number[]): Remedy => {
    const mended = model.steps.flatMap((step, i) => (beforeSteps.includes(i) ? [...steps, step] : [step]));
    return { kind, beforeSteps, model: { ...model, steps: mended } };
  };
  for (const gap of [...gaps].reverse()) yield at([gap]);
  if (gaps.length > 1) yield at(gaps);
}

/** Stores that another store came before: the places where something can go in between. */
function gapsOf(model: Model): number[] {
  const changes = model.steps.flatMap((step, i) => (storesOf(step).length > 0 ? [i] : []));
  return changes.slice(1);
}

function* swapped(model: Model): Generator<Remedy> {
  for (const [i, second] of model.steps.entries()) {
    const first = model.steps[i - 1];
    if (first?.kind !== 'store' || (second.kind !== 'store' && second.kind !== 'publish')) continue;
    // What a word becomes in the end is the patch's to say.
    if (first.address === second.address) continue;
    const steps = model.steps.with(i - 1, second).with(i, first);
    yield { kind: 'swap', beforeSteps: [i], model: { ...model, steps } };
  }
}

/**
 * In place of two nops over `bl; ld r2,…`: `b .+8` over the `bl`, and the `ld` stays for whoever returns to it
 * (Milton Miller's case: a task inside the tracer has the address of that word in its LR).
 */
function* branchedOver(model: Model): Generator<Remedy> {
  const restores = new Set(
    model.texts.flatMap(({ address, words }) =>
      words.flatMap((word, i) => (isTocRestore(word) ? [address + 4 * i] : [])),
    ),
  );
  const isRestore = ({ address }: Store) => restores.has(address);
  const isBefore = ({ address, word }: Store) => word === preferredNop && restores.has(address + 4);
  const over = (stores: readonly Store[]) =>
    stores
      .filter((store) => !isRestore(store))
      .map((store) => (isBefore(store) ? { ...store, word: branchOver } : store));
  const beforeSteps = model.steps.flatMap((step, i) =>
    storesOf(step).some((store) => isRestore(store) || isBefore(store)) ? [i] : [],
  );
  if (beforeSteps.length === 0) return;
  const steps = model.steps.flatMap((step): ModelStep[] => {
    if (step.kind === 'stopMachine') return [{ ...step, stores: over(step.stores) }];
    return step.kind === 'store' ? over([step]).map((store) => ({ ...step, ...store })) : [step];
  });
  yield { kind: 'branch-over', beforeSteps, model: { ...model, steps } };
}

const branchOver = 0x48000008;
