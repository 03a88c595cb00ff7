/** Which breaks are told as one. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { EntryPoint } from '../protocol/protocol.ts';
import { groupByCause, type Sighting } from './cause.ts';

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
