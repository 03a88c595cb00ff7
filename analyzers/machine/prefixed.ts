/**
 * Prefixed instructions while they are modified (Power ISA 3.1 Book I 1.6, Book II 1.4 and 1.8). A prefix and its suffix are
 * two words, and a fetch may see any version of each; only an aligned doubleword store makes the two one. What software
 * means to be there is what is there at rest: before, between and behind modifications, of which two stores to the two
 * halves are one.
 *
 * Example: `stw` of a prefix, then `stw` of its suffix: a task that comes between them executes the new prefix with what
 * was behind it before, which is torn; so is a task that stood between two nops and finds the suffix alone.
 */
import { decode, isPrefix } from '../power/code.ts';
import { storesOf, wordsOf } from './micro-step.ts';
import type { Model, Store } from './model.ts';
import type { Timeline } from './timeline.ts';

/** Versions of a word and of the one behind it. */
export type VersionPair = readonly [first: number, second: number];
/** What a CPU may fetch of a word: its oldest and its newest version. Of a word that never changes there is version 0. */
export interface Span {
  readonly floor: number;
  readonly newest: number;
}

/** A word that is a prefix in some version, and the word behind it. */
interface Couple {
  /** Versions of the two after each doubleword store that makes them one. */
  readonly atomic: readonly VersionPair[];
  /** The values of the two at rest, as `first:second`; null where two patchers write them, whose order nobody knows. */
  readonly whole: ReadonlySet<string> | null;
  /** Values of the second word that are there at rest only as a suffix. */
  readonly halves: ReadonlySet<number>;
}

/** An instruction is modified some ten times in a model. */
const pairsMax = 4096;

export class Prefixed {
  readonly #timeline: Timeline;
  readonly #text: ReadonlyMap<number, number>;
  /** By the address of the first word. */
  readonly #couples = new Map<number, Couple>();
  readonly #windows = new Map<string, readonly VersionPair[]>();

  constructor(model: Model, timeline: Timeline, text: ReadonlyMap<number, number>) {
    this.#timeline = timeline;
    this.#text = text;
    const { addresses, versions } = timeline;
    for (const at of new Set(addresses.flatMap((address) => [address - 4, address]))) {
      const own = versions[addresses.indexOf(at)]?.map(({ value }) => value) ?? [text.get(at) ?? 0];
      const lines = [model.steps, model.other].map((steps) =>
        steps.flatMap(storesOf).filter((one) => touches(one, at)),
      );
      if (own.some(isPrefix)) this.#couples.set(at, coupleOf(at, lines, [text.get(at) ?? 0, text.get(at + 4) ?? 0]));
    }
  }

  /** Does the instruction at an address consist of two words of which one changes, in some version? */
  has(address: number): boolean {
    return this.#couples.has(address);
  }

  /** Which versions of a prefix may be fetched with which of its suffix; of pairs with equal values the newest. */
  window(address: number, first: Span, second: Span): readonly VersionPair[] {
    const key = `${address}:${first.floor}:${first.newest}:${second.floor}:${second.newest}`;
    let window = this.#windows.get(key);
    if (window === undefined) {
      window = this.#windowOf(address, first, second);
      this.#windows.set(key, window);
    }
    return window;
  }

  #windowOf(address: number, first: Span, second: Span): readonly VersionPair[] {
    const atomic = this.#couples.get(address)?.atomic ?? [];
    const byValue = new Map<string, VersionPair>();
    for (let a = first.floor; a <= first.newest; a++) {
      for (let b = second.floor; b <= second.newest; b++) {
        const [prefix, suffix] = [this.value(address, a), this.value(address + 4, b)];
        if (!isPrefix(prefix) || !atomic.every(([one, two]) => a >= one === b >= two)) continue;
        byValue.delete(`${prefix}:${suffix}`);
        byValue.set(`${prefix}:${suffix}`, [a, b]);
      }
    }
    return [...byValue.values()];
  }

  /** More pairs of versions than are looked at. */
  get overflow(): boolean {
    const count = (address: number) => this.#timeline.versions[this.#timeline.addresses.indexOf(address)]?.length ?? 1;
    return [...this.#couples.keys()].some((address) => count(address) * count(address + 4) > pairsMax);
  }

  /** Do a prefix and what was fetched behind it never stand together at rest? */
  isTorn(address: number, prefix: number, suffix: number): boolean {
    return this.#couples.get(address)?.whole?.has(`${prefix}:${suffix}`) === false;
  }

  /** Is a word, fetched as an instruction of its own, the suffix of another? */
  isHalf(address: number, word: number): boolean {
    return this.#couples.get(address - 4)?.halves.has(word) === true;
  }

  /** The word at an address in one of its versions. */
  value(address: number, version: number): number {
    const word = this.#timeline.addresses.indexOf(address);
    return this.#timeline.versions[word]?.[version]?.value ?? this.#text.get(address) ?? 0;
  }
}

const touches = (store: Store, first: number) =>
  wordsOf(store).some(([address]) => address === first || address === first + 4);

/**
 * What becomes of two adjacent words, store by store.
 * @param lines the stores of each patcher to one of the two or both
 */
function coupleOf(first: number, lines: readonly (readonly Store[])[], initial: readonly number[]): Couple {
  const atomic: VersionPair[] = [];
  const values = [...initial];
  const versions: [number, number] = [0, 0];
  const rests = [[...values]];
  const stores = lines.flat();
  // A store to one half is finished by the next one if that is to the other half.
  let open: Half = null;
  for (const [i, store] of stores.entries()) {
    for (const [address, value] of wordsOf(store)) {
      if (address !== first && address !== first + 4) continue;
      const half = address === first ? 0 : 1;
      values[half] = value;
      versions[half]++;
    }
    const half = halfOf(store, first);
    if (half === null && first % 8 === 0) atomic.push([...versions]);
    const next = stores[i + 1];
    const other = next === undefined ? null : halfOf(next, first);
    open = open === null && other !== null && other !== half ? half : null;
    if (open === null) rests.push([...values]);
  }
  if (lines.filter((line) => line.length > 0).length > 1) return { atomic: [], whole: null, halves: new Set() };
  const alone = new Set(rests.filter(([one = 0]) => !isPrefix(one) && !isBranch(one)).map(([, two = 0]) => two));
  const behind = rests.filter(([one = 0, two]) => isPrefix(one) && decode(one, two) !== null).map(([, two = 0]) => two);
  const whole = new Set(rests.map(([one, two]) => `${one}:${two}`));
  return { atomic, whole, halves: new Set(behind.filter((two) => !alone.has(two))) };
}

/** The word that a store writes of the two; null: both. */
type Half = 0 | 1 | null;
function halfOf(store: Store, first: number): Half {
  const [one, two] = [first, first + 4].map((at) => wordsOf(store).some(([address]) => address === at));
  return one && two ? null : one ? 0 : 1;
}

/** An I-form branch that does not come back: what is behind it is not run after it. */
const isBranch = (word: number) => word >>> 26 === 18 && (word & 1) === 0;
