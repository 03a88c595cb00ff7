/**
 * Breaks as they are told: every check has a protocol that violates it, and an execution reads like a scenario.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { callRegister } from '../checks/call.ts';
import { type CheckId, checks } from '../checks/checks.ts';
import { type ExecutionStep, instructionText, placeName, wordText } from './execution.ts';
import { type ExploredLevel, explore } from './explore.ts';
import { type Litmus, parseLitmus } from './litmus.ts';
import { replaySchedule } from './replay-schedule.ts';

const bounds = { tasks: 2, cpus: 2, statesMax: 100_000 };
const off: Litmus = { contract: 'r0', site: ['nop', 'nop', 'blr'], steps: [] };
const on: Litmus = { contract: 'r0', site: ['mflr r0', 'bl ftrace_caller', 'blr'], steps: [] };

const violated = new Set<CheckId>();
/** The simplest break of a protocol, as `check task preemptions`. */
function check(litmus: Litmus, level: ExploredLevel, expected: CheckId, via: 'r0' | 'stack' | null = null): void {
  violated.add(expected);
  test(`${expected}: ${litmus.site.join('; ')} with ${litmus.steps.join(', ')}`, () => {
    const found = explore(parseLitmus(litmus, 'full'), { level, ...bounds });
    assert.equal(found.break?.check, expected);
    const last = found.break.execution.at(-1);
    assert.equal(last?.kind === 'break' && last.via, via);
    assert.deepEqual(replaySchedule(found.break.schedule).execution, found.break.execution);
    assert.ok(checks.has(expected));
  });
}

check({ ...off, steps: ['f+4 = bl ftrace_caller'] }, 'sequential', 'return-address', 'r0');
check(
  { contract: 'pg32', bits: 32, site: ['mflr r0', 'nop', 'nop', 'blr'], steps: ['f+8 = bl _mcount'] },
  'sequential',
  'return-address',
  'stack',
);
check({ ...off, steps: ['f+0 = b wild'] }, 'preemption', 'wild-branch');
check({ ...off, steps: ['f+0 = .long 0x0'] }, 'preemption', 'illegal-instruction');
check({ ...off, steps: ['f+0 = trap'] }, 'preemption', 'trap');
check({ ...off, steps: ['f+0 = ld r3,0(r3)'] }, 'preemption', 'bad-access');
check({ ...off, steps: ['f+0 = b .+0'] }, 'preemption', 'endless');
check({ ...off, steps: ['f+0 = stdu r1,-64(r1)'] }, 'preemption', 'stack-pointer');
check({ ...off, steps: ['f+0 = li r2,0'] }, 'preemption', 'toc');
check({ ...off, steps: ['f+0 = li r14,0'] }, 'preemption', 'non-volatile');
check({ ...off, steps: ['f+0 = mtcr r14'] }, 'preemption', 'non-volatile');
check({ ...off, steps: ['f+0 = li r3,0'] }, 'preemption', 'arguments');
check(
  { ...off, texts: { tramp: ['blr'] }, site: ['b tramp', 'blr'], steps: ['free tramp'] },
  'sequential',
  'freed-target',
);
check({ ...on, steps: ['free ftrace_caller'] }, 'preemption', 'freed-target');

const reader = { tramp: ['lis r11,3', 'ld r11,0(r11)', 'b f+4'] };
const toReader = ['b tramp', 'blr'];
check(
  { ...off, texts: reader, site: toReader, data: { ops: 'none' }, steps: ['publish ops = 0x1'] },
  'preemption',
  'uninitialised-data',
);
check({ ...off, texts: reader, site: toReader, data: { ops: '0x1' }, steps: ['free ops'] }, 'sequential', 'freed-data');
check(
  {
    ...off,
    texts: { tramp: ['lis r11,3', 'std r3,0(r11)', 'b f+4'] },
    site: toReader,
    data: { ops: '0x1' },
    steps: [],
  },
  'sequential',
  'bad-access',
);

test('loads see text as data in its newest version, and any part of a datum', () => {
  // lwz of the word at f+4 while it changes, and lbz of the least significant byte of ops, little-endian.
  const texts = { tramp: ['lis r11,0', 'lwz r12,0x1008(r11)', 'lis r11,3', 'lbz r12,0(r11)', 'b f+4'] };
  const litmus: Litmus = { ...off, texts, site: ['b tramp', 'blr', 'nop'], data: { ops: '0x1234' }, steps: [] };
  const model = parseLitmus({ ...litmus, steps: ['f+0 = trap', 'f+8 = trap', 'f+0 = b tramp'] }, 'full');
  const found = explore(model, { level: 'preemption', ...bounds }).break;
  assert.equal(found?.check, 'trap');
  const alone = replaySchedule(found.schedule.replace(/\/preemption.*/, '/sequential.1.1/')).execution;
  const loaded = alone.flatMap((step) =>
    step.kind === 'instruction' && instructionText(model, step).startsWith('l') ? [step.changed] : [],
  );
  assert.deepEqual(loaded, [[['r11', 0n]], [['r12', 0x7fe00008n]], [['r11', 0x30000n]], [['r12', 0x34n]]]);
});

test('tracing that should have come, and should have gone', () => {
  const options = { level: 'sequential', ...bounds } as const;
  const outcomes = [off, on].flatMap((litmus) =>
    [true, false, null].map((traced) => {
      const { outcome, break: found } = explore(parseLitmus(litmus, 'full'), { ...options, traced });
      if (found !== null) assert.equal(replaySchedule(found.schedule).execution.at(-1)?.kind, 'break');
      return found?.check ?? outcome;
    }),
  );
  assert.deepEqual(outcomes, ['not-traced', 'held', 'held', 'held', 'still-traced', 'held']);
  violated.add('not-traced').add('still-traced');
});

const prefixed = { ...off, site: ['paddi r12,0,65552,0', 'blr'] };
const halves = ['f+0 = .long 0x06000002', 'f+4 = .long 0x39800020'];
check({ ...prefixed, steps: halves }, 'preemption', 'torn-instruction');
// The suffix alone is torn too: behind a nop that a task has executed before.
check({ ...off, steps: ['f+0 = paddi r12,0,131104,0'] }, 'preemption', 'torn-instruction');
check({ ...off, site: [...Array(15).fill('nop'), 'paddi r12,0,65552,0', 'blr'], steps: [] }, 'sequential', 'alignment');

test('a torn instruction is told with both halves, and not executed', () => {
  const found = explore(parseLitmus({ ...prefixed, steps: halves }, 'full'), { level: 'preemption', ...bounds }).break;
  assert.ok(found);
  assert.deepEqual(
    found.fetches.map(({ address, word, step }) => [address, word, step]),
    [
      [0x1000, 0x06000002, 0],
      [0x1004, 0x39800010, -1],
    ],
  );
  const [instruction, last] = found.execution.slice(-2);
  assert.deepEqual(instruction?.kind === 'instruction' && instruction.changed, []);
  assert.equal(last?.kind === 'break' && last.nia, 0x1000);
});

test('registers that an instruction changes are told, and no others', () => {
  const lines: readonly (readonly [line: string, changed: readonly (readonly [string, bigint])[]])[] = [
    ['nop', []],
    ['li r12,5', [['r12', 5n]]],
    ['mtlr r12', [['lr', 5n]]],
    ['mtctr r12', [['ctr', 5n]]],
    [
      'addic r12,r12,-1',
      [
        ['r12', 4n],
        ['xer', 0x20040000n],
      ],
    ],
    ['mtcr r11', [['cr', 0n]]],
    ['cmpdi r12,6', [['cr', 0x80000000n]]],
  ];
  const tramp = ['li r11,0', ...lines.map(([line]) => line), 'trap'];
  const model = parseLitmus({ ...off, texts: { tramp }, site: ['b tramp', 'blr'] }, 'none');
  const { break: found } = explore(model, { level: 'sequential', ...bounds });
  const told = (found?.execution ?? []).flatMap((step) => (step.kind === 'instruction' ? [step.changed] : []));
  assert.deepEqual(told.slice(2), [...lines.map(([, changed]) => changed), []]);
});

test('what broke alone is told whole: the way to it, and a schedule of no choices', () => {
  const { break: found, ...rest } = explore(parseLitmus({ ...on, steps: ['f+8 = trap'] }, 'full'), {
    level: 'sequential',
    ...bounds,
  });
  const { execution = [], fetches = [], ...broken } = found ?? {};
  const executed = execution.flatMap((step) => (step.kind === 'instruction' ? [step.fetch.address] : []));
  assert.deepEqual([executed.slice(0, 3), executed.at(-1)], [[0x1000, 0x1004, 0x8000], 0x1008]);
  const counts = { states: execution.length, transitions: execution.length };
  assert.deepEqual(rest, { outcome: 'broken', ...counts, architecture: 'defined', traced: true, path: executed });
  const schedule =
    'r0.64.full.live/f@1000=7c0802a6,48006ffd,4e800020/ftrace_caller+ftrace_regs_caller+_mcount/s1008:7fe00008/sequential.1.1/';
  assert.deepEqual(broken, { check: 'trap', schedule, preemptions: 0, task: 0 });
  assert.deepEqual(fetches, [{ address: 0x1008, word: 0x7fe00008, step: 0, newest: true }]);
  assert.deepEqual(
    execution.find(({ kind }) => kind === 'instruction'),
    {
      kind: 'instruction',
      task: 0,
      cpu: 0,
      fetch: { address: 0x1000, word: 0x7c0802a6, step: -1, newest: true },
      suffix: 0x48006ffd,
      changed: [['r0', 0xc000n]],
      fixed: true,
    },
  );
});

test('a load of what changes is told once, with what it found', () => {
  const texts = { tramp: ['lis r11,3', 'ld r11,0(r11)', 'mtctr r11', 'bctr'] };
  const steps = ['publish ops = 0x1008'];
  const litmus: Litmus = { ...off, texts, site: ['b tramp', 'blr', 'trap'], data: { ops: '0x1004' }, steps };
  const { break: found } = explore(parseLitmus(litmus, 'full'), { level: 'preemption', ...bounds });
  const told = (found?.execution ?? []).flatMap((step) =>
    step.kind === 'instruction' ? [[step.fetch.address, ...step.changed.map(([, value]) => Number(value))]] : [],
  );
  assert.deepEqual(told, [[0x1000], [0x2000, 0x30000], [0x2004, 0x1008], [0x2008, 0x1008], [0x200c], [0x1008]]);
});

test('what held alone is told by its way', () => {
  const model = parseLitmus({ ...off, steps: ['f+0 = mflr r0', 'ipi'] }, 'full');
  const { states, transitions, ...rest } = explore(model, { level: 'sequential', ...bounds });
  // A store, its being made consistent, an IPI, a call, three instructions, a return.
  assert.deepEqual([states, transitions], [8, 8]);
  const path = [0x1000, 0x1004, 0x1008];
  assert.deepEqual(rest, { outcome: 'held', architecture: 'defined', traced: false, path, break: null });
});

test('a prefixed instruction is told with its suffix, whether that changes or not', () => {
  const litmus = { ...prefixed, site: ['paddi r12,0,65552,0', 'nop', 'blr'] };
  const told = ['f+8 = trap', 'f+4 = .long 0x39800011'].map((step) => {
    const model = parseLitmus({ ...litmus, steps: [step, 'f+8 = trap'] }, 'none');
    const { break: found } = explore(model, { level: 'sequential', ...bounds });
    const [first] = (found?.execution ?? []).filter((one) => one.kind === 'instruction');
    return first && [instructionText(model, first), first.fixed, first.changed];
  });
  assert.deepEqual(told, [
    ['pli r12,65552', true, [['r12', 65552n]]],
    ['pli r12,65553', false, [['r12', 65553n]]],
  ]);
});

test('every check but those that the protocol itself shows has been violated here', () => {
  assert.deepEqual(
    // Rows of checks/call.ts are lost in machine/entry.test.ts.
    [...checks.keys()].filter((id) => !violated.has(id as CheckId) && callRegister(id) === null),
    [
      ...['unknown-data', 'ftrace-bug', 'ftrace-disabled'],
      ...['goal-missed', 'goal-reached', 'probe-lost', 'foreign-word', 'not-consistent', 'kernel-bug'],
    ],
  );
});

test('a bound that is reached is an outcome of its own', () => {
  const model = parseLitmus({ ...on, steps: ['f+4 = nop', 'ipi isync wait', 'f+0 = nop'] }, 'full');
  assert.equal(explore(model, { level: 'stale', ...bounds, statesMax: 20 }).outcome, 'limit');
  const steps = Array.from({ length: 1100 }, (_, i) => `f+4 = ${i % 2 === 0 ? 'nop' : 'bl ftrace_caller'}`);
  const long = parseLitmus({ ...on, steps }, 'full');
  const { outcome, states, transitions } = explore(long, { level: 'stale', ...bounds });
  assert.deepEqual([outcome, states, transitions], ['limit', 0, 0], 'more versions than can be told apart');
});

test('without being told otherwise: no idle task, all reductions, and an end at the first break but at level stale', () => {
  const model = parseLitmus({ ...off, steps: ['f+4 = nop', 'f+0 = mflr r0', 'f+0 = trap'] }, 'none');
  for (const level of ['preemption', 'stale'] as const) {
    const full = { idle: false, exceptions: false, symmetry: true, merge: true, stopAtBreak: level === 'preemption' };
    const plain = explore(model, { level, ...bounds });
    assert.deepEqual(plain, explore(model, { level, ...bounds, ...full }), level);
    for (const other of [{ symmetry: false }, { merge: false }, { stopAtBreak: !full.stopAtBreak }])
      assert.notDeepEqual(explore(model, { level, ...bounds, ...full, ...other }).states, plain.states, level);
    const idle = explore(model, { level, ...bounds, idle: true });
    assert.match(idle.break?.schedule ?? '', new RegExp(`/${level}\\.2\\.2\\.idle/`));
    assert.match(plain.break?.schedule ?? '', new RegExp(`/${level}\\.2\\.2/`));
  }
});

test('an exception of the modifying CPU is one task on one CPU, whatever else is asked for', () => {
  const model = parseLitmus({ ...off, steps: ['f+0 = trap'] }, 'full');
  const asked = { level: 'preemption', ...bounds, exceptions: true, idle: true } as const;
  const { break: found, ...rest } = explore(model, asked);
  assert.match(found?.schedule ?? '', /\/preemption\.1\.1\.own\/m-d00-s0v1$/);
  assert.equal(found?.preemptions, 0);
  assert.deepEqual([rest.traced, rest.path], [false, []]);
});

test('the worst fetch of what is not consistent', () => {
  const words: readonly (readonly [word: string, architecture: string])[] = [
    ['plain f+0 = nop', 'defined'],
    ['plain f+0 = b .+4', 'defined'],
    ['plain f+0 = mflr r0', 'quasi'],
    ['plain f+0 = li r0,1', 'quasi'],
  ];
  for (const [word, architecture] of words) {
    const model = parseLitmus({ ...off, steps: [word] }, 'none');
    assert.equal(explore(model, { level: 'stale', ...bounds }).architecture, architecture, word);
  }
});

test('16 tasks on 8 CPUs', () => {
  const model = parseLitmus({ ...off, steps: ['f+0 = mflr r0', 'ipi isync wait', 'f+4 = bl ftrace_caller'] }, 'full');
  const found = explore(model, { level: 'preemption', tasks: 16, cpus: 8, statesMax: 100_000 }).break;
  assert.equal(found?.preemptions, 0);
  assert.deepEqual(replaySchedule(found.schedule).execution, found.execution);
});

test('the scenario of the seed thread: a task stopped on the first nop goes on into bl', () => {
  const litmus: Litmus = { ...off, steps: ['f+0 = mflr r0', 'ipi isync wait', 'f+4 = bl ftrace_caller'] };
  const model = parseLitmus(litmus, 'full');
  const found = explore(model, { level: 'preemption', ...bounds }).break;
  assert.ok(found);
  const told = found.execution.filter(
    (step) => step.kind !== 'instruction' || !step.fixed || instructionText(model, step) === 'blr',
  );
  assert.deepEqual(told.map(tell), [
    'task 0 calls f on CPU 0',
    'task 0: f nop',
    'f becomes mflr r0',
    'f is consistent',
    'ipi',
    'f+4 becomes bl ftrace_caller',
    'task 0: f+4 bl ftrace_caller lr=0x1008',
    'task 0: f+8 blr',
    'task 0: return-address at 0xdead0000',
  ]);
  assert.deepEqual(
    found.fetches.map(({ address, step, newest }) => ({ address, step, newest })),
    [
      { address: 0x1000, step: -1, newest: true },
      { address: 0x1004, step: 2, newest: true },
    ],
  );

  function tell(step: ExecutionStep): string {
    switch (step.kind) {
      case 'instruction': {
        const changed = step.changed.map(([name, value]) => ` ${name}=0x${value.toString(16)}`).join('');
        return `task ${step.task}: ${placeName(model, step.fetch.address)} ${instructionText(model, step)}${changed}`;
      }
      case 'modify':
        return `${placeName(model, step.address)} becomes ${wordText(model, { address: step.address, word: step.new })}`;
      case 'consistent':
        return `${placeName(model, step.address)} is consistent`;
      case 'dispatch':
        return `task ${step.task} calls f on CPU ${step.cpu}`;
      case 'break':
        return `task ${step.task}: ${step.check} at ${placeName(model, step.nia)}`;
      default:
        return step.kind;
    }
  }
});

test('data that was freed and is published again is data once more', () => {
  const steps = ['free ops', 'publish ops = 0x2', 'f+0 = b tramp'];
  const texts = { tramp: ['lis r11,3', 'ld r11,0(r11)', 'b f+4'] };
  const again: Litmus = { ...off, texts, data: { ops: '0x1' }, steps };
  const outcomes = [again, { ...again, steps: ['free ops', 'f+0 = b tramp'] }].map((litmus) => {
    const found = explore(parseLitmus(litmus, 'none'), { level: 'preemption', ...bounds });
    return found.break?.check ?? found.outcome;
  });
  assert.deepEqual(outcomes, ['held', 'freed-data']);
});
