/**
 * The litmus tests: every protocol shape whose verdict is known (fixtures/litmus), at every level, with and without
 * preemption, for 1 to 4 tasks; and every break replays to its own end.
 */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import test from 'node:test';
import { parse } from 'yaml';
import type { Model } from '../machine/model.ts';
import { explore } from './explore.ts';
import { parseLitmus } from './litmus.ts';
import { replaySchedule } from './replay-schedule.ts';

const folder = join(import.meta.dirname, '../../fixtures/litmus');
type Expected = Record<'none' | 'full', string>;
interface Expect {
  readonly sequential: string;
  readonly preemption: Expected;
  readonly stale: Expected;
  readonly architecture: Expected;
  /** Where it is told: what the modifying CPU's own exceptions meet, newest versions only and stale ones. */
  readonly exceptions?: string;
}

const files = globSync('*.yaml', { cwd: folder }).sort();
assert.ok(files.length >= 22, 'the litmus tests are there');

const bounds = { tasks: 2, cpus: 2, statesMax: 2_000_000 };

for (const file of files) {
  const source = parse(readFileSync(join(folder, file), 'utf8'));
  const expect: Expect = source.expect;
  for (const preemption of ['none', 'full'] as const) {
    test(`litmus ${basename(file, '.yaml')} ${preemption === 'full' ? 'with' : 'without'} preemption`, () => {
      const model: Model = parseLitmus(source, preemption);
      const idle = source.idle === true;
      assert.equal(
        explore(model, { level: 'sequential', tasks: 1, cpus: 1, statesMax: 1 }).outcome,
        expect.sequential,
        'sequential',
      );
      for (const tasks of [1, 2, 3, 4]) {
        for (const level of ['preemption', 'stale'] as const) {
          const found = explore(model, { level, tasks, cpus: 2, statesMax: 2_000_000, idle });
          assert.equal(found.outcome, expect[level][preemption], `${level}, ${tasks} tasks`);
          if (level === 'stale')
            assert.equal(found.architecture, expect.architecture[preemption], `architecture, ${tasks} tasks`);
          if (found.break === null) continue;
          const again = replaySchedule(found.break.schedule);
          assert.equal(again.problem, null);
          assert.deepEqual(
            again.execution.at(-1),
            found.break.execution.at(-1),
            'the schedule replays to the same end',
          );
          assert.equal(again.execution.at(-1)?.kind, 'break');
        }
      }
    });
  }
  if (expect.exceptions === undefined) continue;
  test(`litmus ${basename(file, '.yaml')}: an exception of the modifying CPU`, () => {
    for (const level of ['preemption', 'stale'] as const) {
      const found = explore(parseLitmus(source, 'none'), { level, ...bounds, exceptions: true });
      assert.equal(found.outcome, expect.exceptions, level);
      if (found.break === null) continue;
      assert.deepEqual(replaySchedule(found.break.schedule).execution, found.break.execution);
    }
  });
  if (source.contract === 'pg64') continue; // its invisible run is long: the plain search below would only repeat it
  test(`litmus ${basename(file, '.yaml')}: each reduction gives the plain search's verdict`, () => {
    for (const preemption of ['none', 'full'] as const) {
      for (const level of ['preemption', 'stale'] as const) {
        const model: Model = parseLitmus(source, preemption);
        const options = { level, ...bounds, idle: source.idle === true };
        const plain = explore(model, { ...options, symmetry: false, merge: false });
        for (const on of [
          { symmetry: true, merge: false },
          { symmetry: false, merge: true },
          { symmetry: true, merge: true },
        ]) {
          const reduced = explore(model, { ...options, ...on });
          assert.equal(reduced.outcome, plain.outcome, JSON.stringify({ preemption, level, ...on }));
          assert.equal(reduced.break?.check, plain.break?.check);
          assert.equal(
            reduced.break?.preemptions,
            plain.break?.preemptions,
            'the simplest break has as many preemptions',
          );
          assert.ok(plain.outcome === 'broken' || reduced.states <= plain.states, 'a reduction visits no more states');
        }
      }
    }
  });
}
