/** How an execution is told: names of places, and the registers that a caller finds changed. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { parseModel } from '../machine/notation.ts';
import { placeName, textName, wordText } from './execution.ts';
import { explore } from './explore.ts';
import { parseLitmus } from './litmus.ts';
import { wrongRegisters } from './outcome.ts';
import { replayActions } from './replay.ts';
import { replaySchedule, systemOf } from './replay-schedule.ts';
import { parseSchedule } from './schedule.ts';

const { model } = parseModel(
  'r0.64.full.live/f@ff0=0,0,0,0,60000000,4e800020+stub@2000=0,0,0,0,0+ops@30000:8+ops@30010:8+next@30018:8/ftrace_caller+_mcount/',
);
const names: readonly (readonly [number, string])[] = [
  ...[[0x1000, 'f'] as const, [0x1004, 'f+4'] as const, [0x1008, '0x1008'] as const],
  ...[[0xffc, 'f-4'] as const, [0xff0, 'f-10'] as const, [0xfec, '0xfec'] as const],
  ...[[0x2000, 'stub'] as const, [0x2010, 'stub+10'] as const, [0x2014, '0x2014'] as const],
  ...[[0x8000, 'ftrace_caller'] as const, [0x80fc, 'ftrace_caller+fc'] as const, [0x8100, '_mcount'] as const],
  ...[[0x81fc, '_mcount+fc'] as const, [0x8200, '0x8200'] as const, [0x7ffc, '0x7ffc'] as const],
  ...[[0x30000, 'ops'] as const, [0x30007, 'ops+7'] as const, [0x30010, 'ops+10'] as const],
  ...[[0x30008, '0x30008'] as const, [0x30018, 'next'] as const, [0x3001f, 'next+7'] as const],
  [0xc000, 'caller'],
];
for (const [address, name] of names)
  test(`0x${address.toString(16)} is ${name}`, () => {
    assert.ok(model !== null);
    assert.equal(placeName(model, address), name);
    assert.equal(textName(model, address), name.replace(/\+.*/, ''));
  });

test('branches are told with the name of where they go, and nothing else is', () => {
  const told: readonly (readonly [word: number, text: string])[] = [
    [0x48001010, 'b stub+10'],
    [0x48007001, 'bl ftrace_caller'],
    [0x4182000c, 'beq 0x100c'],
    [0x41860004, 'beq cr1,f+4'],
    [0x4200fff0, 'bdnz f-10'],
    [0x38600001, 'li r3,1'],
    // No instruction: a number, and no address.
    [0x2000, '.long 0x2000'],
  ];
  for (const [word, text] of told) {
    assert.ok(model !== null);
    assert.equal(wordText(model, { address: 0x1000, word }), text);
  }
});

const site = ['nop', 'nop', 'blr'];
const changed: readonly (readonly [word: string, register: string, check: string, by: (old: bigint) => bigint])[] = [
  ['stdu r1,-64(r1)', 'r1', 'stack-pointer', (old) => old - 64n],
  ['li r2,0', 'r2', 'toc', () => 0n],
  ['li r14,7', 'r14', 'non-volatile', () => 7n],
  ['li r3,9', 'r3', 'arguments', () => 9n],
];
for (const [word, register, check, by] of changed)
  test(`${word}: the caller finds ${register} changed`, () => {
    const steps = [`f+0 = ${word}`];
    const broken = parseLitmus({ contract: 'r0', site, steps }, 'full');
    for (const tasks of [1, 2]) {
      const { break: found } = explore(broken, { level: 'preemption', tasks, cpus: 2, statesMax: 1000 });
      assert.ok(found !== null);
      const [wrong, ...others] = wrongRegisters(broken, found);
      assert.deepEqual(
        [wrong?.register, wrong?.check, wrong?.after, others],
        [register, check, by(wrong?.before ?? 0n), []],
      );
      const other = { ...found, task: found.task + 1 };
      assert.deepEqual(wrongRegisters(broken, other), [], 'another task has changed nothing');
    }
  });
test('mtcr: the caller finds cr changed; of two calls the last one counts', () => {
  const broken = parseLitmus({ contract: 'r0', site, steps: ['f+0 = mtcr r14'] }, 'full');
  const { break: found } = explore(broken, { level: 'sequential', tasks: 1, cpus: 1, statesMax: 10 });
  assert.ok(found !== null);
  const [wrong] = wrongRegisters(broken, found);
  assert.deepEqual([wrong?.register, wrong?.check, wrong?.after], ['cr', 'non-volatile', 0x10en]);
  const again = [...found.execution, { kind: 'dispatch', task: found.task, cpu: 0 } as const];
  assert.deepEqual(wrongRegisters(broken, { ...found, execution: again }), []);
});

test('what a task has changed before another one called the function is its own', () => {
  // li r14,7 · nop: task 0 executes the first, task 1 calls, task 0 goes on and returns.
  const written =
    'r0.64.full.live/f@1000=60000000,60000000,4e800020//s1000:39c00007,s1004:60000001/stale.2.2/m-m-d00-s0v1-d11-s0v0';
  const { schedule, execution, problem } = replaySchedule(written);
  assert.equal(problem, null);
  assert.ok(schedule !== null);
  assert.equal(execution.at(-1)?.kind, 'break');
  const wrong = wrongRegisters(schedule.model, { execution, task: 0 });
  assert.deepEqual(
    wrong.map(({ register, after }) => [register, after]),
    [['r14', 7n]],
  );
  assert.deepEqual(wrongRegisters(schedule.model, { execution, task: 1 }), []);
});

test('what is seen between choices, and a complaint ends it there', () => {
  const { schedule } = parseSchedule('r0.64.full.live/f@1000=60000000,4e800020//s1000:7c0802a6/stale.1.1/m-m-d00-s0v1');
  assert.ok(schedule !== null);
  const moments: number[] = [];
  const told = replayActions(systemOf(schedule), schedule.actions, ({ told: at, state }) => {
    assert.equal(state.length > 0, true);
    moments.push(at);
    return at === 3 ? 'enough' : null;
  });
  assert.deepEqual(moments, [1, 2, 3]);
  const { execution, ...rest } = told;
  assert.deepEqual(rest, { check: null, task: 0, fetches: [], problem: 'enough' });
  assert.equal(execution.length, 3);
});
