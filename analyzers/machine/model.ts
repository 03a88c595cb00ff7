/**
 * A model: one traced function, the text it can reach, and the steps that change them. It is a protocol seen from one
 * call site, moved to fixed addresses, so that equal protocols give equal models and a model has a short notation.
 *
 * Layout: the function at 0x1000, reachable text (stubs, trampolines) from 0x2000 on in steps of 0x100, tracers at 0x8000,
 * 0x8100, …; the caller's return address is 0xc000. Whatever branches elsewhere branches to `wild`. Data lie from 0x30000 on.
 *
 * Example: of `modify A+0 · modify B+0 · ipi · modify A+4 · modify B+4` the model of A keeps store 0x1000 · ipi · store 0x1004.
 */
import type { CallSite, Contract, GracePeriod, Preemption, Protocol, Step } from '../protocol/protocol.ts';
import type { Place } from '../source/place.ts';
import { type PlacedEntry, type PlaceEntry, placeEntry } from './entry.ts';
import { isOrdered } from './order.ts';
import { Placement } from './placement.ts';
import { pacaStart } from './tracer.ts';

export { layout } from './layout.ts';

export interface Text {
  readonly name: string;
  readonly address: number;
  /** Word values from `address` on. */
  readonly words: readonly number[];
}

export interface Store {
  readonly address: number;
  readonly word: number;
  readonly suffix?: number;
}

/** A word that code reads as data. Words of one name are one object: they are freed together. */
export interface DataWord {
  readonly name: string;
  /** A multiple of `bytes`. */
  readonly address: number;
  readonly bytes: 1 | 2 | 4 | 8;
  /** null: not initialised. */
  readonly value: bigint | null;
  /** Each task has its own, with this value when it calls the function, and may store to it (thread_info, a second stack). */
  readonly private: boolean;
}

/** One step as the machine sees it; `address` in the layout above. */
export type ModelStep =
  /** One word, or with `suffix` the two of a prefixed instruction at once. */
  | ({ readonly kind: 'store'; readonly consistent: boolean } & Store)
  | { readonly kind: 'flush'; readonly from: number; readonly to: number } // words from ≤ address < to are made consistent
  /** `wait`: every other CPU has run the handler when the step is over; else each may at any later time, or never. */
  | { readonly kind: 'ipi'; readonly wait: boolean; readonly isync: boolean }
  | { readonly kind: 'gracePeriod'; readonly flavour: GracePeriod }
  | { readonly kind: 'stopMachine'; readonly stores: readonly Store[] }
  /** A store to data. `ordered`: before the stores behind it, for every CPU. */
  | { readonly kind: 'publish'; readonly address: number; readonly value: bigint | null; readonly ordered: boolean }
  | { readonly kind: 'reachable' }
  /** Of the text, or of the data, that the address is in. */
  | { readonly kind: 'free'; readonly address: number };

export interface Model {
  readonly contract: Contract;
  readonly bits: 32 | 64;
  readonly preemption: Preemption;
  /** The site is in a module: its TOC is not the kernel's. */
  readonly module: boolean;
  /** May tasks run the function from the start? Else only from a `reachable` step on. */
  readonly live: boolean;
  /** Text by name: first the function (`f`), then stubs and trampolines. */
  readonly texts: readonly Text[];
  /** Names of the tracers at layout.tracer, layout.tracer + gap, … */
  readonly tracers: readonly string[];
  /** What code may load besides text and its stack. */
  readonly data: readonly DataWord[];
  readonly steps: readonly ModelStep[];
  /** What a second patcher does to other words at the same time, under other locks. */
  readonly other: readonly ModelStep[];
}

/** A model and where its steps come from. */
export interface SiteModel {
  readonly model: Model;
  readonly site: CallSite;
  /** `origin[i]`: the protocol step index of model step i. */
  readonly origin: readonly number[];
  /** Where words of the tracer's entry code come from, by address: their line in the file, then lines of macros. */
  readonly codeOrigins: ReadonlyMap<number, readonly Place[]>;
}

/** The data word that an address is in; null for none. */
export function datumAt({ data }: Pick<Model, 'data'>, at: number): DataWord | null {
  return data.find(({ address, bytes }) => at >= address && at < address + bytes) ?? null;
}

/** A step by its number: those of the second patcher are counted behind the first's. */
export function stepAt({ steps, other }: Pick<Model, 'steps' | 'other'>, index: number): ModelStep | undefined {
  return index < steps.length ? steps[index] : other[index - steps.length];
}

/** One model per call site of a protocol, in order; none of a call whose entry code the machine has no place for. */
export function modelsOf(protocol: Protocol, place: PlaceEntry = placeEntry): readonly SiteModel[] {
  const { entry, contract, scenario } = protocol;
  const other = scenario.entryPoint === 'direct-change';
  const placed =
    entry === null ? null : place(entry, { exit: protocol.exit, contract, other, nothing: hasNothing(protocol) });
  // A call is about the entry code and nothing else.
  if (scenario.call !== undefined && placed === null) return [];
  return protocol.sites.map((site) => modelOf(protocol, site, placed));
}

/** Does data that entry code reads point to the function that stands for all that do nothing? */
function hasNothing({ symbols, data, steps }: Protocol): boolean {
  const at = symbols.get('empty_function');
  const stored = steps.flatMap((step) => (step.kind === 'publish' ? [step.value] : []));
  return at !== undefined && [...data.flatMap(({ words }) => words.map(({ value }) => value)), ...stored].includes(at);
}

function modelOf(protocol: Protocol, site: CallSite, entry: PlacedEntry | null): SiteModel {
  const placement = new Placement(protocol, site, entry);
  const placed = protocol.steps.flatMap((step, origin) => {
    const ordered = isOrdered(protocol.steps, origin);
    return stepsOf(step, placement).map((one) => ({
      step: one.kind === 'publish' ? { ...one, ordered } : one,
      origin,
    }));
  });
  const kept = withoutIdle(placed);
  const model: Model = {
    contract: protocol.contract,
    bits: protocol.bits,
    preemption: protocol.scenario.preemption,
    module: site.kind === 'module',
    live: protocol.live,
    texts: placement.texts(),
    tracers: placement.tracers,
    data: [...placement.data(), ...(protocol.contract === 'system' && protocol.bits === 64 ? [pacaStart] : [])],
    steps: kept.map(({ step }) => step),
    other: [],
  };
  const codeOrigins = placement.entry?.origins ?? new Map();
  return { model, site, origin: kept.map(({ origin }) => origin), codeOrigins };
}

interface Placed {
  readonly step: ModelStep;
  readonly origin: number;
}

/**
 * Leaves out synchronization that nobody can tell from its absence: before the first change of this site's text, after
 * the last one, and one right behind its like (what B's walk synchronizes between A's two words often comes to that).
 */
function withoutIdle(steps: readonly Placed[]): readonly Placed[] {
  const all = steps.map(({ step }) => synchronization(step));
  const [first, last] = [all.indexOf(null), all.lastIndexOf(null)];
  return steps.filter((_, i) => all[i] === null || (i > first && i < last && all[i] !== all[i - 1]));
}

/** What a step that only synchronizes does, as text; null for one that changes something. */
function synchronization(step: ModelStep): string | null {
  switch (step.kind) {
    case 'ipi':
      return `ipi ${step.wait} ${step.isync}`;
    case 'gracePeriod':
      return step.flavour;
    case 'stopMachine':
      return step.stores.length === 0 ? step.kind : null;
    default:
      return null;
  }
}

function stepsOf(step: Step, placement: Placement): ModelStep[] {
  switch (step.kind) {
    case 'modify': {
      const real = step.word.address;
      const address = placement.address(real);
      if (address === null) {
        // A literal between instructions; else another site's word, or text that no task of this model can reach.
        const datum = placement.datum(real);
        const value = placement.value(BigInt(step.new));
        return datum === null ? [] : [{ kind: 'publish', address: datum.address, value, ordered: true }];
      }
      const store = { kind: 'store', address, word: placement.word(step.new, real, address) } as const;
      const suffix = step.newSuffix === undefined ? {} : { suffix: step.newSuffix };
      return [{ ...store, ...suffix, consistent: step.consistent === 'patch' }];
    }
    case 'flush':
      return placement.ranges(step.from, step.to).map((range) => ({ kind: 'flush', ...range }));
    case 'ipi': {
      const isync = step.effects.some((effect) => effect.kind === 'barrier' && effect.op === 'isync');
      const ipi = { kind: 'ipi', wait: step.wait && step.targets !== 'some', isync } as const;
      // Stores made by the handler happen on the other CPUs while this one waits: told as stores after the interrupt.
      return [ipi, ...step.effects.flatMap((effect) => stepsOf(effect, placement))];
    }
    case 'gracePeriod':
      return [{ kind: 'gracePeriod', flavour: step.flavour }];
    case 'stopMachine': {
      const inner = step.effects.flatMap((effect) => stepsOf(effect, placement));
      const stores = inner.flatMap((effect) => (effect.kind === 'store' ? [effect] : []));
      return [{ kind: 'stopMachine', stores: stores.map(({ kind, consistent, ...store }) => store) }];
    }
    case 'reachable':
      return [{ kind: 'reachable' }];
    case 'free': {
      const address = placement.address(step.address) ?? placement.datum(step.address)?.address ?? null;
      return address === null ? [] : [{ kind: 'free', address }];
    }
    case 'publish': {
      const datum = placement.datum(step.address);
      if (datum === null || datum.bytes !== step.bytes) return [];
      return [{ kind: 'publish', address: datum.address, value: placement.value(step.value), ordered: true }];
    }
    case 'barrier': // orders stores, which the machine sees in order anyway; synchronizes only the modifying CPU
    case 'lock':
    case 'unlock':
    case 'resched':
    case 'bug':
      return [];
  }
}
