/** What orders a store to data before a modification behind it, for every CPU. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Step } from '../protocol/protocol.ts';
import { isOrdered } from './order.ts';

const step = (of: object) => ({ stack: [], ...of }) as unknown as Step;
const stored = step({ kind: 'publish', how: 'store' });
const modify = step({ kind: 'modify' });

/** Is the store ordered before the modification, with a step between? */
const rows: readonly (readonly [between: object, ordered: boolean])[] = [
  ...['mb', 'wmb', 'sync', 'lwsync'].map((op) => [{ kind: 'barrier', op }, true] as const),
  ...['rmb', 'isync'].map((op) => [{ kind: 'barrier', op }, false] as const),
  [{ kind: 'publish', how: 'patch' }, true],
  [{ kind: 'publish', how: 'store' }, false],
  ...['flush', 'ipi', 'gracePeriod', 'stopMachine', 'unlock', 'reachable', 'resched'].map(
    (kind) => [{ kind }, true] as const,
  ),
  ...['free', 'lock', 'bug'].map((kind) => [{ kind }, false] as const),
];
for (const [between, ordered] of rows)
  test(`${Object.values(between).join(' ')} ${ordered ? 'orders' : 'does not order'}`, () => {
    assert.equal(isOrdered([stored, step(between), modify], 0), ordered);
    assert.equal(isOrdered([stored, modify, step(between)], 0), false, 'behind the modification it is too late');
    assert.equal(isOrdered([step(between), stored, modify], 1), false, 'ahead of the store it is too early');
    assert.equal(isOrdered([stored, step(between)], 0), true, 'nothing leads to the datum');
  });

test('what is no plain store to data needs nothing', () => {
  assert.equal(isOrdered([modify, modify], 0), true);
  assert.equal(isOrdered([step({ kind: 'publish', how: 'patch' }), modify], 0), true);
  assert.equal(isOrdered([modify], 7), true);
});
