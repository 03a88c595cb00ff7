/**
 * The fast search against the plain one: without reductions the very same states and transitions, with symmetry one state
 * for each class of them, and always the same simplest break. On the litmus tests, and on random protocols.
 */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { parse } from 'yaml';
import type { Model } from '../machine/model.ts';
import { formatModel } from '../machine/notation.ts';
import { Parts, smallSystem } from '../machine/parts.ts';
import { System, type SystemOptions } from '../machine/system.ts';
import { parseLitmus } from './litmus.ts';
import { searchMachine } from './machine-search.ts';
import { PackedSystem } from './packed-system.ts';
import { plainSearch } from './plain-search.ts';
import { inParts, randomModel } from './random-model.ts';

/** Compares both; the number of states, 0 where they are more than the plain search is given time for. */
function check(model: Model, options: SystemOptions, statesMax = 20_000): number {
  const title = `${formatModel(model)} ${JSON.stringify(options)}`;
  const system = new System(model, options);
  const plain = plainSearch(system, statesMax);
  if (plain === null) return 0;
  const whole = { ...options, statesMax: 1_000_000, stopAtBreak: false };
  const fast = searchMachine(model, { ...whole, symmetry: false });
  assert.deepEqual(
    [fast.complete, fast.states, fast.transitions, fast.departure],
    [true, plain.states.length, plain.transitions, system.fetches.departure],
    title,
  );
  const folded = searchMachine(model, { ...whole, symmetry: true });
  assert.deepEqual([folded.complete, folded.states], [true, classes(model, system, plain.states)], title);
  assert.equal(folded.departure, system.fetches.departure, title);
  const first = searchMachine(model, { ...whole, symmetry: true, stopAtBreak: true });
  for (const { found } of [fast, folded, first]) {
    assert.equal(found?.preemptions, plain.simplest?.cost, title);
    // One choice more than there are steps to the state that the break happens in.
    assert.equal(found?.actions.length, plain.simplest === null ? undefined : plain.simplest.steps + 1, title);
    assert.ok(found === null || plain.simplest?.checks.has(found.check), title);
  }
  return plain.states.length;
}

/** How many states are left of these when names of tasks and CPUs do not count. */
function classes(model: Model, system: System, states: readonly Uint16Array[]): number {
  const { options, contexts } = system;
  const parts = new Parts(smallSystem(model, options, contexts), { taskBits: 18, cpuBits: 10 });
  const packed = new PackedSystem(parts, { ...options, symmetry: true, preemption: true });
  return new Set(states.map((state) => packed.encode(system, state).join())).size;
}

test('the plain search: within its bound or not at all, and what is simplest', () => {
  const steps = ['f+0 = trap', 'f+0 = .long 0x0'];
  const model = parseLitmus({ contract: 'r0', site: ['nop', 'blr'], steps }, 'full');
  const options = { stale: false, tasks: 2, cpus: 1, idle: false, exceptions: false, merge: true };
  const found = plainSearch(new System(model, options), 1_000);
  assert.ok(found !== null);
  // A store, its being made consistent or the task's call, then it steps.
  assert.deepEqual(found.simplest, { cost: 0, steps: 2, checks: new Set(['trap']) });
  assert.equal(new Set(found.states.map((state) => state.join())).size, found.states.length);
  assert.deepEqual(plainSearch(new System(model, options), found.states.length), found);
  assert.equal(plainSearch(new System(model, options), found.states.length - 1), null);
});

test('grace periods that wait for the idle task, and those that wait for the others', () => {
  const steps = ['f+4 = nop', 'grace tasks', 'f+4 = nop', 'grace tasks-rude', 'grace tasks', 'f+4 = mflr r0'];
  for (const preemption of ['full', 'none'] as const) {
    const model = parseLitmus({ contract: 'r0', site: ['nop', 'nop', 'blr'], steps }, preemption);
    const options = { stale: false, tasks: 2, cpus: 2, idle: true, exceptions: false, merge: true };
    assert.ok(check(model, options) > 0);
  }
});

const folder = join(import.meta.dirname, '../../fixtures/litmus');
const rows = globSync('*.yaml', { cwd: folder }).sort();
for (const row of rows) {
  test(`every state of ${row}`, () => {
    const source = parse(readFileSync(join(folder, row), 'utf8'));
    let states = 0;
    for (const preemption of ['none', 'full'] as const) {
      for (const stale of [false, true]) {
        const model = parseLitmus(source, preemption);
        const options = { stale, idle: source.idle === true, exceptions: false };
        states += check(model, { ...options, tasks: 2, cpus: 2, merge: source.contract === 'pg64' });
        states += check(model, { ...options, tasks: 3, cpus: 2, merge: true });
        states += check(model, { ...options, tasks: 2, cpus: 3, merge: true });
        states += check(model, { ...options, tasks: 1, cpus: 1, idle: false, exceptions: true, merge: false });
      }
    }
    assert.ok(states > 0);
  });
}

let states = 0;
const title = 'every state of 5 random protocols';
for (const { name, random } of inParts(24, title, 5)) {
  test(name, () => {
    for (let compared = 0; compared < 5; ) {
      const exceptions = random(10) === 0;
      const [tasks, cpus] = exceptions ? [1, 1] : [1 + random(3), 1 + random(3)];
      const idle = !exceptions && random(4) === 0;
      const options = { stale: random(3) > 0, tasks, cpus, idle, exceptions, merge: random(4) > 0 };
      // Endless ways have very many states.
      const found = check(randomModel(random), options, 5_000);
      states += found;
      if (found > 0) compared++;
    }
  });
}
test(`${title} (all of 24)`, () => assert.ok(states > 20_000, `${states} states`));
