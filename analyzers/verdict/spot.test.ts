/** The line that a step is blamed on: stacks of frames, and a mail that adds some lines and shows others. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { layout } from '../machine/layout.ts';
import { parseModel } from '../machine/notation.ts';
import type { Protocol, Step } from '../protocol/protocol.ts';
import type { Frame, Place } from '../source/place.ts';
import { atRest } from './at-rest.ts';
import { type EntryBreak, entrySpot, guiltyRegisters, shownSpot } from './entry-spot.ts';
import {
  guiltyStep,
  nowhere,
  partingSpot,
  previousModification,
  ranSpot,
  spotOf,
  stepSpot,
  trailSpot,
} from './spot.ts';

const frame = (fn: string, line: number): Frame => ({ fn, at: { file: 'a.c', line, macros: [] } });
const step = (kind: string, stack: readonly Frame[], more: object = {}): Step =>
  ({ kind, stack, word: { symbol: 'A' }, ...more }) as unknown as Step;
/** The mail adds lines 10 to 19 as its lines 110 to 119, and shows 20 to 29 as 120 to 129. */
const mail = (_: string, line: number) =>
  line >= 10 && line < 30 ? { mailLine: line + 100, op: line < 20 ? ('+' as const) : (' ' as const) } : null;
const at = (fn: string, line: number) => ({ file: 'a.c', line, mailLine: mail('', line)?.mailLine ?? null, fn });
const [old, old2, shown, shown2, added, added2] = [
  ...[
    frame('old', 1),
    frame('old2', 2),
    frame('shown', 20),
    frame('shown2', 21),
    frame('added', 10),
    frame('added2', 11),
  ],
] as [Frame, Frame, Frame, Frame, Frame, Frame];

const spots: readonly (readonly [title: string, step: Step, previous: Step | null, expected: ReturnType<typeof at>])[] =
  [
    ['the added line', step('modify', [old, added, old2]), null, at('added', 10)],
    ['the innermost that is added', step('modify', [added, shown, added2, old]), null, at('added2', 11)],
    ['an added line before a shown one', step('modify', [added, shown]), null, at('added', 10)],
    ['the innermost that is shown', step('modify', [shown, old, shown2, old2]), null, at('shown2', 21)],
    ['the innermost where nothing is shown', step('modify', [old, old2]), null, at('old2', 2)],
    ['no stack', step('modify', []), null, nowhere],
    [
      'where it parts from the step before',
      step('modify', [added, added2]),
      step('modify', [frame('added', 12), added2]),
      at('added', 10),
    ],
    [
      'behind what both have',
      step('modify', [added, added2, old]),
      step('modify', [added, added2, old]),
      at('added2', 11),
    ],
    [
      'from there on inward',
      step('modify', [shown, old, added]),
      step('modify', [frame('shown', 22)]),
      at('added', 10),
    ],
    ['from there on outward', step('modify', [added, old, old2]), step('modify', [added, old, old2]), at('added', 10)],
    [
      'a complaint: the added line that led there',
      step('bug', [old], { trail: [shown, added, added2] }),
      null,
      at('added', 10),
    ],
    ['a complaint in an added line', step('bug', [added2], { trail: [added] }), null, at('added2', 11)],
    ['no complaint has no trail', step('modify', [old], { trail: [added] }), null, at('old', 1)],
    ['what a primitive ran', step('modify', [old, shown], { passed: [old2, added] }), null, at('added', 10)],
    [
      'an added frame before what a primitive ran',
      step('modify', [added2], { passed: [added] }),
      null,
      at('added2', 11),
    ],
    ['of another step it does not count', step('flush', [old], { passed: [added] }), null, at('old', 1)],
  ];
for (const [title, one, previous, expected] of spots)
  test(title, () => assert.deepEqual(spotOf(one, previous, mail), expected));

test('what was taken out: the line behind the gap of the mail, in a function that ran across it', () => {
  // Mail line 5 is line 1; a line is taken out between 3 and 4.
  const gap = (_: string, line: number) =>
    line >= 1 && line <= 9 ? ({ mailLine: line + (line >= 4 ? 5 : 4), op: ' ' } as const) : null;
  const passed = [frame('f', 6), frame('g', 5), frame('f', 2)];
  assert.deepEqual(spotOf(step('modify', [old], { passed }), null, gap), {
    file: 'a.c',
    line: 4,
    mailLine: 9,
    fn: 'f',
  });
  const inner = [frame('f', 6), frame('f', 2), frame('g', 5)];
  assert.equal(spotOf(step('modify', [old], { passed: inner }), null, gap).line, 4);
  const apart = [frame('f', 6), frame('g', 2)];
  assert.equal(spotOf(step('modify', [old], { passed: apart }), null, gap).line, 1);
  const behind = [frame('f', 9), frame('f', 5)];
  assert.equal(spotOf(step('modify', [old], { passed: behind }), null, gap).line, 1);
  const between = (later: number, earlier: number) =>
    spotOf(step('modify', [old], { passed: [frame('f', later), frame('f', earlier)] }), null, gap).line;
  assert.equal(between(53, 2), 4, 'in reach');
  for (const [later, earlier, why] of [
    [54, 2, 'out of reach'],
    [6, 4, 'taken out ahead of both'],
    [3, 0, 'above what the mail shows'],
    [11, 8, 'below it'],
  ] as const)
    assert.equal(between(later, earlier), 1, why);
});

test('of a trail the newest added line, else the newest that is shown', () => {
  assert.deepEqual(trailSpot([shown, added, added2], mail), at('added', 10));
  assert.equal(trailSpot([shown, old], mail), null);
  assert.deepEqual(ranSpot([shown, added], mail), at('added', 10));
  assert.deepEqual(ranSpot([old, shown, shown2], mail), at('shown', 20));
  assert.equal(ranSpot([old], mail), null);
});

test('where two steps part', () => {
  const [one, two] = [step('modify', [old, shown, added]), step('modify', [old, shown, added2])];
  assert.deepEqual(partingSpot(one, two, mail), at('shown', 20), 'called from one line, another function');
  assert.deepEqual(partingSpot(one, one, mail), at('added', 10));
  assert.deepEqual(partingSpot(one, step('modify', [frame('old', 3), shown]), mail), at('old', 1));
  assert.deepEqual(partingSpot(step('modify', []), one, mail), nowhere);
});

test('the modification before: of the same site', () => {
  const steps = [
    ...[step('modify', [old]), step('modify', [old2], { word: { symbol: 'B' } }), step('ipi', [shown])],
    step('modify', [added]),
  ];
  const protocol = { steps } as unknown as Protocol;
  assert.equal(previousModification(protocol, steps[3]!), steps[0]);
  assert.equal(previousModification(protocol, steps[1]!), null);
  assert.equal(previousModification(protocol, steps[2]!), null);
  assert.deepEqual(stepSpot(protocol, 3, mail), at('added', 10));
  assert.deepEqual(stepSpot(protocol, 9, mail), nowhere);
  assert.equal(guiltyStep(protocol, [0, 1, 3], mail), steps[3], 'the added one');
  assert.equal(guiltyStep(protocol, [0, 2, 1, 1], mail), steps[2], 'else the last one');
  assert.equal(guiltyStep(protocol, [3, 0, -1], mail), steps[3]);
  assert.equal(guiltyStep(protocol, [-1], mail), null);
  assert.equal(guiltyStep(protocol, [], mail), null);
});

const entry = `r0.64.full.live/f@1000=60000000,4e800020+ftrace_caller@10000=${Array(7).fill('60000000')}//`;
/** Executed: words of entry code by index, with the registers that they change, by task 0 or another. The seventh has no place. */
function broken(
  executed: readonly (readonly [index: number, registers: string, task?: number])[],
  nia: number = layout.callee,
): EntryBreak {
  const { model } = parseModel(entry);
  assert.ok(model !== null);
  const execution = executed.map(([index, registers, task = 0]) => ({
    ...{ kind: 'instruction', task, cpu: 0, suffix: 0, fixed: true },
    fetch: { address: layout.entry + 4 * index, word: 0x60000000, step: -1, newest: true },
    changed: registers === '' ? [] : registers.split(' ').map((name) => [name, 7n]),
  }));
  const end = { kind: 'break', task: 0, check: 'tracer-ip', nia, via: null };
  const found = {
    ...{ check: 'tracer-ip', schedule: '', preemptions: 0, task: 0, fetches: [] },
    execution: [...execution, end],
  };
  const origins = new Map<number, readonly Place[]>(
    [1, 10, 20, 11, 2, 3].map((line, i) => [layout.entry + 4 * i, [{ file: 'a.c', line, macros: [] }]]),
  );
  return { model, found: found as unknown as EntryBreak['found'], origins };
}
const entrySpots: readonly (readonly [string, EntryBreak, ReturnType<typeof at> | null])[] = [
  [
    'the added word that writes LR',
    broken([
      [0, 'lr'],
      [1, 'lr'],
      [3, 'r3'],
    ]),
    at('ftrace_caller', 10),
  ],
  [
    'else an added word',
    broken([
      [0, 'lr'],
      [1, 'r3'],
      [3, 'r4'],
      [2, 'lr'],
    ]),
    at('ftrace_caller', 11),
  ],
  [
    'else a shown word that writes it',
    broken([
      [2, 'ctr'],
      [0, 'lr'],
    ]),
    at('ftrace_caller', 20),
  ],
  [
    'else a shown word',
    broken([
      [2, 'r3'],
      [0, 'lr'],
    ]),
    at('ftrace_caller', 20),
  ],
  ['else a word that writes it', broken([[0, 'lr']]), at('ftrace_caller', 1)],
  [
    'of those the last',
    broken([
      [0, 'lr'],
      [4, 'ctr'],
      [5, 'r3'],
    ]),
    at('ftrace_caller', 2),
  ],
  [
    'not what another task executes',
    broken([
      [0, 'lr'],
      [1, 'lr', 1],
    ]),
    at('ftrace_caller', 1),
  ],
  ['else a word', broken([[0, '']]), at('ftrace_caller', 1)],
  ['else none', broken([]), null],
  [
    'at the caller: a word that writes what is wrong',
    broken(
      [
        [1, 'r14'],
        [3, 'r3 r0'],
        [3, 'r0'],
      ],
      layout.caller,
    ),
    at('ftrace_caller', 11),
  ],
];
for (const [title, one, expected] of entrySpots)
  test(`entry code: ${title}`, () => {
    const spot = entrySpot(one, mail);
    assert.deepEqual(spot && { ...spot, fn: spot.fn.replace(/\+.*/, '') }, expected);
  });
test('entry code: of the lines of a word the added one, else the one shown, else the last', () => {
  const lineOf = (...lines: readonly number[]) => {
    const one = broken([
      [0, 'lr'],
      [4, 'lr'],
    ]);
    const places = lines.map((line) => ({ file: 'a.c', line, macros: [] }));
    return entrySpot({ ...one, origins: new Map([...one.origins, [layout.entry, places]]) }, mail)?.line;
  };
  assert.deepEqual([lineOf(20, 10, 21), lineOf(20, 21, 1)], [10, 21]);
  const macro = broken([[0, 'lr']]);
  const places = [1, 2].map((line) => ({ file: 'a.c', line, macros: [] }));
  assert.equal(entrySpot({ ...macro, origins: new Map([[layout.entry, places]]) }, mail)?.line, 2);
});
test('guilty registers: what the caller finds changed, else what leads on', () => {
  assert.deepEqual(guiltyRegisters(broken([[1, 'r14 r3']])), ['ctr', 'lr']);
  assert.deepEqual(guiltyRegisters(broken([[1, 'r14 r3 r0']], layout.caller)), ['r14', 'r3']);
});
test('what is shown of a way: the last added line, the last shown, the last', () => {
  assert.deepEqual(
    shownSpot(
      broken([
        [1, ''],
        [3, ''],
        [2, ''],
        [0, ''],
      ]),
      mail,
    ),
    at('ftrace_caller', 11),
  );
  assert.deepEqual(
    shownSpot(
      broken([
        [2, ''],
        [0, ''],
      ]),
      mail,
    ),
    at('ftrace_caller', 20),
  );
  assert.deepEqual(
    shownSpot(
      broken([
        [0, ''],
        [6, ''],
      ]),
      mail,
    ),
    at('ftrace_caller', 1),
    'the last of which the line is known',
  );
  assert.deepEqual(shownSpot(broken([]), mail), nowhere);
});

test('at rest: what is executed of the site’s own words, with all that was stored, but nops', () => {
  const { model } = parseModel(
    'plain.64.full.live/f@1000=60000000,7c0802a6,38600001,4e800020//s1004:38800002,m(1000:39800003)',
  );
  assert.ok(model !== null);
  const site = { own: [0, 4, 12] };
  const told = (path: readonly number[], own: readonly number[] | undefined = site.own) =>
    atRest({ model, site: { ...site, own } } as unknown as Parameters<typeof atRest>[0], path);
  assert.equal(told([0x1000, 0x1004, 0x1008, 0x100c]), 'li r12,3; li r4,2; blr');
  assert.equal(told([0x1008, 0x100c, 0x2000]), 'blr');
  assert.equal(told([]), '');
  assert.equal(atRest({ model, site: {} } as unknown as Parameters<typeof atRest>[0], [0x1000]), '');
  const prefixed = parseModel('plain.64.full.live/f@1000=06000001,38600000,4e800020//').model;
  assert.equal(atRest({ model: prefixed, site } as unknown as Parameters<typeof atRest>[0], [0x1000]), 'pli r3,65536');
  const nops = parseModel('plain.64.full.live/f@1000=60000000,4e800020//').model;
  assert.equal(atRest({ model: nops, site } as unknown as Parameters<typeof atRest>[0], [0x1000, 0x1004]), 'blr');
});
