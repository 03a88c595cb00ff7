/**
 * What may happen next in a state that a few choices lead to: every transition, as a schedule writes it. Who is preempted, what
 * a CPU may still fetch, whom a grace period waits for.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { replaySchedule } from '../explore/replay-schedule.ts';
import { unpackAction } from './action.ts';
import { parseModel } from './notation.ts';
import { System, type SystemOptions } from './system.ts';

const letters = { modify: 'm', dispatch: 'd', step: 's', preempt: 'p', resume: 'r', deliver: 'i' } as const;
const text = (code: number) => {
  const { kind, task, cpu, version } = unpackAction(code);
  const letter = letters[kind];
  if (kind === 'modify') return task === 0 ? letter : `${letter}${task}`;
  if (kind === 'deliver') return `${letter}${cpu}`;
  if (kind === 'preempt') return `${letter}${task}`;
  return kind === 'step' ? `${letter}${task}v${version}` : `${letter}${task}${cpu}`;
};

const function_ = 'f@1000=60000000,60000000,4e800020/ftrace_caller';
const plain = { stale: true, tasks: 1, cpus: 1, idle: false, exceptions: false, merge: false };

/** What may happen after these choices, in the order in which it is said; a `!` behind what breaks. */
function after(model: string, way: string, options: Partial<SystemOptions> = {}): string {
  const parsed = parseModel(model);
  assert.ok(parsed.model !== null, parsed.problem ?? '');
  const system = new System(parsed.model, { ...plain, ...options });
  let state = system.initial();
  for (const choice of way.split(' ').filter((one) => one !== '')) {
    let next: Uint16Array | null = null;
    system.successors(state, (reached, code) => {
      if (text(code) === choice) next = reached.slice();
    });
    assert.ok(next !== null, `${choice} is possible`);
    state = next;
  }
  const found: string[] = [];
  system.successors(state, (_, code, cost, check) => {
    found.push(`${text(code)}${check === null ? '' : '!'}`);
    assert.equal(cost, unpackAction(code).kind === 'preempt' ? 1 : 0, 'a preemption is what costs');
  });
  return found.join(' ');
}

const check = (title: string, model: string, rows: readonly (readonly [string, string, Partial<SystemOptions>?])[]) =>
  test(title, () => {
    for (const [way, expected, options] of rows) assert.equal(after(model, way, options), expected, `after ${way}`);
  });

const flags = (preemption: 'none' | 'full', live = 'live') => `r0.64.${preemption}.${live}/${function_}`;
check('a task that stands at the word', `${flags('full')}/u1000:7c0802a6`, [
  ['', 'm d00'],
  ['d00', 'm s0v0 p0'],
  ['d00 m', 's0v0 s0v1 p0'],
  ['d00 m', 's0v1 p0', { stale: false }],
  ['d00 p0', 'm r00'],
  ['d00', 'm s0v0 p0 d11', { tasks: 2, cpus: 2 }],
  ['d00 d11', 'm s0v0 p0 s1v0 p1', { tasks: 2, cpus: 2 }],
  ['d00', 'm s0v0', { idle: true }],
  ['d00', 's0v0', { exceptions: true }],
]);
check('and where nothing is preempted', `${flags('none')}/u1000:7c0802a6`, [
  ['d00', 'm s0v0'],
  ['', 'm d00 d01', { cpus: 2 }],
]);
check('nobody runs what is not reachable', `${flags('full', 'dark')}/u1000:7c0802a6,r`, [
  ['', 'm'],
  ['m', 'm'],
  ['m m', 'd00'],
  ['m m d00', 's0v0 s0v1 p0'],
]);
check('and who comes to what was flushed finds it', `${flags('full', 'dark')}/s1000:7c0802a6,r`, [
  ['m m', 'm'],
  ['m m m d00', 's0v1 p0'],
]);
check('what is made consistent is fetched by who synchronizes', `${flags('full')}/s1000:7c0802a6,i`, [
  ['m m d00', 'm s0v0 s0v1 p0'],
  ['m m d00 p0 r00', 'm s0v1 p0'],
  ['m d00 p0 r00', 'm s0v0 s0v1 p0'],
  ['d00 m m m', 's0v1 p0'],
  ['m m m d00', 's0v1 p0'],
]);
check('an IPI that is not waited for', `${flags('full')}/s1000:7c0802a6,in`, [
  ['m m m', 'i0 d00'],
  ['m m m d00', 'i0 s0v0 s0v1 p0'],
  ['m m m d00 i0', 's0v1 p0'],
  ['m m m', 'i0 i1 d00 d01', { cpus: 2 }],
]);
check('a CPU that polls does not synchronize without isync', `${flags('full')}/s1000:7c0802a6,ix`, [
  ['m m m d00', 's0v0 s0v1 p0'],
  ['m m d00 m', 's0v1 p0'],
  ['m m d00 m', 's0v0 s0v1', { idle: true }],
]);
for (const [flavour, preemption, waits, waitsIdle] of [
  ...[['rcu', 'none', true, false] as const, ['rcu', 'full', false, false] as const],
  ...[['sched', 'none', true, false] as const, ['sched', 'full', false, false] as const],
  ...[['tasks', 'none', true, false] as const, ['tasks', 'full', true, false] as const],
  ...[['tasks-rude', 'none', true, true] as const, ['tasks-rude', 'full', false, true] as const],
  ...[['tasks-trace', 'none', false, false] as const, ['tasks-trace', 'full', false, false] as const],
] as const)
  test(`${flavour}, preemption ${preemption}: ${waits ? 'waits' : 'does not wait'} for a task in the function`, () => {
    const model = `${flags(preemption)}/u1000:7c0802a6,g:${flavour},r`;
    for (const [idle, waiting] of [[false, waits] as const, [true, waitsIdle] as const]) {
      const ends = (way: string) => after(model, way, { idle, merge: true }).split(' ').includes('m');
      assert.equal(ends('m d00 m'), !waiting, 'a task that was there when it began');
      assert.equal(ends('m m d00'), true, 'a task that comes later');
      assert.equal(ends('m d00 m s0v1'), true, 'a task that has left');
    }
  });
check('stop_machine() gets every CPU', `${flags('none')}/m(1000:7c0802a6)`, [
  ['', 'm d00'],
  ['d00', 's0v0'],
  ['m d00', 's0v1'],
]);
check('and preempts who can be', `${flags('full')}/m(1000:7c0802a6)`, [
  ['d00', 'm s0v0 p0'],
  ['d00 m', 's0v1 p0'],
  ['d00', 's0v0', { idle: true }],
]);
check('a rude grace period synchronizes', `${flags('full')}/s1000:7c0802a6,g:tasks-rude`, [
  ['m m m d00', 'm s0v0 s0v1 p0'],
  ['m m m m d00', 's0v1 p0'],
]);
check('text that is freed', `r0.64.full.live/f@1000=48001000,4e800020+t@2000=4e800020//x2000`, [
  ['d00', 'm s0v0 p0'],
  ['d00 m', 's0v0 p0'],
  ['d00 s0v0', 'm s0v0 p0'],
  ['d00 s0v0 m', 's0v0! p0'],
  ['m d00 s0v0', 's0v0! p0'],
]);
check('two patchers', `${flags('full')}/u1000:7c0802a6+m(1004:60000000)`, [
  ['', 'm m1 d00'],
  ['m', 'm1 d00'],
  ['m1', 'm d00'],
]);
check('an exception ends before the CPU goes on', `${flags('full')}/s1000:7c0802a6,s1004:60000001`, [
  ['', 'm d00', { exceptions: true }],
  ['m', 'm d00', { exceptions: true }],
  ['m d00', 's0v0 s0v1', { exceptions: true }],
  ['m m d00', 's0v1', { exceptions: true }],
]);

check(
  'stop_machine() waits for a patcher that has a word half done',
  `${flags('full')}/s1000:7c0802a6+m(1004:60000000)`,
  [
    ['', 'm m1 d00'],
    ['m', 'm d00'],
    ['m m', 'm1 d00'],
  ],
);
check('whichever of the two it is', `${flags('full')}/m(1004:60000000)+s1000:7c0802a6`, [
  ['', 'm m1 d00'],
  ['m1', 'm1 d00'],
  ['m1 m1', 'm d00'],
]);
check('and for both words of one store', `${flags('full')}/s1004:6000000.39800020+m(1000:60000001)`, [
  ['m', 'm d00'],
  ['m m', 'm d00'],
  ['m m m', 'm1 d00'],
]);
check('but not between two words', `${flags('full')}/u1000:7c0802a6,u1004:60000001+m(1008:60000000)`, [
  ['m', 'm m1 d00'],
  ['m m', 'm1 d00'],
]);
check('of the tasks one is idle, and of the CPUs the one that it is on', `${flags('full')}/s1000:7c0802a6,ix`, [
  ['d11', 'm d00 s1v0 p1', { idle: true, tasks: 2, cpus: 2 }],
  ['m m d00 d11 m', 's0v0 s0v1 s1v1 p1', { idle: true, tasks: 2, cpus: 2 }],
  ['', 'm d00', { idle: true }],
]);
check('stop_machine() while the idle task is not in the function', `${flags('full')}/m(1000:7c0802a6)`, [
  ['', 'm d00', { idle: true }],
]);
check('preempting a task synchronizes its CPU', `${flags('full')}/s1000:7c0802a6`, [
  ['d00 m m', 's0v0 s0v1 p0', { tasks: 2 }],
  ['d00 m m p0', 'r00 d10', { tasks: 2 }],
  ['d00 m m p0 d10', 's1v1 p1', { tasks: 2 }],
]);
check('and resuming it the one where it goes on', `${flags('full')}/s1000:7c0802a6`, [
  ['d00 p0 m m', 'r00 r01', { cpus: 2 }],
  ['d00 p0 m m r01', 's0v1 p0', { cpus: 2 }],
]);
const isync = '4c00012c';
check('an isync on the way to the word', `r0.64.full.live/f@1000=${isync},60000000,4e800020//s1004:7c0802a6`, [
  ['m m d00', 's0v1 p0', { merge: true }],
  ['m m d00', 's0v0 p0'],
]);
check(
  'and between two words',
  `r0.64.full.live/f@1000=60000000,${isync},60000000,4e800020//s1008:7c0802a6,u1000:60000001`,
  [['d00 m m s0v0', 'm s0v1 p0', { merge: true }]],
);
check('who runs through without meeting anything that changes is not looked at', 'r0.64.full.live/f@1000=4e800020//i', [
  ['', 'm', { merge: true }],
]);
check('but where it breaks', 'r0.64.full.live/f@1000=0//i', [['', 'm d00!', { merge: true }]]);
check(
  'freed text is what is in it',
  'r0.64.full.live/f@1000=48001000,4e800020+t@2000=60000000,48000100+u@2104=4e800020//x2004',
  [
    ['m d00 s0v0', 's0v0! p0'],
    ['d00 s0v0 s0v0 m', 's0v0! p0'],
    ['d00 s0v0 s0v0 s0v0 m', 's0v0 p0'],
  ],
);

/** The system of a model and options, for its other questions. */
function systemOf(model: string, options: Partial<SystemOptions> = {}): System {
  const parsed = parseModel(model);
  assert.ok(parsed.model !== null, parsed.problem ?? '');
  return new System(parsed.model, { ...plain, ...options });
}

test('a choice is possible where the machine has it, and only there', () => {
  const model = `${flags('full')}/s1000:7c0802a6,in+u1004:60000001`;
  const system = systemOf(model, { tasks: 2, cpus: 2 });
  const seen = new Map([[system.initial().join(), system.initial()]]);
  for (const state of seen.values()) {
    if (seen.size > 300) break;
    const all: number[] = [];
    system.successors(state, (next, code) => {
      all.push(code);
      seen.set(next.join(), next.slice());
    });
    for (const code of all) {
      const found: number[] = [];
      system.possible(state, unpackAction(code), (_, one) => found.push(one));
      assert.ok(found.includes(code), text(code));
      assert.ok(found.every((one) => all.includes(one)));
    }
    for (const kind of Object.keys(letters) as (keyof typeof letters)[])
      for (const [task, cpu] of [[2, 0] as const, [0, 2] as const, [15, 15] as const]) {
        if (kind === 'modify' && task === 0) continue;
        const nobody = { kind, task, cpu, version: 0, suffix: 0 };
        system.possible(state, nobody, (_, one) => assert.fail(`${text(one)} for ${kind} ${task} ${cpu}`));
      }
  }
  assert.ok(seen.size > 300);
  const dark = systemOf(`${flags('full', 'dark')}/r`);
  dark.possible(dark.initial(), { kind: 'dispatch', task: 0, cpu: 0, version: 0, suffix: 0 }, () =>
    assert.fail('not yet'),
  );
});

test('what a CPU may fetch of a word, and what there is', () => {
  const model = `${flags('full')}/s1000:7c0802a6,u1004:60000001,x2004`;
  const at = (system: System, modifications: number) => {
    const state = system.initial();
    system.shape.setPoint(state, 0, modifications);
    return state;
  };
  const rows = [
    [{}, ['0', '0 1', '0 1', '0 1']],
    [{ stale: false }, ['0', '1', '1', '1']],
    [{ exceptions: true }, ['0', '0 1', '1', '1']],
  ] as const;
  for (const [options, expected] of rows) {
    const system = systemOf(model, options);
    const found = expected.map((_, point) => system.mayFetch(at(system, point), 0, 0).join(' '));
    assert.deepEqual(found, expected);
    // A state has room for what CPUs may still fetch where they may be stale.
    assert.equal(system.shape.words, options === rows[0][0] ? 2 : 0);
  }
  const system = systemOf(model);
  assert.deepEqual(
    [0, 1, 3].map((point) => system.newest(at(system, point), 1)),
    [0, 0, 1],
  );
  assert.deepEqual(system.mayFetch(at(system, 3), 0, 1), [0, 1]);
  const freed = (point: number) =>
    [0x1000, 0x1ffc, 0x2000, 0x2004, 0x20fc, 0x2100].filter((address) => system.isFreed(at(system, point), address));
  assert.deepEqual([freed(3), freed(4)], [[], [0x2000, 0x2004, 0x20fc]]);
});

/** How far from what the ISA defines a fetch has been, by whoever comes by when all is done and nothing synchronized. */
const departures: readonly (readonly [
  text: string,
  steps: string,
  departure: number,
  options?: Partial<SystemOptions>,
])[] = [
  ['60000000', '', 0],
  ['60000000', 'u1000:48000008', 0],
  ['60000000', 'u1000:7c0802a6', 1],
  ['60000000', 'u1000:7c0802a6', 0, { stale: false }],
  ['7c0802a6', 'u1000:f8010010', 2],
  ['60000000', 'u1000:7c0802a6,u1004:f8010010', 1],
  ['7c0802a6', 'u1000:f8010010,u1004:7c0802a6', 2],
  ['6000000,39800020', 'u1004:39800024', 2],
  ['6000000,39800020', 'u1000:6000001', 2],
];
for (const [words, steps, departure, options] of departures)
  test(`${words} ${steps}: ${['patch class', 'one word besides nops', 'undefined'][departure]}`, () => {
    const system = systemOf(`r0.64.none.live/f@1000=${words},60000000,4e800020//${steps}`, options);
    const seen = new Map([[system.initial().join(), system.initial()]]);
    for (const state of seen.values())
      system.successors(state, (next, _, __, check) => {
        if (check === null) seen.set(next.join(), next.slice());
      });
    assert.equal(system.fetches.departure, departure);
  });

test('more versions than a choice can name are no answer', () => {
  const { model } = parseModel(`${flags('full')}/u1000:7c0802a6`);
  assert.ok(model !== null);
  const [step] = model.steps;
  for (const [stores, overflow] of [
    [1022, false],
    [1023, true],
  ] as const)
    assert.equal(new System({ ...model, steps: Array(stores).fill(step) }, plain).overflow, overflow, `${stores}`);
});

test('choices that a schedule names are those', () => {
  const replayed = replaySchedule(`${flags('full')}/s1000:7c0802a6,in/stale.2.2/m-m-m-d00-i0-p0-r01-s0v1`);
  assert.equal(replayed.problem, null);
  const [dispatched, instruction] = [['dispatch', 'deliver', 'preempt', 'resume'], 'instruction'];
  const kinds = replayed.execution.map(({ kind }) => kind);
  assert.deepEqual(kinds, [
    ...['modify', 'consistent', 'ipi', ...dispatched],
    ...[instruction, instruction, instruction, 'return'],
  ]);
});
