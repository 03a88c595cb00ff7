/**
 * The properties of a call as its caller sees it: every register belongs to one of them or to nobody, and each has words of its own.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { type CheckId, changedRegisters, checkReturn, checks, checkTarget, checkTraced } from './checks.ts';

const before = { gpr: Array.from({ length: 32 }, (_, i) => BigInt(0x100 + i)), cr: 0x12345678 };

const ofRegister = (register: number): CheckId | null => {
  if (register === 1) return 'stack-pointer';
  if (register === 2) return 'toc';
  if (register >= 13) return 'non-volatile';
  return register >= 3 && register <= 10 ? 'arguments' : null;
};
for (let register = 0; register < 32; register++) {
  test(`r${register} is ${ofRegister(register) ?? 'free to use'}`, () => {
    const after = { ...before, gpr: before.gpr.with(register, 7n) };
    const check = ofRegister(register);
    const changed =
      check === null ? [] : [{ register: `r${register}`, check, before: before.gpr[register], after: 7n }];
    assert.deepEqual(changedRegisters(before, after, true), changed);
    assert.deepEqual(changedRegisters(before, after, false), check === 'arguments' ? [] : changed);
    assert.equal(checkReturn(before, after, true), check);
  });
}

for (let bit = 0; bit < 32; bit++) {
  const field = 7 - Math.floor(bit / 4);
  const kept = field >= 2 && field <= 4;
  test(`bit ${bit} of CR is of CR${field}, which is ${kept ? 'kept' : 'free to use'}`, () => {
    const after = { ...before, cr: (before.cr ^ (1 << bit)) >>> 0 };
    const changed = { register: 'cr', check: 'non-volatile', before: BigInt(before.cr), after: BigInt(after.cr) };
    assert.deepEqual(changedRegisters(before, after, true), kept ? [changed] : []);
  });
}

test('the first of many explains the others', () => {
  const all = { gpr: before.gpr.map((value) => value + 1n), cr: ~before.cr >>> 0 };
  const changed = changedRegisters(before, all, true).map(({ register }) => register);
  const from = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => `r${first + i}`);
  assert.deepEqual(changed, ['r1', 'r2', ...from(13, 31), 'cr', ...from(3, 10)]);
  assert.equal(checkReturn(before, all, true), 'stack-pointer');
  assert.equal(checkReturn(before, before, true), null);
});

test('each check has a text, and no two the same', () => {
  const texts = [...checks.values()].map(({ text }) => text);
  assert.ok(texts.every((text) => /^[a-z].*[a-z0-9)]$/.test(text)));
  assert.equal(new Set(texts).size, texts.length);
  for (const [id, check] of checks) assert.ok(id === check.id && /^[a-z-]+$/.test(id));
});

test('where control arrives, and whether the tracer was reached', () => {
  assert.deepEqual([true, false].map(checkTarget), ['return-address', 'wild-branch']);
  const traced = [true, false, null].map((expected) => [true, false].map((is) => checkTraced(expected, is)));
  assert.deepEqual(traced, [
    [null, 'not-traced'],
    ['still-traced', null],
    [null, null],
  ]);
});
