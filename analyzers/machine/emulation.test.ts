/**
 * Instructions in the surroundings of a model: what a task may load and store, where it waits to be seen, what arriving
 * somewhere means.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { assemble } from '../power/text.ts';
import { Emulation, passesArguments } from './emulation.ts';
import { layout } from './layout.ts';
import { parseModel } from './notation.ts';
import { type Context, contextKey, stack } from './processor.ts';
import { pacaStart } from './tracer.ts';

function modelOf(text: string) {
  const { model, problem } = parseModel(text);
  assert.ok(model !== null, problem ?? '');
  return model;
}
const word = (line: string, at = 0x1000) => {
  const words = assemble(line, BigInt(at));
  assert.ok(words?.[0] !== undefined, line);
  return words[0];
};
/** A model whose function is these lines. */
function functionOf(lines: readonly string[], { flags = 'r0.64.full.live', more = '', tracers = '', steps = '' } = {}) {
  const words = lines.map((line, i) => word(line, 0x1000 + 4 * i).toString(16));
  return modelOf(`${flags}/f@1000=${words.join()}${more}/${tracers}/${steps}`);
}

/** One instruction executed by the caller, with r4 as given: r3 behind it and what breaks. */
function loaded(emulation: Emulation, line: string, r4: number, point: number | null = null) {
  const caller = emulation.caller();
  const from = { ...caller, gpr: caller.gpr.with(4, BigInt(r4)) };
  const now = point === null ? null : emulation.timeline.at(point);
  const { context, check, changing } = emulation.one(from, word(line), { now });
  return check ?? (changing ? 'changing' : (context.gpr[3]?.toString(16) ?? ''));
}

test('what a task may load', () => {
  const data = '+ops@30000:4=12345678+next@30008:8=1+sp@30010:4t=9abcdef0+own@30018:4t+late@30020:4';
  const emulation = new Emulation(functionOf(['nop', 'blr'], { more: data, steps: 'p30008:2,x30000' }));
  const load = (at: number, point: number | null = null, line = 'lwz r3,0(r4)') => loaded(emulation, line, at, point);
  assert.equal(load(stack.from), '5a5a5a5a', 'what earlier calls left on the stack');
  assert.equal(load(stack.to - 4), '5a5a5a5a');
  assert.equal(load(stack.from - 1), 'bad-access');
  assert.equal(load(stack.to - 3), 'bad-access');
  assert.equal(load(0x30010), '9abcdef0');
  assert.equal(load(0x30011, null, 'lbz r3,0(r4)'), 'de');
  assert.equal(load(0x30018), 'uninitialised-data');
  assert.equal(load(0x30020), 'uninitialised-data');
  assert.equal(load(0x30012), 'bad-access', 'it ends within');
  assert.equal(load(0x3000e), 'changing', 'it begins in one word and ends in another');
  assert.equal(load(0x30030), 'bad-access');
  assert.equal(load(0x1000), '60000000', 'text');
  assert.equal(load(0x1006), 'bad-access', 'text that ends');
  // What changes is known at a point only.
  assert.equal(load(0x30008), 'changing');
  assert.equal(load(0x30008, 0), '1');
  assert.equal(load(0x30008, 1), '2');
  assert.equal(load(0x30000), 'changing');
  assert.equal(load(0x30000, 1), '12345678');
  assert.equal(load(0x30000, 2), 'freed-data');
});

test('of the kernel’s objects a model has some fields, and of the others nothing is said', () => {
  const emulation = new Emulation(functionOf(['blr']));
  const load = (at: number) => loaded(emulation, 'lbz r3,0(r4)', at);
  for (const [from, to] of [
    [layout.paca - 0x8000, layout.paca + 0x8000],
    [layout.current, layout.current + 0x4000],
    [layout.ops, layout.ops + 0x400],
  ] as const) {
    assert.equal(load(from), 'unknown-data', from.toString(16));
    assert.equal(load(to - 1), 'unknown-data', to.toString(16));
    assert.equal(load(to), 'bad-access', to.toString(16));
  }
  for (const from of [layout.paca - 0x8000, layout.ops]) assert.equal(load(from - 1), 'bad-access', from.toString(16));
  assert.equal(loaded(emulation, 'stb r3,0(r4)', layout.paca), 'unknown-data', 'nor what a store does');
});

test('what a task may store to', () => {
  const data = '+ops@30000:4=12345678+sp@30008:4t';
  const emulation = new Emulation(functionOf(['nop', 'blr'], { more: data }));
  const stored = (r4: number) => {
    const caller = emulation.caller();
    const gpr = caller.gpr.with(4, BigInt(r4)).with(3, 0x11223344n);
    const { context, check } = emulation.one({ ...caller, gpr }, word('stw r3,0(r4)'));
    if (check !== null) return check;
    assert.equal(caller.memory.get(r4), undefined, 'contexts are values');
    return [0, 1, 2, 3].map((i) => context.memory.get(r4 + i)?.toString(16)).join(' ');
  };
  for (const at of [stack.from, stack.to - 4, 0x30008]) assert.equal(stored(at), '44 33 22 11', at.toString(16));
  for (const at of [stack.from - 4, stack.to, 0x30000, 0x30006, 0x1000, 0x40000])
    assert.equal(stored(at), 'bad-access', at.toString(16));
});

test('what a 32-bit kernel has on its stack is big-endian', () => {
  const emulation = new Emulation(functionOf(['blr'], { flags: 'r0.32.full.live', more: '+ops@30000:4=12345678' }));
  assert.equal(loaded(emulation, 'lhz r3,0(r4)', 0x30000), '1234');
  assert.equal(
    loaded(new Emulation(functionOf(['blr'], { more: '+ops@30000:4=12345678' })), 'lhz r3,0(r4)', 0x30000),
    '5678',
  );
});

test('words that are no part of a function, and what they break', () => {
  const emulation = new Emulation(functionOf(['nop', 'blr']));
  const check = (given: number, nia = 0x1000, suffix?: number) =>
    emulation.one({ ...emulation.caller(), nia }, given, { suffix }).check;
  for (const line of ['sc', 'trap', 'rfid', 'tweqi r3,0x103']) assert.equal(check(word(line)), 'trap', line);
  for (const line of ['nop', 'tweqi r3,0x104', 'isync', 'b .']) assert.equal(check(word(line)), null, line);
  assert.equal(check(0), 'illegal-instruction');
  // pli r12,0x20
  assert.equal(check(0x06000000, 0x1000, 0x39800020), null);
  assert.equal(check(0x06000000, 0x1000), 'illegal-instruction', 'a blr is no suffix');
  assert.equal(check(0x06000000, 0x1038, 0x39800020), null);
  assert.equal(check(0x06000000, 0x103c, 0x39800020), 'alignment', 'it would cross 64 bytes');
  assert.equal(check(0x60000000, 0x103c), null);
});

test('a task waits where others can see it', () => {
  const entered = (lines: readonly string[], how: Parameters<typeof functionOf>[1], merge = true) => {
    const { context, check, synchronized } = new Emulation(functionOf(lines, how), { merge }).entry;
    return `${context === null ? 'out' : context.nia.toString(16)}${check === null ? '' : ` ${check}`}${synchronized ? ' synchronized' : ''}`;
  };
  assert.equal(entered(['nop', 'nop', 'blr'], { steps: 'u1004:0' }), '1004');
  assert.equal(entered(['nop', 'nop', 'blr'], { steps: 'u1004:0' }, false), '1000');
  assert.equal(entered(['isync', 'nop', 'blr'], { steps: 'u1004:0' }), '1004 synchronized');
  assert.equal(entered(['nop', 'nop', 'blr'], {}), 'out', 'nobody sees it at all');
  assert.equal(entered(['isync', 'blr'], {}), 'out synchronized');
  assert.equal(entered(['nop', 'li r1,0', 'blr'], {}), 'out stack-pointer');
  assert.equal(entered(['nop', 'b .', 'blr'], {}), 'out endless');
  assert.equal(entered(['b 0x1100'], {}), 'out wild-branch');
  assert.equal(entered(['mtlr r3', 'blr'], {}), 'out return-address');
  assert.equal(entered(['b 0x1f000'], {}), 'out wild-branch');
  assert.equal(entered(['lis r3,1', 'ori r3,r3,0xf000', 'mtlr r3', 'blr'], {}), 'out wild-branch');
  assert.equal(entered(['trap'], {}), 'out trap');
  // It stands before a load of what changes.
  const loads = ['nop', 'lis r3,3', 'ld r3,0(r3)', 'blr'];
  assert.equal(entered(loads, { more: '+ops@30000:8=1', steps: 'p30000:2' }), '1008');
  assert.equal(entered(loads, { more: '+ops@30000:8=1' }), 'out arguments');
  // Wherever in a text that is freed; and at a prefix, where its suffix changes.
  assert.equal(entered(['nop', 'b 0x2000'], { more: '+t@2000=60000000,4e800020', steps: 'x2004' }), '2000');
  assert.equal(entered(['nop', 'b 0x2008'], { more: '+t@20fc=0+u@2008=4e800020+v@2100=0', steps: 'x20fc' }), '2008');
  assert.equal(entered(['nop', 'b 0x2100'], { more: '+t@2000=0+v@2100=4e800020', steps: 'x2000' }), 'out');
  assert.equal(entered(['nop', 'b 0x1fc0'], { more: '+t@2000=0+v@1fc0=4e800020', steps: 'x2000' }), 'out');
  const prefixed = 'r0.64.full.live/f@1000=60000000,6000000,39800020,4e800020';
  const at = (steps: string) => new Emulation(modelOf(`${prefixed}//${steps}`)).entry.context?.nia;
  assert.equal(at('u1008:39800024'), 0x1004);
  assert.equal(at('u100c:0'), 0x100c);
});

test('a step goes on to the next place where others can see the task', () => {
  const emulation = new Emulation(functionOf(['nop', 'nop', 'nop', 'blr'], { steps: 'u1000:0,u1008:0' }));
  const { context } = emulation.entry;
  assert.ok(context !== null);
  const now = emulation.timeline.at(0);
  const led = emulation.step(context, word('nop'), now);
  assert.deepEqual([led.context?.nia, led.check, led.synchronized], [0x1008, null, false]);
  assert.equal(emulation.step(context, word('nop'), now), led, 'executed once');
  assert.equal(emulation.step(context, word('isync'), now).synchronized, true);
  assert.equal(emulation.step(context, word('isync'), now).context, led.context, 'equal contexts are one');
  assert.notEqual(emulation.step(context, word('li r3,1'), now).context, led.context);
  const out = emulation.step(context, word('blr'), now);
  assert.deepEqual(out, { context: null, check: null, synchronized: false });
  assert.equal(emulation.step(context, word('b 0x3000'), now).check, 'wild-branch');
  assert.equal(emulation.step(context, 0, now).check, 'illegal-instruction');
});

test('a step that loads what changes is one for each point', () => {
  const lines = ['lis r4,3', 'ld r3,0(r4)', 'nop', 'blr'];
  const how = { flags: 'called.64.full.live', more: '+ops@30000:8=1', steps: 'u1008:0,p30000:2' };
  const emulation = new Emulation(functionOf(lines, how));
  const { context } = emulation.entry;
  assert.equal(context?.nia, 0x1004);
  const after = (point: number) =>
    emulation.step(context, word('ld r3,0(r4)'), emulation.timeline.at(point)).context?.gpr[3];
  for (const _ of ['executed', 'known']) assert.deepEqual([after(0), after(1), after(2)], [1n, 1n, 2n]);
});

test('of the contracts that hand arguments on the arguments are kept', () => {
  for (const [contract, kept] of [
    ...(['r0', 'pg32', 'ool', 'plain', 'probe'] as const).map((one) => [one, true] as const),
    ...(['pg64', 'called', 'system'] as const).map((one) => [one, false] as const),
  ]) {
    const model = functionOf(['li r10,0', 'blr'], { flags: `${contract}.64.full.live` });
    assert.equal(new Emulation(model).entry.check, kept ? 'arguments' : null, contract);
    assert.equal(passesArguments(model), kept, contract);
  }
});

test('what the caller brings along', () => {
  const of = (flags: string, more = '') => new Emulation(functionOf(['blr'], { flags, more })).caller();
  const [near, module, small, system] = [
    ...['r0.64.full.live', 'r0.64.full.live.module', 'r0.32.full.live', 'system.64.full.live'],
  ].map((flags) => of(flags));
  assert.ok(near !== undefined && module !== undefined && small !== undefined && system !== undefined);
  for (const one of [near, module, small, system])
    assert.deepEqual([one.nia, one.lr, one.gpr[1], one.gpr[12]], [0x1000, 0xc000n, BigInt(stack.top), 0x1000n]);
  assert.deepEqual(
    [near, module].map(({ gpr }) => gpr[2]),
    [0x4b0000n, 0x4d0000n],
  );
  assert.equal(near.gpr[13], BigInt(layout.paca));
  // No register holds what another one does.
  for (const { gpr } of [near, module, small]) assert.equal(new Set(gpr.toSpliced(12, 1)).size, 31);
  // SF, EE, ME, IR, DR, RI and LE of MSR; 32 bits without SF and LE.
  assert.equal(near.msr, 0x8000000000009033n);
  assert.equal(small.msr, 0x9032n);
  // A slot for LR in the caller's frame, which holds a left-over.
  assert.deepEqual(
    [...near.memory.keys()].sort(),
    Array.from({ length: 8 }, (_, i) => stack.top + 16 + i),
  );
  assert.deepEqual(
    [...small.memory.keys()].sort(),
    Array.from({ length: 4 }, (_, i) => stack.top + 4 + i),
  );
  // A contract of the system's has the special registers that interrupt entry works with.
  assert.equal(near.special, undefined);
  assert.deepEqual(
    [...(system.special ?? [])].map(([number, value]) => `${number.toString(16)}=${value.toString(16)}`).sort(),
    ['111=60000', '112=0', '130=60000', '131=0', '372=0', '3f5=0'],
  );
  const own = of('r0.64.full.live', '+sp@30000:4t=12345678+ops@30008:4=1');
  assert.equal(own.memory.get(0x30000), 0x78);
  assert.equal(own.memory.get(0x30008), undefined);
  assert.deepEqual(pacaStart, { name: 'paca', address: layout.paca, bytes: 8, value: 0n, private: false });
});

test('contexts are told apart by everything that a task carries', () => {
  const memory = new Map([
    [0x7fffe10, 1],
    [0x7fffe11, 2],
  ]);
  const gpr = Array.from({ length: 32 }, (_, i) => BigInt(i));
  const context: Context = { executed: 1, nia: 0x1000, lr: 2n, ctr: 3n, cr: 4, xer: 5, gpr, memory };
  const others: readonly Partial<Context>[] = [
    ...[{ executed: 2 }, { nia: 0x1004 }, { lr: 3n }, { ctr: 2n }, { cr: 5 }, { xer: 4 }, { msr: 1n }, { msr: 2n }],
    ...[{ gpr: gpr.with(31, 0n) }, { gpr: gpr.with(1, 2n).with(2, 1n) }, { memory: new Map() }],
    ...[{ memory: new Map([...memory, [0x7fffe12, 0]]) }, { memory: new Map([...memory, [0x7fffe10, 2]]) }],
    ...[{ special: new Map([[0x130, 1n]]) }, { special: new Map([[0x130, 2n]]) }, { special: new Map([[0x131, 1n]]) }],
    ...[{ reservation: { address: 0x1000, bytes: 4 } }, { reservation: { address: 0x1000, bytes: 8 } }],
    { reservation: { address: 0x1008, bytes: 4 } },
  ];
  const keys = [context, ...others.map((one) => ({ ...context, ...one }))].map(contextKey);
  assert.equal(new Set(keys).size, keys.length);
  const turned = { ...context, gpr: [...gpr], memory: new Map([...memory].reverse()) };
  assert.equal(contextKey(turned), keys[0], 'and not by the order in which bytes were written');
});

test('tracers stand at their places', () => {
  const emulation = new Emulation(functionOf(['blr'], { tracers: 'ftrace_caller+ftrace_regs_caller' }));
  const first = emulation.word(layout.tracer);
  assert.equal(first, word('stdu r1,-64(r1)'));
  assert.equal(emulation.word(layout.tracer + layout.gap), first);
  assert.equal(emulation.word(layout.tracer + 2 * layout.gap), undefined);
  assert.equal(emulation.word(0x1000), word('blr'));
  assert.equal(emulation.word(0x1004), undefined);
});
