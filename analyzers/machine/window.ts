/**
 * What a fetch may see: the versions of a word from the CPU's floor to the newest one, in no promised order (Power ISA
 * Book II 1.8). Worked out once for each such window.
 */
import { isPatchClass, preferredNop } from '../power/code.ts';
import type { Version } from './timeline.ts';

/** How far a window is outside what the ISA defines: 0 patch class, 1 one word besides nops ("quasi"), 2 undefined. */
export type Departure = 0 | 1 | 2;

export interface Window {
  /** Versions with different values, as indexes, oldest first; of equal ones the newest. */
  readonly versions: readonly number[];
  readonly departure: Departure;
}

export class Windows {
  readonly #versions: readonly (readonly Version[])[];
  /** By word, floor and newest version, 10 bits each of the latter. */
  readonly #known = new Map<number, Window>();

  /** @param versions of each word, oldest first */
  constructor(versions: readonly (readonly Version[])[]) {
    this.#versions = versions;
  }

  of(word: number, floor: number, newest: number): Window {
    const key = (word * 1024 + floor) * 1024 + newest;
    let window = this.#known.get(key);
    if (window === undefined) {
      window = windowOf(this.#versions[word] ?? [], floor, newest);
      this.#known.set(key, window);
    }
    return window;
  }
}

function windowOf(versions: readonly Version[], floor: number, newest: number): Window {
  const byValue = new Map<number, number>();
  for (let version = floor; version <= newest; version++) {
    const value = versions[version]?.value ?? 0;
    byValue.delete(value); // so that the newest of equal ones also has the newest place
    byValue.set(value, version);
  }
  return { versions: [...byValue.values()], departure: departureOf([...byValue.keys()]) };
}

/** Power ISA 2.03 Book II 1.8.1: all values a word has while it is not consistent must be patch class. */
function departureOf(values: readonly number[]): Departure {
  const foreign = values.filter((value) => !isPatchClass(value));
  if (values.length < 2 || foreign.length === 0) return 0;
  // "Anything with a preferred nop, optional" as an engineering note has it.
  return foreign.length === 1 && values.every((value) => value === foreign[0] || value === preferredNop) ? 1 : 2;
}
