/**
 * The modifying side of a model as a line of micro-steps: a modification is a store and, separately, its being made
 * consistent; a grace period is a beginning and an end. The line is the same in every execution, so a state holds only how
 * far along it is; the versions a word has at each point are worked out here once.
 */
import type { GracePeriod } from '../protocol/protocol.ts';
import type { Model } from './model.ts';

export type MicroStep = { readonly step: number } & ( // index of the model step it is part of
  | { readonly kind: 'store'; readonly word: number }
  | { readonly kind: 'consistent'; readonly word: number }
  | { readonly kind: 'flush' }
  | { readonly kind: 'ipi'; readonly wait: boolean; readonly isync: boolean }
  | { readonly kind: 'begin'; readonly flavour: GracePeriod }
  | { readonly kind: 'end'; readonly flavour: GracePeriod }
  | { readonly kind: 'stopMachine' }
  | { readonly kind: 'reachable' }
  | { readonly kind: 'free' }
);

/** A version of a word: its value and the model step that stored it (-1: the initial image). */
export interface Version {
  readonly value: number;
  readonly step: number;
}

export interface Timeline {
  readonly micro: readonly MicroStep[];
  /** Addresses of the words that are modified, ascending; a word is known by its index here. */
  readonly addresses: readonly number[];
  /** All versions of each word, oldest first. */
  readonly versions: readonly (readonly Version[])[];
  /** At each point of the line, per word: index of the newest version, and of the newest one made consistent. */
  readonly newest: readonly (readonly number[])[];
  readonly consistent: readonly (readonly number[])[];
  readonly reachable: readonly boolean[];
  /** At each point: start addresses of freed texts. */
  readonly freed: readonly (readonly number[])[];
}

/** @param initial the word at an address before any modification (0 where there is no text) */
export function timelineOf(model: Model, initial: (address: number) => number): Timeline {
  const stored = model.steps.flatMap((step) =>
    step.kind === 'store'
      ? [step.address]
      : step.kind === 'stopMachine'
        ? step.stores.map((store) => store.address)
        : [],
  );
  const addresses = [...new Set(stored)].sort((a, b) => a - b);
  const versions: Version[][] = addresses.map((address) => [{ value: initial(address), step: -1 }]);
  const micro: MicroStep[] = [];
  const line = {
    newest: [addresses.map(() => 0)],
    consistent: [addresses.map(() => 0)],
    reachable: [model.live],
    freed: [[] as number[]],
  };
  const advance = (
    step: MicroStep,
    change: (next: { newest: number[]; consistent: number[]; reachable: boolean; freed: number[] }) => void,
  ) => {
    const next = {
      newest: [...(line.newest.at(-1) ?? [])],
      consistent: [...(line.consistent.at(-1) ?? [])],
      reachable: line.reachable.at(-1) ?? false,
      freed: [...(line.freed.at(-1) ?? [])],
    };
    change(next);
    micro.push(step);
    line.newest.push(next.newest);
    line.consistent.push(next.consistent);
    line.reachable.push(next.reachable);
    line.freed.push(next.freed);
  };
  const store = (address: number, value: number, step: number) => {
    const word = addresses.indexOf(address);
    versions[word]?.push({ value, step });
    return word;
  };
  for (const [step, of] of model.steps.entries()) {
    if (of.kind === 'store') {
      const word = store(of.address, of.word, step);
      const count = (versions[word]?.length ?? 1) - 1;
      advance({ kind: 'store', step, word }, (next) => {
        next.newest[word] = count;
      });
      if (of.consistent)
        advance({ kind: 'consistent', step, word }, (next) => {
          next.consistent[word] = count;
        });
    } else if (of.kind === 'stopMachine') {
      const words = of.stores.map((one) => store(one.address, one.word, step));
      advance({ kind: 'stopMachine', step }, (next) => {
        for (const word of words) next.consistent[word] = next.newest[word] = (versions[word]?.length ?? 1) - 1;
      });
    } else if (of.kind === 'gracePeriod') {
      advance({ kind: 'begin', step, flavour: of.flavour }, () => undefined);
      advance({ kind: 'end', step, flavour: of.flavour }, () => undefined);
    } else if (of.kind === 'flush') {
      advance({ kind: 'flush', step }, (next) => {
        for (const [word, address] of addresses.entries())
          if (address >= of.from && address < of.to) next.consistent[word] = next.newest[word] ?? 0;
      });
    } else if (of.kind === 'ipi') advance({ kind: 'ipi', step, wait: of.wait, isync: of.isync }, () => undefined);
    else if (of.kind === 'reachable') {
      advance({ kind: 'reachable', step }, (next) => {
        next.reachable = true;
      });
    } else {
      advance({ kind: 'free', step }, (next) => {
        next.freed.push(of.address);
      });
    }
  }
  return { micro, addresses, versions, ...line };
}
