/**
 * Executions in full, as people read them: what each choice of a schedule is told as, and what a task alone is.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Emulation } from '../machine/emulation.ts';
import { formatModel } from '../machine/notation.ts';
import { passAlone, runAlone } from './alone.ts';
import { type ExecutionStep, type Fetch, instructionText, placeName, wordText } from './execution.ts';
import { type Litmus, parseLitmus } from './litmus.ts';
import { generator, randomModel } from './random-model.ts';
import { replayActions } from './replay.ts';
import { systemOf } from './replay-schedule.ts';
import { parseSchedule } from './schedule.ts';

const off: Litmus = { contract: 'r0', site: ['nop', 'nop', 'blr'], steps: [] };
/** Reads a pointer; the function is entered behind it. */
const reader = ['lis r11,3', 'ld r11,0(r11)', 'b f+4'];

function tell(litmus: Litmus, step: ExecutionStep): string {
  const model = parseLitmus(litmus, 'full');
  switch (step.kind) {
    case 'instruction':
      return `t${step.task} c${step.cpu} ${placeName(model, step.fetch.address)}: ${instructionText(model, step)}`;
    case 'modify':
    case 'consistent': {
      const { kind, address } = step;
      const [before, after] = [step.old, step.new].map((word) => wordText(model, { address, word }));
      return `${step.step} ${kind} ${placeName(model, address)}: ${before} → ${after}`;
    }
    case 'break':
      return `t${step.task} breaks: ${step.check} at ${placeName(model, step.nia)}`;
    case 'dispatch':
    case 'preempt':
    case 'resume':
    case 'return':
      return `t${step.task} c${step.cpu} ${step.kind}`;
    case 'deliver':
      return `c${step.cpu} deliver`;
    default:
      return `${step.step} ${step.kind}`;
  }
}

/** What was fetched: where, by which step it was stored, and `old` where there was a newer word. */
const fetched = (fetches: readonly Fetch[]) =>
  fetches.map(({ address, step, newest }) => `${address.toString(16)} of ${step}${newest ? '' : ' old'}`).join();

function replay(litmus: Litmus, choices: string) {
  const { schedule } = parseSchedule(`${formatModel(parseLitmus(litmus, 'full'))}/${choices}`);
  assert.ok(schedule !== null);
  return replayActions(systemOf(schedule), schedule.actions);
}

const replays: readonly (readonly [title: string, litmus: Litmus, choices: string, told: readonly string[]])[] = [
  [
    'a task is interrupted between two stores, and goes on elsewhere',
    { ...off, steps: ['f+0 = mflr r0', 'ipi', 'f+4 = mtlr r0'] },
    'stale.2.3/m-d12-s1v0-p1-m-m-i1-m-r10-m-s1v1-d00-p0',
    [
      ...['0 modify f: nop → mflr r0', 't1 c2 dispatch', 't1 c2 f: nop', 't1 c2 preempt'],
      ...['0 consistent f: nop → mflr r0', '1 ipi', 'c1 deliver', '2 modify f+4: nop → mtlr r0', 't1 c0 resume'],
      ...['2 consistent f+4: nop → mtlr r0', 't1 c0 f+4: mtlr r0', 't1 c0 f+8: blr'],
      ...['t1 breaks: return-address at 0xdead0000'],
    ],
  ],
  [
    'what a task has executed is not told again when it goes on',
    { ...off, site: ['li r12,5', 'nop', 'blr'], steps: ['f+4 = li r11,1'] },
    'preemption.1.2/d00-p0-r01-m-s0v1',
    [
      ...['t0 c0 dispatch', 't0 c0 f: li r12,5', 't0 c0 preempt', 't0 c1 resume', '0 modify f+4: nop → li r11,1'],
      ...['t0 c1 f+4: li r11,1', 't0 c1 f+8: blr', 't0 c1 return'],
    ],
  ],
  [
    'what a store makes consistent is what it stored; what a flush does, nobody need be told word by word',
    { ...off, steps: ['plain f+0 = li r11,1', 'f+0 = li r11,2', 'plain f+0 = li r11,3', 'flush'] },
    'stale.1.1/m-m-m-m-m',
    [
      ...['0 modify f: nop → li r11,1', '1 modify f: li r11,1 → li r11,2', '1 consistent f: li r11,1 → li r11,2'],
      ...['2 modify f: li r11,2 → li r11,3', '3 flush'],
    ],
  ],
  [
    'a prefixed instruction is one store where it is aligned, else two',
    { ...off, site: ['nop', 'nop', 'nop', 'nop', 'blr'], steps: ['f+0 = paddi r12,0,1,0', 'f+4 = paddi r12,0,1,0'] },
    'stale.1.1/m-m-m-m-m',
    [
      ...['0 modify f: nop → .long 0x6000000', '0 modify f+4: nop → li r12,1'],
      ...['0 consistent f: nop → .long 0x6000000', '0 consistent f+4: nop → li r12,1'],
      ...['1 modify f+4: li r12,1 → .long 0x6000000', '1 modify f+8: nop → li r12,1'],
      ...['1 consistent f+4: li r12,1 → .long 0x6000000', '1 consistent f+8: nop → li r12,1'],
    ],
  ],
  [
    'stop_machine() stores all it stores at once, twice to one word too',
    { ...off, steps: ['f+0 = li r11,1', 'stop_machine f+0 = li r11,2; f+4 = li r12,1; f+0 = li r11,3'] },
    'stale.1.1/m-m-m',
    [
      ...['0 modify f: nop → li r11,1', '0 consistent f: nop → li r11,1', '1 stopMachine'],
      ...['1 modify f: li r11,1 → li r11,2', '1 modify f: li r11,2 → li r11,3', '1 modify f+4: nop → li r12,1'],
    ],
  ],
  [
    'for an exception of the CPU that stores them one after the other',
    { ...off, steps: ['stop_machine f+0 = li r11,1; f+0 = li r11,2; f+4 = li r12,1'] },
    'stale.1.1.own/m-m-m-d00-s0v1-s0v0-m-m',
    [
      ...['0 stopMachine', '0 modify f: nop → li r11,1', '0 consistent f: nop → li r11,1', 't0 c0 dispatch'],
      ...['t0 c0 f: li r11,1', 't0 c0 f+4: nop', 't0 c0 f+8: blr', 't0 c0 return'],
      ...['0 modify f: li r11,1 → li r11,2', '0 consistent f: li r11,1 → li r11,2'],
    ],
  ],
  [
    'two patchers, and what neither stores',
    {
      ...off,
      data: { ops: '0x1' },
      steps: ['f+0 = li r11,1', 'grace tasks', 'free ops'],
      other: ['f+4 = li r12,1', 'publish ops = 0x2', 'reachable'],
    },
    'stale.1.1/m1-m-m1-m1-m-m1-m-m-m',
    [
      ...['3 modify f+4: nop → li r12,1', '0 modify f: nop → li r11,1', '3 consistent f+4: nop → li r12,1'],
      ...['4 publish', '0 consistent f: nop → li r11,1', '5 reachable', '1 begin', '1 end', '2 free'],
    ],
  ],
  [
    'a task waits in front of what it loads while that changes',
    { ...off, texts: { tramp: reader }, data: { ops: '0x1' }, steps: ['f+0 = b tramp', 'publish ops = 0x2'] },
    'stale.1.1/m-m-d00-s0v1-m-s0v0',
    [
      ...['0 modify f: nop → b tramp', '0 consistent f: nop → b tramp', 't0 c0 dispatch'],
      ...['t0 c0 f: b tramp', 't0 c0 tramp: lis r11,3', '1 publish'],
      ...['t0 c0 tramp+4: ld r11,0(r11)', 't0 c0 tramp+8: b f+4', 't0 c0 f+4: nop', 't0 c0 f+8: blr', 't0 c0 return'],
    ],
  ],
  [
    'a task in text that is freed executes nothing more',
    { ...off, texts: { tramp: ['nop', 'b f+4'] }, site: ['b tramp', 'nop', 'blr'], steps: ['free tramp'] },
    'stale.1.1/d00-s0v0-m-s0v0',
    [...['t0 c0 dispatch', 't0 c0 f: b tramp', 't0 c0 tramp: nop', '0 free'], 't0 breaks: freed-target at tramp+4'],
  ],
];
for (const [title, litmus, choices, told] of replays)
  test(`told: ${title}`, () => {
    const { execution, problem } = replay(litmus, choices);
    assert.equal(problem, null);
    assert.deepEqual(
      execution.map((step) => tell(litmus, step)),
      told,
    );
  });

const prefixed: Litmus = { ...off, site: ['paddi r12,0,1,0', 'blr'] };
const halves = ['f+0 = .long 0x06000002', 'f+4 = .long 0x39800020'];
const broken: readonly (readonly [title: string, litmus: Litmus, choices: string, fetches: string])[] = [
  [
    'the old word of a store that not every CPU sees, then the new one',
    { ...off, steps: ['f+0 = mflr r0', 'f+4 = bl ftrace_caller'] },
    'stale.1.1/m-m-m-m-d00-s0v0-s0v1',
    '1000 of -1 old,1004 of 1',
  ],
  [
    'those since it called last',
    { ...off, steps: ['f+0 = mflr r0', 'f+4 = bl ftrace_caller', 'f+0 = nop'] },
    'stale.2.2/d00-d11-s0v0-s0v0-m-m-m-m-m-m-d00-s1v2-s0v2-s0v1',
    '1000 of 2,1004 of 1',
  ],
  [
    'the first half new, the second old',
    { ...prefixed, steps: halves },
    'stale.1.1/m-d00-s0v1',
    '1000 of 0,1004 of -1',
  ],
  [
    'the first old, the second new',
    { ...prefixed, steps: halves },
    'stale.1.1/m-m-m-d00-s0v0.1',
    '1000 of -1 old,1004 of 1',
  ],
  [
    'both, where the second alone changes',
    { ...prefixed, steps: [halves[1] ?? '', 'f+8 = trap'] },
    'stale.1.1/m-m-m-d00-s0v0.1-s0v1',
    '1000 of -1,1004 of 0,1008 of 1',
  ],
];
for (const [title, litmus, choices, fetches] of broken)
  test(`fetched by a task that breaks: ${title}`, () => {
    const found = replay(litmus, choices);
    assert.equal(found.problem, null);
    assert.ok(found.check !== null);
    assert.equal(fetched(found.fetches), fetches);
  });

test('an interrupt is of a CPU, whatever runs there', () => {
  const { execution } = replay({ ...off, steps: ['f+0 = mflr r0', 'ipi'] }, 'stale.2.2/m-m-m-i1');
  assert.deepEqual(execution.at(-1), { kind: 'deliver', cpu: 1 });
});

test('a replay that ends without a break has no task and no fetches; a break is told whatever else is said of it', () => {
  const litmus = { ...off, steps: ['f+0 = trap'] };
  const { schedule } = parseSchedule(`${formatModel(parseLitmus(litmus, 'full'))}/stale.2.2/m-m-d10-s1v1`);
  assert.ok(schedule !== null);
  const { actions } = schedule;
  const ended = (to: number, more: readonly number[], problem: string | null = null) => {
    const { execution, ...rest } = replayActions(systemOf(schedule), [...actions.slice(0, to), ...more], () => problem);
    return rest;
  };
  const nothing = { check: null, task: 0, fetches: [] };
  assert.deepEqual(ended(3, []), { ...nothing, problem: null });
  assert.deepEqual(ended(2, [0]), { ...nothing, problem: 'choice 3 (modify) is not possible there' });
  assert.deepEqual(ended(1, [], 'enough'), { ...nothing, problem: 'enough' });
  const fetches = [{ address: 0x1000, word: 0x7fe00008, step: 0, newest: true }];
  assert.deepEqual(ended(4, []), { check: 'trap', task: 1, fetches, problem: null });
  const last = replayActions(systemOf(schedule), actions, ({ told }) => (told === 5 ? 'too late' : null));
  assert.deepEqual([last.check, last.problem], ['trap', null]);
});

const alone: readonly (readonly [title: string, litmus: Litmus, told: readonly string[], fetches: string])[] = [
  [
    'it calls once all is done, and sees all of it',
    { ...off, steps: ['f+0 = li r11,1', 'ipi', 'f+0 = li r11,2'], other: ['f+4 = li r12,1'] },
    [
      ...['0 modify f: nop → li r11,1', '0 consistent f: nop → li r11,1', '1 ipi'],
      ...['2 modify f: li r11,1 → li r11,2', '2 consistent f: li r11,1 → li r11,2'],
      ...['3 modify f+4: nop → li r12,1', '3 consistent f+4: nop → li r12,1'],
      ...['t0 c0 dispatch', 't0 c0 f: li r11,2', 't0 c0 f+4: li r12,1', 't0 c0 f+8: blr', 't0 c0 return'],
    ],
    '1000 of 2,1004 of 3',
  ],
  [
    'a prefix with the suffix it had',
    { ...prefixed, steps: ['plain f+0 = .long 0x06000001'] },
    [
      ...['0 modify f: .long 0x6000000 → .long 0x6000001', 't0 c0 dispatch'],
      ...['t0 c0 f: pli r12,65537', 't0 c0 f+8: blr', 't0 c0 return'],
    ],
    '1000 of 0',
  ],
  [
    'the prefix that it was with another suffix',
    { ...prefixed, steps: ['plain f+4 = .long 0x39800020'] },
    [
      ...['0 modify f+4: li r12,1 → li r12,32', 't0 c0 dispatch'],
      ...['t0 c0 f: pli r12,32', 't0 c0 f+8: blr', 't0 c0 return'],
    ],
    '1000 of -1,1004 of 0',
  ],
  ...[0, 4].map((freed): (typeof alone)[number] => [
    `text is freed by any address in it (${freed}), and so is where a task comes into the middle of it`,
    {
      ...off,
      texts: { other: ['b f+4'], tramp: ['nop', 'b f+4'] },
      site: ['b tramp+4', 'nop', 'blr'],
      steps: [`free tramp+${freed}`],
    },
    ['0 free', 't0 c0 dispatch', 't0 c0 f: b tramp+4', 't0 breaks: freed-target at tramp+4'],
    '',
  ]),
  [
    'other text is there still',
    { ...off, texts: { other: ['nop', 'b f+4'], tramp: ['nop'] }, site: ['b other+4', 'blr'], steps: ['free tramp'] },
    ['0 free', 't0 c0 dispatch', 't0 c0 f: b other+4', 't0 c0 other+4: b f+4', 't0 c0 f+4: blr', 't0 c0 return'],
    '',
  ],
];
for (const [title, litmus, told, fetches] of alone)
  test(`a task alone: ${title}`, () => {
    const { execution, ...found } = runAlone(parseLitmus(litmus, 'full'), null);
    assert.deepEqual(
      execution.map((step) => tell(litmus, step)),
      told,
    );
    assert.equal(fetched(found.fetches), fetches);
    assert.equal(found.check, told.at(-1)?.includes('freed-target') ? 'freed-target' : null);
  });

test('the way of a task alone is passed where nothing breaks, and is what would be told', () => {
  const random = generator(19);
  const outcomes = { held: 0, broken: 0 };
  for (let i = 0; i < 60; i++) {
    const model = randomModel(random);
    const emulation = new Emulation(model);
    for (const expected of [null, true, false]) {
      const { execution, check, traced } = runAlone(model, expected);
      const path = execution.flatMap((step) => (step.kind === 'instruction' ? [step.fetch.address] : []));
      const passed = check === null ? { path, traced, steps: execution.length } : null;
      assert.deepEqual(passAlone(emulation, expected), passed, formatModel(model));
      outcomes[check === null ? 'held' : 'broken']++;
    }
  }
  assert.ok(outcomes.held > 40 && outcomes.broken > 40, JSON.stringify(outcomes));
});
