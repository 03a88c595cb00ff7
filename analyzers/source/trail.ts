/**
 * The statements passed last: what led to where a run ends. A ring, for it is written at every statement and read almost
 * never.
 */
import type { Frame, Place } from './place.ts';

/** Statements back from where a run complains. */
const trailMax = 100;

export class Trail {
  readonly #fns: string[];
  readonly #places: Place[];
  /** Where the next one goes. */
  #next: number;

  constructor(like?: Trail) {
    this.#fns = like === undefined ? [] : [...like.#fns];
    this.#places = like === undefined ? [] : [...like.#places];
    this.#next = like === undefined ? 0 : like.#next;
  }

  pass(fn: string, at: Place): void {
    this.#fns[this.#next] = fn;
    this.#places[this.#next] = at;
    this.#next = (this.#next + 1) % trailMax;
  }

  /** Newest first. */
  frames(): readonly Frame[] {
    return this.#fns.map((_, back) => {
      const index = (this.#next - 1 - back + trailMax) % trailMax;
      return { fn: this.#fns[index]!, at: this.#places[index]! };
    });
  }
}
