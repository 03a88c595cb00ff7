/**
 * A prefixed instruction while it is modified: which of its two words may be fetched with which, and what of that nobody meant
 * to be there (Power ISA 3.1 Book I 1.6, Book II 1.8). N is a nop, P and Q are prefixes, S and T are suffixes of theirs.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Emulation } from './emulation.ts';
import type { Model } from './model.ts';
import { parseModel } from './notation.ts';
import type { Prefixed } from './prefixed.ts';
import { System } from './system.ts';

const words = {
  ...{ N: 0x60000000, P: 0x06000002, Q: 0x06000003, S: 0x39800020, T: 0x39800024 },
  // A branch over the next word, one that comes back to it, and no suffix of any prefix.
  ...{ B: 0x48000008, L: 0x48000009, X: 0 },
} as const;
type Letter = keyof typeof words;
const value = (letter: string | undefined) => words[letter as Letter];

/** A text such as `PS` at 0x1000, and steps; letters stand for words. */
function modelOf(text: string, steps: string): Model {
  const hex = (letter: string) => value(letter).toString(16);
  const given = `${[...text].map(hex).join()},4e800020`;
  const written = steps.replace(/[A-Z]/g, hex);
  const { model, problem } = parseModel(`r0.64.full.live/f@1000=${given}/ftrace_caller/${written}`);
  assert.ok(model !== null, problem ?? '');
  return model;
}
const prefixedOf = (text: string, steps: string): Prefixed => new Emulation(modelOf(text, steps)).prefixed;

/** Pairs that stand together at rest, pairs that never do, and words that are there only behind a prefix. */
const rests: readonly (readonly [
  title: string,
  text: string,
  steps: string,
  whole: string,
  torn: string,
  halves: string,
])[] = [
  ['prefix, then suffix: one modification', 'NN', 's1000:P,s1004:S', 'NN PS', 'PN', 'S'],
  ['suffix, then prefix: one modification', 'NN', 's1004:S,s1000:P', 'NN PS', 'PN', 'S'],
  ['both at once', 'NN', 's1000:P.S', 'NN PS', 'PN', 'S'],
  ['both at once, then one of them', 'NN', 's1000:P.S,s1004:T', 'NN PS PT', 'PN', 'ST'],
  ['one half twice: two modifications', 'NN', 's1000:P,s1000:Q,s1004:S', 'NN PN QS', 'QN PS', 'S'],
  ['two halves, then one again: two modifications', 'NN', 's1000:P,s1004:S,s1000:Q', 'NN PS QS', 'PN QN', 'S'],
  ['in stop_machine()', 'NN', 'm(1000:P&1004:S)', 'NN PS', 'PN', 'S'],
  ['a suffix alone', 'PS', 's1004:T', 'PS PT', 'PN', 'ST'],
  ['a suffix, with what is behind it', 'PSN', 's1004:T.N', 'PS PT', 'PN', 'ST'],
  ['what is no prefix any more', 'PS', 's1000:N', 'PS NS', 'PN', ''],
  ['behind a branch nothing stands alone', 'BS', 's1000:P', 'BS PS', 'PN', 'S'],
  ['behind a call it does', 'LS', 's1000:P', 'LS PS', 'PN', ''],
  ['what makes no instruction is no suffix', 'NN', 's1000:P,s1004:X', 'NN PX', 'PN', ''],
  ['another patcher elsewhere', 'NN', 's1000:P,s1004:S+u1008:N', 'NN PS', 'PN', 'S'],
  ['two patchers, whose order nobody knows', 'NN', 's1000:P+s1004:S', 'NN PS PN', '', ''],
];
for (const [title, text, steps, whole, torn, halves] of rests)
  test(`at rest: ${title}`, () => {
    const prefixed = prefixedOf(text, steps);
    const isTorn = (pair: string) => prefixed.isTorn(0x1000, value(pair[0]), value(pair[1]));
    for (const pair of whole.split(' ')) assert.equal(isTorn(pair), false, pair);
    for (const pair of torn.split(' ').filter((one) => one !== '')) assert.equal(isTorn(pair), true, pair);
    const found = [...'NPQSTX'].filter((letter) => prefixed.isHalf(0x1004, value(letter)));
    assert.equal(found.join(''), halves);
  });

test('it is known by its first word', () => {
  const prefixed = prefixedOf('NN', 's1000:P,s1004:S');
  assert.deepEqual(
    [0xffc, 0x1000, 0x1004, 0x1008].map((address) => prefixed.has(address)),
    [false, true, false, false],
  );
  assert.equal(prefixed.isTorn(0x1004, words.P, words.N), false);
  assert.equal(prefixed.isHalf(0x1000, words.S), false);
  assert.equal(prefixedOf('NN', 's1000:N,s1004:S').has(0x1000), false, 'no prefix, ever');
  assert.equal(prefixedOf('PS', 's1008:N').has(0x1000), false, 'one that does not change');
  const values = [
    [0x1000, 0],
    [0x1000, 1],
    [0x1004, 1],
    [0x1008, 0],
    [0x2000, 0],
  ] as const;
  assert.deepEqual(
    values.map(([address, version]) => prefixed.value(address, version)),
    [words.N, words.P, words.S, 0x4e800020, 0],
  );
});

/** Versions that may be fetched together, when the CPU’s floors and the newest versions are these. */
const windows: readonly (readonly [text: string, steps: string, at: number, spans: string, expected: string])[] = [
  // A doubleword is one where it is aligned.
  ['NN', 's1000:P.S', 0x1000, '0-1 0-1', '11'],
  ['NN', 's1000:P.S', 0x1000, '0-0 0-1', ''],
  ['NNN', 's1004:P.S', 0x1004, '0-1 0-1', '10 11'],
  ['PS', 's1000:Q.T', 0x1000, '0-1 0-1', '00 11'],
  ['PS', 's1000:Q.T,s1000:P.S', 0x1000, '0-2 0-2', '11 22'],
  // A word at a time, any with any.
  ['NN', 's1000:P,s1004:S', 0x1000, '0-1 0-1', '10 11'],
  ['NN', 's1000:P,s1004:S', 0x1000, '0-1 1-1', '11'],
  ['NN', 's1000:P,s1004:S', 0x1000, '0-1 0-0', '10'],
  ['NN', 's1000:P,s1004:S', 0x1000, '0-0 0-1', ''],
  ['PS', 's1000:Q,s1004:T', 0x1000, '0-1 0-1', '00 01 10 11'],
  ['PS', 's1000:Q,s1004:T', 0x1000, '1-1 0-1', '10 11'],
  // Of equal ones the newest.
  ['NN', 's1000:P,s1000:N,s1000:P', 0x1000, '0-3 0-0', '30'],
  ['PS', 's1000:Q,s1000:P', 0x1000, '0-2 0-0', '10 20'],
  // Two patchers: no order at all.
  ['PS', 's1000:Q+s1004:T', 0x1000, '0-1 0-1', '00 01 10 11'],
];
test('what may be fetched together', () => {
  const known = new Map<string, Prefixed>();
  for (const [text, steps, at, spans, expected] of windows) {
    const prefixed = known.get(`${text} ${steps}`) ?? prefixedOf(text, steps);
    known.set(`${text} ${steps}`, prefixed);
    const [first, second] = spans.split(' ').map((span) => ({ floor: Number(span[0]), newest: Number(span[2]) }));
    assert.ok(first !== undefined && second !== undefined);
    for (const _ of ['worked out', 'known']) {
      const found: readonly string[] = prefixed.window(at, first, second).map((pair) => pair.join(''));
      assert.equal(found.join(' '), expected, `${steps} ${spans}`);
    }
  }
});

/** So many stores to the prefix, and so many to its suffix. */
const stored = (first: number, second: number): Model => ({
  ...modelOf('NN', ''),
  steps: [[0x1000, first, words.P] as const, [0x1004, second, words.S] as const].flatMap(([address, count, word]) =>
    Array.from({ length: count }, () => ({ kind: 'store' as const, address, word, consistent: false })),
  ),
});
for (const [first, second, overflow] of [
  [1, 1, false],
  [63, 63, false],
  [64, 63, true],
  [63, 64, true],
  [100, 0, false],
] as const)
  test(`${first} stores to a prefix, ${second} to its suffix: ${overflow ? 'more than is looked at' : 'few enough'}`, () => {
    const model = stored(first, second);
    assert.equal(new Emulation(model).prefixed.overflow, overflow);
    const plain = { stale: true, tasks: 1, cpus: 1, idle: false, exceptions: false, merge: true };
    assert.equal(new System(model, plain).overflow, overflow, 'and then there is no answer');
  });
