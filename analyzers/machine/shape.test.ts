/** States and choices as numbers: what is put in comes out again, and nothing beside it changes. */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { packAction, unpackAction, versionsMax } from './action.ts';
import { outside, Shape } from './shape.ts';

/** All that a state says, as text. */
function told(shape: Shape, state: Uint16Array): string {
  const range = (count: number) => Array.from({ length: count }, (_, i) => i);
  const cpus = range(shape.cpus).map(
    (cpu) =>
      `${shape.pending(state, cpu) ? 'pending' : 'none'} ${range(shape.words).map((word) => shape.floor(state, cpu, word))}`,
  );
  const tasks = range(shape.tasks).map((task) => {
    const heldOut = range(shape.lines).map((line) => shape.heldOut(state, task, line));
    return `${shape.context(state, task)} on ${shape.cpu(state, task)} held ${heldOut} ${shape.holdouts(state, task)}`;
  });
  return [`at ${range(shape.lines).map((line) => shape.point(state, line))}`, ...cpus, ...tasks].join('; ');
}

test('the initial state: nothing is done, nobody is in the function', () => {
  const shape = new Shape({ tasks: 2, cpus: 1, words: 2, lines: 1 });
  const nobody = `${outside} on -1 held false 0`;
  assert.equal(told(shape, new Uint16Array(shape.stride)), `at 0; none 0,0; ${nobody}; ${nobody}`);
});

test('each part has its own place', () => {
  const shape = new Shape({ tasks: 2, cpus: 2, words: 2, lines: 2 });
  const state = new Uint16Array(shape.stride);
  const then = (change: () => void, expected: string) => {
    change();
    assert.equal(told(shape, state), expected);
  };
  const nobody = '0 on -1 held false,false 0';
  then(() => shape.setPoint(state, 0, 7), `at 7,0; none 0,0; none 0,0; ${nobody}; ${nobody}`);
  then(() => shape.setPoint(state, 1, 9), `at 7,9; none 0,0; none 0,0; ${nobody}; ${nobody}`);
  assert.equal(shape.point(state), 7, 'of the first patcher, unless it is said');
  then(() => shape.setPending(state, 0, true), `at 7,9; pending 0,0; none 0,0; ${nobody}; ${nobody}`);
  then(() => shape.setPending(state, 1, true), `at 7,9; pending 0,0; pending 0,0; ${nobody}; ${nobody}`);
  then(() => shape.setPending(state, 0, false), `at 7,9; none 0,0; pending 0,0; ${nobody}; ${nobody}`);
  then(() => shape.raiseFloor(state, 0, 1, 3), `at 7,9; none 0,3; pending 0,0; ${nobody}; ${nobody}`);
  then(() => shape.raiseFloor(state, 1, 0, 5), `at 7,9; none 0,3; pending 5,0; ${nobody}; ${nobody}`);
  // What a CPU has seen the end of does not come back.
  then(() => shape.raiseFloor(state, 1, 0, 4), `at 7,9; none 0,3; pending 5,0; ${nobody}; ${nobody}`);
  const cpus = 'at 7,9; none 0,3; pending 5,0';
  then(() => shape.place(state, 0, 11, 1), `${cpus}; 11 on 1 held false,false 0; ${nobody}`);
  then(() => shape.place(state, 1, 12, 0), `${cpus}; 11 on 1 held false,false 0; 12 on 0 held false,false 0`);
  then(() => shape.setHeldOut(state, 0, 0), `${cpus}; 11 on 1 held true,false 1; 12 on 0 held false,false 0`);
  then(() => shape.setHeldOut(state, 1, 1), `${cpus}; 11 on 1 held true,false 1; 12 on 0 held false,true 2`);
  then(() => shape.setHeldOut(state, 0, 1), `${cpus}; 11 on 1 held true,true 3; 12 on 0 held false,true 2`);
  // A grace period waits for a task that is preempted as before, and for none that has left.
  then(() => shape.place(state, 0, 13, -1), `${cpus}; 13 on -1 held true,true 3; 12 on 0 held false,true 2`);
  then(() => shape.place(state, 0, 13, 0), `${cpus}; 13 on 0 held true,true 3; 12 on 0 held false,true 2`);
  then(() => shape.place(state, 1, outside, 0), `${cpus}; 13 on 0 held true,true 3; ${nobody}`);
});

test('choices come back from their number, and no two have one', () => {
  const kinds = ['modify', 'dispatch', 'step', 'preempt', 'resume', 'deliver'] as const;
  const number = (max: number) => fc.integer({ min: 0, max });
  const action = fc.record({
    kind: fc.constantFrom(...kinds),
    ...{ task: number(15), cpu: number(15), version: number(versionsMax), suffix: number(versionsMax) },
  });
  fc.assert(
    fc.property(action, (one) => assert.deepEqual(unpackAction(packAction(structuredClone(one))), { ...one })),
    { numRuns: 200, seed: 8 },
  );
  for (const kind of kinds)
    assert.deepEqual(unpackAction(packAction({ kind })), { kind, task: 0, cpu: 0, version: 0, suffix: 0 });
  const largest = { kind: 'deliver', task: 15, cpu: 15, version: versionsMax, suffix: versionsMax } as const;
  assert.deepEqual(unpackAction(packAction(largest)), largest);
});
