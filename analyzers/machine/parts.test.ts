/**
 * The machine taken apart: whoever follows the ways of one task on one CPU comes to the same states and breaks as the machine
 * itself, and its tables say each thing once.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { parseModel } from './notation.ts';
import { Parts, smallSystem, type Way, type Widths } from './parts.ts';
import type { System } from './system.ts';

const options = { stale: true, idle: false, exceptions: false, merge: true } as const;
const wide: Widths = { taskBits: 12, cpuBits: 6 };

function partsOf(text: string, widths = wide, more = {}): { parts: Parts; system: System } {
  const { model, problem } = parseModel(text);
  assert.ok(model !== null, problem ?? '');
  const system = smallSystem(model, { ...options, ...more });
  return { parts: new Parts(system, widths), system };
}

interface Walked {
  readonly states: number;
  readonly breaks: readonly string[];
  /** Transitions by what they are: each patcher’s, IPIs that come late, preemptions, all others. */
  readonly transitions: readonly number[];
}

/** From the initial state, by the numbers of the parts, as long as there is room for them. */
function walkParts(parts: Parts): Walked {
  const seen = new Map([['0 0 0 0', { point: 0, cpu: 0, task: 0, place: 0 }]]);
  const breaks: string[] = [];
  const transitions = [0, 0, 0, 0, 0];
  for (const { point, cpu, task, place } of seen.values()) {
    const row = 2 * task + place;
    for (const column of transitions.keys()) {
      // Asked once more, it is as it was.
      const from = parts.ask({ kind: 0, point, cpu, row });
      if (parts.outgrown) return { states: 0, breaks, transitions };
      const ways: readonly Way[] = parts.runs[parts.rows[from + column * parts.rowsOfColumn + row] ?? 0] ?? [];
      transitions[column] = (transitions[column] ?? 0) + ways.length;
      for (const way of ways) {
        const next = { point: point + way.point, cpu: cpu + way.cpu, task: task + way.task, place: place + way.place };
        if (way.check === null) seen.set(Object.values(next).join(' '), next);
        else breaks.push(way.check);
      }
    }
  }
  return { states: seen.size, breaks: breaks.sort(), transitions };
}

/** The same by the machine. */
function walkSystem(system: System): Walked {
  const seen = new Map([[system.initial().join(), system.initial()]]);
  const breaks: string[] = [];
  const transitions = [0, 0, 0, 0, 0];
  const columnOf = (kind: number, line: number) => (kind === 0 ? 3 + line : kind === 5 ? 2 : kind === 3 ? 1 : 0);
  for (const state of seen.values())
    system.successors(state, (next, code, _, check) => {
      const column = columnOf(code & 7, (code >> 3) & 15);
      transitions[column] = (transitions[column] ?? 0) + 1;
      if (check === null) seen.set(next.join(), next.slice());
      else breaks.push(check);
    });
  return { states: seen.size, breaks: breaks.sort(), transitions };
}

const text = 'f@1000=60000000,60000000,4e800020/ftrace_caller';
const models: readonly string[] = [
  `r0.64.full.live/${text}/s1000:7c0802a6,i,g:tasks,s1004:48006ffd`,
  `r0.64.full.live/${text}/s1000:7c0802a6,in,s1004:48006ffd`,
  `r0.64.none.live/${text}/s1000:7c0802a6,g:rcu+s1004:60000001,g:tasks`,
  `r0.64.full.live/${text}/s1000:7c0802a6,g:tasks,s1000:60000002+in,s1004:60000001,g:tasks-rude`,
  `r0.64.full.dark/${text}/u1000:60000001,r,m(1004:60000001)`,
  `r0.64.full.live/f@1000=48001000,4e800020+t@2000=60000000,4e800020//s1000:60000000,x2000`,
];
for (const model of models)
  test(`in parts and as a whole: ${model}`, () => {
    const { parts, system } = partsOf(model);
    const walked = walkParts(parts);
    assert.deepEqual(walked, walkSystem(system));
    assert.ok(walked.states > 10);
    assert.deepEqual([parts.outgrown, parts.overflow], [false, false]);
    const keys = parts.runs.map((ways) => JSON.stringify(ways));
    assert.equal(new Set(keys.slice(1)).size, keys.length - 1, 'ways that are alike are there once');
  });

test('an idle task and another are two kinds', () => {
  const { parts } = partsOf(models[0] ?? '', wide, { idle: true });
  assert.equal(parts.kinds, 2);
  const dispatched = (kind: number) => {
    const from = parts.ask({ kind, point: 0, cpu: 0, row: 0 });
    return parts.runs[parts.rows[from] ?? 0] ?? [];
  };
  const preempted = (kind: number) => {
    const row = 2 * (dispatched(kind)[0]?.task ?? 0) + 1;
    const from = parts.ask({ kind, point: 0, cpu: 0, row });
    return parts.runs[parts.rows[from + parts.rowsOfColumn + row] ?? 0]?.length;
  };
  assert.deepEqual([dispatched(0).length, dispatched(1).length], [1, 1], 'of its own kind only');
  assert.deepEqual([preempted(0), preempted(1)], [0, 1]);
});

test('can an interrupt come late?', () => {
  for (const [steps, delivers] of [
    ['', false],
    ['i', false],
    ['s1000:0,g:rcu', false],
    ['in', true],
    ['i,s1000:0,inx', true],
    ['r+in', true],
    ['in+r', true],
    ['i+r', false],
  ] as const)
    assert.equal(partsOf(`r0.64.full.live/${text}/${steps}`).parts.delivers, delivers, steps);
});

test('points of two patchers are those of both', () => {
  assert.equal(partsOf(`r0.64.full.live/${text}/s1000:0,i`).parts.points, 4);
  const { parts } = partsOf(`r0.64.full.live/${text}/s1000:0,i+u1004:0,r`);
  assert.deepEqual([parts.points, parts.lines], [12, 2]);
});

test('what there is no room for is told', () => {
  const narrow = partsOf(models[0] ?? '', { taskBits: 1, cpuBits: 6 }).parts;
  walkParts(narrow);
  assert.deepEqual([narrow.outgrown, narrow.overflow], [true, false]);
  // With the room it asks for there is enough.
  let needed = narrow.needed;
  for (let i = 0; i < 10; i++) {
    const { parts, system } = partsOf(models[0] ?? '', needed);
    const walked = walkParts(parts);
    if (!parts.outgrown) {
      assert.deepEqual(walked, walkSystem(system));
      return;
    }
    needed = parts.needed;
  }
  assert.fail('it grows without end');
});

test('a machine that overflows gives no answer in parts either', () => {
  const { model } = parseModel(`r0.64.full.live/${text}/u1000:0`);
  assert.ok(model !== null);
  const [step] = model.steps;
  assert.ok(step !== undefined);
  const system = smallSystem({ ...model, steps: Array(1023).fill(step) }, options);
  assert.equal(new Parts(system, wide).overflow, true);
});
