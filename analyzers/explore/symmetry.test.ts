/**
 * Names of tasks and CPUs do not count: a state with its tasks and CPUs renamed is packed as the same words, where symmetry is
 * used, and two states that no renaming makes one are not.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Parts, smallSystem } from '../machine/parts.ts';
import type { Shape } from '../machine/shape.ts';
import { System } from '../machine/system.ts';
import { PackedSystem } from './packed-system.ts';
import { plainSearch } from './plain-search.ts';
import { inParts, randomModel } from './random-model.ts';

/** All orders of these. */
function ordersOf(items: readonly number[]): readonly (readonly number[])[] {
  if (items.length === 0) return [[]];
  return items.flatMap((first) => ordersOf(items.filter((one) => one !== first)).map((rest) => [first, ...rest]));
}
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

/** The state with task i and CPU j as task `tasks[i]` and CPU `cpus[j]`. */
function renamed(
  { shape, initial }: { shape: Shape; initial: Uint16Array },
  state: Uint16Array,
  { tasks, cpus }: { tasks: readonly number[]; cpus: readonly number[] },
): Uint16Array {
  const other = initial.slice();
  for (let line = 0; line < shape.lines; line++) shape.setPoint(other, line, shape.point(state, line));
  for (const [cpu, name] of cpus.entries()) {
    shape.setPending(other, name, shape.pending(state, cpu));
    for (let word = 0; word < shape.words; word++) shape.raiseFloor(other, name, word, shape.floor(state, cpu, word));
  }
  for (const [task, name] of tasks.entries()) {
    const cpu = shape.cpu(state, task);
    shape.place(other, name, shape.context(state, task), cpu < 0 ? -1 : (cpus[cpu] ?? -1));
    for (let line = 0; line < shape.lines; line++)
      if (shape.heldOut(state, task, line)) shape.setHeldOut(other, name, line);
  }
  return other;
}

for (const { name, random } of inParts(8, 'random protocols with names exchanged', 40))
  test(name, () => {
    for (let compared = 0; compared < 4; ) {
      const [tasks, cpus, idle] = [2 + random(2), 2 + random(2), random(3) === 0];
      const options = { stale: true, tasks, cpus, idle, exceptions: false, merge: true };
      const model = randomModel(random);
      const system = new System(model, options);
      const states = plainSearch(system, 1_500)?.states;
      if (states === undefined) continue;
      compared++;
      const parts = new Parts(smallSystem(model, options, system.contexts), { taskBits: 18, cpuBits: 10 });
      const packed = new PackedSystem(parts, { ...options, symmetry: true, preemption: true });
      const encode = (state: Uint16Array) => packed.encode(system, state).join();
      // The idle task is task 0 and stays it.
      const renamings = ordersOf(upTo(tasks).slice(idle ? 1 : 0)).flatMap((order) =>
        ordersOf(upTo(cpus)).map((cpuOrder) => ({ tasks: idle ? [0, ...order] : order, cpus: cpuOrder })),
      );
      const frame = { shape: system.shape, initial: system.initial() };
      const representatives = new Map<string, string>();
      for (const state of states) {
        const encoded = encode(state);
        const least = renamings.map((renaming) => renamed(frame, state, renaming).join()).sort()[0] ?? '';
        assert.equal(representatives.get(encoded) ?? least, least, 'one packing, one class');
        representatives.set(encoded, least);
        const renaming = renamings[random(renamings.length)];
        assert.ok(renaming !== undefined);
        assert.equal(encode(renamed(frame, state, renaming)), encoded, 'one class, one packing');
      }
    }
  });
