/**
 * The known remedies, tried from the smallest up at each gap between a model's modifications: the first one after which
 * the same exploration holds is the answer, as data. Never by rule of thumb: what is not confirmed is not named.
 *
 * Example: `store f+4 nop · store f+0 nop`, broken at level stale, holds with an IPI before the second store.
 */
import type { Model, ModelStep, Store } from '../machine/model.ts';
import { decode, preferredNop } from '../power/code.ts';
import { type ExploreOptions, explore } from './explore.ts';

type RemedyKind = 'ipi' | 'swap' | 'branch-over' | 'grace-period' | 'ipi-and-grace-period' | 'rude-and-tasks';

export interface Remedy {
  readonly kind: RemedyKind;
  /**
   * Model steps that the remedy goes before, ascending; several where one gap alone does not do (enable-disable-enable).
   * Of `swap`: the later one of the two; of `branch-over`: the steps whose stores change.
   */
  readonly beforeSteps: readonly number[];
  /** What goes there; empty for `swap` and `branch-over`. */
  readonly inserted: readonly ModelStep[];
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
    return { kind, beforeSteps, inserted: steps, model: { ...model, steps: mended } };
  };
  for (const gap of [...gaps].reverse()) yield at([gap]);
  if (gaps.length > 1) yield at(gaps);
}

/** Stores that another store came before: the places where something can go in between. */
function gapsOf(model: Model): number[] {
  const changes = [...model.steps.keys()].filter((i) => storesOf(model.steps[i]).length > 0);
  return changes.slice(1);
}

function* swapped(model: Model): Generator<Remedy> {
  for (let i = model.steps.length - 1; i > 0; i--) {
    const [first, second] = [model.steps[i - 1], model.steps[i]];
    if (first?.kind !== 'store' || (second?.kind !== 'store' && second?.kind !== 'publish')) continue;
    if (first.address === second.address) continue;
    const steps = model.steps.with(i - 1, second).with(i, first);
    yield { kind: 'swap', beforeSteps: [i], inserted: [], model: { ...model, steps } };
  }
}

/**
 * In place of two nops over `bl; ld r2,…`: `b .+8` over the `bl`, and the `ld` stays for whoever returns to it
 * (Milton Miller's case: a task inside the tracer has the address of that word in its LR).
 */
function* branchedOver(model: Model): Generator<Remedy> {
  const words = new Map(
    model.texts.flatMap((text) => text.words.map((word, i) => [text.address + 4 * i, word] as const)),
  );
  const kept = new Set([...words].filter(([, word]) => isTocRestore(word)).map(([address]) => address));
  const changed: number[] = [];
  const change = (step: number, stores: readonly Store[]): Store[] => {
    const after = stores.flatMap((store): Store[] => {
      if (kept.has(store.address)) return [];
      return kept.has(store.address + 4) && store.word === preferredNop ? [{ ...store, word: branchOver }] : [store];
    });
    if (after.length !== stores.length || after.some((store, i) => store.word !== stores[i]?.word)) changed.push(step);
    return after;
  };
  const steps = model.steps.flatMap((step, i): ModelStep[] => {
    if (step.kind === 'stopMachine') return [{ ...step, stores: change(i, step.stores) }];
    if (step.kind !== 'store') return [step];
    return change(i, [step]).map((store) => ({ ...step, ...store }));
  });
  if (changed.length > 0) yield { kind: 'branch-over', beforeSteps: changed, inserted: [], model: { ...model, steps } };
}

const branchOver = 0x48000008;

/** `ld r2,X(r1)`: the caller's TOC pointer comes back from its slot. */
function isTocRestore(word: number): boolean {
  const instruction = decode(word);
  return instruction?.row.mnemonic === 'ld' && instruction.fields.RT === 2 && instruction.fields.RA === 1;
}

function storesOf(step: ModelStep | undefined): readonly Store[] {
  return step?.kind === 'store' ? [step] : step?.kind === 'stopMachine' ? step.stores : [];
}
