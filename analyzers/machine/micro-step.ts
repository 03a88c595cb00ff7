/**
 * Model steps taken apart into what happens at once: a modification is a store and, separately, its being made consistent;
 * a grace period is a beginning and an end; a store that is not single-copy atomic is two.
 *
 * Example: a prefixed instruction stored at 0x1004 (`std` to an address that is no multiple of 8) is two stores of a word.
 */
import type { GracePeriod } from '../protocol/protocol.ts';
import type { DataWord, ModelStep, Store } from './model.ts';

/**
 * `step`: index of the model step it is part of, those of the second patcher counted behind the first's. `words`: what it
 * is about, as indexes of `Timeline.addresses`.
 */
export type MicroStep = { readonly step: number } & (
  | { readonly kind: 'store' | 'consistent' | 'flush' | 'stopMachine'; readonly words: readonly number[] }
  | { readonly kind: 'ipi'; readonly wait: boolean; readonly isync: boolean }
  | { readonly kind: 'begin' | 'end'; readonly flavour: GracePeriod }
  /** `data`: indexes of `Timeline.data`. */
  | { readonly kind: 'publish' | 'free'; readonly data: readonly number[] }
  | { readonly kind: 'reachable' }
);

/** What steps refer to, by index. */
export interface Names {
  /** Addresses of words that change. */
  readonly addresses: readonly number[];
  /** Data that change. */
  readonly data: readonly { readonly word: DataWord }[];
  /** stop_machine() is told store by store: for who can look between them. */
  readonly apart: boolean;
}

export function microSteps(of: ModelStep, step: number, names: Names): readonly MicroStep[] {
  const { addresses, data } = names;
  switch (of.kind) {
    case 'store':
      return storeSteps(of, step, { ...names, consistent: of.consistent });
    case 'stopMachine': {
      const parts = of.stores.map((store) => storeSteps(store, step, { ...names, consistent: true }));
      const words = parts.flat().flatMap((part) => (part.kind === 'store' ? part.words : []));
      return names.apart
        ? [{ kind: 'stopMachine', step, words: [] }, ...parts.flat()]
        : [{ kind: 'stopMachine', step, words }];
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
      return [{ kind: 'publish', step, data: [publishedAt(data, of.address)].filter((index) => index >= 0) }];
    case 'free':
      return [{ kind: 'free', step, data: objectAt(data, of.address) }];
    case 'reachable':
      return [{ kind: 'reachable', step }];
  }
}

/** Eight bytes are stored at once where they are aligned (Power ISA Book II 1.4); else each word by itself. */
function storeSteps(
  store: Store,
  step: number,
  { addresses, consistent }: Names & { consistent: boolean },
): MicroStep[] {
  const words = wordsOf(store).map(([address]) => addresses.indexOf(address));
  const parts = store.address % 8 === 0 ? [words] : words.map((word) => [word]);
  const stores = parts.map((part): MicroStep => ({ kind: 'store', step, words: part }));
  return consistent ? [...stores, { kind: 'consistent', step, words }] : stores;
}

const inRange = (address: number, { from, to }: { from: number; to: number }) => address >= from && address < to;

/** Index of the datum that is published at an address; -1 for none. */
export const publishedAt = (data: Names['data'], address: number) =>
  data.findIndex(({ word }) => word.address === address);

/** Indexes of all data of the object that an address is in. */
function objectAt(data: Names['data'], address: number): number[] {
  const name = data.find(({ word }) => address >= word.address && address < word.address + word.bytes)?.word.name;
  return [...data.keys()].filter((index) => data[index]?.word.name === name);
}

export function storesOf(step: ModelStep): readonly Store[] {
  return step.kind === 'store' ? [step] : step.kind === 'stopMachine' ? step.stores : [];
}

/** The words a store writes. */
export function wordsOf({ address, word, suffix }: Store): readonly (readonly [address: number, word: number])[] {
  const first = [address, word] as const;
  return suffix === undefined ? [first] : [first, [address + 4, suffix]];
}
