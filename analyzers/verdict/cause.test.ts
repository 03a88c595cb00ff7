/** Which breaks are told as one. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { EntryPoint } from '../protocol/protocol.ts';
import { comesBefore, groupByCause, profileName, type Sighting } from './cause.ts';

interface Seen {
  readonly entryPoint: EntryPoint;
  readonly line: number;
  readonly schedule: string;
}

function sighting({ entryPoint, line, schedule }: Seen): Sighting {
  return {
    level: 'stale',
    check: 'return-address',
    pattern: 'nop bl',
    protocol: { scenario: { subject: 'ftrace', entryPoint, siteKind: 'near' } },
    guilty: null,
    spot: { file: 'f.c', line, mailLine: line, fn: '' },
    break: { schedule, preemptions: 0, execution: [] },
  } as unknown as Sighting;
}

function check(what: string, seen: readonly Seen[], expected: readonly (readonly string[])[]): void {
  test(what, () => {
    const groups = groupByCause(seen.map(sighting));
    assert.deepEqual(
      groups.map((group) => group.map(({ protocol }) => protocol.scenario.entryPoint)),
      expected,
    );
  });
}

const disable: Seen = { entryPoint: 'disable', line: 10, schedule: 'one' };
check(
  'the same break on other ways to it',
  [{ ...disable, entryPoint: 'unregister', line: 20 }, disable],
  [['disable', 'unregister']],
);
check(
  'another break of the same kind',
  [disable, { entryPoint: 'enable', line: 20, schedule: 'two' }],
  [['disable'], ['enable']],
);
check(
  'another break at the same line',
  [disable, { entryPoint: 'enable', line: 10, schedule: 'two' }],
  [['enable', 'disable']],
);
check('other sites of one entry point', [disable, { ...disable, line: 20, schedule: 'two' }], [['disable', 'disable']]);

/** Sightings by letters: what they say differs in what is given, and the letters of a group are those told as one. */
interface Made {
  readonly subject?: string;
  readonly entryPoint?: EntryPoint;
  readonly siteKind?: 'near' | 'far' | 'module';
  readonly level?: Sighting['level'];
  readonly file?: string;
  readonly line?: number;
  readonly mailLine?: number | null;
  readonly check?: string;
  readonly pattern?: string;
  readonly schedule?: string | null;
  readonly preemptions?: number;
  readonly executed?: number;
  readonly complaint?: string;
}
function made(letter: string, of: Made): Sighting {
  const { subject = 'ftrace', entryPoint = 'enable', siteKind = 'near', level = 'stale', line = 1 } = of;
  const { mailLine = line, check: found = 'wild-branch', pattern = 'nop', schedule = letter, preemptions = 0 } = of;
  return {
    ...{ level, check: found, pattern, profile: letter },
    protocol: { scenario: { subject, entryPoint, siteKind } },
    guilty: of.complaint === undefined ? null : { kind: 'bug', text: of.complaint },
    spot: { file: of.file ?? 'f.c', line, mailLine, fn: '' },
    break: schedule === null ? null : { schedule, preemptions, execution: Array(of.executed ?? 0).fill(null) },
  } as unknown as Sighting;
}
const groups = (seen: Readonly<Record<string, Made>>) =>
  groupByCause(Object.entries(seen).map(([letter, of]) => made(letter, of)))
    .map((group) => group.map(({ profile }) => profile).join(''))
    .join(' ');

const rows: readonly (readonly [title: string, seen: Readonly<Record<string, Made>>, expected: string])[] = [
  ['one pattern, one line', { a: {}, b: { entryPoint: 'disable' } }, 'ab'],
  ['one pattern, one entry point', { a: {}, b: { line: 2 } }, 'ab'],
  ['another line and entry point', { a: {}, b: { line: 2, entryPoint: 'disable' } }, 'a b'],
  ['a line of that number in another file', { a: {}, b: { file: 'g.c', entryPoint: 'disable' } }, 'a b'],
  ['on and off in turn', { a: {}, b: { line: 2, entryPoint: 'enable-disable-enable' } }, 'ab'],
  [
    'on and off in turn, which breaks at a lower level',
    { a: { entryPoint: 'enable-disable-enable', level: 'sequential' }, b: { line: 2 } },
    'ab',
  ],
  [
    'the entry point of one of them, and the line of the other',
    { a: {}, b: { entryPoint: 'disable' }, c: { line: 2, entryPoint: 'disable' } },
    'abc',
  ],
  ['another pattern', { a: {}, b: { pattern: 'bl' } }, 'a b'],
  [
    'another pattern, where tracers come',
    { a: { entryPoint: 'register' }, b: { entryPoint: 'direct-off', pattern: 'bl' } },
    'ab',
  ],
  ['where one comes only', { a: {}, b: { entryPoint: 'register', pattern: 'bl' } }, 'ab'],
  ['where one goes only', { a: {}, b: { entryPoint: 'direct-off', pattern: 'bl' } }, 'ab'],
  ['before tracers come', { a: { entryPoint: 'graph-off' }, b: { entryPoint: 'graph-on', pattern: 'bl' } }, 'b a'],
  [
    'behind all that tracers do',
    { a: { entryPoint: 'module-unload' }, b: { entryPoint: 'enable', pattern: 'bl' } },
    'b a',
  ],
  [
    'and another check',
    { a: { entryPoint: 'register' }, b: { entryPoint: 'unregister', pattern: 'bl', check: 'trap' } },
    'a b',
  ],
  [
    'and another line',
    { a: { entryPoint: 'register' }, b: { entryPoint: 'unregister', pattern: 'bl', line: 2 } },
    'a b',
  ],
  [
    'and no line at all',
    { a: { entryPoint: 'register', file: '' }, b: { entryPoint: 'unregister', pattern: 'bl', file: '' } },
    'a b',
  ],
  ['other subjects at one line', { a: {}, b: { subject: 'jump-label', pattern: 'bl' } }, 'ab'],
  ['other subjects at other lines', { a: {}, b: { subject: 'jump-label', line: 2 } }, 'a b'],
  ['other subjects nowhere', { a: { file: '' }, b: { subject: 'jump-label', file: '' } }, 'a b'],
  [
    'beside the tracer, one line',
    { a: { subject: 'kprobes' }, b: { subject: 'kprobes', pattern: 'bl', check: 'trap' } },
    'ab',
  ],
  [
    'beside the tracer, nowhere',
    { a: { subject: 'kprobes', file: '' }, b: { subject: 'kprobes', file: '', pattern: 'bl' } },
    'a b',
  ],
  [
    'beside the tracer, another line',
    { a: { subject: 'kprobes' }, b: { subject: 'kprobes', pattern: 'bl', line: 2 } },
    'a b',
  ],
  ['one schedule', { a: { schedule: 'x' }, b: { schedule: 'x', line: 2, entryPoint: 'disable', pattern: 'bl' } }, 'ab'],
  [
    'no schedule is no schedule',
    { a: { schedule: null }, b: { schedule: null, line: 2, entryPoint: 'disable' } },
    'a b',
  ],
  ['a complaint of one line', { a: { check: 'ftrace-bug' }, b: { check: 'ftrace-bug', entryPoint: 'disable' } }, 'ab'],
  ['complaints of two kinds', { a: { check: 'ftrace-bug' }, b: { check: 'kernel-bug' } }, 'a b'],
  ['a complaint and a break', { a: { check: 'kernel-bug' }, b: {} }, 'a b'],
  ['a break and a complaint', { a: {}, b: { check: 'ftrace-bug' } }, 'a b'],
  [
    'complaints in the same words, but for numbers',
    {
      a: { check: 'ftrace-bug', complaint: 'at 0xc0001234 of f' },
      b: { check: 'ftrace-bug', line: 2, complaint: 'at deadbeef of f' },
    },
    'ab',
  ],
  [
    'in other words',
    { a: { check: 'ftrace-bug', complaint: 'f' }, b: { check: 'ftrace-bug', line: 2, complaint: 'g' } },
    'a b',
  ],
  [
    'with other errors',
    { a: { check: 'ftrace-bug', complaint: 'error 14' }, b: { check: 'ftrace-bug', line: 2, complaint: 'error 22' } },
    'a b',
  ],
  ['without words', { a: { check: 'ftrace-bug' }, b: { check: 'ftrace-bug', line: 2 } }, 'a b'],
  ['the closest group', { a: {}, b: { line: 2, entryPoint: 'disable' }, c: { entryPoint: 'disable' } }, 'a bc'],
  [
    'the simplest is told first: its level',
    { a: { level: 'stale' }, b: { level: 'sequential' }, c: { level: 'preemption' } },
    'bca',
  ],
  ['its entry point', { a: { entryPoint: 'disable' }, b: { entryPoint: 'boot' }, c: {} }, 'bca'],
  ['what the mail shows', { a: { mailLine: null }, b: {} }, 'ba'],
  ['its site', { a: { siteKind: 'module' }, b: { siteKind: 'near' }, c: { siteKind: 'far' } }, 'bca'],
  ['its preemptions', { a: { preemptions: 2 }, b: { preemptions: 1 }, c: { schedule: null } }, 'cba'],
  ['its length', { a: { executed: 2 }, b: { executed: 1 }, c: { schedule: null } }, 'cba'],
  [
    'groups in the order of the mail',
    { a: { line: 3 }, b: { line: 2, pattern: 'bl' }, c: { mailLine: null, pattern: 'b' } },
    'b a c',
  ],
];
for (const [title, seen, expected] of rows) test(title, () => assert.equal(groups(seen), expected));

test('what comes before what: by stage, and of what is tried in turn by level', () => {
  const one = (entryPoint: EntryPoint, level: Sighting['level'] = 'stale') => made('a', { entryPoint, level });
  assert.equal(comesBefore(one('boot'), one('enable')), true);
  assert.equal(comesBefore(one('enable'), one('boot')), false);
  assert.equal(comesBefore(one('enable'), one('enable', 'sequential')), false);
  assert.equal(comesBefore(one('mitigation-on', 'sequential'), one('mitigation-off')), true);
  assert.equal(comesBefore(one('mitigation-on'), one('mitigation-off', 'sequential')), false);
  assert.equal(comesBefore(one('mitigation-on'), one('mitigation-off')), false);
  assert.equal(comesBefore(one('mitigation-on', 'sequential'), one('mitigation-on')), false);
  assert.equal(comesBefore(one('call-short', 'sequential'), one('call-long')), true);
  assert.equal(comesBefore(one('mitigation-on', 'sequential'), one('boot')), false);
  assert.equal(comesBefore(one('unoptimize', 'sequential'), one('disable')), false);
});
test('profiles are named with their preemption', () => {
  const named = (preemption: string) => profileName({ scenario: { profile: 'p', preemption } } as never);
  assert.deepEqual(['full', 'none'].map(named), ['p/preempt', 'p/nopreempt']);
});
