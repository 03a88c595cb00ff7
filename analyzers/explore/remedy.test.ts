/**
 * Remedies on the litmus tests: a broken protocol is mended by what its twin has, or by something smaller that holds.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { parse } from 'yaml';
import { formatModel } from '../machine/notation.ts';
import type { Preemption } from '../protocol/protocol.ts';
import { type ExploredLevel, explore } from './explore.ts';
import { type Litmus, parseLitmus } from './litmus.ts';
import { findRemedy } from './remedy.ts';

const folder = join(import.meta.dirname, '../../fixtures/litmus');

function check(name: string, level: ExploredLevel, preemption: Preemption, expected: string | null): void {
  test(`${name} at level ${level}, preemption ${preemption}: ${expected ?? 'no remedy'}`, () => {
    const source = parse(readFileSync(join(folder, `${name}.yaml`), 'utf8'));
    const options = { level, tasks: 2, cpus: 2, statesMax: 2_000_000, idle: source.idle === true };
    const model = parseLitmus(source, preemption);
    assert.equal(explore(model, options).outcome, 'broken');
    const remedy = findRemedy(model, options);
    assert.equal(remedy === null ? null : `${remedy.kind} before ${remedy.beforeSteps}`, expected);
    if (remedy !== null) assert.equal(explore(remedy.model, options).outcome, 'held');
  });
}

check('out+nothing', 'stale', 'full', 'ipi before 1');
check('out+nothing', 'stale', 'none', 'ipi before 1');
check('out+tasks', 'stale', 'full', 'ipi before 2');
check('out+mflr-first', 'preemption', 'full', 'swap before 1');
check('in+nothing', 'preemption', 'full', 'grace-period before 1');
check('in+nothing', 'stale', 'full', 'ipi-and-grace-period before 1');
check('in+ipi', 'stale', 'full', 'grace-period before 2');
check('in+ipi', 'stale', 'none', 'grace-period before 2');
// An IPI before the grace period is what lacks: the gap is before the store, so both are added.
check('in+tasks', 'stale', 'full', 'ipi-and-grace-period before 2');
check('in+ipi+tasks+idle', 'preemption', 'full', 'rude-and-tasks before 3');
check('data+branch-first', 'preemption', 'full', 'swap before 1');
check('toc+nop-nop+stop-machine', 'preemption', 'full', 'branch-over before 0');
check('in+stop-machine', 'preemption', 'full', null);

/** The steps of a protocol with its remedy, and which remedy that is; null for none. */
function mended(litmus: Litmus, level: ExploredLevel): string | null {
  const options = { level, tasks: 2, cpus: 2, statesMax: 100_000 };
  const model = parseLitmus(litmus, 'full');
  assert.equal(explore(model, options).outcome, 'broken');
  const remedy = findRemedy(model, options);
  if (remedy === null) return null;
  assert.equal(explore(remedy.model, options).outcome, 'held');
  const { steps, ...rest } = model;
  const { steps: after, ...others } = remedy.model;
  assert.deepEqual(others, rest, 'but for its steps the model is the same');
  return `${remedy.kind} before ${remedy.beforeSteps}: ${formatModel(remedy.model).split('/')[3]}`;
}

const on: Litmus = { contract: 'r0', site: ['mflr r0', 'bl ftrace_caller', 'nop', 'blr'], steps: [] };
const off: Litmus = { ...on, site: ['nop', 'nop', 'nop', 'blr'] };
const twice: Litmus = { ...on, site: ['mflr r0', 'bl ftrace_caller', 'mflr r0', 'bl ftrace_caller', 'blr'] };

const places: readonly (readonly [title: string, litmus: Litmus, level: ExploredLevel, expected: string | null])[] = [
  [
    'of two gaps that each would do, the latest',
    { ...on, steps: ['f+4 = nop', 'f+8 = nop', 'f+0 = nop'] },
    'stale',
    'ipi before 2: s1004:60000000,s1008:60000000,i,s1000:60000000',
  ],
  [
    'where one gap does not do, all of them, and none before the first store',
    { ...twice, steps: ['f+4 = nop', 'f+0 = nop', 'f+c = nop', 'f+8 = nop'] },
    'stale',
    'ipi before 1,2,3: s1004:60000000,i,s1000:60000000,i,s100c:60000000,i,s1008:60000000',
  ],
  [
    'a gap is before stop_machine() too',
    { ...off, steps: ['f+0 = mflr r0', 'stop_machine f+4 = bl ftrace_caller'] },
    'preemption',
    'grace-period before 1: s1000:7c0802a6,g:tasks,m(1004:48006ffd)',
  ],
  [
    'a store is not moved to the other side of a wait behind it: that others may rely on',
    { ...off, steps: ['f+0 = mflr r0', 'f+4 = bl ftrace_caller', 'grace tasks'] },
    'preemption',
    'grace-period before 1: s1000:7c0802a6,g:tasks,s1004:48006ffd,g:tasks',
  ],
  [
    'nor of one before it',
    { ...off, steps: ['grace tasks', 'f+0 = mflr r0', 'f+4 = bl ftrace_caller'] },
    'preemption',
    'grace-period before 2: g:tasks,s1000:7c0802a6,g:tasks,s1004:48006ffd',
  ],
  [
    'stores to one word are not swapped: that would leave another word',
    { ...off, live: false, steps: ['f+0 = nop', 'f+0 = trap', 'reachable'] },
    'preemption',
    null,
  ],
];
for (const [title, litmus, level, expected] of places) test(title, () => assert.equal(mended(litmus, level), expected));

/** Milton Miller's case: the stub saves a register for the words behind the call. */
const saving = (save: string, restore: string): Litmus => ({
  ...{ contract: 'pg64', module: true, steps: [] },
  site: [
    'mflr r0',
    'std r0,16(r1)',
    'stdu r1,-112(r1)',
    'bl stub',
    restore,
    'addi r1,r1,112',
    'ld r0,16(r1)',
    'mtlr r0',
    'blr',
  ],
  texts: { stub: [save, 'b _mcount'] },
});
const nops = 'stop_machine f+c = nop; f+10 = nop';
const toc = saving('std r2,24(r1)', 'ld r2,24(r1)');
const branches: readonly (readonly [title: string, litmus: Litmus, expected: string | null])[] = [
  ['stop_machine() puts one branch', { ...toc, steps: [nops] }, 'branch-over before 0: m(100c:48000008)'],
  [
    'and what puts the call back leaves the load where it is',
    { ...toc, steps: [nops, 'stop_machine f+c = bl stub; f+10 = ld r2,24(r1)'] },
    'branch-over before 0,1: m(100c:48000008),m(100c:48000ff5)',
  ],
  [
    'of two stores one is left; others stay, before and behind it',
    {
      ...toc,
      steps: ['f+0 = mflr r0', 'plain f+10 = nop', 'flush', 'plain f+c = nop', 'f+18 = nop', 'f+18 = ld r0,16(r1)'],
    },
    'branch-over before 1,3: s1000:7c0802a6,f,u100c:48000008,s1018:60000000,s1018:e8010010',
  ],
];
for (const [title, litmus, expected] of branches)
  test(`over a restored TOC: ${title}`, () => assert.equal(mended(litmus, 'preemption'), expected));

test('what else a stub saved for behind the call is no remedy that anybody knows', () => {
  const own = saving('std r14,24(r1)', 'ld r14,24(r1)');
  const texts = { stub: ['std r14,24(r1)', 'li r14,0', 'b _mcount'] };
  assert.equal(mended({ ...own, texts, steps: [nops] }, 'preemption'), null);
});
