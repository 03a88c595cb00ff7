/**
 * The trap of a probe on the machine: what its handler finds in the slot is executed in the place of the probed word, and a
 * trap that is no longer there is fetched again. The probed word adds 1 to r14, the one behind it takes it away.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { explore } from '../explore/explore.ts';
import { parseModel } from './notation.ts';

const [trap, probed] = ['7fe00008', '39ce0001'];

/** Outcomes of the levels sequential, preemption, stale; a break as its check. */
function check(name: string, { site = probed, slot = '0,0', steps }: Row, expected: readonly string[]): void {
  test(name, () => {
    const text = `probe.64.full.live/f@1000=${site},39ceffff,4e800020+slot@2000=${slot}//${steps}`;
    const { model, problem } = parseModel(text);
    assert.ok(model !== null, problem ?? '');
    const outcomes = (['sequential', 'preemption', 'stale'] as const).map((level) => {
      const found = explore(model, { level, tasks: 2, cpus: 2, statesMax: 10_000 });
      return found.break?.check ?? found.outcome;
    });
    assert.deepEqual(outcomes, expected);
  });
}
interface Row {
  readonly site?: string;
  readonly slot?: string;
  readonly steps: string;
}

const held = ['held', 'held', 'held'];
const filled = `${probed},0`;
const [fill, arm, disarm] = [`s2000:${probed}`, `s1000:${trap}`, `s1000:${probed}`];
check('the slot, then the trap', { steps: `${fill},${arm}` }, held);
check('the trap, then the slot', { steps: `${arm},${fill}` }, ['held', 'trap', 'trap']);
check('a slot with another instruction', { steps: `s2000:60000000,${arm}` }, Array(3).fill('non-volatile'));
check(
  'disarmed, then freed: a trap that a CPU still holds is fetched again',
  {
    ...{ site: trap, slot: filled },
    steps: `${disarm},g:rcu,x2000`,
  },
  held,
);
check('freed while the trap is there', { site: trap, slot: filled, steps: `x2000,${disarm}` }, [
  'held',
  'trap',
  'trap',
]);
check(
  'a prefixed instruction',
  {
    ...{ site: '6000000,39ce0001', slot: '6000000,39ce0001' },
    steps: arm,
  },
  held,
);
check('a slot with its first word only', { site: '6000000,39ce0001', slot: '6000000,0', steps: arm }, [
  'illegal-instruction',
  'illegal-instruction',
  'illegal-instruction',
]);
