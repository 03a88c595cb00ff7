/**
 * How an entry point ends, by its steps alone: what is left that no later task can be right with.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { CallSite, Protocol, Step } from '../protocol/protocol.ts';
import { complaints, leftBehind, recordedWord } from './ending.ts';

const [at, nop, branch] = [0x1000n, 0x60000000, 0x48000008];
const site: CallSite = {
  ...{ id: 'A', kind: 'near', address: at, recorded: 4, traced: null, own: [4] },
  words: new Map([nop, nop, nop].map((word, index) => [4 * index, word])),
};

const protocol = (steps: readonly Step[], more: Partial<Protocol> = {}): Protocol => ({
  scenario: {
    ...{ subject: 'jump-label', profile: 'p', preemption: 'none', entryPoint: 'enable', siteKind: 'near', plan: 'all' },
  },
  ...{
    evidence: 'tree',
    contract: 'plain',
    bits: 64,
    live: true,
    exit: 'normal',
    steps,
    sites: [site],
    texts: [],
    data: [],
  },
  ...{ entry: null, symbols: new Map(), outcome: 'ok', why: '', trail: [], assumptions: [] },
  ...more,
});

type Store = Step & { readonly kind: 'modify' };
const store = (offset: number, old: number, word: number, consistent: Store['consistent'] = 'patch'): Step => ({
  ...{ kind: 'modify', word: { address: at + BigInt(offset), symbol: 'A', offset }, old, new: word },
  ...{ width: 4, consistent, via: 'store', stack: [] },
});
const flush = (from: bigint): Step => ({ kind: 'flush', from, to: from + 4n, stack: [] });

function check(name: string, steps: readonly Step[], expected: readonly string[]): void {
  test(name, () => {
    const found = leftBehind({ protocol: protocol(steps), mailLineOf: () => null });
    assert.deepEqual(
      found.map(({ check: id, level }) => `${level} ${id}`),
      expected,
    );
  });
}

check('its own word, made consistent', [store(4, nop, branch)], []);
check('a plain store', [store(4, nop, branch, 'none')], ['stale not-consistent']);
check('a plain store of what is there', [store(4, nop, nop, 'none')], []);
check('a plain store where no instruction was', [store(4, 0, branch, 'none'), store(4, branch, nop, 'none')], []);
check('flushed behind it', [store(4, nop, branch, 'flush-later'), flush(at + 4n)], []);
check('another word flushed', [store(4, nop, branch, 'flush-later'), flush(at)], ['stale not-consistent']);
check('stored twice, the second time as it should be', [store(4, nop, branch, 'none'), store(4, branch, nop)], []);
check(
  'and back again without',
  [store(4, nop, branch, 'none'), store(4, branch, branch, 'none')],
  ['stale not-consistent'],
);
check('a word of the program', [store(8, nop, branch)], ['sequential foreign-word']);
check('a word of the program, put back', [store(8, nop, branch), store(8, branch, nop)], []);
check(
  'inside stop_machine()',
  [{ kind: 'stopMachine', handler: 'f', stack: [], effects: [store(0, nop, branch)] }],
  ['sequential foreign-word'],
);

const back = store(4, branch, nop);
check('flushed as far as the word', [store(4, nop, branch, 'flush-later'), flush(at + 8n)], ['stale not-consistent']);
check(
  'flushed, and stored again as it is',
  [store(4, nop, branch, 'flush-later'), flush(at + 4n), store(4, branch, branch, 'none')],
  [],
);
check(
  'a word of the program, flushed',
  [store(8, nop, branch, 'flush-later'), flush(at + 8n)],
  ['sequential foreign-word'],
);
check(
  'inside an IPI',
  [{ ...{ kind: 'ipi', handler: 'f', targets: 'others', wait: true, stack: [] }, effects: [store(0, nop, branch)] }],
  ['sequential foreign-word'],
);
const [prefix, suffix] = [0x06000000, 0x38600001];
/** Two words at once, where there were these. */
const both = (consistent: Store['consistent'], old: number, oldSuffix: number): Step =>
  ({ ...store(4, old, prefix, consistent), width: 8, oldSuffix, newSuffix: suffix }) as Step;
check(
  'the second half of a prefixed instruction is the program’s',
  [both('patch', nop, nop)],
  ['sequential foreign-word'],
);
check(
  'a plain store of which the second half is another',
  [both('none', prefix, nop)],
  ['sequential foreign-word', 'stale not-consistent'],
);
check('a plain store of what is there, in two halves', [both('none', prefix, suffix)], ['sequential foreign-word']);
test('a prefixed instruction whose two words are the site’s own', () => {
  const sites = [{ ...site, own: [4, 8] }];
  assert.deepEqual(
    leftBehind({ protocol: protocol([both('patch', nop, nop)], { sites }), mailLineOf: () => null }),
    [],
  );
});
test('a run that did not come to its end has left nothing', () => {
  const refused = protocol([store(8, nop, branch)], { outcome: 'refused' });
  assert.deepEqual(leftBehind({ protocol: refused, mailLineOf: () => null }), []);
});
test('a word of one site of several', () => {
  const other: CallSite = { ...site, id: 'B', address: at + 0x100n };
  for (const sites of [
    [site, other],
    [other, site],
  ]) {
    const given = protocol([store(8, nop, branch)], { sites });
    assert.deepEqual(
      leftBehind({ protocol: given, mailLineOf: () => null }).map(({ check: id }) => id),
      ['foreign-word'],
    );
  }
});
test('the recorded word is the one that was stored last, whatever was flushed then', () => {
  const recorded = (...steps: readonly Step[]) => recordedWord(site, steps);
  assert.deepEqual([recorded(), recorded(store(8, nop, branch))], [nop, nop]);
  assert.deepEqual([recorded(store(4, nop, branch)), recorded(store(4, nop, branch), back)], [branch, nop]);
  assert.equal(recorded(store(4, nop, branch, 'flush-later'), flush(at + 4n)), branch);
});

const bug = (what: 'WARN' | 'BUG'): Step => ({
  ...{ kind: 'bug', what, code: null, site: null, text: '', trail: [], stack: [] },
});
const complained = (steps: readonly Step[], more: Partial<Protocol> = {}) =>
  complaints({ protocol: protocol(steps, more), mailLineOf: () => null }).map((one) => one.check);
test('beside ftrace a WARN is a complaint, too', () => {
  const { scenario } = protocol([]);
  const ftrace = { scenario: { ...scenario, subject: 'ftrace' } } as const;
  assert.deepEqual(complained([bug('WARN')]), ['kernel-bug']);
  assert.deepEqual(complained([bug('WARN')], ftrace), []);
  assert.deepEqual(complained([bug('BUG')], ftrace), ['ftrace-bug']);
  assert.deepEqual(complained([], { outcome: 'refused' }), ['kernel-bug']);
  assert.deepEqual(complained([], { outcome: 'refused', evidence: 'diff' }), []);
});
test('an error is laid to the added line that ran last', () => {
  const { scenario } = protocol([]);
  const ran = [20, 10].map((line) => ({ fn: 'f', at: { file: 'a.c', line, macros: [] } }));
  const told = (added: number) =>
    complaints({
      protocol: protocol([], { scenario: { ...scenario, subject: 'ftrace' }, outcome: 'refused', trail: ran }),
      mailLineOf: (_, line) => ({ mailLine: 100 + line, op: line === added ? '+' : ' ' }),
    }).map(({ level, check: id, spot: { line, mailLine } }) => [level, id, line, mailLine]);
  assert.deepEqual(told(10), [['sequential', 'ftrace-disabled', 10, 110]]);
  assert.deepEqual(told(30), [['sequential', 'ftrace-disabled', 0, null]], 'no place is better than a wrong one');
});
