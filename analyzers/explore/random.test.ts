/**
 * Random protocols: each reduction gives the plain search's verdict, its simplest break has as many preemptions, and its
 * schedule replays to the same end. Damaged schedules are answered with a problem, never with an exception.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Emulation } from '../machine/emulation.ts';
import { formatModel, parseModel } from '../machine/notation.ts';
import { runAlone } from './alone.ts';
import { defaults, explore } from './explore.ts';
import { generator, inParts, randomModel } from './random-model.ts';
import { replaySchedule } from './replay-schedule.ts';

/** Random protocols in tests of ten, which say together that they were of all kinds. */
function ofTen(
  parts: number,
  title: string,
  { held, broken, seed }: { held: number; broken: number; seed: number },
  body: (random: (below: number) => number, outcomes: Record<'held' | 'broken' | 'limit', number>) => void,
): void {
  const outcomes = { held: 0, broken: 0, limit: 0 };
  for (const { name, random } of inParts(parts, title, seed)) test(name, () => body(random, outcomes));
  test(`${title} (all of ${parts})`, () =>
    assert.ok(outcomes.held > held && outcomes.broken > broken, JSON.stringify(outcomes)));
}

const reductions = 'random protocols: every reduction gives the plain verdict, every break replays';
ofTen(25, reductions, { held: 80, broken: 50, seed: 2026 }, (random, outcomes) => {
  for (let i = 0; i < 10; i++) {
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
    for (const on of [{ symmetry: true, merge: false }, { symmetry: false, merge: true }, {}]) {
      const reduced = explore(model, { ...options, ...on });
      const title = `${formatModel(model)} ${JSON.stringify({ ...options, ...on })}`;
      assert.equal(reduced.outcome, plain.outcome, title);
      assert.equal(reduced.break?.preemptions, plain.break?.preemptions, title);
      assert.equal(reduced.architecture, plain.architecture, title);
      if (reduced.break === null) continue;
      const again = replaySchedule(reduced.break.schedule);
      // A schedule replays with words merged that never change: one found without is told by the same choices only then.
      if (!('merge' in on) || on.merge)
        assert.deepEqual([again.problem, again.execution], [null, reduced.break.execution], title);
    }
    assert.deepEqual(parseModel(formatModel(model)), { model, problem: null });
  }
});

const shared = 'levels, kinds of preemption and idle tasks that share what was executed say what they say alone';
ofTen(30, shared, { held: 100, broken: 100, seed: 3 }, (random, outcomes) => {
  for (let i = 0; i < 5; i++) {
    const model = randomModel(random);
    const emulation = new Emulation(model);
    const asked = (['stale', 'sequential', 'preemption'] as const).flatMap((level) =>
      (['full', 'none'] as const).flatMap((preemption) => [true, false].map((idle) => ({ level, preemption, idle }))),
    );
    for (const { preemption, ...options } of asked) {
      const one = { ...model, preemption };
      const bounds = { tasks: 2, cpus: 2, statesMax: 20_000, ...options };
      const alone = explore(one, bounds);
      assert.deepEqual(explore(one, { ...bounds, emulation }), alone, `${formatModel(one)} ${JSON.stringify(options)}`);
      outcomes[alone.outcome]++;
    }
  }
});

test('a way alone is the same whether it is told or not', () => {
  const random = generator(17);
  const outcomes = { held: 0, broken: 0, limit: 0 };
  for (let i = 0; i < 300; i++) {
    const model = randomModel(random);
    const told = runAlone(model, null);
    const { outcome, states, traced, path, break: found } = explore(model, { ...defaults, level: 'sequential' });
    outcomes[outcome]++;
    const executed = told.execution.flatMap((step) => (step.kind === 'instruction' ? [step.fetch.address] : []));
    const expected = [told.execution.length, told.traced, executed, told.check];
    assert.deepEqual([states, traced, path, found?.check ?? null], expected, formatModel(model));
  }
  assert.ok(outcomes.held > 80 && outcomes.broken > 80, JSON.stringify(outcomes));
});

const staleness = 'more staleness breaks no less: what holds at level stale holds at level preemption';
ofTen(20, staleness, { held: 80, broken: 20, seed: 7 }, (random, outcomes) => {
  for (let i = 0; i < 10; i++) {
    const model = randomModel(random);
    const options = { tasks: 2, cpus: 2, statesMax: 20_000 };
    const { outcome } = explore(model, { ...options, level: 'stale' });
    outcomes[outcome]++;
    if (outcome === 'held')
      assert.equal(explore(model, { ...options, level: 'preemption' }).outcome, 'held', formatModel(model));
  }
});

const exceptions = 'an exception of the modifying CPU shows more than a task elsewhere only within stop_machine()';
ofTen(30, exceptions, { held: 80, broken: 80, seed: 5 }, (random, outcomes) => {
  for (let i = 0; i < 10; i++) {
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
