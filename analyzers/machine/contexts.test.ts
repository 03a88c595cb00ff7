/** Contexts by their numbers, and what is executed once for all who ask. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Contexts } from './contexts.ts';
import { Emulation, type Led } from './emulation.ts';
import { Emulations } from './emulations.ts';
import { inTracer, layout } from './layout.ts';
import type { Model } from './model.ts';
import { parseModel } from './notation.ts';
import { outside } from './shape.ts';

function modelOf(preemption = 'full'): Model {
  const { model } = parseModel(`r0.64.${preemption}.live/f@1000=60000000,60000000,4e800020//u1000:0,u1004:0`);
  assert.ok(model !== null);
  return model;
}

test('contexts have numbers from 1 on, in the order in which they are met', () => {
  const emulation = new Emulation(modelOf());
  const contexts = new Contexts(emulation);
  assert.deepEqual(contexts.entry, { context: 1, check: null, synchronized: false });
  assert.equal(contexts.context(1), emulation.entry.context);
  const now = emulation.timeline.at(0);
  const [nop, blr] = [0x60000000, 0x4e800020];
  assert.equal(contexts.step(1, nop, now).context, 2);
  assert.equal(contexts.context(2).nia, 0x1004);
  assert.equal(contexts.step(1, nop, now).context, 2, 'it has been met');
  assert.equal(contexts.step(1, 0x7c0802a6, now).context, 3);
  assert.deepEqual(contexts.step(1, blr, now), { context: outside, check: null, synchronized: false });
  assert.equal(contexts.step(1, 0, now).check, 'illegal-instruction');
});

test('of more contexts than a state can tell apart there is no answer', () => {
  const emulation = new Emulation(modelOf());
  const caller = emulation.caller();
  let executed = 0;
  // Each step leads to a context of its own.
  const endless = {
    ...{ entry: emulation.entry, caller: () => caller },
    step: (): Led => ({ context: { ...caller, executed: ++executed }, check: null, synchronized: false }),
  } as unknown as Emulation;
  const contexts = new Contexts(endless);
  const now = emulation.timeline.at(0);
  for (let number = 2; number <= 0xffff; number++) assert.equal(contexts.step(1, 0, now).context, number);
  assert.equal(contexts.overflow, false);
  assert.equal(contexts.step(1, 0, now).context, outside);
  assert.equal(contexts.overflow, true);
});

test('models of one key are executed once', () => {
  const emulations = new Emulations();
  const [key, other] = [{}, {}];
  const emulation = emulations.of(key, modelOf());
  assert.equal(emulation.word(0x1008), 0x4e800020);
  assert.equal(emulations.of(key, modelOf('none')), emulation);
  assert.notEqual(emulations.of(other, modelOf()), emulation);
  assert.equal(emulations.of(key, modelOf()), emulation);
});

test('a tracer is a stand-in or a tree’s own code', () => {
  const { tracer, caller, entry, wild, site, text } = layout;
  for (const address of [tracer, caller - 4, entry, wild - 4, layout.callee, layout.returnHandler])
    assert.equal(inTracer(address), true, address.toString(16));
  for (const address of [site, text, tracer - 4, caller, entry - 4, wild, layout.data])
    assert.equal(inTracer(address), false, address.toString(16));
});
