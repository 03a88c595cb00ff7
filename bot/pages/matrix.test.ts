/** What a matrix says of runs, and what it must not: that something held of which nobody knows. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Levels, Run } from '../../analyzers/verdict/verdict.ts';
import { levelsIn, matricesOf } from './matrix.ts';

const run = (profile: string, before: Partial<Levels>, after: Partial<Levels>): Run => {
  const held: Levels = { sequential: 'held', preemption: 'held', stale: 'held', architecture: 'unread' };
  return {
    ...{ entryPoint: 'enable', subject: 'ftrace', profile, live: true, calls: [] },
    ...{ before: { ...held, ...before }, after: { ...held, ...after } },
    bounds: { cpus: 2, tasks: 2, states: 1, schedules: 1 },
  };
};
const unread: Partial<Levels> = { sequential: 'unread', preemption: 'unread', stale: 'unread' };

function check(name: string, runs: readonly Run[], expected: string | null): void {
  test(name, () => {
    const { worst } = matricesOf(runs, levelsIn(runs));
    assert.equal(worst?.word ?? null, expected);
  });
}

check('all held', [run('a/preempt', {}, {})], null);
check('it held', [run('a/preempt', {}, { stale: 'broken' })], 'breaks at level stale; before the patch it held');
check('it could not be read', [run('a/preempt', unread, { stale: 'broken' })], 'breaks at level stale');
check('it came to a limit', [run('a/preempt', { stale: 'limit' }, { stale: 'broken' })], 'breaks at level stale');
check(
  'it broke, though not so badly',
  [run('a/preempt', { stale: 'broken' }, { preemption: 'broken', stale: 'broken' })],
  'breaks at level preemption',
);
check('a limit', [run('a/preempt', {}, { stale: 'limit' })], 'limit');
check('one level could not be read', [run('a/preempt', {}, {}), run('b/preempt', {}, { stale: 'unread' })], 'unread');
check('a level that was not asked for', [run('a/preempt', { stale: 'unread' }, { stale: 'unread' })], null);
check('nothing could be read', [run('a/preempt', unread, unread)], 'unread');
