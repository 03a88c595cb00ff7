/**
 * SPIN on the Promela that is made of our models: without reductions it stores exactly our states, and it finds a break where we
 * find one. A sample, for each model is compiled; `npm run bench -- spin` compares all.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import test from 'node:test';
import { searchMachine } from '../../analyzers/explore/machine-search.ts';
import { type PromelaOptions, promelaOf } from '../../analyzers/explore/promela/promela.ts';
import { generator, randomModel } from '../../analyzers/explore/random-model.ts';
import type { Model } from '../../analyzers/machine/model.ts';
import { formatModel } from '../../analyzers/machine/notation.ts';
import { readRow, rowNames } from './rows.ts';
import { runSpin, settings } from './spin.ts';

const missing = ['spin', 'gcc'].filter((name) => spawnSync(name, ['--version']).error !== undefined);
const skip = missing.length > 0 && `${missing.join(', ')} not installed (apt: spin, gcc, libc6-dev)`;

/** Compares both; false where there are more states than there is time for, or the model is not told in Promela. */
function check(model: Model, options: PromelaOptions): boolean {
  const promela = promelaOf(model, options);
  const search = { ...options, exceptions: false, symmetry: false, statesMax: 100_000, stopAtBreak: false };
  const ours = searchMachine(model, search);
  if (promela === null || !ours.complete) return false;
  const run = { setting: settings[0], tasks: options.tasks, whole: true, seconds: null, optimization: '-O0' } as const;
  const spin = runSpin(promela, run);
  const outcome = ours.found === null ? 'held' : 'broken';
  assert.deepEqual(
    [spin.states, spin.outcome],
    [ours.states, outcome],
    `${formatModel(model)} ${JSON.stringify(options)}`,
  );
  return true;
}

const sample: readonly (readonly [row: string, preemption: 'none' | 'full', stale: boolean, tasks: number])[] = [
  ['in+ipi+tasks', 'full', true, 2],
  ['in+tasks+ipi', 'full', true, 1],
  ['in+ipi+rude', 'none', false, 3],
  ['in+ipi-no-wait+tasks', 'full', true, 2],
  ['in+ipi-no-isync+tasks', 'none', true, 3],
  ['in+ipi+rude+tasks+idle', 'full', true, 2],
  ['in+stop-machine', 'none', false, 2],
  ['out+nothing', 'full', false, 2],
  ['free+nothing', 'full', true, 2],
  ['dark+unflushed', 'none', true, 3],
  ['ool+on-off-on', 'full', false, 2],
  ['two-patchers+other-ipi', 'none', true, 2],
];
for (const [row, preemption, stale, tasks] of sample) {
  test(`SPIN's states of ${row}, ${tasks} tasks, preemption ${preemption}, ${stale ? 'stale' : 'newest'}`, {
    skip,
  }, () => {
    const { model, idle } = readRow(row, preemption);
    assert.ok(check(model, { stale, tasks, cpus: 2, idle, merge: false }));
  });
}

test("SPIN's states of random protocols", { skip }, () => {
  const random = generator(3);
  for (let compared = 0; compared < 4; ) {
    const options = {
      stale: random(3) > 0,
      tasks: 1 + random(2),
      cpus: 1 + random(2),
      idle: random(3) === 0,
      merge: random(2) === 0,
    };
    if (check(randomModel(random), options)) compared++;
  }
});

test('every protocol that is measured is told in Promela', () => {
  for (const name of rowNames) {
    const { model, idle } = readRow(name, 'full');
    assert.notEqual(promelaOf(model, { stale: true, tasks: 2, cpus: 2, idle, merge: false }), null, name);
  }
});
