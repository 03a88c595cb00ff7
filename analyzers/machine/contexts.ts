/**
 * The contexts that a search meets, numbered in the order it meets them, for a state holds a small number in place of a
 * register file. What leads from one to the next is executed by an Emulation, which searches of one model share.
 */
import type { CheckId } from '../checks/checks.ts';
import type { Emulation, Led } from './emulation.ts';
import type { Context } from './processor.ts';
import { outside } from './shape.ts';
import type { Point } from './timeline.ts';

/** Where a step led: to a context (0: back at the caller, nothing wrong), or to a break. */
export interface Reached {
  readonly context: number;
  readonly check: CheckId | null;
  readonly synchronized: boolean;
}

/** Numbers of contexts have 16 bits in a state. */
const contextsMax = 0xffff;

export class Contexts {
  readonly emulation: Emulation;
  readonly #all: Context[] = [];
  readonly #numbers = new Map<Context, number>();
  /** More contexts than states can tell apart: no answer can be given. */
  overflow = false;
  /** Where a task is that has entered the function. */
  readonly entry: Reached;

  constructor(emulation: Emulation) {
    this.emulation = emulation;
    this.#all.push(emulation.caller()); // number 0 stands for "outside" and is never looked at
    this.entry = this.#reached(emulation.entry);
  }

  context(id: number): Context {
    return this.#all[id] ?? this.emulation.caller();
  }

  /** As Emulation.step() has it. */
  step(id: number, word: number, now: Point, suffix?: number): Reached {
    return this.#reached(this.emulation.step(this.context(id), word, now, suffix));
  }

  #reached({ context, check, synchronized }: Led): Reached {
    return { context: context === null ? outside : this.#numberOf(context), check, synchronized };
  }

  #numberOf(context: Context): number {
    const known = this.#numbers.get(context);
    if (known !== undefined) return known;
    if (this.#all.length > contextsMax) {
      this.overflow = true;
      return outside;
    }
    this.#numbers.set(context, this.#all.length);
    return this.#all.push(context) - 1;
  }
}
