/** What holds between the micro-steps of one patcher or two, and which versions words and data have. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { parseModel } from './notation.ts';
import { type Point, Timeline } from './timeline.ts';

function timelineOf(steps: string, { live = 'live', apart = false } = {}): Timeline {
  const data = 'ops@30000:8+ops@30008:8=1+next@30010:8=2+sp@30018:8t=3';
  const { model, problem } = parseModel(`r0.64.full.${live}/f@1000=a0,a1,a2+${data}//${steps}`);
  assert.ok(model !== null, problem ?? '');
  const words = model.texts[0]?.words ?? [];
  return new Timeline(model, (address) => words[(address - 0x1000) / 4] ?? 0, apart);
}

/** Newest and consistent version of each word, then what else holds. */
const told = ({ newest, consistent, reachable, freed, data, freedData }: Point): string =>
  [
    `${newest.join('')}/${consistent.join('')}`,
    ...(reachable ? ['reachable'] : []),
    ...freed.map((address) => `x${address.toString(16)}`),
    ...(data.length > 0 ? [`data ${data.join('')}`] : []),
    ...(freedData.length > 0 ? [`freed ${freedData.join('')}`] : []),
  ].join(' ');

const check = (title: string, steps: string, expected: readonly string[], how: Parameters<typeof timelineOf>[1] = {}) =>
  test(title, () => {
    const timeline = timelineOf(steps, how);
    const points = timeline.lines[0]?.points ?? [];
    assert.deepEqual(points.map(told), expected);
    for (const [i, point] of points.entries()) assert.equal(timeline.at(i), point);
    assert.equal(timeline.end, points.at(-1));
    assert.equal(new Set(points.map(({ id }) => id)).size, points.length, 'each point has its own number');
    assert.equal(timeline.lines[0]?.micro.length, points.length - 1);
  });

check('nothing is done', '', ['/ reachable']);
check('a word that is stored, then made consistent', 's1000:1', ['0/0 reachable', '1/0 reachable', '1/1 reachable']);
check('two words, of which one is flushed later', 'u1000:1,u1004:2,u1004:3,f1004:1008', [
  ...['00/00 reachable', '10/00 reachable', '11/00 reachable', '12/00 reachable'],
  '12/02 reachable',
]);
check('stop_machine() at once', 'u1008:1,m(1000:1&1004:2)', [
  ...['000/000 reachable', '001/000 reachable'],
  '111/110 reachable',
]);
check(
  'stop_machine() for the CPU that does it',
  'm(1000:1&1004:2)',
  ['00', '00', '10', '10', '11', '11'].map(
    (newest, i) => `${newest}/${['00', '00', '00', '10', '10', '11'][i]} reachable`,
  ),
  { apart: true },
);
check('what waits changes nothing', 'i,g:rcu', Array(4).fill('/ reachable'));
check('text that becomes reachable', 'u1000:1,r,u1000:2', ['0/0', '1/0', '1/0 reachable', '2/0 reachable'], {
  live: 'dark',
});
check('data that is published, freed and published again', 'p30000:5,x30008,p30000:6,p30010:7', [
  ...['/ reachable data 000', '/ reachable data 100', '/ reachable data 100 freed 01'],
  ...['/ reachable data 200 freed 1', '/ reachable data 201 freed 1'],
]);
check('text that is freed, twice', 'x1000,x1004', ['/ reachable', '/ reachable x1000', '/ reachable x1000 x1004']);
check('data of a task’s own, and none at all, does not change', 'p30018:5,p30004:5', Array(3).fill('/ reachable'));
check('an address behind data is of text', 'x30018,p30010:1', [
  ...['/ reachable data 0', '/ reachable x30018 data 0', '/ reachable x30018 data 1'],
]);

test('versions of words and data, with the steps they come from', () => {
  const { addresses, versions, data } = timelineOf('r,s1008:1,m(1000:2.3&1008:4),p30000:5,p30000');
  assert.deepEqual(addresses, [0x1000, 0x1004, 0x1008]);
  const of = (word: number) => versions[word]?.map(({ value, step }) => `${value.toString(16)}@${step}`).join(' ');
  assert.equal(of(0), 'a0@-1 2@2');
  assert.equal(of(1), 'a1@-1 3@2');
  assert.equal(of(2), 'a2@-1 1@1 4@2');
  assert.deepEqual(
    data.map((datum) => [datum.word.address, datum.versions.map(({ value, step }) => `${value}@${step}`).join(' ')]),
    [[0x30000, 'null@-1 5@3 null@4']],
  );
});

test('two patchers: what each has done, put together', () => {
  const timeline = timelineOf('s1000:1,p30000:5,x1100+m(1004:2),r,p30010:6,x30010,x2000', { live: 'dark' });
  assert.equal(timeline.lines.length, 2);
  const at = (first: number, second: number) => told(timeline.at(first, second));
  assert.equal(at(0, 0), '00/00 data 00');
  assert.equal(at(1, 0), '10/00 data 00');
  assert.equal(at(2, 0), '10/10 data 00');
  assert.equal(at(0, 1), '01/01 data 00');
  assert.equal(at(1, 1), '11/01 data 00');
  assert.equal(at(3, 2), '11/11 reachable data 10');
  assert.equal(at(0, 4), '01/01 reachable data 01 freed 1');
  assert.equal(at(4, 5), '11/11 reachable x1100 x2000 data 11 freed 1');
  assert.equal(told(timeline.end), at(4, 5));
  const steps = timeline.versions.map((all) => all.map(({ step }) => step));
  assert.deepEqual(steps, [
    [-1, 0],
    [-1, 3],
  ]);
  const ids = Array.from({ length: 5 }, (_, first) =>
    Array.from({ length: 6 }, (_, second) => timeline.at(first, second).id),
  ).flat();
  assert.equal(new Set(ids).size, 30, 'each point has its own number');
  assert.equal(timeline.at(2, 3), timeline.at(2, 3), 'and is one object');
});

test('what is reachable from the start is so with a second patcher', () => {
  assert.equal(told(timelineOf('u1000:1+u1004:1').at(0, 0)), '00/00 reachable');
});
