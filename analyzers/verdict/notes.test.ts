/**
 * Notes: what is said beside a verdict, and what is not. Protocols of one call site, before and after a patch.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import {
  at,
  type Bare,
  barrier,
  bl,
  mflr,
  modify,
  nop,
  protocol,
  publish,
  stopMachine,
  verdictOf,
} from './small-protocol.ts';

interface Case {
  readonly before: readonly Bare[];
  readonly after: readonly Bare[];
  readonly live?: boolean;
}

function check(name: string, { before, after, live = true }: Case, expected: readonly string[]): void {
  test(name, () => {
    const verdict = verdictOf({ before: [protocol(before, { live })], after: [protocol(after, { live })] });
    assert.deepEqual(
      verdict.notes.map(({ id, text }) => `${id} ${text}`.trim()),
      expected,
    );
    assert.deepEqual(verdict.findings, []);
  });
}

const [first, second] = [modify(0, mflr), modify(4, bl)];
check(
  'stop_machine() with the words in the wrong order: what the modifying CPU runs in an exception',
  { before: [], after: [stopMachine(second, first)] },
  ['own-exception'],
);
check('the right order', { before: [], after: [stopMachine(first, second)] }, []);
check('as it was before', { before: [stopMachine(second, first)], after: [first, stopMachine(second)] }, [
  'outside-cmodx quasi',
]);
check(
  'and still is',
  { before: [stopMachine(second, first)], after: [stopMachine(second, first), stopMachine(second)] },
  [],
);

// One word nop -> nop again is a modification that breaks nothing.
const site = modify(4, nop);
check('data, then what leads to it', { before: [site], after: [publish('store'), site] }, ['unordered-publish']);
check('with smp_wmb() between', { before: [site], after: [publish('store'), barrier('wmb'), site] }, []);
check('smp_rmb() orders no stores', { before: [site], after: [publish('store'), barrier('rmb'), site] }, [
  'unordered-publish',
]);
check('patch_ulong() orders what it stores', { before: [site], after: [publish('patch'), site] }, []);
check(
  'patch_ulong() orders what was stored before it',
  { before: [site], after: [publish('store'), publish('patch'), site] },
  [],
);
check('patch_instruction() comes too late', { before: [site], after: [publish('store'), site, site] }, [
  'unordered-publish',
]);
check('behind all modifications', { before: [site], after: [site, publish('store')] }, []);
check('where nobody runs the site', { before: [site], after: [publish('store'), site], live: false }, []);
check(
  'as it was before the patch',
  { before: [publish('store'), site], after: [publish('store'), site, barrier('wmb')] },
  [],
);

test('a CPU may go on with an old branch into text that is freed behind a wait for tasks', () => {
  const text = at.A + 0x1000n;
  const wait = (flavour: 'tasks' | 'tasks-rude'): Bare => ({ kind: 'gracePeriod', flavour });
  const [site] = protocol([], {}).sites;
  assert.ok(site !== undefined);
  const words = new Map([...site.words, [0, 0x48001000]]);
  const of = (...waits: readonly Bare[]) =>
    protocol([modify(0, nop), ...waits, { kind: 'free', what: 'text', address: text }], {
      sites: [{ ...site, words }],
      texts: [{ name: 'text', address: text, words: new Map([[0, 0x4e800020]]) }],
    });
  const notes = (before: readonly Bare[], after: readonly Bare[]) =>
    verdictOf({ before: [of(...before)], after: [of(...after)] }).notes.map(({ id, text: more }) => `${id}${more}`);
  const [whole, late] = [[wait('tasks-rude'), wait('tasks')], [wait('tasks')]];
  assert.deepEqual(notes(whole, late), ['idle-task', 'stale-freed']);
  assert.deepEqual(notes(late, [...late, ...late]), []);
  assert.deepEqual(notes(late, whole), []);
});
