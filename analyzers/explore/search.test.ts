/**
 * The search on systems that have nothing to do with processors: what it finds, what is simplest, where it stops.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { generator } from './random-model.ts';
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

test('the first break ends a search that stops there', () => {
  const system = graph([
    { from: 0, to: 1 },
    { from: 0, to: 2 },
    { from: 1, to: 0, check: 'first' },
    { from: 1, to: 4 },
    { from: 2, to: 3 },
    { from: 2, to: 0, check: 'second' },
  ]);
  const { found, ...counts } = search(system, all);
  assert.equal(found?.check, 'first');
  // 0, 1, 2 and what 1 leads to besides the break.
  assert.deepEqual(counts, { complete: false, states: 4, transitions: 4 });
});

test('as many states as are allowed are all; one more is a bound that was reached', () => {
  const edges = Array.from({ length: 49 }, (_, i) => ({ from: i, to: i + 1 }));
  const [enough, tooFew] = [50, 49].map((statesMax) => search(graph(edges), { ...all, statesMax }));
  assert.deepEqual(enough, { complete: true, states: 50, transitions: 49, found: null });
  assert.deepEqual([tooFew?.complete, tooFew?.found], [false, null]);
});

test('a bound that is reached long before the end is not left far behind', () => {
  // Fifty states lead to a hundred each.
  const edges = Array.from({ length: 5050 }, (_, i) => ({ from: i < 50 ? 0 : 1 + (i % 50), to: i + 1 }));
  const { complete, states } = search(graph(edges), { ...all, statesMax: 100 });
  assert.equal(complete, false);
  assert.ok(states > 100 && states < 1000, `${states} states`);
});

test('a system that has no room for what it met ends the search without an answer', () => {
  let met = 0;
  const endless: TransitionSystem<string> = {
    stride: 1,
    initial: () => Int32Array.of(1),
    hasCostly: false,
    free: (states, at, out) => {
      out.reserve(1);
      out.words[out.count++] = (states[at] ?? 0) + 1;
      met++;
    },
    costly: () => assert.fail('nothing costs anything'),
    get outgrown() {
      return met >= 10;
    },
  };
  assert.deepEqual(search(endless, all), { complete: false, states: 11, transitions: 10, found: null });
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

interface Reached {
  readonly cost: number;
  readonly steps: number;
}
const isSimpler = (a: Reached, b: Reached | undefined) =>
  b === undefined || a.cost < b.cost || (a.cost === b.cost && a.steps < b.steps);

/** The simplest way to each state, found by trying every edge until nothing becomes simpler. */
function simplestWays(edges: readonly Edge[]): ReadonlyMap<number, Reached> {
  const ways = new Map<number, Reached>([[0, { cost: 0, steps: 0 }]]);
  for (let changed = true; changed; ) {
    changed = false;
    for (const { from, to, cost = 0, check } of edges) {
      const before = ways.get(from);
      if (before === undefined || check !== undefined) continue;
      const way = { cost: before.cost + cost, steps: before.steps + 1 };
      if (!isSimpler(way, ways.get(to))) continue;
      ways.set(to, way);
      changed = true;
    }
  }
  return ways;
}

test('random graphs: every state and transition, and a way to the simplest break that is one', () => {
  const random = generator(8);
  const outcomes = { held: 0, broken: 0, bought: 0, deep: 0 };
  for (let i = 0; i < 400; i++) {
    const size = 2 + random(14);
    const breaking = random(3);
    const edges: readonly Edge[] = [
      ...Array.from({ length: size + random(size) }, () => ({
        from: random(size),
        to: random(size),
        cost: random(3) === 0 ? 1 : 0,
      })),
      ...Array.from({ length: breaking }, (_, at) => ({
        from: size - 1 - random(size >> 1),
        to: 0,
        cost: random(2),
        check: `break ${at}`,
      })),
    ];
    const ways = simplestWays(edges);
    const reached = edges.filter(({ from }) => ways.has(from));
    const breaks = reached.flatMap(({ from, check, cost = 0 }) => {
      const way = ways.get(from);
      return check === undefined || way === undefined ? [] : [{ check, cost: way.cost + cost, steps: way.steps }];
    });
    const whole = search(graph(edges), { statesMax: 1000, stopAtBreak: false });
    assert.deepEqual([whole.complete, whole.states, whole.transitions], [true, ways.size, reached.length]);
    const [simplest] = breaks.toSorted((a, b) => a.cost - b.cost || a.steps - b.steps);
    const first = search(graph(edges), all);
    assert.equal(first.complete, simplest === undefined);
    assert.ok(first.transitions <= whole.transitions && first.states <= whole.states);
    for (const { found } of [whole, first]) {
      if (simplest === undefined) {
        assert.equal(found, null);
        continue;
      }
      assert.ok(found !== null);
      const path = found.path.map(([state = 0]) => state - 1);
      const equallySimple = breaks.filter(({ cost, steps }) => cost === simplest.cost && steps === simplest.steps);
      assert.ok(equallySimple.some(({ check }) => check === found.check));
      assert.deepEqual([found.cost, path.length, path[0]], [simplest.cost, simplest.steps + 1, 0]);
      // The cheapest edge from each state of the path to the next; and the break is one of the last.
      const paid = path.slice(1).map((to, at) => {
        const costs = edges.filter((edge) => edge.from === path[at] && edge.to === to && edge.check === undefined);
        return Math.min(...costs.map(({ cost = 0 }) => cost));
      });
      const last = edges.find(({ check }) => check === found.check);
      assert.equal(last?.from, path.at(-1));
      assert.equal(
        paid.reduce((sum, cost) => sum + cost, last?.cost ?? 0),
        found.cost,
      );
    }
    if (simplest === undefined) outcomes.held++;
    else outcomes.broken++;
    if ((simplest?.cost ?? 0) > 1) outcomes.bought++;
    if ((simplest?.steps ?? 0) > 2) outcomes.deep++;
  }
  assert.ok(
    Object.values(outcomes).every((count) => count > 20),
    JSON.stringify(outcomes),
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
