/**
 * The search on systems that have nothing to do with processors: what it finds, what is simplest, where it stops.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { type Successors, search, type TransitionSystem } from './search.ts';

interface Edge {
  readonly from: number;
  readonly to: number;
  readonly cost?: number;
  readonly check?: string;
}

/** A graph of numbers, from 0. */
function graph(edges: readonly Edge[], representative = (state: number) => state): TransitionSystem<string> {
  const take = (costs: number) => (states: Int32Array, at: number, out: Successors<string>) => {
    for (const { from, to, cost = 0, check } of edges) {
      if (from !== (states[at] ?? 0) - 1 || cost !== costs) continue;
      out.reserve(1);
      if (check === undefined) out.words[out.count++] = representative(to) + 1;
      else out.break(check);
    }
  };
  return {
    stride: 1,
    initial: () => Int32Array.of(1),
    hasCostly: edges.some(({ cost = 0 }) => cost > 0),
    free: take(0),
    costly: take(1),
    outgrown: false,
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
    found?.path.map(([state = 0]) => state - 1),
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
    { from: 0, to: 3, cost: 1 },
    { from: 3, to: 2, cost: 1 },
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
  // A grid of 300 × 300, a state in two words.
  const step = (to: readonly [x: number, y: number]) => (states: Int32Array, at: number, out: Successors<string>) => {
    const [x, y] = [(states[at] ?? 0) - 1 + to[0], (states[at + 1] ?? 0) + to[1]];
    if (x < 300 && y < 300) {
      out.reserve(1);
      out.words.set([x + 1, y], 2 * out.count++);
    } else if (x + y === 599) out.break('corner');
  };
  const system: TransitionSystem<string> = {
    stride: 2,
    initial: () => Int32Array.of(1, 0),
    hasCostly: true,
    free: step([1, 0]),
    costly: step([0, 1]),
    outgrown: false,
  };
  const result = search(system, { statesMax: 100_000, stopAtBreak: true });
  assert.deepEqual([result.states, result.found?.cost, result.found?.path.length], [90_000, 299, 599]);
});
