/**
 * What was executed of many models, for all levels and both kinds of preemption; their words are decoded once. Too large to be
 * kept beyond a patch.
 */
import { decodingOnce } from '../power/code.ts';
import { Emulation } from './emulation.ts';
import type { Model } from './model.ts';

export class Emulations {
  readonly #decode = decodingOnce();
  readonly #known = new Map<object, Emulation>();

  /** @param key the same for models that differ in preemption only */
  of(key: object, model: Model): Emulation {
    const known = this.#known.get(key) ?? new Emulation(model, { decode: this.#decode });
    this.#known.set(key, known);
    return known;
  }
}
