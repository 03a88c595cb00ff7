/**
 * Symmetry: states that differ only in the names of tasks and of CPUs behave alike, so one stands for all. The
 * representative has its CPUs and then its tasks in order. CPUs are ordered by what a name does not show: what runs on
 * them, and their own state; so the order of the tasks cannot change it.
 */
import type { Packing } from './packing.ts';

interface Names {
  readonly cpus: number;
  /** The first tasks that keep their names: the idle task is unlike the others. */
  readonly fixedTasks: number;
  /** At the low end of a task's field: the CPU it is on, from 1. */
  readonly placeBits: number;
}

/** In a CPU's key, above its own state: what runs on it. */
const occupation = 2 ** 24;

export class Symmetry {
  readonly #packing: Packing;
  readonly #cpus: number;
  readonly #fixedTasks: number;
  readonly #placeMask: number;
  /** As packed: the point, the CPUs' states, the tasks' states with their places. */
  readonly #fields: Int32Array;
  /** By CPU, from 1: a number that holds no names but those of fixed tasks. */
  readonly #keys: Float64Array;
  /** The CPUs in order; the new name of each; their states under their new names. */
  readonly #order: Int32Array;
  readonly #names: Int32Array;
  readonly #states: Int32Array;

  constructor(packing: Packing, { cpus, fixedTasks, placeBits }: Names) {
    this.#packing = packing;
    this.#cpus = cpus;
    this.#fixedTasks = fixedTasks;
    this.#placeMask = (1 << placeBits) - 1;
    this.#fields = new Int32Array(packing.words.length);
    this.#keys = new Float64Array(cpus + 1);
    this.#order = new Int32Array(cpus + 1);
    this.#names = new Int32Array(cpus + 1);
    this.#states = new Int32Array(cpus + 1);
  }

  /** Brings the state at `states[at]` to its representative. */
  canonicalize(states: Int32Array, at: number): void {
    this.#packing.unpack(states, at, this.#fields);
    this.#sortCpus();
    this.#sortTasks();
    this.#packing.pack(this.#fields, states, at);
  }

  /**
   * Marks what is just like its neighbour in a representative: free CPUs in the same state, tasks in the same state on no CPU or
   * on CPUs in the same state. What one of them may do leads where it leads for the other.
   */
  markAlike(fields: Int32Array, busy: number, alike: Uint8Array): void {
    const firstTask = 1 + this.#cpus;
    for (let cpu = 2; cpu < firstTask; cpu++)
      alike[cpu] = ((busy >> (cpu - 1)) & 3) === 0 && fields[cpu - 1] === fields[cpu] ? 1 : 0;
    for (let i = firstTask + this.#fixedTasks + 1; i < fields.length; i++) {
      const a = fields[i - 1]! & this.#placeMask;
      const b = fields[i]! & this.#placeMask;
      const sameState = fields[i - 1]! - a === fields[i]! - b;
      // Of tasks in the same state those on no CPU are first.
      alike[i] = sameState && (a === 0 ? b === 0 : fields[a] === fields[b]) ? 1 : 0;
    }
  }

  // Insertion sorts, here and below: few of either, nearly sorted already.
  #sortCpus(): void {
    this.#setKeys();
    const fields = this.#fields;
    const keys = this.#keys;
    const order = this.#order;
    const cpus = this.#cpus;
    for (let i = 1; i <= cpus; i++) {
      let at = i;
      for (; at > 1 && keys[order[at - 1]!]! > keys[i]!; at--) order[at] = order[at - 1]!;
      order[at] = i;
    }
    for (let i = 1; i <= cpus; i++) {
      this.#names[order[i]!] = i;
      this.#states[i] = fields[order[i]!]!;
    }
    for (let cpu = 1; cpu <= cpus; cpu++) fields[cpu] = this.#states[cpu]!;
    for (let field = 1 + cpus; field < fields.length; field++) {
      const place = fields[field]! & this.#placeMask;
      fields[field] = fields[field]! - place + this.#names[place]!;
    }
  }

  #setKeys(): void {
    const fields = this.#fields;
    const keys = this.#keys;
    const firstTask = 1 + this.#cpus;
    for (let cpu = 1; cpu < firstTask; cpu++) keys[cpu] = fields[cpu]!;
    for (let field = firstTask; field < fields.length; field++) {
      const place = fields[field]! & this.#placeMask;
      const fixed = field - firstTask < this.#fixedTasks ? 1 : 0;
      keys[place]! += (fields[field]! - place + fixed + 1) * occupation;
    }
  }

  #sortTasks(): void {
    const fields = this.#fields;
    const first = 1 + this.#cpus + this.#fixedTasks;
    for (let i = first; i < fields.length; i++) {
      const field = fields[i]!;
      let at = i;
      for (; at > first && fields[at - 1]! > field; at--) fields[at] = fields[at - 1]!;
      fields[at] = field;
    }
  }
}
