/**
 * What stands in for functions that entry code calls or goes to, executed by itself: it returns where its caller said, keeps
 * what the ABI lets a caller rely on (64-bit ELFv2 2.2.1.1, 32-bit: the same registers), and leaves nothing else as it was.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Exit } from '../protocol/protocol.ts';
import { type Callees, calledAt, calleeTexts, canExit } from './callee.ts';
import { Emulation } from './emulation.ts';
import { layout } from './layout.ts';
import type { Model } from './model.ts';
import { type Context, stack } from './processor.ts';
import { toc } from './tracer.ts';

const offsets = new Map([
  ['GPR0', 112n],
  ['_NIP', 112n + 0x80n],
  ['ORIG_GPR3', 112n + 0x88n],
  ['_LINK', 112n + 0x90n],
]);
/** Where the pt_regs are: above the frames, so that nobody's frame reaches them. */
const regs = stack.top + 0x40;

const options = (bits: 32 | 64, exit: Exit, more: Partial<Callees> = {}): Callees => ({
  ...{ bits, exit, contract: 'r0', other: false, nothing: false, returnHandler: null, inC: false, offsets },
  ...more,
});

interface Ran {
  readonly before: Context;
  readonly after: Context;
  /** A word as wide as a register, as the function left it. */
  readonly word: (address: number, size?: number) => bigint | null;
}

/** Return addresses, no halves of which are alike. */
const returnsTo = { 32: 0x12345678n, 64: 0x112345678n } as const;
const parent = { 32: 0x23456788n, 64: 0x223456788n } as const;

/** Runs a text until it leaves the texts. */
function run(
  given: Callees,
  from: number,
  registers: Readonly<Record<number, bigint>> = {},
  memory?: Context['memory'],
): Ran {
  const { bits } = given;
  const bytes = bits === 64 ? 8 : 4;
  const shadow = { name: 'shadow_stack', address: layout.shadowStack, bytes, value: 0n, private: true } as const;
  const model: Model = {
    ...{ contract: given.contract, bits, preemption: 'full', module: false, live: true },
    ...{ texts: calleeTexts(given), tracers: [], data: [shadow], steps: [], other: [] },
  };
  const emulation = new Emulation(model);
  const caller = emulation.caller();
  const gpr = caller.gpr.map((value, number) => registers[number] ?? (number === 6 ? BigInt(regs) : value));
  const before = { ...caller, gpr, nia: from, lr: returnsTo[bits], memory: memory ?? caller.memory };
  let after: Context = before;
  for (let word = emulation.word(from); word !== undefined; word = emulation.word(after.nia)) {
    const one = emulation.one(after, word);
    assert.equal(one.check, null, `at ${after.nia.toString(16)}`);
    after = one.context;
  }
  const word = (address: number, size: number = bytes) => {
    const found = Array.from({ length: size }, (_, i) => after.memory.get(address + i));
    if (bits === 64) found.reverse();
    return found.reduce<bigint | null>(
      (sum, byte) => (sum === null || byte === undefined ? null : sum * 256n + BigInt(byte)),
      0n,
    );
  };
  return { before, after, word };
}

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const field = (cr: number, number: number) => (cr >>> (28 - 4 * number)) & 0xf;

/** It returns; stack pointer, non-volatile registers and condition fields are what they were. */
function keepsTheAbi({ before, after }: Ran): void {
  assert.equal(BigInt(after.nia), before.lr);
  assert.equal(after.gpr[1], before.gpr[1]);
  for (const number of numbers(13, 31)) assert.equal(after.gpr[number], before.gpr[number], `r${number}`);
  for (const number of [2, 3, 4]) assert.equal(field(after.cr, number), field(before.cr, number), `cr${number}`);
}

/** No caller finds anything of its own in these. */
function leavesNothing({ before, after }: Ran, registers: readonly number[]): void {
  for (const number of registers) assert.notEqual(after.gpr[number], before.gpr[number], `r${number}`);
  assert.notEqual(after.ctr, before.ctr);
}

const exits: readonly Exit[] = ['normal', 'no-trace', 'livepatch', 'direct', 'direct-by-tracer', 'graph'];
for (const bits of [64, 32] as const) {
  const size = bits / 8;
  const [frame, slot] = bits === 64 ? [112, 16] : [32, 4];
  const fieldAt = (name: string) => regs + Number((offsets.get(name) ?? 0n) - 112n);

  for (const exit of exits)
    for (const inC of [false, true])
      test(`${bits} bits, ${exit}${inC ? ', told in C' : ''}: the C function that traces is a C function`, () => {
        const given = options(bits, exit, { inC });
        const ran = run(given, layout.callee, { 4: parent[bits] });
        keepsTheAbi(ran);
        assert.equal(ran.after.gpr[2], ran.before.gpr[2], 'it is in the kernel as its caller is');
        leavesNothing(ran, [0, ...numbers(3, 12)]);
        for (const number of [0, 1, 5, 6, 7])
          assert.notEqual(field(ran.after.cr, number), field(ran.before.cr, number), `cr${number}`);
        assert.equal(ran.word(stack.top + slot), ran.before.lr, 'LR is saved in the frame of the caller');
        assert.equal(ran.word(stack.top - frame), BigInt(stack.top), 'the back chain');
        if (bits === 64) assert.equal(ran.word(stack.top + 8, 4), BigInt(ran.before.cr), 'and so is CR');
        const changed = Object.fromEntries(
          ['_NIP', 'ORIG_GPR3', '_LINK'].map((name) => [name, ran.word(fieldAt(name))]),
        );
        assert.deepEqual(changed, {
          _NIP: exit === 'livepatch' ? BigInt(layout.replacement) : null,
          ORIG_GPR3: exit.startsWith('direct') ? BigInt(layout.trampoline) : null,
          _LINK: exit === 'graph' && inC ? BigInt(layout.returnHandler) : null,
        });
        if (exit === 'graph') assert.equal(ran.word(layout.shadowStack), inC ? parent[bits] : 0n);
        const none = run(given, layout.callee, { 6: 0n });
        keepsTheAbi(none);
        for (const name of ['_NIP', 'ORIG_GPR3', '_LINK'])
          assert.equal(none.word(fieldAt(name)), null, 'without pt_regs there is nothing to change');
        const unknown = run({ ...given, offsets: new Map() }, layout.callee);
        assert.equal(unknown.word(fieldAt('ORIG_GPR3')), null, 'a tree without the field');
      });

  test(`${bits} bits: the function that does nothing changes nothing, whatever the other one does`, () => {
    for (const exit of exits) {
      const ran = run(options(bits, exit, { nothing: true, inC: true }), layout.nothing);
      keepsTheAbi(ran);
      leavesNothing(ran, [0, ...numbers(3, 12)]);
      assert.equal(ran.word(stack.top + slot), ran.before.lr);
      for (const name of ['_NIP', 'ORIG_GPR3', '_LINK']) assert.equal(ran.word(fieldAt(name)), null, `${exit} ${name}`);
    }
  });

  test(`${bits} bits: a new function is a module’s, and has its arguments`, () => {
    const ran = run(options(bits, 'livepatch'), layout.replacement);
    keepsTheAbi(ran);
    assert.equal(ran.after.gpr[2], toc.module);
    for (const number of numbers(3, 10)) assert.equal(ran.after.gpr[number], ran.before.gpr[number], `r${number}`);
    leavesNothing(ran, [0, 11, 12]);
    for (const number of [0, 1, 5, 6, 7]) assert.notEqual(field(ran.after.cr, number), field(ran.before.cr, number));
  });

  test(`${bits} bits: a direct trampoline goes on behind the call`, () => {
    for (const exit of ['direct', 'direct-by-tracer'] as const)
      for (const at of [layout.trampoline, layout.otherTrampoline]) {
        const ran = run(options(bits, exit, { other: true }), at, { 0: parent[bits] });
        assert.equal(BigInt(ran.after.nia), ran.before.lr);
        assert.equal(ran.after.lr, parent[bits], 'with the return address of the function in LR');
        for (const number of numbers(0, 31).filter((one) => one !== 11))
          assert.equal(ran.after.gpr[number], ran.before.gpr[number], `r${number}`);
        const ool = run(options(bits, exit, { other: true, contract: 'ool' }), at, { 0: parent[bits] });
        assert.equal(BigInt(ool.after.nia), ool.before.lr, 'a stub out of line sets up LR itself');
        assert.deepEqual(ool.after.gpr, ool.before.gpr);
      }
  });

  test(`${bits} bits: a return address goes to the task’s own stack and comes from there`, () => {
    for (const returnHandler of [null, 0x1d540]) {
      const given = options(bits, 'graph', { returnHandler });
      const enter = run(given, layout.graphEnter, { 3: parent[bits] });
      keepsTheAbi(enter);
      assert.equal(enter.word(layout.shadowStack), parent[bits]);
      assert.equal(enter.after.gpr[3], BigInt(returnHandler ?? layout.returnHandler));
      leavesNothing(enter, numbers(4, 12));
      const told = run(options(bits, 'graph', { returnHandler, inC: true }), layout.callee, { 4: parent[bits] });
      assert.equal(told.word(fieldAt('_LINK')), BigInt(returnHandler ?? layout.returnHandler));
      const leave = run(given, layout.graphLeave, {}, enter.after.memory);
      keepsTheAbi(leave);
      assert.equal(leave.after.gpr[3], parent[bits]);
      leavesNothing(leave, [0, 4, 11, 12]);
    }
  });

  test(`${bits} bits: a handler that stands in hands on what the function returned`, () => {
    const given = options(bits, 'graph');
    const { memory } = run(given, layout.graphEnter, { 3: parent[bits] }).after;
    const value = { 3: parent[bits] + 1n, 4: parent[bits] + 2n };
    const { before, after, word } = run(given, layout.returnHandler, value, memory);
    assert.equal(BigInt(after.nia), parent[bits]);
    for (const number of [1, 3, 4, ...numbers(13, 31)])
      assert.equal(after.gpr[number], before.gpr[number], `r${number}`);
    const own = bits === 64 ? 112 : 16;
    assert.equal(word(stack.top - own), BigInt(stack.top), 'the back chain');
    for (let at = stack.top - own + size; at < stack.top; at += size)
      assert.ok([null, value[3], value[4]].includes(word(at)), 'values lie within the frame');
  });
}

const known = (given: Callees) => calleeTexts(given).map(({ name, address }) => [name, address]);
const tracer = ['tracer_function', layout.callee];
test('there is what an exit leads to, and nothing else', () => {
  assert.deepEqual(known(options(64, 'normal', { other: true, inC: true })), [tracer]);
  assert.deepEqual(known(options(64, 'no-trace', { nothing: true })), [tracer, ['empty_function', layout.nothing]]);
  assert.deepEqual(known(options(64, 'livepatch')), [tracer, ['new_function', layout.replacement]]);
  const direct = ['direct_trampoline', layout.trampoline];
  for (const exit of ['direct', 'direct-by-tracer'] as const) {
    assert.deepEqual(known(options(64, exit)), [tracer, direct]);
    const other = ['other_direct_trampoline', layout.otherTrampoline];
    assert.deepEqual(known(options(64, exit, { other: true })), [tracer, direct, other]);
  }
  const graph = [tracer, ['graph_enter', layout.graphEnter], ['graph_leave', layout.graphLeave]];
  assert.deepEqual(known(options(64, 'graph')), [...graph, ['return_to_handler', layout.returnHandler]]);
  assert.deepEqual(known(options(64, 'graph', { returnHandler: 0x1d540 })), graph, 'the file has a handler of its own');
});

test('what a file calls of others', () => {
  for (const [name, exit, at] of [
    ['prepare_ftrace_return', 'graph', layout.graphEnter],
    ['.prepare_ftrace_return', 'graph', layout.graphEnter],
    ['ftrace_return_to_handler', 'graph', layout.graphLeave],
    ['return_to_handler', 'graph', layout.returnHandler],
    ['prepare_ftrace_return', 'normal', layout.callee],
    ['ftrace_return_to_handler', 'livepatch', layout.callee],
    ['ftrace_ops_list_func', 'graph', layout.callee],
    ['not.return_to_handler', 'graph', layout.callee],
  ] as const)
    assert.equal(calledAt(name, exit), at, `${name}, ${exit}`);
});

test('a livepatch takes a tree that says where NIP is', () => {
  for (const missing of ['GPR0', '_NIP', '_LINK']) {
    const some = new Map([...offsets].filter(([name]) => name !== missing));
    assert.equal(canExit({ exit: 'livepatch', offsets: some }), missing === '_LINK');
    assert.equal(canExit({ exit: 'normal', offsets: some }), true);
  }
});
