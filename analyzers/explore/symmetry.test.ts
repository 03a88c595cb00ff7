/**
 * Names of tasks and CPUs do not count: a state with its tasks and CPUs renamed is packed as the same words, where symmetry is
 * used, and two states that no renaming makes one are not.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { CheckId } from '../checks/checks.ts';
import { type Action, unpackAction } from '../machine/action.ts';
import type { ModelStep } from '../machine/model.ts';
import { Parts, smallSystem } from '../machine/parts.ts';
import type { Shape } from '../machine/shape.ts';
import { System, type SystemOptions } from '../machine/system.ts';
import { PackedSystem } from './packed-system.ts';
import { bitsFor, Packing } from './packing.ts';
import { plainSearch } from './plain-search.ts';
import { generator, inParts, randomModel } from './random-model.ts';
import { Successors } from './search.ts';
import { Symmetry } from './symmetry.ts';

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

type Renaming = Parameters<typeof renamed>[2];

/** What a choice is called when names are exchanged; an IPI that comes while a task runs keeps its CPU's. */
function renamedAction({ kind, task, cpu, ...versions }: Action, { tasks, cpus }: Renaming, busy: boolean): string {
  if (kind === 'modify' || (kind === 'deliver' && busy)) return JSON.stringify({ kind, task, cpu });
  return JSON.stringify({ kind, task: kind === 'deliver' ? 0 : tasks[task], cpu: cpus[cpu], ...versions });
}

const none = { tasks: 2, cpus: 2, idle: false, exceptions: false, stale: true, merge: true };
const machines: Readonly<Record<string, SystemOptions>> = {
  'one task': { ...none, tasks: 1 },
  'one CPU': { ...none, cpus: 1 },
  'two tasks on two CPUs': none,
  'an idle task': { ...none, idle: true },
  'an idle task and two others': { ...none, tasks: 3, idle: true },
  'an idle task on three CPUs': { ...none, cpus: 3, idle: true },
  'three tasks': { ...none, tasks: 3 },
  'three CPUs': { ...none, cpus: 3 },
  'three tasks that see what is newest': { ...none, tasks: 3, cpus: 3, stale: false },
  'an exception': { ...none, tasks: 1, cpus: 1, exceptions: true },
};
const delays = (step: ModelStep) => step.kind === 'ipi' && !step.wait;

for (const [i, [title, options]] of Object.entries(machines).entries())
  test(`transitions as the machine has them: ${title}`, () => {
    const random = generator(60 + i);
    const { tasks, cpus, idle, exceptions } = options;
    for (let compared = 0; compared < 2; ) {
      const model = randomModel(random);
      // Every other one has IPIs that come late.
      if (compared % 2 === 1 && !model.steps.some(delays)) continue;
      const system = new System(model, options);
      const { shape } = system;
      const states = plainSearch(system, 200)?.states;
      if (states === undefined) continue;
      compared++;
      const preemption = model.preemption === 'full' && !exceptions;
      const [plain, folded] = [false, true].map((symmetry): PackedSystem => {
        // So wide that CPUs take more than a word.
        const parts = new Parts(smallSystem(model, options, system.contexts), { taskBits: 9, cpuBits: 10 });
        return new PackedSystem(parts, { ...options, symmetry, preemption });
      });
      assert.ok(plain !== undefined && folded !== undefined);
      const both: readonly PackedSystem[] = [plain, folded];
      assert.equal(plain.hasCostly, preemption);
      const initial = system.initial();
      const renamings = ordersOf(upTo(tasks).slice(idle ? 1 : 0)).flatMap((order) =>
        ordersOf(upTo(cpus)).map((cpuOrder) => ({ tasks: idle ? [0, ...order] : order, cpus: cpuOrder })),
      );
      for (const packed of both)
        assert.deepEqual(packed.encode(system, initial), packed.initial(), 'the search begins where the machine does');
      for (const state of states) {
        const kept = renamings.filter((names) => renamed({ shape, initial }, state, names).join() === state.join());
        const runs = (cpu: number) => upTo(tasks).some((task) => shape.cpu(state, task) === cpu);
        for (const price of ['free', 'costly'] as const) {
          const next: Uint16Array[] = [];
          const checks: CheckId[] = [];
          const actions = new Set<string>();
          system.successors(state, (to, code, cost, check) => {
            if (cost > 0 !== (price === 'costly')) return;
            if (check === null) next.push(to.slice());
            else checks.push(check);
            const action = unpackAction(code);
            const names = kept.map((renaming) => renamedAction(action, renaming, runs(action.cpu)));
            actions.add(names.sort()[0] ?? '');
          });
          for (const packed of both) {
            const out = new Successors<CheckId>(packed.stride, 1);
            // The state stands behind another one, and what it leads to behind what was there.
            packed.free(packed.initial(), 0, out);
            const { count, breaks } = out;
            out.check = null;
            const two = Int32Array.from([...packed.initial(), ...packed.encode(system, state)]);
            packed[price](two, packed.stride, out);
            const { stride } = packed;
            const found = upTo(out.count - count).map((i) => {
              const at = (count + i) * stride;
              return out.words.subarray(at, at + stride).join();
            });
            const expected: string[] = next.map((to) => packed.encode(system, to).join());
            if (packed === plain) assert.deepEqual(found.sort(), expected.sort(), price);
            else assert.deepEqual(new Set(found), new Set(expected), price);
            assert.equal(
              out.count - count + out.breaks - breaks,
              packed === plain ? next.length + checks.length : actions.size,
              'a choice for each that is not another with other names',
            );
            if (checks.length === 0) assert.equal(out.check, null);
            else assert.ok(out.check !== null && checks.includes(out.check));
          }
        }
      }
      assert.equal(plain.outgrown || folded.outgrown, false);
    }
  });

/** CPUs by their own states; tasks by their states and where they are, from 1, 0 for nowhere. */
interface Names {
  readonly cpus: readonly number[];
  readonly tasks: readonly { readonly state: number; readonly cpu: number }[];
}

/** All choices of one value for each place. */
function rowsOf<Value>(length: number, values: readonly Value[]): readonly (readonly Value[])[] {
  if (length === 0) return [[]];
  return rowsOf(length - 1, values).flatMap((row) => values.map((value) => [...row, value]));
}

for (const { cpus, tasks, fixedTasks } of [
  { cpus: 1, tasks: 3, fixedTasks: 0 },
  { cpus: 2, tasks: 3, fixedTasks: 0 },
  { cpus: 2, tasks: 3, fixedTasks: 1 },
  { cpus: 3, tasks: 2, fixedTasks: 0 },
  { cpus: 3, tasks: 2, fixedTasks: 1 },
])
  test(`all states of ${tasks} tasks, ${fixedTasks} of them idle, on ${cpus} CPUs`, () => {
    const placeBits = bitsFor(cpus + 1);
    // A point, CPUs and tasks; their numbers are the same on purpose.
    const packing = new Packing([2, ...upTo(cpus).map(() => 1), ...upTo(tasks).map(() => 1 + placeBits)]);
    const symmetry = new Symmetry(packing, { cpus, fixedTasks, placeBits });
    const fieldsOf = (of: Names) =>
      Int32Array.from([1, ...of.cpus, ...of.tasks.map(({ state, cpu }) => (state << placeBits) | cpu)]);
    const representative = (of: Names) => {
      const words = new Int32Array(packing.stride);
      packing.pack(fieldsOf(of), words, 0);
      symmetry.canonicalize(words, 0);
      const fields = new Int32Array(packing.words.length);
      packing.unpack(words, 0, fields);
      return fields;
    };
    const renamings = ordersOf(upTo(tasks).slice(fixedTasks)).flatMap((order) =>
      ordersOf(upTo(cpus)).map((cpuOrder) => ({ tasks: [...upTo(fixedTasks), ...order], cpus: cpuOrder })),
    );
    /** Task i becomes task `names.tasks[i]`, CPU j, from 0, CPU `names.cpus[j]`. */
    const rename = (of: Names, names: (typeof renamings)[number]): Names => ({
      cpus: upTo(cpus).map((name) => of.cpus[names.cpus.indexOf(name)] ?? 0),
      tasks: upTo(tasks).map((name) => {
        const { state, cpu } = of.tasks[names.tasks.indexOf(name)] ?? { state: 0, cpu: 0 };
        return { state, cpu: cpu === 0 ? 0 : (names.cpus[cpu - 1] ?? 0) + 1 };
      }),
    });
    const places = rowsOf(tasks, upTo(cpus + 1)).filter((row) =>
      row.every((cpu, i) => cpu === 0 || row.indexOf(cpu) === i),
    );
    const everyState = places.flatMap((place) =>
      rowsOf(tasks, [0, 1]).flatMap((states) =>
        rowsOf(cpus, [0, 1]).map(
          (cpuStates): Names => ({
            cpus: cpuStates,
            tasks: states.map((state, i) => ({ state, cpu: place[i] ?? 0 })),
          }),
        ),
      ),
    );
    for (const state of everyState) {
      const chosen = representative(state);
      const same = renamings.map((names) => rename(state, names));
      for (const other of same) assert.deepEqual(representative(other), chosen, 'other names, the same representative');
      const found = same.find((other) => fieldsOf(other).join() === chosen.join());
      assert.ok(found !== undefined, 'it is the state with other names');

      // What another name can stand for with nothing changed, of tasks and of CPUs that run none.
      const kept = renamings.filter((names) => fieldsOf(rename(found, names)).join() === chosen.join());
      const runs = (cpu: number) => found.tasks.some((task) => task.cpu === cpu + 1);
      const alike = [
        0,
        ...upTo(cpus).map((cpu) => (!runs(cpu) && kept.some((names) => (names.cpus[cpu] ?? 0) < cpu) ? 1 : 0)),
        ...upTo(tasks).map((task) => (kept.some((names) => (names.tasks[task] ?? 0) < task) ? 1 : 0)),
      ];
      const marked = new Uint8Array(packing.words.length).fill(0);
      const busy = found.tasks.reduce((bits, { cpu }) => bits | (1 << cpu), 0);
      symmetry.markAlike(chosen, busy, marked);
      assert.deepEqual([...marked], alike, chosen.join());
    }
  });
