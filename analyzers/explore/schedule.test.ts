/**
 * Schedules as text: each choice has one text, each limit a last text within and a first beyond; and what is not written as
 * we write it is not read.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { type Action, packAction, unpackAction } from '../machine/action.ts';
import { replaySchedule } from './replay-schedule.ts';
import { formatSchedule, parseSchedule } from './schedule.ts';

const model = 'r0.64.full.live/f@1000=60000000,4e800020/ftrace_caller/s1000:7c0802a6';
const none: Action = { kind: 'modify', task: 0, cpu: 0, version: 0, suffix: 0 };

const choices: readonly (readonly [string, Partial<Action>])[] = [
  ['m', {}],
  ['m1', { task: 1 }],
  ['i0', { kind: 'deliver' }],
  ['if', { kind: 'deliver', cpu: 15 }],
  ['d00', { kind: 'dispatch' }],
  ['d1f', { kind: 'dispatch', task: 1, cpu: 15 }],
  ['ra3', { kind: 'resume', task: 10, cpu: 3 }],
  ['p0', { kind: 'preempt' }],
  ['pf', { kind: 'preempt', task: 15 }],
  ['s0v0', { kind: 'step' }],
  ['s2v12', { kind: 'step', task: 2, version: 12 }],
  ['s2v12.3', { kind: 'step', task: 2, version: 12, suffix: 3 }],
  // The last of as many versions as there may be.
  ['s2v1022.1022', { kind: 'step', task: 2, version: 1022, suffix: 1022 }],
];
for (const [text, action] of choices)
  test(`the choice ${text}`, () => {
    const written = `${model}/stale.16.16/${text}`;
    const { schedule, problem } = parseSchedule(written);
    assert.equal(problem, null);
    assert.deepEqual(schedule?.actions.map(unpackAction), [{ ...none, ...action }]);
    assert.deepEqual(schedule?.actions, [packAction({ ...none, ...action })]);
    assert.equal(schedule && formatSchedule(schedule), written);
  });

const levels: readonly (readonly [string, object])[] = [
  ['stale.2.3', { level: 'stale', tasks: 2, cpus: 3, idle: false, exceptions: false, traced: null }],
  ['preemption.16.16.idle', { level: 'preemption', tasks: 16, cpus: 16, idle: true, exceptions: false, traced: null }],
  ['stale.1.1.own', { level: 'stale', tasks: 1, cpus: 1, idle: false, exceptions: true, traced: null }],
  ['sequential.1.1.traced', { level: 'sequential', tasks: 1, cpus: 1, idle: false, exceptions: false, traced: true }],
  [
    'sequential.1.1.untraced',
    { level: 'sequential', tasks: 1, cpus: 1, idle: false, exceptions: false, traced: false },
  ],
];
for (const [text, expected] of levels)
  test(`the level ${text}`, () => {
    const written = `${model}/${text}/m-m`;
    const { schedule } = parseSchedule(written);
    assert.ok(schedule !== null);
    const { model: _, actions, ...bounds } = schedule;
    assert.deepEqual(bounds, expected);
    assert.equal(actions.length, 2);
    assert.equal(formatSchedule(schedule), written);
  });

const sixParts = 'a schedule has six parts separated by "/"; was it cut or wrapped?';
const level = 'the fifth part is LEVEL.TASKS.CPUS, the level sequential, preemption or stale';
const counts = 'the counts of tasks and CPUs are 1 to 16';
const own = 'what runs in an exception is one task on one CPU';
const refused: readonly (readonly [text: string, problem: string])[] = [
  ['', sixParts],
  [`${model}/stale.2.2`, sixParts],
  [`${model}/stale.2.2/m/`, sixParts],
  [`r9${model.slice(2)}/stale.2.2/m`, 'unknown flags "r9.64.full.live"'],
  ...['', 'stale', 'stale.2', 'stale.2.', 'xstale.2.2', 'stale.2.2x', 'stale.123.2', 'stale.2.123', 'old.2.2'].map(
    (text) => [`${model}/${text}/m`, level] as const,
  ),
  ...['stale.2.2.own.idle', 'stale.2.2.told', 'stale.2.2.traced.idle'].map(
    (text) => [`${model}/${text}/m`, level] as const,
  ),
  ...['stale.0.2', 'stale.2.0', 'stale.17.2', 'stale.2.17'].map((text) => [`${model}/${text}/m`, counts] as const),
  ...['stale.2.1.own', 'stale.1.2.own', 'stale.1.1.idle.own'].map((text) => [`${model}/${text}/m`, own] as const),
  ...[
    'x',
    'm0',
    'mm',
    'm00',
    'i',
    'i00',
    'd0',
    'd',
    'd000',
    'p',
    'p00',
    'r0',
    's0',
    's0v',
    's00v0',
    's0v01',
    's0v0.0',
  ].map((text) => [`${model}/stale.2.2/${text}`, `choice 1 is not readable: "${text}"`] as const),
  ...['s0v1024', 's0v1.1024', 's0v1.', 'dg0', 'M', '', ' m', 's0v0x', 'd00v1', 'p0v1', 'm1v1', 'i0v0'].map(
    (text) => [`${model}/stale.2.2/m-${text}`, `choice 2 is not readable: "${text}"`] as const,
  ),
  [`${model}/stale.2.2/m-${'y'.repeat(21)}`, `choice 2 is not readable: "${'y'.repeat(20)}"`],
  [`${model}/stale.2.2/${Array(4001).fill('m').join('-')}`, 'more than 4000 choices'],
  [`${'x'.repeat(65_537)}`, 'a schedule has at most 65536 characters'],
  [`${'x'.repeat(65_536)}`, sixParts],
];
for (const [text, problem] of refused)
  test(`refused: ${text.slice(0, 20)}…${text.slice(model.length).slice(0, 40)}`, () =>
    assert.deepEqual(parseSchedule(text), { schedule: null, problem }));

test('no choices, and as many as may be', () => {
  assert.deepEqual(parseSchedule(`${model}/stale.2.2/`).schedule?.actions, []);
  assert.equal(parseSchedule(`${model}/stale.2.2/${Array(4000).fill('m').join('-')}`).schedule?.actions.length, 4000);
});

test('a schedule that mail has wrapped is read; one with an impossible choice is told up to there', () => {
  const wrapped = replaySchedule(`${model}/stale.2.2/\n  m-m\t-d00 -s0v1`);
  assert.equal(wrapped.problem, null);
  assert.deepEqual(
    wrapped.execution.map(({ kind }) => kind),
    ['modify', 'consistent', 'dispatch', 'instruction', 'instruction', 'return'],
  );
  const impossible: readonly (readonly [string, string])[] = [
    ['m-m-m', 'choice 3 (modify) is not possible there'],
    ['m1', 'choice 1 (modify) is not possible there'],
    ['d00-d10', 'choice 2 (dispatch) is not possible there'],
    ['d20', 'choice 1 (dispatch) is not possible there'],
    ['d02', 'choice 1 (dispatch) is not possible there'],
    ['s0v0', 'choice 1 (step) is not possible there'],
    ['d00-s0v1', 'choice 2 (step) is not possible there'],
    ['d00-s0v0.1', 'choice 2 (step) is not possible there'],
    ['r00', 'choice 1 (resume) is not possible there'],
    ['d00-p1', 'choice 2 (preempt) is not possible there'],
    ['d00-r00', 'choice 2 (resume) is not possible there'],
    ['d00-p0-d00', 'choice 3 (dispatch) is not possible there'],
    ['d00-p0-p0', 'choice 3 (preempt) is not possible there'],
    ['i0', 'choice 1 (deliver) is not possible there'],
  ];
  for (const [text, problem] of impossible) {
    const replayed = replaySchedule(`${model}/stale.2.2/${text}`);
    assert.equal(replayed.problem, problem, text);
    assert.equal(replayed.execution.length, text.split('-').length - 1, text);
  }
  const old = replaySchedule(`${model}/preemption.2.2/m-m-d00-s0v0`);
  assert.equal(old.problem, 'choice 4 (step) is not possible there', 'old words are fetched at level stale alone');
  const bad = replaySchedule('no schedule');
  assert.deepEqual([bad.schedule, bad.execution, bad.problem], [null, [], sixParts]);
});

test('a schedule with more versions of a word than a choice can name is not replayed', () => {
  const versions = (count: number) => Array(count).fill('1000:60000000').join('&');
  const steps = (more: number) => [...Array(15).fill(`m(${versions(64)})`), `m(${versions(62 + more)})`].join();
  const replayed = [0, 1].map((more) =>
    replaySchedule(`r0.64.full.live/f@1000=60000000,4e800020//${steps(more)}/stale.1.1/d00`),
  );
  assert.deepEqual(
    replayed.map(({ problem, execution }) => [problem, execution.length]),
    [
      [null, 1],
      ['a word has more versions than can be told apart', 0],
    ],
  );
});
