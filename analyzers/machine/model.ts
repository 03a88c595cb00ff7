/**
 * A model: one traced function, the text it can reach, and the steps that change them. It is a protocol seen from one
 * call site, moved to fixed addresses, so that equal protocols give equal models and a model has a short notation.
 *
 * Layout: the function at 0x1000, reachable text (stubs, trampolines) from 0x2000 on in steps of 0x100, tracers at 0x8000,
 * 0x8100, …; the caller's return address is 0xc000. Whatever branches elsewhere branches to `wild`.
 */
import { decode, encode } from '../power/code.ts';
import type { CallSite, Contract, GracePeriod, Preemption, Protocol, Step } from '../protocol/protocol.ts';

export const layout = {
  site: 0x1000,
  text: 0x2000,
  tracer: 0x8000,
  gap: 0x100,
  caller: 0xc000,
  wild: 0x1f000,
} as const;

export interface Text {
  readonly name: string;
  readonly address: number;
  /** Word values from `address` on. */
  readonly words: readonly number[];
}

/** One step as the machine sees it; `address` in the layout above. */
export type ModelStep =
  | { readonly kind: 'store'; readonly address: number; readonly word: number; readonly consistent: boolean }
  | { readonly kind: 'flush' } // everything stored so far is made consistent
  | { readonly kind: 'ipi'; readonly wait: boolean; readonly isync: boolean }
  | { readonly kind: 'gracePeriod'; readonly flavour: GracePeriod }
  | { readonly kind: 'stopMachine'; readonly stores: readonly { readonly address: number; readonly word: number }[] }
  | { readonly kind: 'reachable' }
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
  readonly steps: readonly ModelStep[];
}

/** A model and where its steps come from: `origin[i]` is the protocol step index of model step i (a list for stopMachine's stores). */
export interface SiteModel {
  readonly model: Model;
  readonly site: CallSite;
  readonly origin: readonly number[];
}

/** One model per call site of a protocol, in order. */
export function modelsOf(protocol: Protocol): readonly SiteModel[] {
  return protocol.sites.map((site) => modelOf(protocol, site));
}

function modelOf(protocol: Protocol, site: CallSite): SiteModel {
  const map = new AddressMap(protocol, site);
  const steps: ModelStep[] = [];
  const origin: number[] = [];
  for (const [index, step] of protocol.steps.entries()) {
    for (const modelStep of stepsOf(step, map)) {
      steps.push(modelStep);
      origin.push(index);
    }
  }
  const model: Model = {
    contract: protocol.contract,
    bits: protocol.bits,
    preemption: protocol.scenario.preemption,
    module: site.kind === 'module',
    live: protocol.live,
    texts: map.texts(),
    tracers: map.tracers,
    steps,
  };
  return { model, site, origin };
}

function stepsOf(step: Step, map: AddressMap): ModelStep[] {
  switch (step.kind) {
    case 'modify': {
      const stores: ModelStep[] = [];
      for (const [address, word] of wordsOf(step)) {
        const at = map.address(address);
        if (at === null) continue; // another site's word, or text no task of this model can reach
        stores.push({
          kind: 'store',
          address: at,
          word: map.relocate(word, address, at),
          consistent: step.consistent === 'patch',
        });
      }
      return stores;
    }
    case 'flush':
      return [{ kind: 'flush' }];
    case 'ipi': {
      const isync = step.effects.some((effect) => effect.kind === 'barrier' && effect.op === 'isync');
      // Stores made by the handler happen on the other CPUs while this one waits: told as stores after the interrupt.
      return [{ kind: 'ipi', wait: step.wait, isync }, ...step.effects.flatMap((effect) => stepsOf(effect, map))];
    }
    case 'gracePeriod':
      return [{ kind: 'gracePeriod', flavour: step.flavour }];
    case 'stopMachine': {
      const inner = step.effects.flatMap((effect) => stepsOf(effect, map));
      return [
        {
          kind: 'stopMachine',
          stores: inner
            .flatMap((effect) => (effect.kind === 'store' ? [effect] : []))
            .map(({ address, word }) => ({ address, word })),
        },
      ];
    }
    case 'reachable':
      return [{ kind: 'reachable' }];
    case 'free': {
      const at = map.address(step.address);
      return at === null ? [] : [{ kind: 'free', address: at }];
    }
    case 'barrier':
    case 'publish':
    case 'lock':
    case 'unlock':
    case 'resched':
    case 'bug':
      return [];
  }
}

function wordsOf(step: Step & { kind: 'modify' }): [bigint, number][] {
  const words: [bigint, number][] = [[step.word.address, step.new]];
  if (step.width === 8 && step.newSuffix !== undefined) words.push([step.word.address + 4n, step.newSuffix]);
  return words;
}

/** Real addresses to the layout's, for what this site can reach. */
class AddressMap {
  readonly #site: CallSite;
  readonly #protocol: Protocol;
  readonly #texts: { name: string; from: bigint; to: bigint; at: number; words: ReadonlyMap<number, number> }[] = [];
  readonly tracers: string[] = [];
  readonly #tracerAt = new Map<bigint, number>();

  constructor(protocol: Protocol, site: CallSite) {
    this.#protocol = protocol;
    this.#site = site;
    for (const [name, address] of protocol.symbols) {
      if (!isTracer(name)) continue;
      this.#tracerAt.set(address, layout.tracer + this.tracers.length * layout.gap);
      this.tracers.push(name);
    }
    for (const [index, text] of protocol.texts.entries()) {
      const last = Math.max(0, ...text.words.keys());
      const at = layout.text + index * layout.gap;
      this.#texts.push({
        name: text.name,
        from: text.address,
        to: text.address + BigInt(last) + 4n,
        at,
        words: text.words,
      });
    }
  }

  address(real: bigint): number | null {
    const offset = Number(real - this.#site.address);
    if (this.#site.words.has(offset)) return layout.site + offset;
    const tracer = this.#tracerAt.get(real);
    if (tracer !== undefined) return tracer;
    const text = this.#texts.find((candidate) => real >= candidate.from && real < candidate.to);
    return text === undefined ? null : text.at + Number(real - text.from);
  }

  /** A branch is re-encoded to reach the same thing from its new place; any other word stays. */
  relocate(word: number, real: bigint, at: number): number {
    const instruction = decode(word);
    if (instruction?.row.mnemonic !== 'b') return word;
    const { LI = 0, AA = 0, LK = 0 } = instruction.fields;
    const target = (AA === 1 ? 0n : real) + BigInt(LI) * 4n;
    const to = this.address(target) ?? layout.wild;
    return encode(instruction.row, { LI: (to - at) / 4, AA: 0, LK })[0] ?? word;
  }

  texts(): Text[] {
    const image = (name: string, from: bigint, at: number, words: ReadonlyMap<number, number>): Text => {
      const offsets = [...words.keys()].sort((a, b) => a - b);
      const first = Math.min(0, offsets[0] ?? 0);
      const last = offsets.at(-1) ?? 0;
      const list: number[] = [];
      for (let offset = first; offset <= last; offset += 4) {
        list.push(this.relocate(words.get(offset) ?? 0, from + BigInt(offset), at + offset));
      }
      return { name, address: at + first, words: list };
    };
    return [
      image('f', this.#site.address, layout.site, this.#site.words),
      ...this.#texts.map((text) => image(text.name, text.from, text.at, text.words)),
    ].filter((text, index) => index === 0 || this.#reaches(text) || this.#protocol.texts.length <= 2);
  }

  /** Keeps stubs that belong to this site or to no site in particular, so that equal sites give equal models. */
  #reaches(text: Text): boolean {
    return !this.#protocol.sites.some((other) => other.id !== this.#site.id && text.name.endsWith(` of ${other.id}`));
  }
}

/** Where tracing starts: what a call site or a stub branches to. */
function isTracer(name: string): boolean {
  return /^_?_?(mcount|ftrace_caller|ftrace_regs_caller|.*direct.*tramp.*)$/.test(name);
}
