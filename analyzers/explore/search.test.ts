/**
 * The search on systems that have nothing to do with processors: what it finds, what is simplest, where it stops.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { search, type TransitionSystem } from './search.ts';

interface Edge {
  readonly from: number;
  readonly to: number;
  readonly cost?: number;
  readonly check?: string;
}

/** A graph of numbers, from 0. */
function graph(edges: readonly Edge[], representative = (state: number) => state): TransitionSystem<string> {
  return {
    stride: 1,
    initial: () => new Uint16Array([0]),
    successors(state, emit) {
      for (const [action, { from, to, cost = 0, check = null }] of edges.entries())
        if (from === state[0]) emit(new Uint16Array([to]), action, cost, check);
    },
    canonicalize(state) {
      state[0] = representative(state[0] ?? 0);
    },
  };
}

const all = { statesMax: 1000, stopAtBreak: true };

test('cheapest first: a longer way without cost is simpler than a short one with it', () => {
  const system = graph([
    { from: 0, to: 9, cost: 1 },
    { from: 9, to: 9, check: 'short' },
    { from: 0, to: 1 },
    { from: 1, to: 2 },
    { from: 2, to: 3 },
    { from: 3, to: 3, check: 'free' },
  ]);
  const { found } = search(system, all);
  assert.equal(found?.check, 'free');
  assert.equal(found?.cost, 0);
  assert.deepEqual(
    found?.path.map(([state]) => state),
    [0, 1, 2, 3],
  );
});

test('among equally cheap ones the shortest, also behind a cost', () => {
  // State 5 is met first on a long way for free and then bought; the short way pays at once.
  const system = graph([
    { from: 0, to: 1 },
    { from: 1, to: 2 },
    { from: 2, to: 3 },
    { from: 3, to: 4, cost: 1 },
    { from: 4, to: 4, check: 'long' },
    { from: 0, to: 6, cost: 1 },
    { from: 6, to: 7 },
    { from: 7, to: 7, check: 'short' },
  ]);
  assert.equal(search(system, all).found?.check, 'short');
});

test('a state that is met again at less cost is expanded at that cost', () => {
  const system = graph([
    { from: 0, to: 2, cost: 2 },
    { from: 0, to: 1, cost: 1 },
    { from: 1, to: 2 },
    { from: 2, to: 2, check: 'end' },
  ]);
  assert.equal(search(system, all).found?.cost, 1);
});

test('each state is counted once, and a break does not end a search that goes on', () => {
  const system = graph([
    { from: 0, to: 0, check: 'early' },
    { from: 0, to: 1 },
    { from: 0, to: 2 },
    { from: 1, to: 3 },
    { from: 2, to: 3 },
    { from: 3, to: 0 },
  ]);
  const result = search(system, { ...all, stopAtBreak: false });
  assert.deepEqual([result.states, result.transitions, result.complete, result.found?.check], [4, 6, true, 'early']);
});

test('reaching the bound is said', () => {
  const edges = Array.from({ length: 100 }, (_, i) => ({ from: i, to: i + 1 }));
  const result = search(graph(edges), { statesMax: 50, stopAtBreak: true });
  assert.deepEqual([result.complete, result.found], [false, null]);
  assert.ok(result.states <= 52);
});

test('states with one representative are one state', () => {
  const edges = Array.from({ length: 100 }, (_, i) => ({ from: i % 10, to: i + 1 }));
  assert.equal(
    search(
      graph(edges, (state) => state % 10),
      all,
    ).states,
    10,
  );
});

test('many states are found again', () => {
  const system: TransitionSystem<string> = {
    stride: 2,
    initial: () => new Uint16Array(2),
    successors([x = 0, y = 0], emit) {
      if (x < 299) emit(new Uint16Array([x + 1, y]), 0, 0, null);
      if (y < 299) emit(new Uint16Array([x, y + 1]), 1, 1, null);
      if (x === 299 && y === 299) emit(new Uint16Array([x, y]), 2, 0, 'corner');
    },
    canonicalize: () => undefined,
  };
  const result = search(system, { statesMax: 100_000, stopAtBreak: true });
  assert.deepEqual([result.states, result.found?.cost, result.found?.path.length], [90_000, 299, 599]);
});
