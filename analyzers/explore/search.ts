/**
 * Exhaustive search over packed states, breadth-first by cost (preemptions) and then by steps, so that the first break
 * found is the simplest. It knows nothing of processors: a system gives the transitions, this file walks them.
 *
 * States lie one after the other in one typed array; a hash table of indexes finds them again. No object per state.
 */

/** What the search walks. States are runs of `stride` 16-bit numbers. */
export interface TransitionSystem<Check> {
  readonly stride: number;
  initial(): Uint16Array;
  /** Calls `emit` once per transition; `next` may be reused by the caller. A transition with a `check` is a break. */
  successors(
    state: Uint16Array,
    emit: (next: Uint16Array, action: number, cost: number, check: Check | null) => void,
  ): void;
  /** In place, to the representative of all states that differ only in names. */
  canonicalize(state: Uint16Array): void;
}

export interface SearchOptions {
  readonly statesMax: number;
  /** Stop at the first break; else the search goes on (a break ends only its own path). */
  readonly stopAtBreak: boolean;
}

export interface Found<Check> {
  readonly check: Check;
  readonly cost: number;
  /** Canonical states from the initial one to the one the break happens in. */
  readonly path: readonly Uint16Array[];
}

export interface SearchResult<Check> {
  readonly complete: boolean;
  readonly states: number;
  readonly transitions: number;
  readonly found: Found<Check> | null;
}

export function search<Check>(system: TransitionSystem<Check>, options: SearchOptions): SearchResult<Check> {
  const store = new StateStore(system.stride);
  const queues: number[][] = [[0]]; // by cost
  const costs: number[] = [0]; // cheapest way to each state so far
  const parents: number[] = [-1];
  const expanded: boolean[] = [];
  const first = system.initial();
  system.canonicalize(first);
  store.add(first);
  let transitions = 0;
  let found: { check: Check; cost: number; at: number } | null = null;
  const scratch = new Uint16Array(system.stride);
  for (let cost = 0; cost < queues.length; cost++) {
    const queue = queues[cost] ?? [];
    for (let head = 0; head < queue.length; head++) {
      const index = queue[head] ?? 0;
      if (expanded[index] === true) continue; // queued again since, at a lower cost
      expanded[index] = true;
      const state = store.at(index).slice(); // the store may move while it grows
      system.successors(state, (next, _action, price, check) => {
        transitions++;
        if (check !== null) {
          found ??= { check, cost, at: index };
          return;
        }
        scratch.set(next);
        system.canonicalize(scratch);
        const target = store.add(scratch);
        if (cost + price >= (costs[target] ?? Number.POSITIVE_INFINITY)) return;
        costs[target] = cost + price;
        parents[target] = index;
        (queues[cost + price] ??= []).push(target);
      });
      if (found !== null && options.stopAtBreak) return finish(true);
      if (store.size > options.statesMax) return finish(false);
    }
  }
  return finish(true);

  function finish(complete: boolean): SearchResult<Check> {
    const result = found as { check: Check; cost: number; at: number } | null;
    if (result === null) return { complete, states: store.size, transitions, found: null };
    const path: Uint16Array[] = [];
    for (let at = result.at; at >= 0; at = parents[at] ?? -1) path.unshift(store.at(at).slice());
    return { complete, states: store.size, transitions, found: { check: result.check, cost: result.cost, path } };
  }
}

/** All states met, each once. */
class StateStore {
  readonly #stride: number;
  #data: Uint16Array;
  #table: Int32Array;
  size = 0;

  constructor(stride: number) {
    this.#stride = stride;
    this.#data = new Uint16Array(stride * 1024);
    this.#table = new Int32Array(2048).fill(-1);
  }

  at(index: number): Uint16Array {
    return this.#data.subarray(index * this.#stride, (index + 1) * this.#stride);
  }

  /** The index of the state, which is `size` before the call where it is new. */
  add(state: Uint16Array): number {
    let slot = this.#slot(state);
    const known = this.#table[slot] ?? -1;
    if (known >= 0) return known;
    if ((this.size + 1) * 2 > this.#table.length) {
      this.#grow();
      slot = this.#slot(state);
    }
    if ((this.size + 1) * this.#stride > this.#data.length) {
      const larger = new Uint16Array(this.#data.length * 2);
      larger.set(this.#data);
      this.#data = larger;
    }
    this.#data.set(state, this.size * this.#stride);
    this.#table[slot] = this.size;
    return this.size++;
  }

  #slot(state: Uint16Array): number {
    const mask = this.#table.length - 1;
    let hash = 0x811c9dc5;
    for (let i = 0; i < this.#stride; i++) hash = Math.imul(hash ^ (state[i] ?? 0), 0x01000193);
    hash ^= hash >>> 15;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const index = this.#table[slot] ?? -1;
      if (index < 0 || this.#same(state, index)) return slot;
    }
  }

  #same(state: Uint16Array, index: number): boolean {
    const from = index * this.#stride;
    for (let i = 0; i < this.#stride; i++) if (this.#data[from + i] !== state[i]) return false;
    return true;
  }

  #grow(): void {
    const size = this.size;
    this.#table = new Int32Array(this.#table.length * 2).fill(-1);
    for (let index = 0; index < size; index++) this.#table[this.#slot(this.at(index))] = index;
  }
}
