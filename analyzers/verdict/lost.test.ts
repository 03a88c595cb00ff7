/**
 * What a call of a traced function no longer does, on the fixtures' entry code with a line changed: its caller finds nothing
 * wrong, and what is lost is told like a break, up to where it shows.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { placeName } from '../explore/execution.ts';
import { Emulations } from '../machine/emulations.ts';
import type { Exit } from '../protocol/protocol.ts';
import { isLost, lostAside, withLost } from './lost.ts';
import { newCache, type ProtocolRun, runProtocol } from './protocol-run.ts';
import { called, entryCodeOf } from './small-protocol.ts';

const tree = join(import.meta.dirname, '../../fixtures/tree');
const path = 'arch/powerpc/kernel/trace/ftrace_entry.S';
const read = (file: string) => (existsSync(join(tree, file)) ? readFileSync(join(tree, file), 'utf8') : null);
const source = read(path) ?? '';
const protocolOf = (text: string, exit: Exit) =>
  called(
    entryCodeOf((file) => (file === path ? text : read(file))),
    exit,
  );

const [cache, limits] = [newCache(), { tasks: 2, cpus: 2, statesMax: 100_000 }];
function runOf(text: string, exit: Exit): ProtocolRun {
  const protocol = protocolOf(text, exit);
  return runProtocol({
    ...{ protocol, highest: 'sequential', limits, cache, emulations: new Emulations(), mailLineOf: () => null },
  });
}
const runs = (from: string, to: string, exit: Exit) => {
  assert.ok(source.includes(from), from);
  return { runBefore: runOf(source, exit), runAfter: runOf(source.replace(from, to), exit) };
};
const asked = (exit: Exit) => ({ protocol: protocolOf(source, exit), mailLineOf: () => null });

/** @param expected the check, where the way ends, and what is the last line of entry code on it */
function check([from, to]: readonly [string, string], exit: Exit, expected: readonly [string, string, string]): void {
  test(`${JSON.stringify(from)} as ${JSON.stringify(to)}, exit ${exit}: ${expected[0]}`, () => {
    const given = runs(from, to, exit);
    assert.deepEqual([given.runAfter.sightings, given.runAfter.levels.sequential], [[], 'held']);
    const { sightings, levels } = withLost(given, asked(exit));
    const [lost, ...others] = sightings;
    assert.ok(lost?.model != null && lost.break !== null && others.length === 0);
    assert.deepEqual([lost.level, levels.sequential, levels.preemption], ['sequential', 'broken', 'unread']);
    assert.ok(isLost(lost), 'it is told of a call that comes back');
    const { model, spot } = lost;
    const { execution, fetches } = lost.break;
    assert.deepEqual([lost.origin, fetches], [[], []], 'nothing was modified');
    const end = execution.at(-1);
    assert.ok(end?.kind === 'break');
    const line = source.replace(from, to).split('\n')[spot.line - 1]?.trim();
    assert.deepEqual([lost.check, placeName(model, end.nia), line], expected);
    assert.equal(end.check, lost.check);
    const isOver = execution.some((step) => step.kind === 'return');
    const isPassed = execution.some((step) => step.kind === 'instruction' && step.fetch.address === end.nia);
    assert.deepEqual([isOver, isPassed], [false, false], 'the way ends where it shows');
  });
}
check(['\tmr	r4, r0\n', ''], 'normal', ['tracer-parent', 'tracer_function', 'bl	ftrace_stub']);
check(['\tsubi	r3, r7, 4\n', '\tmr	r3, r7\n'], 'livepatch', ['tracer-ip', 'tracer_function', 'bl	ftrace_stub']);
check(['\tmr	r14, r7\n', ''], 'normal', ['return-path', 'f+8', 'bctrl']);
check(['\tmfctr	r12\n', ''], 'livepatch', ['new-function-entry', 'new_function', 'bctrl']);
check(['\tbctrl\n', ''], 'livepatch', ['call-target', 'caller', 'blr']);
check(['\tsubi	r11, r11, 16\n', ''], 'livepatch', ['livepatch-stack', 'caller', 'blr']);
check(['\tbeq	ftrace_no_trace\n', ''], 'no-trace', ['tracer-called', 'caller', 'bctr']);

const parent = ['\tmr	r4, r0\n', ''] as const;
test('nothing is lost where nothing is, or where nobody knows what was there', () => {
  const { runBefore, runAfter } = runs(...parent, 'normal');
  for (const given of [
    { runBefore, runAfter: runBefore },
    { runBefore: runAfter, runAfter: runBefore },
    { runBefore: null, runAfter },
    { runBefore: { ...runBefore, called: null }, runAfter },
  ]) {
    assert.equal(withLost(given, asked('normal')), given.runAfter);
    assert.equal(lostAside(given), null);
  }
  const gone = { ...runAfter, called: null };
  assert.equal(withLost({ runBefore, runAfter: gone }, asked('normal')), gone);
});
test('where the caller finds something wrong that alone is told', () => {
  const { runBefore, runAfter } = runs(...parent, 'normal');
  const [wrong] = withLost({ runBefore, runAfter }, asked('normal')).sightings;
  assert.ok(wrong !== undefined);
  const broken = { ...runAfter, sightings: [{ ...wrong, pattern: 'normal r14' }] };
  assert.equal(withLost({ runBefore, runAfter: broken }, asked('normal')), broken);
  assert.ok(!broken.sightings.some(isLost));
});
test('what some kernels do without is no break', () => {
  const store = '\tsubi	r11, r11, 16\n\tstd	r2, 24(r1)\n';
  const given = runs('\tsubi	r11, r11, 16\n', store, 'livepatch');
  assert.equal(withLost(given, asked('livepatch')), given.runAfter);
  assert.equal(lostAside(given), 'something is stored into the frame of the caller');
  assert.equal(lostAside(runs(...parent, 'normal')), null, 'what none does without is');
});
