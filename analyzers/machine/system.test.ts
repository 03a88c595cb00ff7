/**
 * What may happen next in a state that a few choices lead to: every transition, as a schedule writes it. Who is preempted, what
 * a CPU may still fetch, whom a grace period waits for.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { replaySchedule } from '../explore/replay-schedule.ts';
import { unpackAction } from './action.ts';
import { parseModel } from './notation.ts';
import { System, type SystemOptions } from './system.ts';

const letters = { modify: 'm', dispatch: 'd', step: 's', preempt: 'p', resume: 'r', deliver: 'i' } as const;
const text = (code: number) => {
  const { kind, task, cpu, version } = unpackAction(code);
  const letter = letters[kind];
  if (kind === 'modify') return task === 0 ? letter : `${letter}${task}`;
  if (kind === 'deliver') return `${letter}${cpu}`;
  if (kind === 'preempt') return `${letter}${task}`;
  return kind === 'step' ? `${letter}${task}v${version}` : `${letter}${task}${cpu}`;
};

const function_ = 'f@1000=60000000,60000000,4e800020/ftrace_caller';
const plain = { stale: true, tasks: 1, cpus: 1, idle: false, exceptions: false, merge: false };

/** What may happen after these choices, in the order in which it is said; a `!` behind what breaks. */
function after(model: string, way: string, options: Partial<SystemOptions> = {}): string {
  const parsed = parseModel(model);
  assert.ok(parsed.model !== null, parsed.problem ?? '');
  const system = new System(parsed.model, { ...plain, ...options });
  let state = system.initial();
  for (const choice of way.split(' ').filter((one) => one !== '')) {
    let next: Uint16Array | null = null;
    system.successors(state, (reached, code) => {
      if (text(code) === choice) next = reached.slice();
    });
    assert.ok(next !== null, `${choice} is possible`);
    state = next;
  }
  const found: string[] = [];
  system.successors(state, (_, code, cost, check) => {
    found.push(`${text(code)}${check === null ? '' : '!'}`);
    assert.equal(cost, unpackAction(code).kind === 'preempt' ? 1 : 0, 'a preemption is what costs');
  });
  return found.join(' ');
}

const check = (title: string, model: string, rows: readonly (readonly [string, string, Partial<SystemOptions>?])[]) =>
  test(title, () => {
    for (const [way, expected, options] of rows) assert.equal(after(model, way, options), expected, `after ${way}`);
  });

const flags = (preemption: 'none' | 'full', live = 'live') => `r0.64.${preemption}.${live}/${function_}`;
check('a task that stands at the word', `${flags('full')}/u1000:7c0802a6`, [
  ['', 'm d00'],
  ['d00', 'm s0v0 p0'],
  ['d00 m', 's0v0 s0v1 p0'],
  ['d00 m', 's0v1 p0', { stale: false }],
  ['d00 p0', 'm r00'],
  ['d00', 'm s0v0 p0 d11', { tasks: 2, cpus: 2 }],
  ['d00 d11', 'm s0v0 p0 s1v0 p1', { tasks: 2, cpus: 2 }],
  ['d00', 'm s0v0', { idle: true }],
  ['d00', 's0v0', { exceptions: true }],
]);
check('and where nothing is preempted', `${flags('none')}/u1000:7c0802a6`, [
  ['d00', 'm s0v0'],
  ['', 'm d00 d01', { cpus: 2 }],
]);
check('nobody runs what is not reachable', `${flags('full', 'dark')}/u1000:7c0802a6,r`, [
  ['', 'm'],
  ['m', 'm'],
  ['m m', 'd00'],
  ['m m d00', 's0v0 s0v1 p0'],
]);
check('and who comes to what was flushed finds it', `${flags('full', 'dark')}/s1000:7c0802a6,r`, [
  ['m m', 'm'],
  ['m m m d00', 's0v1 p0'],
]);
check('what is made consistent is fetched by who synchronizes', `${flags('full')}/s1000:7c0802a6,i`, [
  ['m m d00', 'm s0v0 s0v1 p0'],
  ['m m d00 p0 r00', 'm s0v1 p0'],
  ['m d00 p0 r00', 'm s0v0 s0v1 p0'],
  ['d00 m m m', 's0v1 p0'],
  ['m m m d00', 's0v1 p0'],
]);
check('an IPI that is not waited for', `${flags('full')}/s1000:7c0802a6,in`, [
  ['m m m', 'i0 d00'],
  ['m m m d00', 'i0 s0v0 s0v1 p0'],
  ['m m m d00 i0', 's0v1 p0'],
  ['m m m', 'i0 i1 d00 d01', { cpus: 2 }],
]);
check('a CPU that polls does not synchronize without isync', `${flags('full')}/s1000:7c0802a6,ix`, [
  ['m m m d00', 's0v0 s0v1 p0'],
  ['m m d00 m', 's0v1 p0'],
  ['m m d00 m', 's0v0 s0v1', { idle: true }],
]);
for (const [flavour, preemption, waits, waitsIdle] of [
  ...[['rcu', 'none', true, false] as const, ['rcu', 'full', false, false] as const],
  ...[['sched', 'none', true, false] as const, ['sched', 'full', false, false] as const],
  ...[['tasks', 'none', true, false] as const, ['tasks', 'full', true, false] as const],
  ...[['tasks-rude', 'none', true, true] as const, ['tasks-rude', 'full', false, true] as const],
  ...[['tasks-trace', 'none', false, false] as const, ['tasks-trace', 'full', false, false] as const],
] as const)
  test(`${flavour}, preemption ${preemption}: ${waits ? 'waits' : 'does not wait'} for a task in the function`, () => {
    const model = `${flags(preemption)}/u1000:7c0802a6,g:${flavour},r`;
    for (const [idle, waiting] of [[false, waits] as const, [true, waitsIdle] as const]) {
      const ends = (way: string) => after(model, way, { idle, merge: true }).split(' ').includes('m');
      assert.equal(ends('m d00 m'), !waiting, 'a task that was there when it began');
      assert.equal(ends('m m d00'), true, 'a task that comes later');
      assert.equal(ends('m d00 m s0v1'), true, 'a task that has left');
    }
  });
check('stop_machine() gets every CPU', `${flags('none')}/m(1000:7c0802a6)`, [
  ['', 'm d00'],
  ['d00', 's0v0'],
  ['m d00', 's0v1'],
]);
check('and preempts who can be', `${flags('full')}/m(1000:7c0802a6)`, [
  ['d00', 'm s0v0 p0'],
  ['d00 m', 's0v1 p0'],
  ['d00', 's0v0', { idle: true }],
]);
check('a rude grace period synchronizes', `${flags('full')}/s1000:7c0802a6,g:tasks-rude`, [
  ['m m m d00', 'm s0v0 s0v1 p0'],
  ['m m m m d00', 's0v1 p0'],
]);
check('text that is freed', `r0.64.full.live/f@1000=48001000,4e800020+t@2000=4e800020//x2000`, [
  ['d00', 'm s0v0 p0'],
  ['d00 m', 's0v0 p0'],
  ['d00 s0v0', 'm s0v0 p0'],
  ['d00 s0v0 m', 's0v0! p0'],
  ['m d00 s0v0', 's0v0! p0'],
]);
check('two patchers', `${flags('full')}/u1000:7c0802a6+m(1004:60000000)`, [
  ['', 'm m1 d00'],
  ['m', 'm1 d00'],
  ['m1', 'm d00'],
]);
check('an exception ends before the CPU goes on', `${flags('full')}/s1000:7c0802a6,s1004:60000001`, [
  ['', 'm d00', { exceptions: true }],
  ['m', 'm d00', { exceptions: true }],
  ['m d00', 's0v0 s0v1', { exceptions: true }],
  ['m m d00', 's0v1', { exceptions: true }],
]);

test('choices that a schedule names are those', () => {
  const replayed = replaySchedule(`${flags('full')}/s1000:7c0802a6,in/stale.2.2/m-m-m-d00-i0-p0-r01-s0v1`);
  assert.equal(replayed.problem, null);
  const [dispatched, instruction] = [['dispatch', 'deliver', 'preempt', 'resume'], 'instruction'];
  const kinds = replayed.execution.map(({ kind }) => kind);
  assert.deepEqual(kinds, [
    ...['modify', 'consistent', 'ipi', ...dispatched],
    ...[instruction, instruction, instruction, 'return'],
  ]);
});
