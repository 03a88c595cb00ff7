/**
 * What a transition adds to the words of a state is what makes the packed state before it the packed state after it.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Way } from '../machine/parts.ts';
import { Changes, head } from './changes.ts';
import { Packing } from './packing.ts';

const placeBits = 2;
/** The point, two CPUs and two tasks, of which a CPU and a task are in the second and the third word. */
const packing = new Packing([8, 20, 20, 12, 12 + placeBits]);
const packed = (numbers: readonly number[]) => {
  const words = new Int32Array(packing.stride);
  packing.pack(Int32Array.from(numbers), words, 0);
  return words;
};
const nothing: Way = { point: 0, task: 0, place: 0, cpu: 0, check: null };

/** The state after a transition of the task in the field and the CPU. */
function after(numbers: readonly number[], way: Way, field: number, cpu: number): number[] {
  return numbers.map((number, i) => {
    if (i === field && field > 0) return number + way.task * 2 ** placeBits + way.place * cpu;
    return i === cpu && cpu > 0 ? number + way.cpu : number;
  });
}

/** 0 for none. */
const fieldsAndCpus = [0, 3, 4].flatMap((field) => [0, 1, 2].map((cpu) => [field, cpu] as const));
const before = [7, 100, 200, 40, 50 * 2 ** placeBits];
const ways: readonly (readonly [title: string, way: Partial<Way>])[] = [
  ['a task goes on', { task: 3 }],
  ['and back', { task: -3 }],
  ['a task gets a CPU', { place: 1 }],
  ['a CPU knows more', { cpu: 5 }],
  ['and less', { cpu: -5 }],
  ['all at once', { task: -2, place: 1, cpu: 4 }],
];
for (const [title, way] of ways)
  test(`added to a packed state: ${title}`, () => {
    const changes = new Changes(packing, placeBits);
    const whole = { ...nothing, ...way };
    for (const [field, cpu] of fieldsAndCpus) {
      const from = changes.add(1, [whole], field, cpu);
      const sum = packed(before).map((word, i) => word + (changes.table[from + head + i] ?? 0));
      assert.deepEqual(sum, packed(after(before, whole, field, cpu)), `field ${field}, CPU ${cpu}`);
    }
  });

test('of a run is kept how many transitions it has, how many break and how the first, and how far the point goes on', () => {
  const changes = new Changes(packing, placeBits);
  const [one, two, three]: readonly Way[] = [
    { ...nothing, point: 4, task: 1 },
    { ...nothing, check: 'trap' },
    { ...nothing, cpu: 9 },
  ];
  assert.ok(one && two && three);
  assert.equal(changes.find(1, 3, 2), 0, 'not worked out yet');
  const broken = changes.add(1, [one, two, three, { ...two, check: 'toc' }], 3, 2);
  const [steps, breaks, check = 0, point] = changes.table.slice(broken);
  assert.deepEqual([steps, breaks, changes.checks[check], point], [2, 2, 'trap', 4]);
  assert.deepEqual(
    [...changes.table.slice(broken + head, broken + head + 2 * packing.stride)],
    [one, three].flatMap((way) => {
      const to = packed(after(before, way, 3, 2));
      return [...to.map((word, i) => word - (packed(before)[i] ?? 0))];
    }),
  );
  assert.equal(changes.find(1, 3, 2), broken);
  assert.equal(changes.add(1, [], 3, 2), broken, 'what is known is not worked out again');
  const none = changes.add(2, [], 3, 2);
  assert.deepEqual([...changes.table.slice(none, none + head)], [0, 0, 0, 0]);
});

test('many runs, fields and CPUs are kept apart', () => {
  const changes = new Changes(packing, placeBits);
  const places = new Map<number, number>();
  for (let run = 1; run < 300; run++)
    for (const [field, cpu] of fieldsAndCpus) {
      const from = changes.add(run, [{ ...nothing, point: run }], field, cpu);
      assert.ok(!places.has(from));
      places.set(from, run);
    }
  for (const [from, run] of places) assert.deepEqual([...changes.table.slice(from, from + head)], [1, 0, 0, run]);
});
