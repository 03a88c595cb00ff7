/**
 * What a reply says of breaks that are about data: which data, and what is wrong with it.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { explore } from '../../analyzers/explore/explore.ts';
import { type Litmus, parseLitmus } from '../../analyzers/explore/litmus.ts';
import type { Finding } from '../../analyzers/verdict/verdict.ts';
import { drawScenario } from './scenario.ts';
import { consequenceOf } from './wording.ts';

const texts = { tramp: ['lis r11,3', 'ld r11,0(r11)', 'b f+4'] };

/** The sentence on what goes wrong, and those between the drawings of the scenario. */
function check(name: string, litmus: Partial<Litmus>, expected: { sentence: string; told: readonly string[] }): void {
  test(name, () => {
    const model = parseLitmus({ contract: 'r0', site: ['nop', 'blr'], texts, steps: [], ...litmus }, 'full');
    const found = explore(model, { level: 'preemption', tasks: 2, cpus: 2, statesMax: 10_000 }).break;
    assert.ok(found);
    assert.equal(consequenceOf({ check: found.check, break: found, model } as Finding), expected.sentence);
    const sentences = drawScenario(model, found).filter((line) => /^[a-z]\w* (is|which)|^\w+, which/.test(line));
    assert.deepEqual(sentences, expected.told);
  });
}

check(
  'read before it is set',
  { data: { ops: 'none' }, steps: ['f+0 = b tramp', 'publish ops = 0x1'] },
  { sentence: 'On its way the task reads ops before it has been set.', told: [] },
);
check(
  'read after it is freed',
  { site: ['b tramp', 'blr'], data: { ops: '0x1' }, steps: ['publish ops = 0x2', 'f+0 = nop', 'free ops'] },
  {
    sentence: 'On its way the task reads ops, which has been freed.',
    told: ['ops is set.', 'ops, which it reads, is freed.'],
  },
);
