/**
 * Remedies on the litmus tests: a broken protocol is mended by what its twin has, or by something smaller that holds.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { parse } from 'yaml';
import type { Preemption } from '../protocol/protocol.ts';
import { type ExploredLevel, explore } from './explore.ts';
import { parseLitmus } from './litmus.ts';
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
