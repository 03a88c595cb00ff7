/**
 * Where the text and data of a call site's model lie, and which of the kernel's are part of it. The kernel's addresses are
 * written without its first one: A is the call site, at 0x20000, and it begins with the words that a test gives it.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { assemble } from '../power/text.ts';
import type { CallSite, DataObject, Protocol, Step, TextSymbol } from '../protocol/protocol.ts';
import type { PlacedEntry } from './entry.ts';
import { layout } from './layout.ts';
import { Placement } from './placement.ts';

const kernel = 0xc000000000000000n;
const siteAt = 0x20000;
const real = (address: number) => kernel + BigInt(address);

/** The word of a line at an address; branches name the kernel's addresses as tests do. */
const word = (line: string, at = 0) => assemble(line, BigInt(at))?.[0] ?? 0;
const wordsOf = (lines: readonly string[], at: number, from = 0) =>
  new Map(lines.map((line, i) => [from + 4 * i, word(line, at + from + 4 * i)]));
const text = (name: string, at: number, lines: readonly string[], from = 0): TextSymbol => ({
  ...{ name, address: real(at), words: wordsOf(lines, at, from) },
});
const modify = (at: number, line: string, more: object = {}) =>
  ({
    kind: 'modify',
    word: { address: real(at) },
    new: word(line, at),
    width: 4,
    consistent: 'patch',
    ...more,
  }) as Step;

interface Given {
  readonly site?: readonly string[];
  readonly from?: number;
  readonly texts?: readonly TextSymbol[];
  readonly symbols?: Readonly<Record<string, number>>;
  readonly data?: readonly DataObject[];
  readonly steps?: readonly object[];
  readonly entry?: PlacedEntry;
}

function placed({ site = ['blr'], from = 0, texts = [], symbols = {}, data = [], steps = [], entry }: Given) {
  const words = wordsOf(site, siteAt, from);
  const own = { id: 'A', kind: 'near', address: real(siteAt), words, recorded: 0, traced: true } as CallSite;
  const protocol = {
    ...{ sites: [own], texts, data, steps },
    symbols: new Map(Object.entries(symbols).map(([name, at]) => [name, real(at)])),
  } as unknown as Protocol;
  const placement = new Placement(protocol, own, entry ?? null);
  const at = (address: number) => placement.address(real(address))?.toString(16) ?? null;
  const names = placement.texts().map((one) => `${one.name}@${one.address.toString(16)}`);
  return { placement, at, names };
}

test('the function is at its place, from its first word to its last', () => {
  const { at, placement } = placed({ site: ['nop', 'nop', 'blr'], from: -4 });
  assert.deepEqual(
    [-8, -5, -4, 0, 7, 8].map((offset) => at(siteAt + offset)),
    [null, null, 'ffc', '1000', '1007', null],
  );
  assert.deepEqual(placement.texts(), [{ name: 'f', address: 0xffc, words: [0x60000000, 0x60000000, 0x4e800020] }]);
});

test('words that are missing are no instructions', () => {
  const stub = {
    ...text('stub', 0x30000, []),
    words: new Map([
      [0, word('nop')],
      [8, word('blr')],
    ]),
  };
  const { placement } = placed({ site: ['b 0x30000'], texts: [stub] });
  assert.deepEqual(placement.texts()[1]?.words, [0x60000000, 0, 0x4e800020]);
});

test('a branch leads to the same thing', () => {
  const symbols = { ftrace_caller: 0x10000, printk: 0x11000 };
  const site = ['bl 0x10000', 'b 0x30004', 'blr'];
  const { placement } = placed({ site, symbols, texts: [text('stub', 0x30000, ['nop', 'b 0x20008'])] });
  const moved = (line: string, from: number, to: number) => placement.word(word(line, from), real(from), to);
  assert.equal(moved('bl 0x10000', 0x20000, 0x1000), word('bl 0x8000', 0x1000));
  assert.equal(moved('b 0x10000', 0x20000, 0x1000), word('b 0x8000', 0x1000), 'a call stays one, and a branch');
  assert.equal(moved('b 0x30004', 0x20004, 0x1004), word('b 0x2004', 0x1004));
  assert.equal(moved('b 0x20008', 0x30004, 0x2004), word('b 0x1008', 0x2004), 'backwards');
  assert.equal(moved('b 0x11000', 0x20000, 0x1000), word('b 0x1f000', 0x1000), 'what is unknown is the wild');
  assert.equal(moved('bl 0x40000', 0x20000, 0x1000), word('bl 0x1f000', 0x1000));
  for (const line of ['nop', 'blr', 'bc 12,0,0x20010', 'mflr r0'])
    assert.equal(moved(line, 0x20000, 0x1000), word(line, 0x20000), line);
  // Absolute: the target is no distance. 0x4 is nobody's, and the last 32 MB are a negative one.
  assert.equal(moved('ba 0x4', 0x20000, 0x1000), word('b 0x1f000', 0x1000));
  const low = new Map([[0, word('blr')]]);
  const absolute = placed({
    ...{ site: ['bla 0x4000', 'ba -0x4000'] },
    texts: [
      { name: 'low', address: 0x4000n, words: low },
      { name: 'high', address: 2n ** 64n - 0x4000n, words: low },
    ],
  });
  assert.deepEqual(absolute.names, ['f@1000', 'low@2000', 'high@2100']);
  assert.deepEqual(absolute.placement.texts()[0]?.words, [word('bl 0x2000', 0x1000), word('b 0x2100', 0x1004)]);
});

test('texts are numbered in the order in which they are reached', () => {
  const texts = [
    text('c', 0x33000, ['blr']),
    text('b', 0x32000, ['b 0x33000']),
    text('a', 0x31000, ['b 0x20004']),
    text('nobody’s', 0x34000, ['b 0x31000']),
  ];
  assert.deepEqual(placed({ site: ['bl 0x32000', 'b 0x31000'], texts }).names, [
    'f@1000',
    'b@2000',
    'a@2100',
    'c@2200',
  ]);
});

test('what is stored counts as what is there', () => {
  const texts = [text('stub', 0x31000, ['blr']), text('other', 0x32000, ['blr'])];
  const of = (steps: readonly object[]) =>
    placed({ site: ['nop', 'blr'], texts, steps })
      .names.slice(1)
      .join(' ');
  const branch = modify(siteAt + 4, 'b 0x31000');
  assert.equal(of([branch]), 'stub@2000');
  assert.equal(of([modify(siteAt, 'b 0x31000')]), 'stub@2000');
  assert.equal(of([{ kind: 'ipi', effects: [branch] }]), 'stub@2000');
  assert.equal(of([{ kind: 'stopMachine', effects: [modify(siteAt, 'nop'), branch] }]), 'stub@2000');
  assert.equal(of([{ kind: 'gracePeriod' }]), '');
  assert.equal(of([branch, modify(0x31000, 'b 0x32000')]), 'stub@2000 other@2100', 'into what is reached');
  assert.equal(of([modify(0x31000, 'b 0x32000')]), '', 'and into nothing else');
  assert.equal(of([modify(siteAt + 8, 'b 0x31000')]), '', 'behind the function');
  assert.equal(of([modify(siteAt - 4, 'b 0x31000')]), '', 'and before it');
  const suffix = word('b 0x31000', siteAt + 4);
  assert.equal(of([modify(siteAt, 'nop', { width: 8, newSuffix: suffix })]), 'stub@2000');
});

test('a text is reached at any word of its first part, and nowhere else', () => {
  const long = text('long', 0x31000, Array(80).fill('nop'));
  const reached = (line: string) => placed({ site: [line], texts: [long] }).names.length > 1;
  assert.equal(reached('b 0x31000'), true);
  assert.equal(reached('b 0x310fc'), true);
  assert.equal(reached('b 0x31100'), false);
  assert.equal(reached('b 0x30ffc'), false);
  const early = text('early', 0x31000, Array(80).fill('nop'), -0x110);
  const before = (line: string) => placed({ site: [line], texts: [early] }).names.length > 1;
  assert.equal(before('b 0x30f04'), true);
  assert.equal(before('b 0x30f00'), false);
});

test('tracers are known by their names, and stand one behind the other', () => {
  const names = ['ftrace_caller', 'ftrace_regs_caller', '_mcount', 'mcount', 'my_direct_tramp', '_direct_trampoline'];
  const others = ['ftrace_stub', 'xftrace_caller', 'ftrace_callers', 'mcounts', 'direct', 'tramp_direct', '__mcount'];
  const symbols = Object.fromEntries([...names, ...others].map((name, i) => [name, 0x10000 + 0x100 * i]));
  const site = Object.values(symbols).map((at) => `bl 0x${at.toString(16)}`);
  const { placement, at } = placed({ site, symbols });
  assert.deepEqual(placement.tracers, names);
  assert.deepEqual(
    names.map((name) => at(symbols[name] ?? 0)),
    names.map((_, i) => (layout.tracer + i * layout.gap).toString(16)),
  );
  for (const name of others) assert.equal(at(symbols[name] ?? 0), null, name);
  // Called twice, it is one; called by nobody, none.
  const twice = placed({ site: ['bl 0x10000', 'bl 0x10000'], symbols });
  assert.deepEqual(twice.placement.tracers, ['ftrace_caller']);
  assert.equal(twice.at(0x10100), null);
});

test('a site has only so many texts and tracers', () => {
  const many = Array.from({ length: 40 }, (_, i) => i);
  const site = many.map((i) => `bl 0x${(0x40000 + 0x1000 * i).toString(16)}`);
  const texts = many.map((i) => text(`t${i}`, 0x40000 + 0x1000 * i, ['blr']));
  assert.equal(placed({ site, texts }).names.length, 33);
  const symbols = Object.fromEntries(many.map((i) => [`direct${i}tramp`, 0x40000 + 0x1000 * i]));
  assert.equal(placed({ site, symbols }).placement.tracers.length, 32);
});

test('a range of the kernel’s text is so many ranges of the model’s', () => {
  const texts = [text('stub', 0x31000, ['nop', 'blr'], -4)];
  const { placement } = placed({ site: ['b 0x31000', 'nop', 'blr'], texts });
  const ranges = (from: number, to: number) =>
    placement
      .ranges(real(from), real(to))
      .map((range) => `${range.from.toString(16)}-${range.to.toString(16)}`)
      .join(' ');
  assert.equal(ranges(0, 0x100000), '1000-100c 1ffc-2004');
  assert.equal(ranges(0x20004, 0x20008), '1004-1008');
  assert.equal(ranges(0x20008, 0x31000), '1008-100c 1ffc-2000');
  assert.equal(ranges(0x20000, 0x20000), '');
  assert.equal(ranges(0x2000c, 0x30ffc), '');
  assert.equal(ranges(0x2000b, 0x30ffd), '100b-100c 1ffc-1ffd');
});

const object = (name: string, at: number, bytes: number, words: readonly (readonly [number, bigint | null])[]) => ({
  ...{ name, address: real(at), bytes, private: false },
  words: words.map(([offset, value]) => ({ offset, bytes: 8 as const, value })),
});
const dataOf = ({ placement }: { placement: Placement }) =>
  placement.data().map(({ name, address, value }) => `${name}@${address.toString(16)}=${value?.toString(16) ?? ''}`);

test('objects lie one behind the other, each as large as it is', () => {
  const data = [
    object('a', 0x50000, 0x100, [
      [0, 1n],
      [0xf8, 2n],
      [0x100, 3n],
    ]),
    object('b', 0x60000, 0x101, [[0x100, 4n]]),
    object('c d', 0x70000, 8, [[0, null]]),
    object('e', 0x70008, 8, [[0, 5n]]),
  ];
  // A word behind its object is nowhere.
  assert.deepEqual(dataOf(placed({ data })), ['a@30000=1', 'a@300f8=2', 'b@30200=4', 'c_d@30300=', 'e@30400=5']);
  const misaligned = [
    object('a', 0x50000, 0x100, [
      [4, 1n],
      [8, 2n],
    ]),
  ];
  assert.deepEqual(dataOf(placed({ data: misaligned })), ['a@30008=2']);
});

test('literals stay with the text that they stand in or before', () => {
  const texts = [text('stub', 0x31000, ['nop', 'blr']), text('far', 0x32000, ['blr'])];
  const data = [
    object('before', 0x30ff8, 8, [[0, 1n]]),
    object('within', 0x31000, 8, [[0, 2n]]),
    // Of a text that is no part of the model, and so no part of it either.
    object('of far', 0x31ff8, 8, [[0, 3n]]),
    object('behind', 0x31008, 8, [[0, 4n]]),
    object('too early', 0x30ff0, 8, [[0, 5n]]),
  ];
  const expected = ['before@1ff8=1', 'within@2000=2', 'behind@30000=4', 'too_early@30100=5'];
  assert.deepEqual(dataOf(placed({ site: ['b 0x31000'], texts, data })), expected);
});

test('a pointer is moved with what it points to', () => {
  const symbols = { ftrace_caller: 0x10000 };
  const data = [
    object('ops', 0x50000, 0x20, [
      [0, real(0x50010)],
      [8, real(0x20000)],
      [16, real(0x10000)],
    ]),
  ];
  const { placement } = placed({ site: ['bl 0x10000'], symbols, data });
  assert.deepEqual(dataOf({ placement }), ['ops@30000=30010', 'ops@30008=1000', 'ops@30010=8000']);
  for (const same of [null, 0n, 1n, real(0x50020), real(0x4fff8)]) assert.equal(placement.value(same), same);
  assert.equal(placement.datum(real(0x50008))?.address, 0x30008);
  assert.equal(placement.datum(real(0x50018)), null, 'nothing is read there');
  assert.equal(placement.datum(real(0x60000)), null);
});

/** Entry code with a place inside it that has a name, and a function it may call. */
const entry: PlacedEntry = {
  texts: [
    { name: 'ftrace_caller', address: 0x10000, words: [1, 2, 3] },
    { name: 'ftrace_call', address: 0x1000c, words: [4, 5] },
  ],
  data: [{ name: 'paca', address: layout.paca, bytes: 8, value: 0n, private: false }],
  entries: new Map([
    ['ftrace_caller', 0x10000],
    ['ftrace_call', 0x1000c],
    ['tracer', 0x1c000],
  ]),
  origins: new Map(),
};
const symbols = { ftrace_caller: 0x10000, ftrace_call: 0x10400, tracer: 0x12000, mcount: 0x13000 };

test('entry code is part of the model where a branch leads to it', () => {
  const { placement, at, names } = placed({ site: ['bl 0x10000', 'bl 0x13000'], symbols, entry });
  assert.equal(placement.entry, entry);
  assert.deepEqual(names, ['f@1000', 'ftrace_caller@10000', 'ftrace_call@1000c']);
  assert.deepEqual(
    [0x10000, 0x10400, 0x12000, 0x13000, 0x14000].map((address) => at(address)),
    ['10000', '1000c', '1c000', '8000', null],
  );
  assert.deepEqual(placement.tracers, ['mcount'], 'a stand-in for what it does not have');
  assert.deepEqual(placement.texts()[0]?.words, [word('bl 0x10000', 0x1000), word('bl 0x8000', 0x1004)]);
  assert.deepEqual(placement.data(), entry.data);
  assert.equal(placement.value(real(0x50000)), BigInt(layout.ops), 'what nobody tells of is the tracer’s ops');
  assert.equal(placement.value(real(0x12000)), 0x1c000n);
});

test('and else not at all', () => {
  const { placement, at, names } = placed({ site: ['bl 0x13000', 'b 0x10400'], symbols, entry });
  assert.equal(placement.entry, null);
  assert.deepEqual(names, ['f@1000']);
  assert.deepEqual([at(0x10000), at(0x10400), at(0x12000)], [null, null, null]);
  assert.deepEqual(placement.data(), []);
  assert.equal(placement.value(real(0x50000)), real(0x50000));
});

test('words of entry code are as the protocol tells them', () => {
  const told = [
    text('ftrace_call', 0x10400, ['bl 0x12000', 'nop']),
    { ...text('tracer', 0x12000, []), words: new Map([[4, 7]]) },
    text('elsewhere', 0x15000, ['nop']),
  ];
  const { placement } = placed({ site: ['bl 0x10000'], symbols, entry, texts: told });
  const [, caller, call] = placement.texts();
  assert.deepEqual(caller, entry.texts[0]);
  assert.deepEqual(call?.words, [word('bl 0x1c000', 0x1000c), 5], 'its first word');
});
