/**
 * What is answered, and why: protocols of one call site before and after a patch, one thing apart; each way to a silence, and
 * what a finding says.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Protocol, Step } from '../protocol/protocol.ts';
import type { JudgeInput } from './judge.ts';
import { newCache } from './protocol-run.ts';
import {
  at,
  type Bare,
  bl,
  type Case,
  mflr,
  modify,
  protocol,
  publish,
  stopMachine,
  verdictOf,
} from './small-protocol.ts';

const why = 'the reason';
const [first, second] = [modify(0, mflr), modify(4, bl)];
const tasks: Bare = { kind: 'gracePeriod', flavour: 'tasks' };
const good = [stopMachine(first, second)];
const goodToo = [stopMachine(first), tasks, stopMachine(second)];
/** bl without mflr: the function returns to itself. */
const bad = [second];

const scenario = protocol([], {}).scenario;
type Scenario = Partial<Protocol['scenario']>;
const one = (steps: readonly Bare[], more: Partial<Protocol> = {}, asked: Scenario = {}): Protocol =>
  protocol(steps, { ...more, scenario: { ...scenario, ...asked } });

function check(title: string, given: Case, answer: string, notes: readonly string[] = []): void {
  test(title, () => {
    const verdict = verdictOf(given);
    assert.equal(`${verdict.answer}: ${verdict.why}`, answer);
    assert.deepEqual(
      verdict.notes.map(({ id, text }) => `${id} ${text}`.trim()),
      notes,
    );
    assert.equal(verdict.findings.length > 0, /^(finding|question)/.test(answer));
  });
}
const sides = (before: readonly Bare[], after: readonly Bare[], more: Partial<Protocol> = {}): Case => ({
  before: [one(before)],
  after: [one(after, more)],
});
const where = 'enable in p/nopreempt (near, all)';

check('what holds before and after', sides(good, goodToo), 'pass: holds in 1 runs');
check('a break', sides(good, bad), 'finding: one finding');
check(
  'a break, from the diff',
  { ...sides(good, bad), evidence: 'diff' },
  'question: one finding, from the diff alone',
  ['diff-only'],
);
check(
  'a break, on another base',
  { ...sides(good, bad), doubt: why },
  `question: one finding, on another base: ${why}`,
);
check(
  'breaks of two kinds',
  {
    before: [one(good), one(good, {}, { entryPoint: 'disable' })],
    after: [one(bad), one([modify(0, 0)], {}, { entryPoint: 'disable' })],
  },
  'finding: 2 findings',
  ['outside-cmodx quasi'],
);
check(
  'no change',
  sides(good, good),
  'silence: no instruction changes: the steps are the same before and after in 1 runs',
);
check(
  'no change, and a run that cannot be read',
  {
    before: [one(good), one([], { outcome: 'unread', why }, { plan: 'first' })],
    after: [one(good), one([], { outcome: 'unread', why }, { plan: 'first' })],
  },
  `silence: no instruction changes: the steps are the same before and after in 1 runs; 1 runs could not be read: ${why}`,
);
check(
  'no change, and a run whose reading reaches a bound',
  {
    before: [one(good), one([], { outcome: 'limit', why }, { plan: 'first' })],
    after: [one(good), one([], { outcome: 'limit', why }, { plan: 'first' })],
  },
  `silence: no instruction changes: the steps are the same before and after in 1 runs; 1 runs could not be read: ${why}`,
);
check(
  'nothing that can be read',
  { before: [one([], { outcome: 'unread', why })], after: [one([], { outcome: 'unread', why })] },
  `silence: no run could be read: ${why}`,
);
check('nothing to run', { before: [], after: [] }, 'silence: no entry point could be run on this source');
const problem = { kind: 'reject', text: 'does not apply' } as unknown as JudgeInput['problems'][number];
check('nothing to run, with a problem', { before: [], after: [], problems: [problem] }, 'silence: does not apply');
check(
  'a file that is not judged',
  { ...sides(good, good), unjudged: ['x.S', 'y.c', 'z.c', 'w.S'] },
  'silence: x.S is not judged',
  ['assembly-unread x.S, w.S', 'unjudged y.c, z.c'],
);
for (const [kind, evidence, hinders] of [
  ...(['offset', 'fuzz', 'other-blob'] as const).map((kind) => [kind, 'diff', false] as const),
  ...(['reject', 'earlier-patch'] as const).flatMap(
    (kind) =>
      [
        [kind, 'diff', true],
        [kind, 'tree', false],
      ] as const,
  ),
  ['cut', 'tree', true],
] as const)
  check(
    `a file that is not judged, and ${kind} on the ${evidence}`,
    {
      ...sides(good, good),
      ...{ evidence, unjudged: ['y.c'] },
      problems: [{ kind, text: 'a problem' } as unknown as JudgeInput['problems'][number]],
    },
    `silence: y.c is not judged${hinders ? ': a problem' : ''}`,
    ['unjudged y.c', ...(evidence === 'diff' ? ['diff-only'] : [])],
  );
check(
  'a file that is not judged beside one that is',
  { ...sides(good, goodToo), unjudged: ['y.c'] },
  'pass: holds in 1 runs',
  ['unjudged y.c'],
);
check(
  'what cannot be read',
  sides(good, [], { outcome: 'unread', why }),
  `silence: ${where} could not be read: ${why}`,
);
check(
  'what could not be read before',
  { before: [one(good, { outcome: 'unread', why })], after: [one(goodToo)] },
  `silence: ${where} could not be read before the patch: ${why}`,
);
check(
  'a break where nothing could be read before',
  { before: [one(good, { outcome: 'limit', why })], after: [one(bad)] },
  `silence: ${where} could not be read before the patch: ${why}`,
);
check(
  'a bound',
  { ...sides(good, goodToo), limits: { tasks: 2, cpus: 2, statesMax: 3 } },
  `silence: a bound was reached in ${where}: the exploration is not complete`,
);
check(
  'a bound of the reading',
  sides(good, goodToo, { outcome: 'limit', why }),
  `silence: a bound was reached in ${where}: ${why}`,
);
const assumption = { text: 'f() returns 0', file: 'f.c', line: 3, decisive: true };
check(
  'what cannot be read is told before any other doubt',
  {
    before: [one(good), one(good, {}, { plan: 'first' })],
    after: [
      one(goodToo, { outcome: 'limit', why: 'too long' }),
      one([], { outcome: 'unread', why }, { plan: 'first' }),
    ],
  },
  `silence: enable in p/nopreempt (near, first) could not be read: ${why}`,
);
check('what has no site', sides(good, goodToo, { sites: [], why }), `silence: ${where} could not be read: ${why}`);
test('what has no site, and no reason', () => {
  const verdict = verdictOf(sides(good, goodToo, { sites: [] }));
  assert.match(verdict.why, /could not be read: \w+/);
});
check(
  'an error, from the diff alone',
  sides(good, goodToo, { outcome: 'refused', evidence: 'diff', why }),
  `silence: ${where} ends in an error: ${why}`,
);
check(
  'an unknown that decides',
  sides(good, bad, { assumptions: [{ ...assumption, decisive: false }, assumption] }),
  `silence: what happens in ${where} depends on what the sources do not say: f() returns 0 (f.c:3)`,
);
check(
  'an unknown of no place',
  sides(good, goodToo, { assumptions: [{ ...assumption, file: null }] }),
  `silence: what happens in ${where} depends on what the sources do not say: f() returns 0`,
);
check(
  'an unknown that decides nothing',
  sides(good, goodToo, { assumptions: [{ ...assumption, decisive: false }] }),
  'pass: holds in 1 runs',
);
check(
  'an unknown, from the diff',
  sides(good, goodToo, { evidence: 'diff', assumptions: [assumption] }),
  'pass: holds in 1 runs',
);
test('an unknown that decides in some run is told as one that does, and once', () => {
  const ways = [false, true, false].map((decisive) => ({ ...assumption, decisive }));
  assert.deepEqual(verdictOf(sides(good, goodToo, { assumptions: ways })).assumptions, [assumption]);
});
check(
  'an unknown where nothing changes',
  sides(good, good, { assumptions: [assumption] }),
  'silence: no instruction changes: the steps are the same before and after in 1 runs',
);
const unknown = one(good, { assumptions: [assumption] }, { plan: 'first' });
check(
  'an unknown where nothing changes, beside a change',
  { before: [one(good), unknown], after: [one(goodToo), unknown] },
  'pass: holds in 2 runs',
);
check(
  'an error from the diff alone, where it breaks on both sides',
  sides(bad, [second, tasks], { outcome: 'refused', evidence: 'diff', why }),
  `silence: ${where} breaks before the patch and after it: return-address`,
  ['pre-existing return-address'],
);
const oneSite = sides([second], [second, tasks]);
check(
  'what breaks by itself before the patch',
  { before: [one(bad)], after: [one(good)] },
  `silence: ${where} seems to break by itself before the patch, which is not believed: return-address`,
);
check(
  'what breaks by itself on both sides',
  oneSite,
  `silence: ${where} breaks before the patch and after it: return-address`,
  ['pre-existing return-address'],
);
const late = [second, first];
check(
  'what breaks for who comes between, on both sides',
  sides(late, [...late, tasks]),
  `silence: ${where} breaks before the patch and after it: return-address`,
  ['pre-existing return-address'],
);
check('what broke for who came between, and breaks for all', sides(late, bad), 'finding: one finding');
check(
  'one that is gone beside a run that never broke',
  {
    before: [one(good), one(late, {}, { plan: 'first' })],
    after: [one(goodToo), one(good, {}, { plan: 'first' })],
  },
  'pass: holds in 2 runs',
  ['pre-existing-gone enable: the function returns to where no caller is: its link register is not the return address'],
);
check('a break that is gone', { before: [one([second, first])], after: [one(good)] }, 'pass: holds in 1 runs', [
  'pre-existing-gone enable: the function returns to where no caller is: its link register is not the return address',
]);
check(
  'a run that the unpatched source refuses',
  { before: [one([], { outcome: 'refused' })], after: [one(bad)] },
  'silence: no entry point could be run on this source',
);
check('a run that the patched source refuses', sides(good, [], { outcome: 'refused', why }), 'finding: one finding');
check(
  'a scenario that was not there',
  { before: [one(good)], after: [one(bad, {}, { plan: 'first' })] },
  'silence: no entry point could be run on this source',
);
check(
  'a profile that was not there',
  { before: [one(good)], after: [one(bad, {}, { profile: 'other' as 'p' & never })] },
  'finding: one finding',
);
check('a profile that was not there, in order', { before: [], after: [one(good)] }, 'pass: holds in 1 runs', []);
const [site] = protocol([], {}).sites;
assert.ok(site !== undefined);
check(
  'words further from patch class in one run than in another',
  {
    before: [],
    after: [
      one([modify(0, 0)]),
      one([modify(0, 0)], { sites: [{ ...site, words: new Map([...site.words, [0, mflr]]) }] }, { plan: 'first' }),
    ],
  },
  'finding: one finding',
  ['outside-cmodx undefined'],
);
check(
  'a run that is not asked of the patched source',
  { before: [one(good), one(good, {}, { plan: 'first' })], after: [one(goodToo)] },
  'pass: holds in 1 runs',
);
const leaves = (value: number): Protocol =>
  one(
    [modify(0, value)],
    { contract: 'plain', live: false, sites: [{ ...site, own: [0, 4, 8] }] },
    { subject: 'feature-fixups', entryPoint: 'boot' },
  );
check(
  'other instructions in the end',
  { before: [leaves(0x39800001)], after: [leaves(0x39800002)] },
  'silence: once feature-fixups: boot in p/nopreempt (near, all) is done a task executes “li r12,2; blr” where it executed “li r12,1; blr”, which is not judged',
);
const wordOfB = { address: at.A + 0x100n, symbol: 'B', offset: 0 };
const leavesTwo = (value: number): Protocol => {
  const of = leaves(0x39800001);
  const sites = of.sites.flatMap((one) => [one, { ...one, id: 'B', address: wordOfB.address }]);
  return { ...of, sites, steps: [...of.steps, { ...modify(0, value), word: wordOfB, stack: [] } as Step] };
};
check(
  'other instructions in the end at one of two sites',
  { before: [leavesTwo(0x39800001)], after: [leavesTwo(0x39800002)] },
  'silence: once feature-fixups: boot in p/nopreempt (near, all) is done a task executes “li r12,2; blr” where it executed “li r12,1; blr”, which is not judged',
);
const aside = { ...modify(0, mflr), word: { address: at.op, symbol: 'Z', offset: 0 } } as Bare;
check(
  'words that no run executes',
  sides(good, [...good, aside]),
  `silence: it changes the words of Z, which no run executes`,
);
check(
  'words that were stored before',
  { before: [one([...good, aside])], after: [one([...goodToo, aside])] },
  'pass: holds in 1 runs',
);
check(
  'words that were others before',
  sides([...good, { ...aside, new: bl } as Bare], [...good, aside]),
  'silence: it changes the words of Z, which no run executes',
);
check(
  'words of a text that is there',
  sides([...good], [...good, aside], {
    texts: [{ name: 'Z', address: at.op, words: new Map([[0, mflr]]), of: '' }],
  }),
  'pass: holds in 1 runs',
);
check('C that no run comes to', { ...sides(good, goodToo), uncovered: () => 'f()' }, 'silence: it changes f()');
check(
  'C that no run comes to, from the diff',
  { ...sides(good, goodToo), evidence: 'diff', uncovered: () => 'f()' },
  'pass: holds in 1 runs',
  ['diff-only'],
);
check(
  'a part of what is run',
  { ...sides(good, goodToo), partial: true },
  'silence: nothing breaks in what the diff shows, but parts of the functions on the way are not in it: give the source with --tree for an answer',
);
check(
  'an exit that is gone',
  {
    before: [
      one(good),
      one([], { outcome: 'unread' }, { entryPoint: 'call', call: { tracer: 'ftrace_caller', exit: 'normal' } }),
    ],
    after: [one(goodToo)],
  },
  'silence: call through ftrace_caller, exit normal in p/nopreempt (near, all): the unpatched source has this exit, the patched one does not',
);
check(
  'a function that nobody knows',
  sides(good, bad, { unknownFunctions: ['frob'] }),
  'silence: what it changes goes wrong unless frob() sees to it, which is not in the sources',
);
check(
  'a function that nobody knew',
  { before: [one(good, { unknownFunctions: ['frob'] })], after: [one(bad, { unknownFunctions: ['frob'] })] },
  'finding: one finding',
);
check(
  'a function that nobody knows, from the diff',
  { ...sides(good, bad, { evidence: 'diff', unknownFunctions: ['frob'] }), evidence: 'diff' },
  'question: one finding, from the diff alone',
  ['diff-only'],
);
check(
  'a profile that was not there, with words that are not patch class',
  { before: [], after: [one([modify(0, 0)])] },
  'finding: one finding',
  ['outside-cmodx quasi'],
);

// A primitive that fails: the run in which nothing does, and one in which patch_instruction() does.
const failing = (steps: readonly Bare[], ignored: boolean): Protocol =>
  one(steps, {}, { fault: { primitive: 'patch_instruction', nth: 1, ignored, at: [] } });
const faults = (before: readonly [Protocol, Protocol], after: readonly [Protocol, Protocol]): Case => ({
  before,
  after,
});
const ignored = `silence: ${where}: an error of patch_instruction() that the unpatched source reports is ignored`;
check(
  'an error that is handed on',
  faults([one(good), failing([], false)], [one(goodToo), failing([first], false)]),
  'pass: holds in 1 runs',
);
check(
  'an error that is no longer handed on',
  faults([one(good), failing([], false)], [one(goodToo), failing([first], true)]),
  ignored,
);
check(
  'an error that never was',
  faults([one(good), failing([], true)], [one(goodToo), failing([first], true)]),
  'pass: holds in 1 runs',
);
check(
  'an error after which a task breaks',
  faults([one(good), failing([], false)], [one(goodToo), failing(bad, true)]),
  'finding: one finding',
);
check(
  'an error after which a task broke already',
  faults([one(good), failing(bad, false)], [one(goodToo), failing([...bad, tasks], false)]),
  'pass: holds in 1 runs',
);
check(
  'an error after which the same is done',
  faults([one(good), failing(bad, false)], [one(good), failing(bad, false)]),
  'silence: no instruction changes: the steps are the same before and after in 1 runs',
);
check(
  'an error, where the run without one reaches a bound',
  faults([one(good), failing([], false)], [one(goodToo, { outcome: 'limit', why }), failing(bad, true)]),
  `silence: a bound was reached in ${where}: ${why}`,
);
check(
  'an error, where the run without one breaks too',
  faults([one(bad), failing([], false)], [one([...bad, tasks]), failing([modify(0, 0)], true)]),
  `silence: ${where} breaks before the patch and after it: return-address`,
  ['pre-existing return-address'],
);
check(
  'an error, where the run without one broke',
  faults([one(bad), failing([], false)], [one(good), failing(bad, true)]),
  `silence: ${where} seems to break by itself before the patch, which is not believed: return-address`,
);

const executed = (text: string): Partial<Extract<Bare, { kind: 'modify' }>> => ({
  executed: [
    { text, service: false } as never,
    { text: 'stw', service: false } as never,
    { text: 'after', service: true } as never,
  ],
});
const withExecuted = (text: string) => [stopMachine({ ...first, ...executed(text) } as Bare, second)];
check(
  'what is done around a store',
  { before: [one(withExecuted('one'))], after: [one(withExecuted('two'))] },
  'silence: it changes what is done around a store into text, which is not judged: before “one; store; after”, after “two; store; after”',
);
check(
  'what is done around a store, and other steps',
  { before: [one(withExecuted('one'))], after: [one([...withExecuted('two'), tasks])] },
  'silence: it changes what is done around a store into text, which is not judged: before “one; store; after”, after “two; store; after”',
);
check(
  'another subject has its name in front',
  {
    before: [one(good, {}, { subject: 'jump-label', plan: 'first' })],
    after: [one([], { outcome: 'unread', why }, { subject: 'jump-label', plan: 'first' })],
  },
  `silence: jump-label: enable in p/nopreempt (near, first) could not be read: ${why}`,
);
check(
  'data that is published',
  { before: [one([second])], after: [one([publish('store'), second])] },
  `silence: ${where} breaks before the patch and after it: return-address`,
  ['unordered-publish', 'pre-existing return-address'],
);

const placed = (step: Bare, line: number): Step =>
  ({ ...step, stack: [{ fn: 'f', at: { file: 'a.c', line, macros: [] } }] }) as Step;
test('a finding says what breaks, where, and what would mend it', () => {
  const steps = (...all: readonly Bare[]) => all.map((step, i) => placed(step, 10 + i)) as unknown as readonly Bare[];
  const more = { preemption: 'full' } as const;
  const mailLineOf: JudgeInput['mailLineOf'] = (_, line) => ({ mailLine: line + 100, op: '+' });
  const unmended = steps(first, second);
  const verdict = verdictOf({
    before: [
      one(steps(first, tasks, second), {}, more),
      one(steps(first, tasks, second), {}, { ...more, plan: 'first' }),
    ],
    after: [one(unmended, {}, more), one(unmended, {}, { ...more, plan: 'first' })],
    mailLineOf,
  });
  const spot = (line: number) => ({ file: 'a.c', line, mailLine: line + 100, fn: 'f' });
  const told = {
    ...{ ...spot(11), level: 'preemption', evidence: 'tree', check: 'return-address', entryPoint: 'enable' },
    ...{ profiles: ['p/preempt'], alsoAt: [], sources: [spot(10), spot(11)] },
    repair: {
      ...{ kind: 'ipi-and-grace-period', before: spot(11), inWalk: false, perRecord: true },
      text: 'an IPI that runs isync on every other CPU, then synchronize_rcu_tasks()',
    },
  };
  const [found, ...others] = verdict.findings;
  assert.ok(found !== undefined && others.length === 0);
  const { protocol: of, model, break: broken, schedule, ...rest } = found;
  assert.deepEqual(rest, told);
  assert.deepEqual([of.scenario.plan, model?.steps.length, broken?.schedule === schedule], ['all', 2, true]);
  const [run] = verdict.runs;
  assert.ok(run !== undefined && verdict.runs.length === 1);
  const { bounds, ...levels } = run;
  assert.deepEqual(levels, {
    ...{ entryPoint: 'enable', subject: 'ftrace', profile: 'p/preempt', live: true, calls: [] },
    // A task that holds an old nop goes on into bl: no IPI synchronizes it.
    before: { sequential: 'held', preemption: 'held', stale: 'broken', architecture: 'quasi' },
    after: { sequential: 'held', preemption: 'broken', stale: 'broken', architecture: 'quasi' },
  });
  const alone = verdictOf({ before: [one(unmended, {}, more)], after: [one([...unmended, tasks], {}, more)] }).runs[0];
  assert.deepEqual([bounds.tasks, bounds.cpus], [2, 2]);
  assert.ok(bounds.schedules > bounds.states && bounds.states > 0);
  assert.deepEqual(
    [bounds.states, bounds.schedules],
    [alone?.bounds.states, alone?.bounds.schedules].map((n) => 2 * (n ?? 0)),
  );
});

test('a break is new only where the unpatched source could be read', () => {
  for (const outcome of ['unread', 'limit'] as const)
    assert.deepEqual(verdictOf({ before: [one(good, { outcome, why })], after: [one(bad)] }).findings, []);
});

test('what was not there before has no levels before', () => {
  const { runs } = verdictOf({ before: [], after: [one(good)] });
  const none = { sequential: 'unread', preemption: 'unread', stale: 'unread', architecture: 'unread' };
  assert.deepEqual(
    runs.map(({ before }) => before),
    [none],
  );
});

test('the worst of a run’s sites and plans is told', () => {
  const scenarios = [one(good), one([second], {}, { plan: 'first' })];
  const [run] = verdictOf({ before: scenarios, after: scenarios }).runs;
  assert.deepEqual([run?.before.sequential, run?.after.sequential], ['broken', 'broken']);
  const [held] = verdictOf({ before: [one(good)], after: [one(good)] }).runs;
  assert.deepEqual([held?.before.sequential, held?.after.sequential], ['held', 'held']);
});

/** Of each level what came of it, and what is told. */
function checkLevels(
  title: string,
  { highest, after, more = {} }: { highest: JudgeInput['highest']; after: readonly Bare[]; more?: Scenario },
  expected: string,
): void {
  test(title, () => {
    const { runs, findings, notes } = verdictOf({
      ...{ before: [one([], {}, more)], after: [one(after, {}, more)], highest },
    });
    const [run] = runs;
    assert.ok(run !== undefined && runs.length === 1);
    const { sequential, preemption, stale, architecture } = run.after;
    const told = [...findings.map(({ level, check: id }) => `${level} ${id}`), ...notes.map(({ id }) => id)];
    assert.equal([sequential, preemption, stale, architecture, ...told].join(', '), expected);
  });
}
const full = { preemption: 'full' } as const;
const [sequential, preemption, stale, architecture] = ['sequential', 'preemption', 'stale', 'architecture'] as const;
checkLevels('one level', { highest: sequential, after: goodToo }, 'held, unread, unread, unread');
checkLevels('two levels', { highest: preemption, after: goodToo }, 'held, held, unread, unread');
checkLevels('three levels', { highest: stale, after: goodToo }, 'held, held, held, unread');
checkLevels('all levels', { highest: architecture, after: goodToo }, 'held, held, held, defined');
checkLevels(
  'one that breaks at every level',
  { highest: stale, after: bad },
  'broken, broken, broken, unread, sequential return-address',
);
const pre = { after: [first, second, tasks], more: full };
checkLevels('one that holds below', { highest: sequential, ...pre }, 'held, unread, unread, unread');
checkLevels(
  'a break says nothing of idle tasks',
  { highest: preemption, ...pre },
  'held, broken, unread, unread, preemption return-address',
);
const waiting = { after: [first, tasks, second], more: full };
checkLevels('what idle tasks break', { highest: preemption, ...waiting }, 'held, held, unread, unread, idle-task');
checkLevels('is not asked below', { highest: sequential, ...waiting }, 'held, unread, unread, unread');
checkLevels(
  'nor where another break is told',
  { highest: stale, ...waiting },
  'held, held, broken, unread, stale return-address',
);
const plain = { after: [stopMachine(first, { ...second, consistent: 'none' } as Bare)] };
checkLevels('a word that is left', { highest: stale, ...plain }, 'held, held, broken, unread, stale not-consistent');
checkLevels(
  'a word that is left is stale and nothing else',
  { highest: preemption, ...plain },
  'held, held, unread, unread',
);
checkLevels(
  'a word that is left by what breaks is not told',
  { highest: stale, after: [{ ...second, consistent: 'none' } as Bare] },
  'broken, broken, broken, unread, sequential return-address',
);

test('what was explored is counted once', () => {
  const cache = newCache();
  const explored = () => {
    verdictOf({ ...sides(good, [first, tasks, second]), cache });
    return [cache.states, cache.transitions] as const;
  };
  const [states, transitions] = explored();
  assert.ok(states > 0 && transitions > states);
  assert.deepEqual(explored(), [states, transitions]);
});
test('one of two sites is enough for a note', () => {
  const [site] = protocol([], {}).sites;
  assert.ok(site !== undefined);
  const other = { ...site, id: 'B', address: site.address + 0x100n };
  for (const sites of [
    [site, other],
    [other, site],
  ])
    assert.deepEqual(
      verdictOf(sides(good, [stopMachine(second, first)], { sites })).notes.map(({ id }) => id),
      ['own-exception'],
    );
});
