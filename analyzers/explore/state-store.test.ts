/**
 * The store of states against a list that is looked through by text: each state is there once, in the order in which they came,
 * however they are spread over batches, and however often the store had to grow.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { generator } from './random-model.ts';
import { Batch, StateStore } from './state-store.ts';

type State = readonly number[];

function batchOf(states: readonly State[], stride: number): Batch {
  const batch = new Batch(stride, 1);
  for (const state of states) {
    batch.reserve(1);
    batch.words.set(state, stride * batch.count++);
  }
  return batch;
}

const held = (store: StateStore) => Array.from(store.words.subarray(0, store.size * store.stride));

for (const stride of [1, 2, 3, 4])
  for (const seed of [1, 2, 3])
    test(`states of ${stride} words, each once and in order (${seed} of 3)`, () => {
      const random = generator(100 * stride + seed);
      // Numbers that begin alike, end alike and are 0, but for the first; of so few that most states come more than once.
      const values = Math.ceil(2000 ** (1 / stride));
      const state = (): State => Array.from({ length: stride }, (_, i) => random(values) + (i === 0 ? 1 : 0));
      const store = new StateStore(stride);
      const expected = new Map<string, State>();
      for (const length of [1, 0, 2, 100, 255, 256, 257, 700, 1, 1500, 64]) {
        const states = Array.from({ length }, state);
        const batch = batchOf(states, stride);
        store.add(batch);
        for (const one of states) expected.set(one.join(), one);
        assert.equal(batch.count, 0, 'the batch is used up');
        assert.equal(store.size, expected.size);
        assert.deepEqual(held(store), [...expected.values()].flat());
      }
      const before = held(store);
      store.add(batchOf([...expected.values()], stride));
      assert.deepEqual(held(store), before, 'every state is found again');
    });

test('as many states as there are, in one batch or one by one', () => {
  for (let count = 370; count < 400; count++) {
    const states = Array.from({ length: count }, (_, i) => [i + 1, 7]);
    const [together, single] = [new StateStore(2), new StateStore(2)];
    together.add(batchOf(states, 2));
    for (const state of states) single.add(batchOf([state], 2));
    assert.deepEqual(held(together), states.flat());
    assert.deepEqual(held(single), states.flat());
  }
});

test('a batch keeps what it has when it is given room for more', () => {
  for (const stride of [1, 2, 5]) {
    const batch = new Batch(stride, 2);
    const words: number[] = [];
    for (const more of [1, 3, 1, 7]) {
      batch.reserve(more);
      for (let i = 0; i < more * stride; i++) {
        batch.words[words.length] = words.length + 1;
        words.push(words.length + 1);
      }
      batch.count += more;
    }
    assert.deepEqual([...batch.words.subarray(0, words.length)], words);
  }
});
