/** What happens at once of each step of a model, and what does not. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { type MicroStep, microSteps } from './micro-step.ts';
import type { DataWord, ModelStep } from './model.ts';

const datum = (name: string, address: number): { word: DataWord } => ({
  word: { name, address, bytes: 8, value: null, private: false },
});
const names = {
  addresses: [0x1000, 0x1004, 0x1008],
  data: [datum('ops', 0x30000), datum('ops', 0x30008), datum('next', 0x30010)],
};

const check = (title: string, step: ModelStep, expected: readonly object[], apart = false) =>
  test(title, () => {
    const found: readonly MicroStep[] = microSteps(step, 5, { ...names, apart });
    assert.deepEqual(
      found,
      expected.map((one) => ({ step: 5, ...one })),
    );
  });

const store = { kind: 'store', address: 0x1004, word: 1, consistent: true } as const;
check('a word is stored, then made consistent', store, [
  { kind: 'store', words: [1] },
  { kind: 'consistent', words: [1] },
]);
check('a word that nobody makes consistent', { ...store, consistent: false }, [{ kind: 'store', words: [1] }]);
check('two words of a doubleword are stored at once', { ...store, address: 0x1000, suffix: 2 }, [
  { kind: 'store', words: [0, 1] },
  { kind: 'consistent', words: [0, 1] },
]);
check('two words of two doublewords are stored one after the other', { ...store, suffix: 2 }, [
  { kind: 'store', words: [1] },
  { kind: 'store', words: [2] },
  { kind: 'consistent', words: [1, 2] },
]);
const stores = [
  { address: 0x1000, word: 1 },
  { address: 0x1004, word: 2, suffix: 3 },
];
check('nobody looks between the stores of stop_machine()', { kind: 'stopMachine', stores }, [
  { kind: 'stopMachine', words: [0, 1, 2] },
]);
check(
  'but the CPU that makes them',
  { kind: 'stopMachine', stores },
  [
    { kind: 'stopMachine', words: [] },
    ...[
      { kind: 'store', words: [0] },
      { kind: 'consistent', words: [0] },
    ],
    ...[
      { kind: 'store', words: [1] },
      { kind: 'store', words: [2] },
      { kind: 'consistent', words: [1, 2] },
    ],
  ],
  true,
);
check('a grace period begins and ends', { kind: 'gracePeriod', flavour: 'tasks' }, [
  { kind: 'begin', flavour: 'tasks' },
  { kind: 'end', flavour: 'tasks' },
]);
check('an IPI', { kind: 'ipi', wait: true, isync: false }, [{ kind: 'ipi', wait: true, isync: false }]);
check('a flush of all', { kind: 'flush', from: 0, to: 0x2000 }, [{ kind: 'flush', words: [0, 1, 2] }]);
check('a flush from a word to before another', { kind: 'flush', from: 0x1004, to: 0x1008 }, [
  { kind: 'flush', words: [1] },
]);
check('data that is published', { kind: 'publish', address: 0x30008, value: 1n, ordered: true }, [
  { kind: 'publish', data: [1] },
]);
check('data that does not change for anybody', { kind: 'publish', address: 0x30004, value: 1n, ordered: true }, [
  { kind: 'publish', data: [] },
]);
check('an object is freed as a whole', { kind: 'free', address: 0x3000f }, [{ kind: 'free', data: [0, 1] }]);
check('another object', { kind: 'free', address: 0x30010 }, [{ kind: 'free', data: [2] }]);
check('text is no object', { kind: 'free', address: 0x30018 }, [{ kind: 'free', data: [] }]);
check('text becomes reachable', { kind: 'reachable' }, [{ kind: 'reachable' }]);
