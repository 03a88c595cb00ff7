/** Which of two findings stands first, and the reasons that are given. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Facts } from './digest.ts';
import { pointsOf, reasonsOf } from './risk.ts';

const plain: Facts = {
  ...{ level: 'preemption', isAsked: false, reach: { preemptions: 1, instructions: 2 }, isLive: true },
  ...{ profiles: { hit: 2, run: 4 }, isPartUnread: false, authorSaid: null, days: 1, isMerged: null },
};
const spoken = { messageId: 'a@example.org', at: '2026-03-01T00:00:00.000Z' };
/** Nothing speaks for it but its level; everything does. */
const least: Partial<Facts> = {
  ...{ reach: { preemptions: 9, instructions: 1 }, isLive: false, profiles: { hit: 1, run: 100 } },
  ...{ authorSaid: spoken, days: 0, isPartUnread: false },
};
const most: Partial<Facts> = {
  ...{ reach: { preemptions: 0, instructions: 99 }, isLive: true, profiles: { hit: 9, run: 9 } },
  ...{ authorSaid: null, days: 999, isPartUnread: true },
};

const rows: readonly (readonly [string, Partial<Facts>, Partial<Facts>])[] = [
  ['what is certain before what needs timing', { level: 'sequential' }, {}],
  ['timing before an old word', {}, { level: 'stale' }],
  ['the least certain one before the worst that needs timing', { ...least, level: 'sequential' }, most],
  ['the least by timing before the worst by an old word', { ...least }, { ...most, level: 'stale' }],
  ['said before asked', {}, { isAsked: true }],
  [
    'the least that is said before the worst that is asked',
    { ...least, level: 'stale' },
    { ...most, level: 'sequential', isAsked: true },
  ],
  ['merged before what is certain and not merged', { isMerged: true }, { level: 'sequential', isMerged: false }],
  ['no preemption before one', { reach: { preemptions: 0, instructions: 2 } }, {}],
  ['one before two', {}, { reach: { preemptions: 2, instructions: 2 } }],
  ['a wide window before a narrow one', { reach: { preemptions: 1, instructions: 5 } }, {}],
  ['no wide window makes up for a preemption', {}, { reach: { preemptions: 2, instructions: 999 } }],
  ['known before unknown reach', {}, { reach: null }],
  ['live code before code that cannot run yet', {}, { isLive: false }],
  ['more kernels before fewer', { profiles: { hit: 3, run: 4 } }, {}],
  ['all of few before some of many', { profiles: { hit: 2, run: 2 } }, { profiles: { hit: 4, run: 10 } }],
  ['what was not all run before what was', { isPartUnread: true }, {}],
  ['a silent author before one who has answered', {}, { authorSaid: spoken }],
  ['what lies longer before what is new', { days: 14 }, {}],
];
for (const [name, first, second] of rows)
  test(name, () => {
    const [a, b] = [pointsOf({ ...plain, ...first }), pointsOf({ ...plain, ...second })];
    assert.ok(a > b, `${a} > ${b}`);
  });

const words = (facts: Partial<Facts>) => reasonsOf({ ...plain, ...facts }).flatMap((reason) => reason.words ?? []);

test('reasons, in the order in which a reader asks', () => {
  assert.deepEqual(words({}), [
    ...['timing alone is enough', 'with one preemption, in a window of 2 instructions'],
    ...['other CPUs may run the code meanwhile', 'in 2 of the 4 kernels that were run'],
    ...['no word from the author yet', '1 day old'],
  ]);
  assert.deepEqual(
    words({ ...most, level: 'sequential', isAsked: true, isMerged: true, authorSaid: spoken, isLive: false }),
    [
      ...['it is certain', 'asked, not said: it was not run on the tree of the author', 'merged already'],
      ...['before the code can run', 'in all 9 kernels that were run', 'a part of the patch was not run'],
      ...['the author has answered', '142 weeks old'],
    ],
  );
});

test('where no tree tells nothing is said of merging', () => {
  assert.ok(!words({ isMerged: null }).some((one) => one.includes('merged')));
  assert.ok(words({ isMerged: false }).includes('not merged'));
});
