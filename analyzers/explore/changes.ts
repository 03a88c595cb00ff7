/**
 * What a transition adds to the words of a packed state, worked out once for each run of ways, each place a task has in the
 * state, and each CPU.
 *
 * Example: a way that adds 1 to a task's state, for the second task of a state of two words, is `+0x400 +0`.
 */
import type { CheckId } from '../checks/checks.ts';
import type { Way } from '../machine/parts.ts';
import type { Packing } from './packing.ts';
import { bitsFor } from './packing.ts';

/** In front of a run's changes: how many there are; how many ways break, and in which way the first; how far the point goes on. */
export const head = 4;

export class Changes {
  /** For each run a head, then `stride` numbers for each transition. */
  table: Int32Array = new Int32Array(1024);
  readonly checks: CheckId[] = [];
  readonly #packing: Packing;
  readonly #placeBits: number;
  readonly #fieldBits: number;
  /** By run, field and CPU: where they are in the table; 0: not worked out yet. */
  #places: Int32Array = new Int32Array(1024);
  #used = 1;

  /** @param placeBits at the low end of a task's field: the CPU it is on */
  constructor(packing: Packing, placeBits: number) {
    this.#packing = packing;
    this.#placeBits = placeBits;
    this.#fieldBits = bitsFor(packing.words.length);
  }

  /**
   * Where they are; 0 where they were not worked out yet.
   * @param field the task's; 0: only the CPU changes
   * @param cpu from 1; 0: only the task changes
   */
  find(run: number, field: number, cpu: number): number {
    return this.#places[(((run << this.#fieldBits) | field) << this.#placeBits) | cpu] ?? 0;
  }

  /** Works them out, where that has not been done; where they are. */
  add(run: number, ways: readonly Way[], field: number, cpu: number): number {
    const place = (((run << this.#fieldBits) | field) << this.#placeBits) | cpu;
    if (place >= this.#places.length) this.#places = longer(this.#places, 2 * place);
    if (this.#places[place] === 0) this.#places[place] = this.#keep(ways, field, cpu);
    return this.#places[place]!;
  }

  #keep(ways: readonly Way[], field: number, cpu: number): number {
    const { stride, words, shifts } = this.#packing;
    const [broken] = ways.flatMap(({ check }) => (check === null ? [] : [check]));
    const steps = ways.filter(({ check }) => check === null);
    const from = this.#used;
    this.#used += head + steps.length * stride;
    if (this.#used > this.table.length) this.table = longer(this.table, 2 * this.#used);
    const check = broken === undefined ? 0 : this.checks.push(broken) - 1;
    this.table.set([steps.length, ways.length - steps.length, check, ways[0]?.point ?? 0], from);
    for (const [i, way] of steps.entries()) {
      const to = from + head + i * stride;
      const onTask = ((way.task << this.#placeBits) + way.place * cpu) << shifts[field]!;
      if (field > 0) this.table[to + words[field]!]! += onTask;
      if (cpu > 0) this.table[to + words[cpu]!]! += way.cpu << shifts[cpu]!;
    }
    return from;
  }
}

function longer(numbers: Int32Array, length: number): Int32Array {
  const grown = new Int32Array(length);
  grown.set(numbers);
  return grown;
}
