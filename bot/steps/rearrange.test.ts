/**
 * What would have happened: choices in another order, completed by the machine.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { formatSchedule, parseSchedule, type Schedule } from '../../analyzers/explore/schedule.ts';
import { insteadOf, moveChoice, neighbour, optionsAt, type Rearranged } from './rearrange.ts';
import { stepsOfSchedule } from './steps.ts';

const enable = 'r0.64.full.live/f@1000=60000000,60000000,4e800020/ftrace_caller/s1000:7c0802a6,i,s1004:48006ffd';
const disable = 'r0.64.full.live/f@1000=7c0802a6,48006ffd,4e800020/ftrace_caller/s1004:60000000,s1000:60000000';

function scheduleOf(text: string): Schedule {
  const { schedule, problem } = parseSchedule(text);
  assert.ok(schedule, problem ?? '');
  return schedule;
}

function check(
  result: Rearranged | null,
  expected: { choices: string; at: number; check: string | null } | null,
): void {
  if (expected === null) {
    assert.equal(result, null);
    return;
  }
  assert.ok(result);
  assert.equal(formatSchedule(result.schedule).split('/').at(-1), expected.choices);
  assert.equal(result.at, expected.at);
  assert.equal(stepsOfSchedule(result.schedule).broken?.check ?? null, expected.check);
}

const delayed = scheduleOf(`${enable}/preemption.2.2/d00-s0v0-m-m-m-m-s0v1`);

test('a modification moved by one', () => {
  const by = (from: number, direction: 'earlier' | 'later') =>
    moveChoice(delayed, from, neighbour(delayed, from, direction));
  check(by(2, 'later'), { choices: 'd00-s0v0-s0v0-m-m-m-m', at: 3, check: null });
  check(by(5, 'later'), { choices: 'd00-s0v0-m-m-m-s0v0-m', at: 6, check: null });
  // What comes before it goes along: the task fetches both words as they are then.
  check(by(5, 'earlier'), { choices: 'd00-m-m-m-m-s0v1-s0v1', at: 4, check: null });
  // Only the mflr was there when the task came by; the bl is fetched too: it holds.
  check(by(2, 'earlier'), { choices: 'd00-m-s0v1-m-m-m-s0v1', at: 1, check: null });
});

test('what cannot be moved', () => {
  check(moveChoice(delayed, 1, 4), null);
  check(moveChoice(delayed, 3, 4), null);
  check(moveChoice(delayed, 2, 99), null);
});

test('ahead of the call: a task that comes later', () => {
  check(moveChoice(delayed, 5, 0), { choices: 'm-m-m-m-d00-s0v1-s0v1', at: 3, check: null });
});

test('a preemption moved to between two other words', () => {
  const preempted = scheduleOf(`${enable}/preemption.1.1/d00-s0v0-p0-m-m-m-m-r00-s0v1`);
  // The task is through before anybody could preempt it.
  check(moveChoice(preempted, 2, 8), { choices: 'd00-s0v0-s0v0-m-m-m-m', at: -1, check: null });
  // Interrupted ahead of its first word it misses nothing.
  check(moveChoice(preempted, 7, 1), { choices: 'd00-p0-m-m-m-m-r00-s0v1-s0v1', at: 6, check: null });
});

test('an old word is fetched as long as it may be', () => {
  const stale = scheduleOf(`${disable}/stale.1.1/m-m-m-d00-s0v1-s0v0`);
  check(moveChoice(stale, 2, 3), { choices: 'm-m-d00-m-s0v1-s0v0', at: 3, check: 'return-address' });
  check(moveChoice(stale, 2, 4), { choices: 'm-m-d00-s0v0-m-s0v0', at: 4, check: null });
});

test('another choice in place of one', () => {
  const options = optionsAt(delayed, 1);
  assert.deepEqual(
    options.map(({ choice: { kind, task, cpu }, taken }) => `${kind} ${task} ${cpu}${taken ? ' taken' : ''}`),
    ['modify 0 0', 'step 0 0 taken', 'preempt 0 0', 'dispatch 1 1'],
  );
  const preempt = options.find(({ choice }) => choice.kind === 'preempt');
  check(insteadOf(delayed, 1, preempt?.action ?? 0), {
    ...{ choices: 'd00-p0-m-m-m-m-r00-s0v1-s0v1', at: 1, check: null },
  });
});

test('nothing is possible where a schedule cannot be followed', () => {
  assert.deepEqual(optionsAt(scheduleOf(`${enable}/preemption.1.1/r00-s0v0`), 1), []);
});
