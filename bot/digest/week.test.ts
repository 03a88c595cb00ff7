/** When a digest is due, by the clocks of a place. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { dueBeside, lastDue, momentOf, spanText, weekOf } from './week.ts';

const monday = { day: 'monday', time: '08:00', zone: 'Europe/Berlin' } as const;

const dues: readonly (readonly [string, Parameters<typeof lastDue>[1], string, string])[] = [
  ['winter', monday, '2026-01-07T12:00:00Z', '2026-01-05T07:00:00.000Z'],
  ['summer', monday, '2026-07-08T12:00:00Z', '2026-07-06T06:00:00.000Z'],
  ['the very moment', monday, '2026-07-06T06:00:00Z', '2026-07-06T06:00:00.000Z'],
  ['just before it', monday, '2026-07-06T05:59:59.999Z', '2026-06-29T06:00:00.000Z'],
  ['over the change in spring', monday, '2026-03-30T05:59:00Z', '2026-03-23T07:00:00.000Z'],
  ['after it', monday, '2026-03-30T06:00:00Z', '2026-03-30T06:00:00.000Z'],
  [
    'a day ahead of Greenwich',
    { ...monday, zone: 'Pacific/Auckland' },
    '2026-11-22T20:00:00Z',
    '2026-11-22T19:00:00.000Z',
  ],
  ['a quarter of an hour', { ...monday, zone: 'Asia/Kathmandu' }, '2026-11-23T12:00:00Z', '2026-11-23T02:15:00.000Z'],
  // 02:30 is not there on 29 March 2026: the clock goes from 02:00 to 03:00 at 01:00Z.
  [
    'a time left out',
    { day: 'sunday', time: '02:30', zone: 'Europe/Berlin' },
    '2026-03-29T12:00:00Z',
    '2026-03-29T01:00:00.000Z',
  ],
  // 02:30 comes twice on 25 October 2026.
  [
    'a time that comes twice',
    { day: 'sunday', time: '02:30', zone: 'Europe/Berlin' },
    '2026-10-25T12:00:00Z',
    '2026-10-25T00:30:00.000Z',
  ],
  [
    'between the two',
    { day: 'sunday', time: '02:30', zone: 'Europe/Berlin' },
    '2026-10-25T01:00:00Z',
    '2026-10-25T00:30:00.000Z',
  ],
  [
    'midnight left out',
    { day: 'sunday', time: '00:00', zone: 'America/Santiago' },
    '2026-09-06T12:00:00Z',
    '2026-09-06T04:00:00.000Z',
  ],
  [
    'half an hour of summer',
    { day: 'sunday', time: '02:15', zone: 'Australia/Lord_Howe' },
    '2026-10-04T12:00:00Z',
    '2026-10-03T15:30:00.000Z',
  ],
];
for (const [name, schedule, now, due] of dues)
  test(`due: ${name}`, () => assert.equal(lastDue(new Date(now), schedule).toISOString(), due));

test('every week of ten years has one moment, seven days of the wall apart, and a name of its own', () => {
  for (const schedule of [monday, { day: 'sunday', time: '02:30', zone: 'America/New_York' }] as const) {
    let due = lastDue(new Date('2020-01-15T00:00:00Z'), schedule);
    const names = new Set<string>();
    for (let week = 0; week < 520; week++) {
      const next = dueBeside(due, 1, schedule);
      assert.ok(Math.abs(next.getTime() - due.getTime() - 7 * 86_400_000) <= 3_600_000);
      assert.equal(lastDue(new Date(next.getTime() - 1), schedule).getTime(), due.getTime());
      assert.equal(lastDue(next, schedule).getTime(), next.getTime());
      names.add(weekOf(next, schedule.zone));
      due = next;
    }
    assert.equal(names.size, 520);
  }
});

test('weeks by ISO 8601, of the day before', () => {
  const of = (due: string) => weekOf(new Date(due), 'UTC');
  assert.equal(of('2026-11-30T08:00:00Z'), '2026-W48');
  assert.equal(of('2026-01-05T08:00:00Z'), '2026-W01');
  assert.equal(of('2021-01-04T08:00:00Z'), '2020-W53');
  assert.equal(of('2027-01-04T08:00:00Z'), '2026-W53');
});

test('spans and moments', () => {
  const span = (since: string, until: string) =>
    spanText({ since: new Date(since), until: new Date(until) }, 'Europe/Berlin');
  assert.equal(span('2026-03-02T07:00:00Z', '2026-03-09T07:00:00Z'), '2 to 9 March 2026');
  assert.equal(span('2026-03-30T07:00:00Z', '2026-04-06T07:00:00Z'), '30 March to 6 April 2026');
  assert.equal(span('2026-12-28T07:00:00Z', '2027-01-04T07:00:00Z'), '28 December 2026 to 4 January 2027');
  assert.equal(span('2026-03-02T00:00:00Z', '2026-03-02T23:00:00Z'), '2 March 2026');
  assert.equal(momentOf('2026-07-06', 'Europe/Berlin')?.toISOString(), '2026-07-05T22:00:00.000Z');
  assert.equal(momentOf('2026-07-06T08:00:00+02:00', 'UTC')?.toISOString(), '2026-07-06T06:00:00.000Z');
  for (const none of ['2026-13-01', 'yesterday', '2026-07-06T08:00:00', '']) assert.equal(momentOf(none, 'UTC'), null);
});
