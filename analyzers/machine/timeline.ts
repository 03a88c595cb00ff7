/**
 * The modifying side of a model as a line of micro-steps: a modification is a store and, separately, its being made
 * consistent; a grace period is a beginning and an end. The line is the same in every execution, so a state holds only how
 * far along it is; the versions a word has at each point are worked out here once.
 */
import type { GracePeriod } from '../protocol/protocol.ts';
import type { DataWord, Model, ModelStep, Store } from './model.ts';

/** `step`: index of the model step it is part of. `words`: what it is about, as indexes of `Timeline.addresses`. */
export type MicroStep = { readonly step: number } & (
  | { readonly kind: 'store' | 'consistent' | 'flush' | 'stopMachine'; readonly words: readonly number[] }
  | { readonly kind: 'ipi'; readonly wait: boolean; readonly isync: boolean }
  | { readonly kind: 'begin' | 'end'; readonly flavour: GracePeriod }
  /** `data`: indexes of `Timeline.data`. */
  | { readonly kind: 'publish' | 'free'; readonly data: readonly number[] }
  | { readonly kind: 'reachable' }
);

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
  /** The number of micro-steps before it. */
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

export interface Timeline {
  readonly micro: readonly MicroStep[];
  /** Addresses of the words that are modified, ascending; a word is known by its index here. */
  readonly addresses: readonly number[];
  /** All versions of each word, oldest first. */
  readonly versions: readonly (readonly Version[])[];
  /** The data that change; a datum is known by its index here. */
  readonly data: readonly Datum[];
  /** `points[i]` is what micro-step i finds; one more than there are micro-steps. */
  readonly points: readonly Point[];
}

/** @param initial the word at an address before any modification (0 where there is no text) */
export function timelineOf(model: Model, initial: (address: number) => number): Timeline {
  const addresses = modifiedAddresses(model);
  const versions: Version[][] = addresses.map((address) => [{ value: initial(address), step: -1 }]);
  const none = addresses.map(() => 0);
  const data = changingData(model).map((word) => ({ word, versions: [{ value: word.value, step: -1 }] }));
  const start = { newest: none, consistent: none, reachable: model.live, freed: [] };
  const points: Point[] = [{ id: 0, ...start, data: data.map(() => 0), freedData: [] }];
  const micro: MicroStep[] = [];
  for (const [step, of] of model.steps.entries()) {
    for (const one of microSteps(of, step, { addresses, data })) {
      const before = points.at(-1) as Point;
      micro.push(one);
      points.push({ ...before, ...change(before, one, of), id: micro.length });
    }
    // Versions of a word are counted in the order of the steps that store it.
    for (const store of storesOf(of))
      for (const [address, value] of wordsOf(store)) versions[addresses.indexOf(address)]?.push({ value, step });
    if (of.kind === 'publish') data[datumAt(data, of.address)]?.versions.push({ value: of.value, step });
  }
  return { micro, addresses, versions, data, points };
}

/** The addresses of all words that steps of the model store, ascending. */
function modifiedAddresses(model: Model): readonly number[] {
  const stored = model.steps.flatMap(storesOf).flatMap(wordsOf);
  return [...new Set(stored.map(([address]) => address))].sort((a, b) => a - b);
}

/** Data words that steps publish or free. A step to no datum of the model has no effect. */
function changingData({ data, steps }: Model): readonly DataWord[] {
  const names = new Set(
    steps.flatMap((step) => {
      if (step.kind !== 'free') return [];
      return data.filter((word) => !word.private && holds(word, step.address)).map(({ name }) => name);
    }),
  );
  const isPublished = (word: DataWord) =>
    steps.some((step) => step.kind === 'publish' && step.address === word.address);
  return data.filter((word) => !word.private && (names.has(word.name) || isPublished(word)));
}

const holds = ({ address, bytes }: DataWord, at: number) => at >= address && at < address + bytes;

type Data = readonly { readonly word: DataWord }[];
/** Index of the datum that is published at an address; -1 for none. */
const datumAt = (data: Data, address: number) => data.findIndex(({ word }) => word.address === address);

/** Indexes of all data of the object that an address is in. */
function objectAt(data: Data, address: number): number[] {
  const name = data.find(({ word }) => holds(word, address))?.word.name;
  return [...data.keys()].filter((index) => data[index]?.word.name === name);
}

function microSteps(
  of: ModelStep,
  step: number,
  { addresses, data }: { readonly addresses: readonly number[]; readonly data: Data },
): readonly MicroStep[] {
  switch (of.kind) {
    case 'store': {
      const words = wordsOf(of).map(([address]) => addresses.indexOf(address));
      const store: MicroStep = { kind: 'store', step, words };
      return of.consistent ? [store, { kind: 'consistent', step, words }] : [store];
    }
    case 'stopMachine': {
      const words = of.stores.flatMap(wordsOf).map(([address]) => addresses.indexOf(address));
      return [{ kind: 'stopMachine', step, words }];
    }
    case 'gracePeriod':
      return [
        { kind: 'begin', step, flavour: of.flavour },
        { kind: 'end', step, flavour: of.flavour },
      ];
    case 'ipi':
      return [{ kind: 'ipi', step, wait: of.wait, isync: of.isync }];
    case 'flush': {
      const words = [...addresses.keys()].filter((word) => inRange(addresses[word] ?? 0, of));
      return [{ kind: 'flush', step, words }];
    }
    case 'publish':
      return [{ kind: 'publish', step, data: [datumAt(data, of.address)].filter((index) => index >= 0) }];
    case 'free':
      return [{ kind: 'free', step, data: objectAt(data, of.address) }];
    case 'reachable':
      return [{ kind: 'reachable', step }];
  }
}

const inRange = (address: number, { from, to }: { from: number; to: number }) => address >= from && address < to;

/** What a micro-step changes of the point before it. */
function change(before: Point, micro: MicroStep, of: ModelStep): Partial<Point> {
  if (micro.kind === 'store' || micro.kind === 'stopMachine') {
    const newest = [...before.newest];
    for (const word of micro.words) newest[word] = (newest[word] ?? 0) + 1;
    return micro.kind === 'store' ? { newest } : { newest, consistent: catchUp(before, newest, micro.words) };
  }
  if (micro.kind === 'consistent' || micro.kind === 'flush')
    return { consistent: catchUp(before, before.newest, micro.words) };
  if (micro.kind === 'reachable') return { reachable: true };
  if (micro.kind === 'publish') {
    const data = [...before.data];
    for (const index of micro.data) data[index] = (data[index] ?? 0) + 1;
    return { data, freedData: before.freedData.filter((index) => !micro.data.includes(index)) };
  }
  if (micro.kind === 'free' && micro.data.length > 0) return { freedData: [...before.freedData, ...micro.data] };
  if (micro.kind === 'free' && of.kind === 'free') return { freed: [...before.freed, of.address] };
  return {};
}

/** Makes the newest versions of some words the consistent ones. */
function catchUp(before: Point, newest: readonly number[], words: readonly number[]): number[] {
  const consistent = [...before.consistent];
  for (const word of words) consistent[word] = newest[word] ?? 0;
  return consistent;
}

function storesOf(step: ModelStep): readonly Store[] {
  return step.kind === 'store' ? [step] : step.kind === 'stopMachine' ? step.stores : [];
}

/** The words a store writes. */
function wordsOf({ address, word, suffix }: Store): readonly (readonly [address: number, word: number])[] {
  const first = [address, word] as const;
  return suffix === undefined ? [first] : [first, [address + 4, suffix]];
}
