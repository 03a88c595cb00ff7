/**
 * Exhaustive search over packed states, breadth-first by cost (preemptions) and then by steps, so that the first break
 * found is the simplest. It knows nothing of processors: a system gives the transitions, this file walks them.
 *
 * The one idea: states are found layer by layer, a layer being those that are reached at the same cost in the same number of
 * steps and in no simpler way. Since they are kept in that order, no state needs to know where it came from: the way to a
 * break is found backwards, by expanding the layer before once more.
 */
import { Batch, StateStore } from './state-store.ts';

/** What the search walks. States are runs of `stride` 32-bit numbers, of which the first is not 0. */
export interface TransitionSystem<Check> {
  readonly stride: number;
  initial(): Int32Array;
  /** Are there transitions that cost something? */
  readonly hasCostly: boolean;
  /** Appends what the state at `states[at]` leads to at no cost. */
  free(states: Int32Array, at: number, out: Successors<Check>): void;
  /** Appends what it leads to at a cost of one. */
  costly(states: Int32Array, at: number, out: Successors<Check>): void;
  /** It has met more than it has room for: the search ends without an answer. */
  readonly outgrown: boolean;
}

/** Transitions out of one state or of many: the states they lead to, and whether some break. */
export class Successors<Check> extends Batch {
  /** The first that broke. */
  check: Check | null = null;
  breaks = 0;

  break(check: Check): void {
    this.check ??= check;
    this.breaks++;
  }
}

export interface SearchOptions {
  readonly statesMax: number;
  /** Stop at the first break; else the search goes on (a break ends only its own path). */
  readonly stopAtBreak: boolean;
}

interface Found<Check> {
  readonly check: Check;
  readonly cost: number;
  /** States from the initial one to the one the break happens in. */
  readonly path: readonly Int32Array[];
}

export interface SearchResult<Check> {
  readonly complete: boolean;
  readonly states: number;
  readonly transitions: number;
  readonly found: Found<Check> | null;
}

/** States `from` ≤ index < `to` of the store: those reached at this cost in so many steps, and in no simpler way. */
interface Layer {
  readonly cost: number;
  readonly steps: number;
  readonly from: number;
  readonly to: number;
}

/** So many states are looked up together. */
const batchSize = 512;

/** Walks all states within `statesMax`. Cheapest first, and among equally cheap ones shortest first. */
export function search<Check>(system: TransitionSystem<Check>, options: SearchOptions): SearchResult<Check> {
  return new Search(system, options).run();
}

class Search<Check> {
  readonly #system: TransitionSystem<Check>;
  readonly #options: SearchOptions;
  readonly #store: StateStore;
  readonly #out: Successors<Check>;
  /** By cost, then by steps. */
  readonly #layers: Layer[][] = [];
  #transitions = 0;
  #found: { readonly check: Check; readonly cost: number; readonly layer: Layer; readonly index: number } | null = null;

  constructor(system: TransitionSystem<Check>, options: SearchOptions) {
    this.#system = system;
    this.#options = options;
    this.#store = new StateStore(system.stride);
    this.#out = new Successors(system.stride, 64);
  }

  run(): SearchResult<Check> {
    const complete = this.#walk();
    const { size: states } = this.#store;
    const transitions = this.#transitions + this.#out.breaks;
    if (this.#found === null) return { complete, states, transitions, found: null };
    const { check, cost, layer, index } = this.#found;
    return { complete, states, transitions, found: { check, cost, path: this.#pathTo(index, layer) } };
  }

  /** False where the search ended before all states were met. */
  #walk(): boolean {
    this.#out.words.set(this.#system.initial());
    this.#out.count = 1;
    this.#store.add(this.#out);
    for (let cost = 0; ; cost++) {
      const cheaper = this.#layers[cost - 1];
      let layer: Layer = { cost, steps: 0, from: 0, to: cost === 0 ? 1 : 0 };
      const layers = [layer];
      this.#layers.push(layers);
      const before = this.#store.size;
      for (;;) {
        const from = this.#store.size;
        const bought = cheaper?.[layer.steps];
        if (bought === undefined && layer.from === layer.to) break;
        if (bought !== undefined && !this.#expand(bought, 1)) return false;
        if (!this.#expand(layer, 0)) return false;
        layer = { cost, steps: layer.steps + 1, from, to: this.#store.size };
        layers.push(layer);
      }
      if (!this.#system.hasCostly || (cost > 0 && this.#store.size === before)) return true;
    }
  }

  /** Expands the states of a layer, in order. False where the search is over with that. */
  #expand(layer: Layer, price: 0 | 1): boolean {
    const system = this.#system;
    const out = this.#out;
    for (let index = layer.from; index < layer.to; index++) {
      const at = index * system.stride;
      if (price === 0) system.free(this.#store.words, at, out);
      else system.costly(this.#store.words, at, out);
      if (out.check !== null && this.#found === null) {
        this.#found = { check: out.check, cost: layer.cost + price, layer, index };
        if (this.#options.stopAtBreak) break;
      }
      if (out.count >= batchSize && !this.#enter()) return false;
    }
    return this.#enter() && (this.#found === null || !this.#options.stopAtBreak);
  }

  /** Enters what was met into the store. False where there is no room for more. */
  #enter(): boolean {
    this.#transitions += this.#out.count;
    this.#store.add(this.#out);
    return !this.#system.outgrown && this.#store.size <= this.#options.statesMax;
  }

  /** A simplest way to a state: from each state back to the first that it was met from. */
  #pathTo(last: number, layer: Layer): Int32Array[] {
    const path = [this.#state(last)];
    for (let to = { index: last, layer }; to.layer.steps > 0; ) {
      to = this.#before(to.index, to.layer);
      path.unshift(this.#state(to.index));
    }
    return path;
  }

  #before(index: number, { cost, steps }: Layer): { index: number; layer: Layer } {
    const state = this.#state(index);
    const out: Successors<Check> = new Successors(state.length, batchSize);
    for (const price of [1, 0]) {
      const layer = this.#layers[cost - price]?.[steps - 1];
      if (layer === undefined) continue;
      for (let candidate = layer.from; candidate < layer.to; candidate++) {
        out.count = 0;
        if (price === 0) this.#system.free(this.#store.words, candidate * state.length, out);
        else this.#system.costly(this.#store.words, candidate * state.length, out);
        if (includes(out, state)) return { index: candidate, layer };
      }
    }
    throw new Error('a state was met that nothing leads to');
  }

  #state(index: number): Int32Array {
    return this.#store.words.slice(index * this.#store.stride, (index + 1) * this.#store.stride);
  }
}

function includes({ words, count }: Batch, state: Int32Array): boolean {
  for (let at = 0; at < count * state.length; at += state.length)
    if (state.every((word, i) => words[at + i] === word)) return true;
  return false;
}
