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

interface Found<Check> {
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

/**
 * Walks all states within `statesMax`. Cheapest first, and among equally cheap ones shortest first: a state is expanded
 * once, when it is known how cheaply and how soon it can be reached.
 */
export function search<Check>(system: TransitionSystem<Check>, options: SearchOptions): SearchResult<Check> {
  const store = new StateStore(system.stride);
  const reach = new Reach();
  const frontier = new Frontier();
  const scratch = new Uint16Array(system.stride);
  const state = new Uint16Array(system.stride);
  scratch.set(system.initial());
  system.canonicalize(scratch);
  frontier.push(0, 0, store.add(scratch));
  reach.improve(0, -1, 0, 0);
  let transitions = 0;
  let found: { check: Check; cost: number; at: number } | null = null;
  for (;;) {
    const next = frontier.pop();
    if (next === null) break;
    const { index, cost, depth } = next;
    if (reach.cost(index) !== cost || reach.depth(index) !== depth) continue; // reached more cheaply since
    state.set(store.at(index)); // a copy: the store moves while it grows
    system.successors(state, (after, _action, price, check) => {
      transitions++;
      if (check !== null) {
        found ??= { check, cost, at: index };
        return;
      }
      scratch.set(after);
      system.canonicalize(scratch);
      const target = store.add(scratch);
      if (reach.improve(target, index, cost + price, depth + 1)) frontier.push(cost + price, depth + 1, target);
    });
    if (found !== null && options.stopAtBreak) break;
    if (store.size > options.statesMax) return result(false);
  }
  return result(true);

  function result(complete: boolean): SearchResult<Check> {
    const last = found as { check: Check; cost: number; at: number } | null;
    if (last === null) return { complete, states: store.size, transitions, found: null };
    const path: Uint16Array[] = [];
    for (let at = last.at; at >= 0; at = reach.parent(at)) path.unshift(store.at(at).slice());
    return { complete, states: store.size, transitions, found: { check: last.check, cost: last.cost, path } };
  }
}

/** States to expand, by cost and then by depth; both only grow along a transition, so buckets do for a priority queue. */
class Frontier {
  readonly #buckets: number[][][] = [];
  #cost = 0;
  #depth = 0;
  #head = 0;

  push(cost: number, depth: number, index: number): void {
    while (this.#buckets.length <= cost) this.#buckets.push([]);
    const byDepth = this.#buckets[cost] ?? [];
    while (byDepth.length <= depth) byDepth.push([]);
    byDepth[depth]?.push(index);
  }

  pop(): { readonly index: number; readonly cost: number; readonly depth: number } | null {
    for (; this.#cost < this.#buckets.length; this.#cost++, this.#depth = 0, this.#head = 0) {
      const byDepth = this.#buckets[this.#cost] ?? [];
      for (; this.#depth < byDepth.length; this.#depth++, this.#head = 0) {
        const index = byDepth[this.#depth]?.[this.#head];
        if (index === undefined) {
          byDepth[this.#depth] = []; // done with
          continue;
        }
        this.#head++;
        return { index, cost: this.#cost, depth: this.#depth };
      }
    }
    return null;
  }
}

/** How each state was reached: from which one, at what cost, after how many transitions. */
class Reach {
  /** Three numbers a state: parent, cost, depth. */
  #data = new Int32Array(3 * 1024).fill(unreached);

  parent(index: number): number {
    return this.#data[3 * index] ?? -1;
  }
  cost(index: number): number {
    return this.#data[3 * index + 1] ?? unreached;
  }
  depth(index: number): number {
    return this.#data[3 * index + 2] ?? unreached;
  }

  /** Keeps the better way to a state; true when this is it. */
  improve(index: number, parent: number, cost: number, depth: number): boolean {
    if (3 * index >= this.#data.length) {
      const larger = new Int32Array(this.#data.length * 2).fill(unreached);
      larger.set(this.#data);
      this.#data = larger;
    }
    const known = this.cost(index);
    if (cost > known || (cost === known && depth >= this.depth(index))) return false;
    this.#data[3 * index] = parent;
    this.#data[3 * index + 1] = cost;
    this.#data[3 * index + 2] = depth;
    return true;
  }
}
const unreached = 0x7fffffff;

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
