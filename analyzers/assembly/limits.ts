/**
 * What one assembly may spend. The one idea: a stranger's text can call macros in macros and repeat repetitions; every
 * statement that is run and every byte that is written pays, and an empty purse ends the assembly with a problem of its name.
 *
 * Example: `.macro m` / `m` / `.endm` / `m` ends with kind 'limit', text 'macroDepthMax (64) reached …'.
 */
import type { Place, Problem } from '../source/place.ts';

export interface AssemblyLimits {
  /** Statements run, those of macros and repetitions each time; an unfinished repetition counts each turn as one. */
  readonly statementsMax: number;
  readonly bytesMax: number;
  /** Macros and repetitions within each other. */
  readonly macroDepthMax: number;
  /** Characters of the statements run, each time, and of bodies with arguments put in. */
  readonly charactersMax: number;
}

/** The largest tracer entry file runs two thousand statements and writes 800 kB (the stubs of out-of-line ftrace). */
export const defaultAssemblyLimits: AssemblyLimits = {
  statementsMax: 100_000,
  bytesMax: 4_000_000,
  macroDepthMax: 64,
  charactersMax: 8_000_000,
};

export class Purse {
  readonly limits: AssemblyLimits;
  readonly problems: Problem[] = [];
  stopped = false;
  #statements = 0;
  #bytes = 0;
  #characters = 0;

  constructor(limits: AssemblyLimits) {
    this.limits = limits;
  }

  /** Notes a problem at the outermost place of what came to it. Many are only repetitions of the first. */
  report(kind: string, text: string, origin: readonly Place[]): void {
    const at = origin[0];
    if (this.problems.length < problemsMax) this.problems.push(at === undefined ? { kind, text } : { kind, text, at });
  }

  statement(text: string, origin: readonly Place[]): boolean {
    return this.#within('statementsMax', ++this.#statements, origin) && this.characters(text.length, origin);
  }

  bytes(count: number, origin: readonly Place[]): boolean {
    this.#bytes += count;
    return this.#within('bytesMax', this.#bytes, origin);
  }

  characters(count: number, origin: readonly Place[]): boolean {
    this.#characters += count;
    return this.#within('charactersMax', this.#characters, origin);
  }

  depth(depth: number, origin: readonly Place[]): boolean {
    return this.#within('macroDepthMax', depth, origin);
  }

  #within(limit: keyof AssemblyLimits, value: number, origin: readonly Place[]): boolean {
    if (value > this.limits[limit] && !this.stopped) {
      this.stopped = true;
      this.report('limit', `${limit} (${this.limits[limit]}) reached; nothing behind this place was assembled`, origin);
    }
    return !this.stopped;
  }
}

const problemsMax = 200;
