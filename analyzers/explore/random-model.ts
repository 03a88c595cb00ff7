/**
 * Random protocols, for tests: what nobody would think of writing, with stores, synchronization, data, prefixed instructions and
 * a second patcher in any order.
 */
import { layout, type Model, type ModelStep, type Store } from '../machine/model.ts';
import { assemble } from '../power/text.ts';

/** Numbers below a bound, the same for the same seed. */
export function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/**
 * A long test in parts, each with numbers of its own: `title (3 of 12)`. The first ones are run against mutants
 * (config/mutation), which they must be short for.
 */
export const inParts = (parts: number, title: string, seed: number) =>
  Array.from({ length: parts }, (_, i) => ({ name: `${title} (${i + 1} of ${parts})`, random: generator(seed + i) }));

const word = (line: string, address = 0) => assemble(line, BigInt(address))?.[0] ?? 0;
const prefixed = { first: 0x06000001, second: 0x39800010 } as const;
/** What may stand in each of the first words of the function. */
const words = [0, 4, 8].map((offset) =>
  ['nop', 'mflr r0', 'bl 0x8000', 'b .+8', 'b 0x2000', 'b 0x2100', 'mtlr r0', 'isync'].map((line) =>
    word(line, layout.site + offset),
  ),
);
const stub = ['mflr r0', 'bl 0x8000', 'mtlr r0', 'b 0x1004'].map((line, i) => word(line, layout.text + 4 * i));

/** Reads a pointer and goes there. */
const reader = ['lis r11,3', 'lwz r11,0(r11)', 'mtctr r11', 'bctr'].map((line) => word(line));

/** A protocol of two to five steps, most of them stores, over a function that is right before them; some with a second patcher. */
export function randomModel(random: (below: number) => number): Model {
  const pick = <Value>(values: readonly Value[]): Value => values[random(values.length)] as Value;
  const store = (): Store => {
    const index = random(3);
    const address = layout.site + 4 * index;
    if (random(16) === 0) return { address, word: pick(Object.values(prefixed)) };
    if (random(10) === 0 && index < 2) return { address, word: prefixed.first, suffix: prefixed.second };
    return { address, word: pick(words[index] ?? []) };
  };
  const step = (): ModelStep => {
    const kind = random(14);
    if (kind < 6) return { kind: 'store', ...store(), consistent: random(8) > 0 };
    if (kind < 8) return { kind: 'ipi', wait: random(4) > 0, isync: random(4) > 0 };
    if (kind < 10) return { kind: 'gracePeriod', flavour: pick(['rcu', 'tasks', 'tasks-rude', 'sched']) };
    if (kind < 11) return { kind: 'stopMachine', stores: [store(), store()] };
    if (kind < 13) {
      const value = pick([null, 0x1004n, 0x1008n]);
      return { kind: 'publish', address: layout.data, value, ordered: random(2) === 0 };
    }
    return pick<ModelStep>([
      { kind: 'flush', from: 0, to: layout.wild },
      { kind: 'reachable' },
      { kind: 'free', address: layout.text },
      { kind: 'free', address: layout.data },
    ]);
  };
  const otherStore = (): Store => ({
    address: layout.site + 0xc,
    word: word(pick(['nop', 'mflr r0', 'mtlr r0', 'b .+4'])),
  });
  const otherStep = (): ModelStep => {
    const kind = random(5);
    if (kind < 2) return { kind: 'store', ...otherStore(), consistent: random(8) > 0 };
    if (kind < 3) return { kind: 'ipi', wait: random(4) > 0, isync: random(4) > 0 };
    if (kind < 4) return { kind: 'gracePeriod', flavour: pick(['rcu', 'tasks', 'tasks-rude', 'sched']) };
    return { kind: 'stopMachine', stores: [otherStore()] };
  };
  const starts = [
    ['nop', 'nop', 'nop'],
    ['mflr r0', 'bl 0x8000', 'nop'],
    ['b 0x2000', 'nop', 'nop'],
    ['mflr r0', 'nop', 'nop'],
  ];
  const function_ = [...pick(starts), 'nop', 'blr'].map((line, i) => word(line, layout.site + 4 * i));
  return {
    contract: pick(['r0', 'ool']),
    bits: pick([32, 64]),
    preemption: pick(['none', 'full']),
    module: false,
    live: random(6) > 0,
    texts: [
      { name: 'f', address: layout.site, words: function_ },
      { name: 'stub', address: layout.text, words: stub },
      { name: 'reader', address: layout.text + layout.gap, words: reader },
    ],
    tracers: ['ftrace_caller'],
    data: [
      { name: 'target', address: layout.data, bytes: 4, value: pick([null, 0x1004n, 0x1004n]), private: false },
      { name: 'own', address: layout.data + 8, bytes: 8, value: null, private: true },
    ],
    steps: Array.from({ length: 2 + random(4) }, step),
    other: Array.from({ length: Math.max(0, random(6) - 3) }, otherStep),
  };
}
