/** Verdicts at hand, in a process that has no store: it is told of what is kept and of what was found. */
import type { KeptVerdict, Verdicts } from './ask-once.ts';

type OnKept = (kept: KeptVerdict, from: 'judged' | 'found') => void;

export class VerdictList implements Verdicts {
  readonly #known: KeptVerdict[];
  readonly #onKept: OnKept;

  constructor(known: readonly KeptVerdict[], onKept: OnKept) {
    this.#known = [...known];
    this.#onKept = onKept;
  }

  find(patch: string): readonly KeptVerdict[] {
    return this.#known.filter((one) => one.patch === patch);
  }

  keep(kept: KeptVerdict, from: 'judged' | 'found'): void {
    if (from === 'judged') this.#known.push(kept);
    this.#onKept(kept, from);
  }
}
