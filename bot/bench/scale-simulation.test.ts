/**
 * The simulation against results of the theory of queues, and against cases worked out by hand. Random arrivals, one server, times at random
 * (M/M/1): the mean wait is ρ/(μ(1−ρ)). Times all alike (M/D/1): half of it (Pollaczek and Khinchine). c servers: Erlang's C;
 * of times all alike the wait is ½(1 + (1−ρ)(c−1)(√(4+5c)−2)/16ρc) of that (M/D/c, Cosmetatos 1975).
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { seeded } from '../torture/random.ts';
import { arrivalsOf, quantilesOf, serveInOrder, simulateAgain, simulateLive, workersFor } from './scale-simulation.ts';

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

function checkMean(
  name: string,
  { load, servers, times }: { load: number; servers: number; times: 'alike' | 'random' },
  expected: number,
): void {
  test(`${name}: the mean wait is ${expected.toFixed(3)}`, () => {
    const random = seeded(7);
    const drawn = seeded(8);
    const arrivals = [...arrivalsOf({ perSecond: load * servers, seconds: 400_000 / servers, bursts: null }, random)];
    const work = arrivals.map((at) => ({ at, seconds: times === 'alike' ? 1 : -Math.log(1 - drawn()) }));
    const { delays, busySeconds, endedAt } = serveInOrder(work, { workers: servers, gapSeconds: 0 });
    assert.ok(Math.abs(mean(delays) - expected) < 0.04 * expected, `${mean(delays)}`);
    assert.ok(Math.abs(busySeconds / endedAt / servers - load) < 0.01);
  });
}
checkMean('M/M/1 at 0.5', { load: 0.5, servers: 1, times: 'random' }, 1);
checkMean('M/M/1 at 0.8', { load: 0.8, servers: 1, times: 'random' }, 4);
checkMean('M/D/1 at 0.8', { load: 0.8, servers: 1, times: 'alike' }, 2);
// Erlang's C of 2 servers is 2ρ²/(1+ρ); the mean wait is that over c(1−ρ).
const two = (2 * 0.49) / 1.7 / (2 * 0.3);
checkMean('M/M/2 at 0.7', { load: 0.7, servers: 2, times: 'random' }, two);
const alike = (1 + (0.3 * (Math.sqrt(14) - 2)) / (16 * 0.7 * 2)) / 2;
checkMean('M/D/2 at 0.7', { load: 0.7, servers: 2, times: 'alike' }, alike * two);

test('by hand: three at once and one later, on two workers', () => {
  const all = [
    { at: 0, seconds: 4 },
    { at: 0, seconds: 1 },
    { at: 0, seconds: 2 },
    { at: 2, seconds: 5 },
  ];
  const served = serveInOrder(all, { workers: 2, gapSeconds: 0 });
  assert.deepEqual(served, { delays: [0, 0, 1, 1], ends: [4, 1, 3, 8], busySeconds: 12, endedAt: 8 });
  // Who asks every 2 seconds at most idles for one of them behind the second.
  assert.deepEqual(serveInOrder(all, { workers: 2, gapSeconds: 2 }).delays, [0, 0, 2, 2]);
});

test('a burst has so many times more, and the rest as many as ever', () => {
  const bursts = { factor: 10, everySeconds: 1000, seconds: 100 };
  const all = [...arrivalsOf({ perSecond: 1, seconds: 100_000, bursts }, seeded(3))];
  const inBursts = all.filter((at) => Math.abs((at % 1000) - 500) < 50).length;
  assert.ok(Math.abs(inBursts / 100_000 - 1) < 0.02, `${inBursts}`);
  assert.ok(Math.abs((all.length - inBursts) / 90_000 - 1) < 0.02, `${all.length - inBursts}`);
});

const costs = {
  intakeSecondsPerMail: 0.01,
  relevant: 0.01,
  threadSeconds: [1, 3],
  found: 0.25,
  foundSeconds: 0,
  gapSeconds: 0,
};

test('what is judged again takes what it takes, divided by the workers', () => {
  const [one, four] = simulateAgain(100_000, costs, { workerCounts: [1, 4], random: seeded(5) });
  assert.equal(one?.threads, 1000);
  assert.ok(Math.abs((one?.endedAt ?? 0) - 1000 * 0.75 * 2) < 60);
  assert.ok(Math.abs((four?.endedAt ?? 0) * 4 - (one?.endedAt ?? 0)) < 12);
  assert.ok((four?.busy ?? 0) > 0.99);
});

test('more workers never make anybody wait longer, and the fewest that do are told', () => {
  const arrivals = { perSecond: 40, seconds: 20_000, bursts: { factor: 3, everySeconds: 5000, seconds: 500 } };
  const { rows, mails, intake } = simulateLive(arrivals, costs, { workerCounts: [1, 2, 3], random: seeded(6) });
  assert.ok(mails > 900_000 && intake.p50 < 0.1 && rows.every(({ threads }) => threads > 8_000));
  const waits = rows.map(({ delays }) => delays.p95);
  assert.deepEqual(
    waits,
    waits.toSorted((a, b) => b - a),
  );
  assert.equal(workersFor(rows, waits[1] ?? 0), 2);
  assert.equal(workersFor(rows, -1), null);
});

test('quantiles', () => {
  assert.deepEqual(quantilesOf([]), { p50: 0, p95: 0, max: 0 });
  assert.deepEqual(quantilesOf([5, 1, 3]), { p50: 3, p95: 5, max: 5 });
});
