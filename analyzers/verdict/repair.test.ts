/**
 * What is advised, and where it goes: before the later of two modifications, where the two part, and in which kind of walk.
 * Steps at lines of one file; sites A and B, to which `mflr r0; bl ftrace_caller` comes or from which it goes.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Emulations } from '../machine/emulations.ts';
import type { Protocol, Step } from '../protocol/protocol.ts';
import type { Frame } from '../source/place.ts';
import { newCache, runProtocol } from './protocol-run.ts';
import { findRepair } from './repair.ts';
import {
  at,
  type Bare,
  barrier,
  bl,
  mflr,
  modify,
  nop,
  protocol,
  publish,
  stopMachine,
  word,
} from './small-protocol.ts';
import type { MailLineOf } from './spot.ts';
import type { Repair } from './verdict.ts';

const limits = { tasks: 2, cpus: 2, statesMax: 100_000 };
const frame = (fn: string, line: number): Frame => ({ fn, at: { file: 'a.c', line, macros: [] } });
/** walk() at a line calls store() at another. */
const from = (line: number, inner: number, step: Bare): Step =>
  ({ ...step, stack: [frame('walk', line), frame('store', inner)] }) as Step;

const [site] = protocol([], {}).sites;
assert.ok(site !== undefined);
const offB = 0x100n;
/** The same of site B. */
const ofB = (step: Step): Step =>
  step.kind === 'modify' ? { ...step, word: { ...step.word, address: step.word.address + offB, symbol: 'B' } } : step;
const traced = [mflr, bl, word('blr')];
const sitesOf = (words: readonly number[]) => ({
  sites: [
    { ...site, words: new Map(words.map((one, i) => [4 * i, one])) },
    {
      ...{ ...site, id: 'B', address: at.A + offB },
      words: new Map(words.map((one, i) => [4 * i, one === bl ? one - Number(offB) : one])),
    },
  ],
});

interface Given {
  readonly steps: readonly Step[];
  readonly level?: 'sequential' | 'preemption' | 'stale';
  readonly more?: Partial<Protocol>;
  readonly mailLineOf?: MailLineOf;
}
/** Of the first break at a level. */
function repairOf({ steps, level = 'preemption', more = {}, mailLineOf = () => null }: Given): Repair | null {
  const of = protocol([], { steps, ...more });
  const given = { ...of, scenario: { ...of.scenario, preemption: 'full' } } as const;
  const { sightings } = runProtocol({
    ...{ protocol: given, highest: 'stale', limits, cache: newCache(), emulations: new Emulations(), mailLineOf },
  });
  const sighting = sightings.find((one) => one.level === level);
  assert.ok(sighting !== undefined, sightings.map((one) => one.level).join());
  return findRepair(sighting, limits, mailLineOf);
}

/** @param expected kind, line, and whether it goes ahead of a walk or asks for a second one; null for no advice */
function check(title: string, given: Given, expected: string | null): void {
  test(title, () => {
    const found = repairOf(given);
    if (found === null) return assert.equal(found, expected);
    const { kind, before, inWalk, perRecord } = found;
    const where = [...(inWalk ? ['in the walk'] : []), ...(perRecord ? ['per record'] : [])];
    assert.equal([kind, 'before', before.fn, before.line, ...where].join(' '), expected);
  });
}

const [first, second] = [modify(0, mflr), modify(4, bl)];
const tasks: Bare = { kind: 'gracePeriod', flavour: 'tasks' };
const ipi: Bare = {
  ...{ kind: 'ipi', handler: 'f', targets: 'others', wait: true },
  effects: [{ kind: 'barrier', op: 'isync', stack: [] }],
};
const both = 'ipi-and-grace-period before';
const [mflrAt, blAt] = [from(10, 1, first), from(11, 1, second)];

check('two modifications in a row', { steps: [mflrAt, blAt] }, `${both} walk 11 per record`);
check(
  'from two lines of one function',
  { steps: [from(10, 1, first), from(10, 2, second)] },
  `${both} store 2 per record`,
);
check('what breaks by itself', { steps: [blAt], level: 'sequential' }, null);
test('what interrupt entry and exit break', () => {
  // No call of the tracer comes back there: none of them is mended by a wait.
  const { contract, ...rest } = protocol([], {});
  assert.equal(contract, 'r0');
  const of: Protocol = { ...rest, contract: 'system', steps: [mflrAt, blAt] };
  const { sightings } = runProtocol({
    protocol: { ...of, contract: 'r0', scenario: { ...of.scenario, preemption: 'full' } },
    ...{ highest: 'preemption', limits, cache: newCache(), emulations: new Emulations(), mailLineOf: () => null },
  });
  const [sighting] = sightings;
  assert.ok(sighting !== undefined && findRepair(sighting, limits, () => null) !== null);
  assert.equal(
    findRepair({ ...sighting, protocol: of }, limits, () => null),
    null,
  );
});
check(
  'a wait between them that old words outlast',
  { steps: [mflrAt, from(5, 1, tasks), blAt], level: 'stale' },
  `${both} walk 11`,
);
check(
  'an IPI between them that preempted tasks outlast',
  { steps: [mflrAt, from(5, 1, ipi), blAt] },
  'grace-period before walk 11',
);
const untraced = [
  from(10, 1, { ...modify(4, nop), old: bl } as Bare),
  from(11, 1, { ...modify(0, nop), old: mflr } as Bare),
];
check(
  'what is no wait between them',
  { steps: [mflrAt, from(5, 1, barrier('mb')), blAt] },
  `${both} walk 11 per record`,
);
check(
  'bl goes, then mflr',
  { steps: untraced, level: 'stale', more: sitesOf(traced) },
  'ipi before walk 11 per record',
);
check(
  'mflr goes, then bl: one remedy is not enough for old words',
  { steps: [...untraced].reverse(), level: 'preemption', more: sitesOf(traced) },
  null,
);

/** A leads to a stub that reads a pointer (the first data of a model are at 0x30000), which is not there yet. */
const [stub, ops] = [at.A + 0x1000n, at.op];
const pointer: Partial<Protocol> = {
  texts: [
    {
      ...{ name: 'stub', address: stub },
      words: new Map(
        ['lis r11,3', 'ld r11,0(r11)', `b 0x${(at.A + 4n).toString(16)}`].map((line, i) => [
          4 * i,
          word(line, stub + BigInt(4 * i)),
        ]),
      ),
    },
  ],
  data: [{ name: 'ops', address: ops, bytes: 8, private: false, words: [{ offset: 0, bytes: 8, value: null }] }],
};
const toStub = modify(0, word(`b 0x${stub.toString(16)}`, at.A));
const elsewhere = { ...first, word: { address: ops + 0x100n, symbol: 'C', offset: 0 } } as Bare;
const swapped: Given = { steps: [from(10, 1, toStub), from(11, 1, publish('patch'))], more: pointer };
check('a pointer that is stored behind the branch to who reads it', swapped, 'swap before walk 11');
check(
  'another order is no wait, and may be in a walk',
  { ...swapped, steps: [...swapped.steps, ofB(from(11, 1, first)), from(11, 1, elsewhere)] },
  'swap before walk 11',
);

/** `bl; ld r2,24(r1)` of a module behind the code that saves LR: who is in the tracer comes back to the ld. */
const saved = [
  'mflr r0',
  'std r0,16(r1)',
  'stdu r1,-112(r1)',
  'bl',
  'ld r2,24(r1)',
  'addi r1,r1,112',
  'ld r0,16(r1)',
  'mtlr r0',
  'blr',
];
const toc: Partial<Protocol> = {
  contract: 'pg64',
  symbols: new Map([['_mcount', at.tracer]]),
  texts: [
    {
      ...{ name: 'stub', address: stub },
      words: new Map([
        [0, word('std r2,24(r1)')],
        [4, word(`b 0x${at.tracer.toString(16)}`, stub + 4n)],
      ]),
    },
  ],
  sites: [
    {
      ...{ ...site, kind: 'module', recorded: 12 },
      words: new Map(
        saved.map((line, i) => [4 * i, line === 'bl' ? word(`bl 0x${stub.toString(16)}`, at.A + 12n) : word(line)]),
      ),
    },
  ],
};
const noppedOut = [12, 16].map(
  (offset) => ({ ...modify(0, nop), word: { address: at.A + BigInt(offset), symbol: 'A', offset } }) as Bare,
);
const tocGiven: Given = { steps: [from(10, 1, stopMachine(...noppedOut))], more: toc };
check('what is restored behind the call is taken away with it', tocGiven, 'branch-over before store 1');

const [other, otherBl] = [ofB(mflrAt), ofB(from(11, 1, { ...second, new: bl - Number(offB) } as Bare))];
const two = sitesOf([nop, nop, word('blr')]);
check(
  'a walk that modifies one site after the other',
  { steps: [mflrAt, blAt, other, otherBl], more: two },
  `${both} walk 11 in the walk per record`,
);
check('a walk for each word', { steps: [mflrAt, other, blAt, otherBl], more: two }, `${both} walk 11 in the walk`);
check(
  'two sites, each at lines of its own',
  {
    steps: [
      mflrAt,
      ofB(from(20, 1, first)),
      from(11, 1, second),
      ofB(from(21, 1, { ...second, new: bl - Number(offB) } as Bare)),
    ],
    more: two,
  },
  `${both} walk 11`,
);
check(
  'two sites at one line of two files',
  {
    steps: [
      mflrAt,
      blAt,
      ...[other, otherBl].map((step) => ({
        ...step,
        stack: step.stack.map((one) => ({ ...one, at: { ...one.at, file: 'b.c' } })),
      })),
    ],
    more: two,
  },
  `${both} walk 11 per record`,
);
check(
  'behind stop_machine() there is no modification that it parts from',
  { steps: [from(10, 1, stopMachine(first)), from(11, 1, second)] },
  'grace-period before store 1',
);
test('advice is in words', () => {
  const text = (given: Given) => repairOf(given)?.text;
  const ofIpi = 'an IPI that runs isync on every other CPU';
  const gone = { steps: untraced, level: 'stale', more: sitesOf(traced) } as const;
  assert.equal(text(gone), `${ofIpi}, waited for`);
  assert.equal(text({ steps: [mflrAt, from(5, 1, ipi), blAt] }), 'synchronize_rcu_tasks()');
  assert.equal(text({ steps: [mflrAt, blAt] }), `${ofIpi}, then synchronize_rcu_tasks()`);
  assert.equal(text(swapped), 'the two modifications in the other order');
  assert.equal(text(tocGiven), 'a branch over the load in place of two nops');
});
