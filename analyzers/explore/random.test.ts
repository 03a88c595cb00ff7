/**
 * Random protocols: each reduction gives the plain search's verdict, its simplest break has as many preemptions, and its
 * schedule replays to the same end. Damaged schedules are answered with a problem, never with an exception.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { layout, type Model, type ModelStep, type Store } from '../machine/model.ts';
import { formatModel, parseModel } from '../machine/notation.ts';
import { assemble } from '../power/text.ts';
import { explore } from './explore.ts';
import { replaySchedule } from './replay-schedule.ts';

function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

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
function randomModel(random: (below: number) => number): Model {
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

test('250 random protocols: every reduction gives the plain verdict, every break replays', () => {
  const random = generator(2026);
  const outcomes = { held: 0, broken: 0, limit: 0 };
  for (let i = 0; i < 250; i++) {
    const model = randomModel(random);
    const options = {
      level: random(2) ? 'stale' : 'preemption',
      tasks: 2,
      cpus: 2,
      statesMax: 20_000,
      idle: random(4) === 0,
    } as const;
    const plain = explore(model, { ...options, symmetry: false, merge: false });
    outcomes[plain.outcome]++;
    if (plain.outcome === 'limit') continue; // endless ways have many states without the reductions
    for (const reductions of [{ symmetry: true, merge: false }, { symmetry: false, merge: true }, {}]) {
      const reduced = explore(model, { ...options, ...reductions });
      const title = `${formatModel(model)} ${JSON.stringify({ ...options, ...reductions })}`;
      assert.equal(reduced.outcome, plain.outcome, title);
      assert.equal(reduced.break?.preemptions, plain.break?.preemptions, title);
      assert.equal(reduced.architecture, plain.architecture, title);
      if (reduced.break === null) continue;
      const again = replaySchedule(reduced.break.schedule);
      // A schedule replays with words merged that never change: one found without is told by the same choices only then.
      if (!('merge' in reductions) || reductions.merge)
        assert.deepEqual([again.problem, again.execution], [null, reduced.break.execution], title);
    }
    assert.deepEqual(parseModel(formatModel(model)), { model, problem: null });
  }
  assert.ok(outcomes.held > 80 && outcomes.broken > 50, JSON.stringify(outcomes));
});

test('more staleness breaks no less: what holds at level stale holds at level preemption', () => {
  const random = generator(7);
  for (let i = 0; i < 200; i++) {
    const model = randomModel(random);
    const options = { tasks: 2, cpus: 2, statesMax: 20_000 };
    if (explore(model, { ...options, level: 'stale' }).outcome === 'held')
      assert.equal(explore(model, { ...options, level: 'preemption' }).outcome, 'held', formatModel(model));
  }
});

test('an exception of the modifying CPU shows more than a task elsewhere only within stop_machine()', () => {
  const random = generator(5);
  const outcomes = { held: 0, broken: 0, limit: 0 };
  for (let i = 0; i < 300; i++) {
    const model = randomModel(random);
    const options = { level: 'stale', tasks: 1, cpus: 1, statesMax: 20_000, exceptions: true } as const;
    const found = explore(model, options);
    outcomes[found.outcome]++;
    if (found.break === null) continue;
    const again = replaySchedule(found.break.schedule);
    assert.deepEqual([again.problem, again.execution], [null, found.break.execution], formatModel(model));
    if (![...model.steps, ...model.other].some(({ kind }) => kind === 'stopMachine'))
      assert.equal(explore(model, { ...options, exceptions: false }).outcome, 'broken', formatModel(model));
  }
  assert.ok(outcomes.held > 80 && outcomes.broken > 80, JSON.stringify(outcomes));
});

test('3000 damaged schedules: a problem or an execution, never an exception', () => {
  const random = generator(11);
  const schedules = [
    'r0.64.full.live/f@1000=60000000,60000000,4e800020/ftrace_caller/s1000:7c0802a6,i,s1004:48006ffd/stale.2.2/m-m-d00-s0v0-m-m-s0v1',
    'r0.64.none.live/f@1000=6000001,39800010,60000000,4e800020+ops@30000:8=50000+sp@30008:8t/ftrace_caller/u1000:6000001.39800020,p30000:1,x30000+m(1008:60000000)/stale.1.1.own/m-m1-d00-s0v1.1-s0v0-m-m1-m1',
  ];
  for (const schedule of schedules) assert.equal(replaySchedule(schedule).problem, null);
  const characters = 'abcdefimnprstuvx0123456789./,:-=@+&()';
  let problems = 0;
  for (let i = 0; i < 2500; i++) {
    const damaged = [...(schedules[i % 2] ?? '')];
    for (let j = 0; j <= random(3); j++) {
      const at = random(damaged.length);
      const by = characters[random(characters.length)] ?? '';
      damaged.splice(at, random(3), ...(random(3) ? [by] : []));
    }
    const { problem, execution } = replaySchedule(damaged.join(''));
    if (problem !== null) problems++;
    assert.ok(execution.length < 20_000);
  }
  assert.ok(problems > 1000);
});
