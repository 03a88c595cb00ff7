/**
 * What is done around a store into text, by names of instructions and services, before a patch and after it.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Executed, Protocol } from '../protocol/protocol.ts';
import { pokeAside } from './poke-aside.ts';
import { type Bare, barrier, mflr, modify, protocol, publish, stopMachine } from './small-protocol.ts';

/** `stw dcbst unmap()`: what ends in brackets is a service. */
const executed = (line: string): readonly Executed[] =>
  line.split(' ').map((text) => ({ text, service: text.endsWith('()'), stack: [] }));
const store = (line: string): Bare => ({ ...modify(0, mflr), executed: executed(line) }) as Bare;
const steps = (...all: readonly Bare[]) => protocol(all, {});

/** @param expected what is done around the first store that differs, before and after; null for none */
function check(
  title: string,
  before: Protocol | null,
  after: Protocol,
  expected: readonly [string, string] | null,
): void {
  test(title, () => {
    const told = pokeAside([{ before, after }]);
    const [, from, to] = /not judged: before “(.*)”, after “(.*)”$/.exec(told ?? '') ?? [];
    assert.deepEqual(told === null ? null : [from, to], expected);
  });
}
const poke = 'ptesync stw dcbst sync unmap()';
const same = steps(store(poke));
check('the same', same, steps(store(poke)), null);
check('something ahead', same, steps(store('isync stw dcbst sync unmap()')), [
  'ptesync; store; unmap()',
  'isync; store; unmap()',
]);
check('nothing ahead', same, steps(store('stw dcbst sync unmap()')), ['ptesync; store; unmap()', 'store; unmap()']);
check('a service behind', same, steps(store('ptesync stw dcbst sync')), ['ptesync; store; unmap()', 'ptesync; store']);
check('instructions behind are judged', same, steps(store('ptesync stw dcbst unmap()')), null);
for (const one of ['stb', 'sth', 'std'])
  check(`a store of another width: ${one}`, same, steps(store(`ptesync ${one} sync unmap()`)), null);
for (const one of ['stwcx.', 'pstd'])
  check(`no store into text: ${one}`, steps(store(`${one} ptesync stw`)), steps(store(`${one} isync stw`)), [
    `${one}; ptesync; store`,
    `${one}; isync; store`,
  ]);
check('without a store services are left', steps(store('isync map()')), steps(store('map() sync')), null);
const changed = store('stw');
for (const [title, inside] of [
  ['in stop_machine()', stopMachine],
  [
    'in an IPI',
    (effect: Bare): Bare =>
      ({ kind: 'ipi', handler: 'f', targets: 'others', wait: true, effects: steps(effect).steps }) as Bare,
  ],
  ['of data', () => ({ ...publish('patch'), executed: executed('stw') }) as Bare],
] as const)
  check(title, same, steps(inside(changed)), ['ptesync; store; unmap()', 'store']);
check('the second of two', steps(store(poke), store(poke)), steps(store(poke), changed), [
  'ptesync; store; unmap()',
  'store',
]);
check('one store more', same, steps(store(poke), changed), null);
check('one store less', steps(store(poke), changed), same, null);
check('a primitive that is built in', steps(modify(0, mflr)), steps(modify(0, mflr)), null);
check('and one behind it that is not', steps(modify(0, mflr), store(poke)), steps(modify(0, mflr), changed), [
  'ptesync; store; unmap()',
  'store',
]);
check('what was not there', null, same, null);
check('steps that store nothing', steps(barrier('wmb'), store(poke)), steps(barrier('rmb'), changed), [
  'ptesync; store; unmap()',
  'store',
]);
test('the first that differs of several runs is told', () => {
  const [before, after] = [same, steps(changed)];
  const asked = [
    { before, after: before },
    { before: null, after },
    { before, after },
  ];
  assert.match(pokeAside(asked) ?? '', /after “store”$/);
  assert.equal(pokeAside(asked.slice(0, 2)), null);
});
