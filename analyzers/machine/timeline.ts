/**
 * The modifying side of a model as lines of micro-steps, one line a patcher. A line is the same in every execution, so a
 * state holds only how far along each is; the versions a word has at each point are worked out here once. The patchers hold
 * different locks and write different words: what holds between micro-steps of both is what each has done, put together.
 */

import { type MicroStep, microSteps, type Names, publishedAt, storesOf, wordsOf } from './micro-step.ts';
import type { DataWord, Model, ModelStep } from './model.ts';

/** A version of a word: its value and the model step that stored it (-1: the initial image). */
export interface Version {
  readonly value: number;
  readonly step: number;
}

/** A datum that is published or freed, and all it holds, oldest first. */
interface Datum {
  readonly word: DataWord;
  readonly versions: readonly { readonly value: bigint | null; readonly step: number }[];
}

/** What holds between two micro-steps. */
export interface Point {
  /** A number of its own for each point of a timeline. */
  readonly id: number;
  /** Per word: index of the newest version, and of the newest one made consistent. */
  readonly newest: readonly number[];
  readonly consistent: readonly number[];
  readonly reachable: boolean;
  /** Addresses in freed text. */
  readonly freed: readonly number[];
  /** Per changing datum: index of its newest version. */
  readonly data: readonly number[];
  /** Indexes of freed data. */
  readonly freedData: readonly number[];
}

/** One patcher. */
export interface Line {
  readonly micro: readonly MicroStep[];
  /** `points[i]` is what micro-step i finds, as if there were no other patcher; one more than there are micro-steps. */
  readonly points: readonly Point[];
}

export class Timeline {
  /** One, or two where the model has a second patcher. */
  readonly lines: readonly Line[];
  /** Addresses of the words that are modified, ascending; a word is known by its index here. */
  readonly addresses: readonly number[];
  /** All versions of each word, oldest first. */
  readonly versions: readonly (readonly Version[])[];
  /** The data that change; a datum is known by its index here. */
  readonly data: readonly Datum[];
  readonly #both = new Map<number, Point>();

  /**
   * @param initial the word at an address before any modification (0 where there is no text)
   * @param apart stop_machine() is told store by store, for the CPU that makes them can take an exception between two
   */
  constructor(model: Model, initial: (address: number) => number, apart = false) {
    const steps = [...model.steps, ...model.other];
    this.addresses = modifiedAddresses(steps);
    const versions: Version[][] = this.addresses.map((address) => [{ value: initial(address), step: -1 }]);
    const data = changingData(model, steps).map((word) => ({ word, versions: [{ value: word.value, step: -1 }] }));
    const names = { addresses: this.addresses, data, apart };
    const first = lineOf(model.steps, { from: 0, live: model.live, names });
    const second = lineOf(model.other, { from: model.steps.length, live: false, names });
    this.lines = model.other.length === 0 ? [first] : [first, second];
    // Versions of a word are counted in the order of the steps that store it.
    for (const [step, of] of steps.entries()) {
      for (const store of storesOf(of))
        for (const [address, value] of wordsOf(store)) versions[this.addresses.indexOf(address)]?.push({ value, step });
      if (of.kind === 'publish') data[publishedAt(data, of.address)]?.versions.push({ value: of.value, step });
    }
    this.versions = versions;
    this.data = data;
  }

  /** What holds when the patchers have done so many micro-steps. */
  at(first: number, second = 0): Point {
    const [one, two] = this.lines;
    const own = one?.points[first] ?? nothing;
    if (two === undefined) return own;
    const id = second * (one?.points.length ?? 1) + first;
    let both = this.#both.get(id);
    if (both === undefined) {
      both = together(own, two.points[second] ?? nothing, id);
      this.#both.set(id, both);
    }
    return both;
  }

  /** What holds when all is done. */
  get end(): Point {
    return this.at((this.lines[0]?.points.length ?? 1) - 1, (this.lines[1]?.points.length ?? 1) - 1);
  }
}

const nothing: Point = { id: 0, newest: [], consistent: [], reachable: false, freed: [], data: [], freedData: [] };

/** A word or datum that one patcher changes stays at its first version for the other. */
function together(a: Point, b: Point, id: number): Point {
  const sum = (one: readonly number[], two: readonly number[]) => one.map((version, i) => version + (two[i] ?? 0));
  return {
    id,
    newest: sum(a.newest, b.newest),
    consistent: sum(a.consistent, b.consistent),
    reachable: a.reachable || b.reachable,
    freed: [...a.freed, ...b.freed],
    data: sum(a.data, b.data),
    freedData: [...a.freedData, ...b.freedData],
  };
}

/** @param start.from the number of the line's first step */
function lineOf(steps: readonly ModelStep[], start: { from: number; live: boolean; names: Names }): Line {
  const { from, live, names } = start;
  const none = names.addresses.map(() => 0);
  const data = names.data.map(() => 0);
  const points: Point[] = [{ ...nothing, newest: none, consistent: none, reachable: live, data }];
  const micro: MicroStep[] = [];
  for (const [index, of] of steps.entries()) {
    for (const one of microSteps(of, from + index, names)) {
      const before = points.at(-1) ?? nothing;
      micro.push(one);
      points.push({ ...before, ...change(before, one, of), id: micro.length });
    }
  }
  return { micro, points };
}

/** The addresses of all words that steps store, ascending. */
function modifiedAddresses(steps: readonly ModelStep[]): readonly number[] {
  const stored = steps.flatMap(storesOf).flatMap(wordsOf);
  return [...new Set(stored.map(([address]) => address))].sort((a, b) => a - b);
}

/** Data words that steps publish or free. A step to no datum of the model has no effect. */
function changingData({ data }: Model, steps: readonly ModelStep[]): readonly DataWord[] {
  const shared = data.filter((word) => !word.private);
  const published = new Set(steps.flatMap((step) => (step.kind === 'publish' ? [step.address] : [])));
  const freed = steps.flatMap((step) => (step.kind === 'free' ? [step.address] : []));
  const isFreed = ({ address, bytes }: DataWord) => freed.some((at) => at >= address && at < address + bytes);
  const names = new Set(shared.filter(isFreed).map(({ name }) => name));
  return shared.filter(({ name, address }) => names.has(name) || published.has(address));
}

/** What a micro-step changes of the point before it. */
function change(before: Point, micro: MicroStep, of: ModelStep): Partial<Point> {
  switch (micro.kind) {
    case 'store':
    case 'stopMachine': {
      const newest = [...before.newest];
      for (const word of micro.words) newest[word] = (newest[word] ?? 0) + 1;
      return micro.kind === 'store' ? { newest } : { newest, consistent: catchUp(before, newest, micro.words) };
    }
    case 'consistent':
    case 'flush':
      return { consistent: catchUp(before, before.newest, micro.words) };
    case 'publish': {
      const data = [...before.data];
      for (const index of micro.data) data[index] = (data[index] ?? 0) + 1;
      return { data, freedData: before.freedData.filter((index) => !micro.data.includes(index)) };
    }
    case 'free':
      if (micro.data.length > 0) return { freedData: [...before.freedData, ...micro.data] };
      return of.kind === 'free' ? { freed: [...before.freed, of.address] } : {};
    case 'reachable':
      return { reachable: true };
    case 'ipi':
    case 'begin':
    case 'end':
      return {};
  }
}

/** Makes the newest versions of some words the consistent ones. */
function catchUp(before: Point, newest: readonly number[], words: readonly number[]): number[] {
  const consistent = [...before.consistent];
  for (const word of words) consistent[word] = newest[word] ?? 0;
  return consistent;
}
