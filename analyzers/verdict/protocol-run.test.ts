/**
 * What a run of one protocol says, by level and site: sites A, B, … with words of their own, and steps that modify them.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { Emulations } from '../machine/emulations.ts';
import type { CallSite, Protocol } from '../protocol/protocol.ts';
import { type ExploreLimits, forget, newCache, type ProtocolRun, runProtocol } from './protocol-run.ts';
import { at, type Bare, bl, called, entryCodeOf, mflr, modify, nop, protocol, word } from './small-protocol.ts';
import type { MailLineOf } from './spot.ts';
import type { Level } from './verdict.ts';

const limits: ExploreLimits = { tasks: 2, cpus: 2, statesMax: 100_000 };
interface Given {
  readonly highest?: Level;
  readonly limits?: ExploreLimits;
  readonly cache?: ReturnType<typeof newCache>;
  readonly mailLineOf?: MailLineOf;
}
const run = (of: Protocol, given: Given = {}): ProtocolRun =>
  runProtocol({
    ...{ protocol: of, highest: 'architecture', limits, cache: newCache() },
    ...{ emulations: new Emulations(), mailLineOf: () => null, ...given },
  });

const [first, second] = [modify(0, mflr), modify(4, bl)];
const tasks: Bare = { kind: 'gracePeriod', flavour: 'tasks' };
const [site] = protocol([], {}).sites;
assert.ok(site !== undefined);
/** Sites with these lines, one behind the other: the first is what the steps modify. */
const sitesOf = (...all: readonly (readonly string[])[]): readonly CallSite[] =>
  all.map((lines, index) => ({
    ...{ ...site, id: String.fromCharCode(65 + index), address: at.A + BigInt(0x100 * index) },
    words: new Map(lines.map((line, i) => [4 * i, word(line)])),
  }));

const holds = ['nop', 'nop', 'blr'];
const breaks = ['trap', 'blr'];
/** A field of the paca that is in no model. */
const reads = ['lis r11,6', 'ld r12,8(r11)', 'blr'];
/** @param expected at each level; of the sightings the level and the check */
function checkWorst(title: string, of: Protocol, given: Given, expected: string): void {
  test(title, () => {
    const { levels, sightings } = run(of, given);
    const told = sightings.map(({ level, check }) => `${level} ${check}`);
    assert.equal([...Object.values(levels), ...told].join(', '), expected);
  });
}
const still = (...sites: readonly (readonly string[])[]) => protocol([], { sites: sitesOf(...sites) });
const traps = 'sequential trap, preemption trap, stale trap';
checkWorst('a site that holds', still(holds), {}, 'held, held, held, defined');
checkWorst('a site that breaks', still(breaks), {}, `broken, broken, broken, defined, ${traps}`);
checkWorst('a site of which nobody knows what it reads', still(reads), {}, 'unread, unread, unread, defined');
for (const [title, sites, expected] of [
  ['that holds', [holds, reads], 'unread, unread, unread, defined'],
  ['that breaks', [breaks, reads], `broken, broken, broken, defined, ${traps}`],
] as const) {
  checkWorst(`behind a site ${title}`, still(...sites), {}, expected);
  checkWorst(`before a site ${title}`, still(...[...sites].reverse()), {}, expected);
}
// The first site has some 30 states, for it is modified; the others few.
const bounded = { limits: { tasks: 1, cpus: 1, statesMax: 16 } };
const busy = [first, tasks, first, tasks, first];
for (const [title, other, expected] of [
  ['that holds', holds, 'held, limit, limit, quasi'],
  ['of which nobody knows what it reads', reads, 'unread, limit, limit, quasi'],
  ['that breaks', breaks, `broken, broken, broken, quasi, ${traps}`],
] as const)
  checkWorst(`a bound, before a site ${title}`, protocol(busy, { sites: sitesOf(holds, other) }), bounded, expected);

/** A modification of site B. */
const ofB = (step: Bare): Bare =>
  step.kind === 'modify' ? { ...step, word: { ...step.word, address: step.word.address + 0x100n, symbol: 'B' } } : step;
checkWorst(
  'a bound, behind a site that breaks',
  protocol(busy.map(ofB), { sites: sitesOf(breaks, holds) }),
  bounded,
  `broken, broken, broken, quasi, ${traps}`,
);

const [tramp, free, rude]: readonly [bigint, Bare, Bare] = [
  at.A + 0x1000n,
  { kind: 'free', what: 'tramp', address: at.A + 0x1000n },
  { kind: 'gracePeriod', flavour: 'tasks-rude' },
];
/** A leads to a trampoline, is changed to lead nowhere, and the trampoline is freed. */
const freeing = (steps: readonly Bare[], preemption: 'none' | 'full'): Protocol => {
  const words = new Map(
    [mflr, word(`bl 0x${tramp.toString(16)}`, at.A + 4n), word('blr')].map((one, i) => [4 * i, one]),
  );
  const of = protocol([modify(4, nop), ...steps], {
    texts: [{ name: 'tramp', address: tramp, words: new Map([[0, word(`b 0x${at.tracer.toString(16)}`, tramp)]]) }],
    sites: [{ ...site, words }],
  });
  return { ...of, scenario: { ...of.scenario, preemption } };
};
/** @param expected as above, of sightings with the kind of the guilty step, and whether a note is due */
function checkFreed(
  title: string,
  steps: readonly Bare[],
  expected: string,
  preemption: 'none' | 'full' = 'full',
): void {
  test(title, () => {
    const { levels, sightings, staleFreed } = run(freeing(steps, preemption));
    const told = sightings.map(({ level, check, guilty }) => `${level} ${check} by ${guilty?.kind}`);
    assert.equal([...Object.values(levels), ...told, ...(staleFreed ? ['late'] : [])].join(', '), expected);
  });
}
const rcu: Bare = { kind: 'gracePeriod', flavour: 'rcu' };
const early = 'preemption freed-target by free, stale freed-target by free';
checkFreed('freed behind both waits', [rude, tasks, free], 'held, held, held, defined');
checkFreed('freed behind a wait for tasks, which old words outlast', [tasks, free], 'held, held, held, defined, late');
checkFreed('freed at once', [free], `held, broken, broken, defined, ${early}`);
checkFreed('freed, and waited then', [free, tasks], `held, broken, broken, defined, ${early}`);
checkFreed('freed behind a wait that preempted tasks outlast', [rude, free], `held, broken, broken, defined, ${early}`);
checkFreed(
  'freed late, and broken by what comes then',
  [tasks, free, modify(0, nop)],
  'held, held, broken, quasi, stale return-address by modify, late',
);
checkFreed(
  'freed behind a wait, while a branch leads there again',
  [tasks, modify(4, word(`bl 0x${tramp.toString(16)}`, at.A + 4n)), free],
  `broken, broken, broken, defined, sequential freed-target by free, ${early}`,
);

for (const [title, steps] of [
  ['freed behind another wait, which old words outlast', [rcu, free]],
  ['and a wait for tasks comes too late', [rcu, free, tasks, modify(4, nop)]],
] as const)
  checkFreed(title, steps, 'held, held, broken, defined, stale freed-target by free', 'none');
test('freed late, and broken by a step that is not the last', () => {
  const of = freeing([tasks, free, modify(0, nop), ofB(first)], 'full');
  const [sighting] = run(of).sightings;
  assert.equal(sighting?.guilty, of.steps[3]);
});
test('what old words reach is not asked below', () => {
  for (const highest of ['sequential', 'preemption'] as const)
    assert.equal(run(freeing([tasks, free], 'full'), { highest }).staleFreed, false);
});
test('freed text that the task at rest comes to is no matter of old words, however little is explored', () => {
  const again = modify(4, word(`bl 0x${tramp.toString(16)}`, at.A + 4n));
  const { levels, staleFreed } = run(freeing([tasks, again, free], 'full'), {
    limits: { tasks: 1, cpus: 1, statesMax: 1 },
    highest: 'sequential',
  });
  assert.deepEqual([levels.sequential, staleFreed], ['broken', false]);
});

// Does a task that runs A alone come to where it is to come? A text of the name, a word of A, or the tracer.
const detour = at.A + 0x2000n;
const toDetour = word(`b 0x${detour.toString(16)}`, at.A + 4n);
const detours = [
  { name: 'detour of A', address: detour, words: new Map([[0, word(`b 0x${(at.A + 8n).toString(16)}`, detour)]]) },
];
/** @param words at A+4 ahead of the steps and behind them; the word behind that returns */
function checkGoal(
  title: string,
  {
    words: [from, to],
    more = {},
    site: asked,
  }: {
    readonly words: readonly [number, number];
    readonly more?: Partial<Protocol>;
    readonly site: Partial<CallSite>;
  },
  expected: string | null,
): void {
  test(`${title}: ${expected ?? 'as it should be'}`, () => {
    const words = new Map([mflr, from, word('blr'), word('blr')].map((one, i) => [4 * i, one]));
    const { sightings } = run(
      protocol([{ ...modify(4, to), old: from } as Bare], {
        ...{ contract: asked.goal === undefined && asked.original === undefined ? 'r0' : 'plain', texts: detours },
        ...{ sites: [{ ...site, words, ...asked } as CallSite], ...more },
      }),
      { highest: 'sequential' },
    );
    const told = sightings.map(({ level, check, break: broken }) => `${level} ${check}${broken ? ' broken' : ''}`);
    assert.deepEqual(told, expected === null ? [] : [`sequential ${expected}`]);
  });
}
const skip = word('b .+8');
for (const traced of [true, false]) {
  const to = (goal: number | string) => ({ traced, goal }) as const;
  const [reached, missed] = traced ? [null, 'goal-missed'] : ['goal-reached', null];
  const is = traced ? 'to come to' : 'to leave';
  checkGoal(`${is} a text, and does come there`, { words: [nop, toDetour], site: to('detour of A') }, reached);
  checkGoal(`${is} a text, and does not`, { words: [toDetour, nop], site: to('detour of A') }, missed);
  checkGoal(`${is} a text that is nowhere`, { words: [nop, toDetour], site: to('tour') }, missed);
  checkGoal(`${is} a word, and does come there`, { words: [skip, nop], site: to(8) }, reached);
  checkGoal(`${is} a word, and does not`, { words: [nop, skip], site: to(8) }, missed);
  const probe = { traced, original: nop };
  checkGoal(`${is} a probe, and another word is there`, { words: [nop, skip], site: probe }, reached);
  checkGoal(`${is} a probe, and the program’s word is there`, { words: [skip, nop], site: probe }, missed);
  const [on, off] = traced ? [null, 'not-traced'] : ['still-traced', null];
  checkGoal(`${is} the tracer, and does come there`, { words: [nop, bl], site: { traced } }, on);
  checkGoal(`${is} the tracer, and does not`, { words: [bl, nop], site: { traced } }, off);
  // A probe that is a branch to its buffer, or a trap.
  const optimized = { traced, goal: 'detour of A', original: skip } as const;
  checkGoal(`${is} a probe’s buffer, and does come there`, { words: [nop, toDetour], site: optimized }, reached);
  checkGoal(`${is} a probe’s buffer, and does not`, { words: [toDetour, nop], site: optimized }, missed);
}
const back = { traced: false, goal: 'detour of A', original: nop } as const;
checkGoal('the probe is gone with the way to its buffer', { words: [toDetour, nop], site: back }, 'probe-lost');
for (const traced of [true, false])
  checkGoal(
    'what ends in an error has not said that it did',
    { words: [nop, traced ? nop : bl], site: { traced }, more: { outcome: 'refused', evidence: 'diff' } },
    null,
  );
checkGoal('nothing is asked of it', { words: [nop, toDetour], site: { traced: null, goal: 8 } }, null);

test('what could not be run says nothing', () => {
  const nothing = {
    ...{ sightings: [], idleBreaks: false, exceptionBreaks: false, staleFreed: false, unordered: false },
    ...{ states: 0, transitions: 0, entry: null, called: null, atRest: [] },
  };
  const all = (outcome: 'unread' | 'limit') =>
    ({ sequential: outcome, preemption: outcome, stale: outcome, architecture: 'unread' }) as const;
  const bad = [modify(4, bl)];
  assert.deepEqual(run(protocol(bad, { outcome: 'unread' })), { levels: all('unread'), ...nothing });
  assert.deepEqual(run(protocol(bad, { outcome: 'limit' })), { levels: all('limit'), ...nothing });
  assert.deepEqual(run(protocol(bad, { sites: [] })), { levels: all('unread'), ...nothing });
});

test('the worst of several sites’ fetches counts', () => {
  const stores = (value: number, index: number): Bare =>
    ({ ...modify(0, value), word: { address: at.A + BigInt(0x100 * index), symbol: 'S', offset: 0 } }) as Bare;
  // nop to a branch is patch class, to mflr it is not; between two that are neither nop nor branch nothing is said.
  const [defined, quasi] = [skip, mflr];
  const of = (...values: readonly number[]) =>
    run(protocol(values.map(stores), { sites: sitesOf(...values.map(() => holds)) })).levels.architecture;
  assert.deepEqual([of(defined, defined), of(defined, quasi), of(quasi, defined)], ['defined', 'quasi', 'quasi']);
  const li = protocol([modify(0, word('li r3,1')), ofB(first)], { sites: sitesOf(['mflr r0', 'nop', 'blr'], holds) });
  assert.equal(run(li).levels.architecture, 'undefined');
});

/** @param expected the level `sequential`, then what is seen */
function checkEnd(title: string, of: Protocol, expected: readonly string[]): void {
  test(title, () => {
    const { levels, sightings } = run(of, { highest: 'stale' });
    const told = sightings.map(({ level, check }) => `${level} ${check}`);
    assert.deepEqual([levels.sequential, ...told], expected);
  });
}
const jumpLabel = (steps: readonly Bare[], more: Partial<Protocol> = {}): Protocol => {
  const of = protocol(steps, more);
  return { ...of, scenario: { ...of.scenario, subject: 'jump-label' }, contract: 'plain' };
};
const warn = { kind: 'bug', what: 'WARN', code: null, site: null, text: '', trail: [] } as const;
const plain = { ...modify(4, word('b .+4')), consistent: 'none' } as Bare;
const own = sitesOf(holds).map((one) => ({ ...one, own: [4] }));
checkEnd('a complaint', jumpLabel([warn]), ['broken', 'sequential kernel-bug']);
checkEnd('a complaint is told, not what is left then', jumpLabel([plain, warn]), ['broken', 'sequential kernel-bug']);
checkEnd('an error of which nobody knows what it is of', jumpLabel([], { outcome: 'refused', evidence: 'diff' }), [
  'broken',
]);
checkEnd('a word that is left late', jumpLabel([plain]), ['held', 'stale not-consistent']);
checkEnd('a word of the program that is left', jumpLabel([modify(0, skip)], { sites: own }), [
  'broken',
  'sequential foreign-word',
]);

const stops = (...effects: readonly Bare[]): Bare =>
  ({ kind: 'stopMachine', handler: 'f', effects: effects.map((step) => ({ ...step, stack: [] })) }) as Bare;
interface Rare {
  readonly steps: readonly Bare[];
  readonly more?: Partial<Protocol>;
  readonly highest?: Level;
  readonly preemption?: 'none' | 'full';
}
/** @param expected for whom alone it breaks */
function checkRare(
  title: string,
  { steps, more = {}, highest = 'preemption', preemption = 'none' }: Rare,
  expected: readonly string[],
): void {
  test(title, () => {
    const of = protocol(steps, more);
    const scenario = { ...of.scenario, preemption, subject: 'jump-label' } as const;
    const { idleBreaks, exceptionBreaks } = run({ ...of, scenario }, { highest });
    const told = [...(idleBreaks ? ['idle task'] : []), ...(exceptionBreaks ? ['exception'] : [])];
    assert.deepEqual(told, expected);
  });
}
const [idle, exception] = [[first, tasks, second], [stops(second, first)]] as const;
checkRare('an idle task is not waited for', { steps: idle }, ['idle task']);
checkRare('an exception comes between two stores', { steps: exception }, ['exception']);
const exceptionAtB = stops(...[{ ...second, new: bl - 0x100 } as Bare, first].map(ofB));
checkRare('both, at two sites', { steps: [...idle, exceptionAtB], more: twoSites() }, ['idle task', 'exception']);
for (const steps of [idle, exception]) {
  checkRare('is not asked of the machine at rest', { steps, highest: 'sequential' }, []);
  checkRare('beside a complaint', { steps: [...steps, warn] }, []);
  checkRare('beside a break', { steps: [...steps, ofB(second)], more: twoSites() }, []);
}
checkRare('where a task that is preempted breaks as well', { steps: [first, rcu, second], preemption: 'full' }, []);
checkRare('where that is a matter of old words', { steps: idle, highest: 'stale' }, []);
checkRare('an exception, and a store behind', { steps: [...exception, second] }, ['exception']);
checkRare('in the right order', { steps: [stops(first, second)] }, []);
function twoSites(): Partial<Protocol> {
  return { sites: sitesOf(holds, holds) };
}

test('what a break is of: names of the words that were fetched, each stretch once', () => {
  const later = { ...modify(0, word(`bl 0x${at.tracer.toString(16)}`, at.A + 8n)) };
  const third = { ...later, word: { address: at.A + 8n, symbol: 'A', offset: 8 } } as Bare;
  const of = protocol([first, modify(4, nop), third], { sites: sitesOf(['nop', 'nop', 'nop', 'blr']) });
  const { sightings } = run({ ...of, scenario: { ...of.scenario, preemption: 'full' } }, { highest: 'preemption' });
  assert.deepEqual(
    sightings.map(({ level, check, pattern }) => [level, check, pattern]),
    [['preemption', 'return-address', 'nop bl']],
  );
});
const frame = (line: number) => ({ fn: 'f', at: { file: 'a.c', line, macros: [] } });
test('where a task goes wrong that runs alone: by the last modification, else by what ran last', () => {
  const placed = (step: Bare, line: number): Bare => ({ ...step, stack: [frame(line)] }) as unknown as Bare;
  const sites = sitesOf(holds).map((one) => ({ ...one, traced: true }));
  const told = (steps: readonly Bare[], trail: readonly number[]) => {
    const of = protocol(steps, { sites, trail: trail.map(frame) });
    const [sighting] = run(of, {
      highest: 'sequential',
      mailLineOf: (_, line) => ({ mailLine: 100 + line, op: ' ' }),
    }).sightings;
    assert.ok(sighting !== undefined);
    const { check, pattern, guilty, model, spot } = sighting;
    assert.deepEqual([check, pattern, model], ['not-traced', '', null]);
    return [guilty === null ? null : of.steps.indexOf(guilty), spot.line, spot.mailLine];
  };
  const [one, two] = [placed(modify(4, nop), 10), placed(modify(0, nop), 20)];
  assert.deepEqual(told([one, two, placed(tasks, 30)], [40]), [1, 20, 120]);
  assert.deepEqual(told([placed(tasks, 30)], [50, 40]), [null, 50, 150]);
  assert.deepEqual(told([], []), [null, 0, null]);
});

test('what is executed at rest is told of feature fixups', () => {
  const of = protocol([modify(4, word('li r4,2'))], { sites: own, contract: 'plain' });
  const restOf = (subject: Protocol['scenario']['subject']) =>
    run({ ...of, scenario: { ...of.scenario, subject } }).atRest;
  assert.deepEqual([restOf('feature-fixups'), restOf('jump-label')], [['li r4,2'], ['']]);
});

test('equal models are explored once, within the same bounds and while they are kept', () => {
  const cache = newCache();
  const spent = (given: Given = {}, preemption: 'none' | 'full' = 'none') => {
    const { states, transitions } = cache;
    const of = protocol([first, tasks, second], {});
    const told = run({ ...of, scenario: { ...of.scenario, preemption } }, { cache, highest: 'preemption', ...given });
    return { spent: [cache.states - states, cache.transitions - transitions], told: [told.states, told.transitions] };
  };
  const all = spent();
  assert.deepEqual(
    all.told.map((count) => count > 0),
    [true, true],
  );
  assert.deepEqual(spent(), { spent: [0, 0], told: all.told });
  const one = spent({ limits: { ...limits, tasks: 1 } });
  assert.ok((one.told[0] ?? 0) < (all.told[0] ?? 0));
  assert.deepEqual(spent({ limits: { ...limits, tasks: 1 } }), { spent: [0, 0], told: one.told });
  const single = spent({ limits: { ...limits, cpus: 1 } });
  assert.ok((single.told[0] ?? 0) < (all.told[0] ?? 0));
  const full = spent({}, 'full');
  assert.notDeepEqual(full.told, all.told);
  assert.deepEqual(spent({}, 'full').spent, [0, 0]);
  const known = [cache.states, cache.transitions];
  forget(cache);
  assert.deepEqual([cache.states, cache.transitions], known, 'what was done was done');
  assert.deepEqual(spent().told, all.told);
  assert.ok(cache.states > (known[0] ?? 0));
});

const tree = join(import.meta.dirname, '../../fixtures/tree');
const path = 'arch/powerpc/kernel/trace/ftrace_entry.S';
const read = (file: string) => (existsSync(join(tree, file)) ? readFileSync(join(tree, file), 'utf8') : null);
const source = read(path) ?? '';
const entry = entryCodeOf(read);

test('a break that is not of the entry code is shown without it, and laid to the step that it is of', () => {
  const inEntry = at.tracer + 0x40n;
  const words = [
    {
      ...modify(0, word(`bl 0x${at.op.toString(16)}`, inEntry)),
      word: { address: inEntry, symbol: 'ftrace_call', offset: 0 },
    },
    second,
  ] as readonly Bare[];
  const of = protocol(words, {
    entry,
    symbols: new Map([
      ['ftrace_caller', at.tracer],
      ['ftrace_call', inEntry],
      ['function_trace_call', at.op],
    ]),
  });
  const { sightings } = run(of);
  assert.deepEqual(
    sightings.map(({ level, check }) => `${level} ${check}`),
    ['sequential', 'preemption', 'stale'].map((level) => `${level} return-address`),
  );
  for (const { model, origin, guilty } of sightings) {
    assert.deepEqual([model?.texts.map(({ name }) => name), model?.tracers], [['f'], ['ftrace_caller']]);
    assert.equal(guilty, of.steps[1]);
    assert.deepEqual(origin, [1]);
  }
});

test('a call of a traced function: what was executed, where it came by', () => {
  const found = run(called(entry, 'normal'));
  assert.deepEqual(found.levels, { sequential: 'held', preemption: 'held', stale: 'held', architecture: 'defined' });
  const { entry: seen, called: call } = found;
  assert.ok(seen !== null && call !== null);
  const lines = new Set(
    [...seen.executed].flatMap((address) => seen.origins.get(address)?.map(({ line }) => line) ?? []),
  );
  const lineOf = (text: string) => 1 + source.slice(0, source.indexOf(text)).split('\n').length;
  assert.ok(lines.has(lineOf('\tbl	ftrace_stub')) && !lines.has(lineOf('\nlivepatch_handler:') + 1));
  assert.equal(call.call.tracerCalls, 1);
  assert.deepEqual([call.model, call.origins], [seen.model, seen.origins]);
  const other = run(protocol([first], { entry }));
  assert.deepEqual([other.entry, other.called], [null, null]);
});

test('a call that breaks: by which exit, which registers are wrong, and the line that made them so', () => {
  const edited = source.replace('\trestore	14, 14\n', '').replace('\trestore	3, 10\n', '\trestore	3, 9\n');
  const broken = called(
    entryCodeOf((file) => (file === path ? edited : read(file))),
    'normal',
  );
  const { sightings, called: call } = run(broken);
  assert.equal(call?.call.bodyRuns, 1);
  const [sighting] = sightings;
  assert.ok(sighting !== undefined);
  const { level, check, pattern, spot, model, guilty } = sighting;
  assert.deepEqual([level, check, pattern, guilty], ['sequential', 'non-volatile', 'normal r14 r10', null]);
  assert.equal(edited.split('\n')[spot.line - 1], '\tmr	r14, r7');
  const names = model?.texts.map(({ name }) => name) ?? [];
  assert.ok(names.includes('ftrace_caller') && !names.includes('livepatch_handler'), names.join());
});
