/**
 * Notes: what is said beside a verdict, and what is not. Protocols of one call site, before and after a patch.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { assemble } from '../power/text.ts';
import type { Protocol, Step } from '../protocol/protocol.ts';
import { judge } from './judge.ts';
import { newCache } from './protocol-run.ts';

const kernel = 0xc000000000000000n;
const at = { tracer: kernel + 0x10000n, A: kernel + 0x20000n, op: kernel + 0x40000n } as const;
const word = (line: string, address = 0n) => assemble(line, address)?.[0] ?? 0;
const [nop, mflr, blr] = ['nop', 'mflr r0', 'blr'].map((line) => word(line)) as [number, number, number];
const bl = word(`bl 0x${at.tracer.toString(16)}`, at.A + 4n);

type Bare = Step extends infer S ? (S extends Step ? Omit<S, 'stack'> : never) : never;

/** A is `nop; nop; blr` before the steps. */
function protocol(steps: readonly Bare[], more: Partial<Protocol>): Protocol {
  return {
    scenario: {
      subject: 'ftrace',
      profile: 'p',
      preemption: 'none',
      entryPoint: 'enable',
      siteKind: 'near',
      plan: 'all',
    },
    evidence: 'tree',
    contract: 'r0',
    bits: 64,
    live: true,
    exit: 'normal',
    steps: steps.map((step) => ({ stack: [], ...step })) as readonly Step[],
    sites: [
      {
        id: 'A',
        kind: 'near',
        address: at.A,
        words: new Map([nop, nop, blr].map((one, i) => [4 * i, one])),
        recorded: 4,
        traced: null,
      },
    ],
    texts: [],
    data: [],
    entry: null,
    symbols: new Map([['ftrace_caller', at.tracer]]),
    outcome: 'ok',
    why: '',
    trail: [],
    assumptions: [],
    ...more,
  };
}

const modify = (offset: 0 | 4, value: number): Bare => ({
  kind: 'modify',
  word: { address: at.A + BigInt(offset), symbol: 'A', offset },
  old: nop,
  new: value,
  width: 4,
  consistent: 'patch',
  via: 'patch_instruction',
});
const stopMachine = (...effects: readonly Bare[]): Bare => ({
  kind: 'stopMachine',
  handler: 'f',
  effects: effects.map((step) => ({ stack: [], ...step })) as readonly Step[],
});
const publish = (how: 'patch' | 'store'): Bare => ({
  kind: 'publish',
  what: 'function_trace_op',
  address: at.op,
  bytes: 8,
  value: 1n,
  how,
});
const barrier = (op: 'wmb' | 'rmb'): Bare => ({ kind: 'barrier', op });

interface Case {
  readonly before: readonly Bare[];
  readonly after: readonly Bare[];
  readonly live?: boolean;
}

function check(name: string, { before, after, live = true }: Case, expected: readonly string[]): void {
  test(name, () => {
    const verdict = judge({
      before: [protocol(before, { live })],
      after: [protocol(after, { live })],
      evidence: 'tree',
      doubt: null,
      partial: false,
      highest: 'architecture',
      limits: { tasks: 2, cpus: 2, statesMax: 100_000 },
      cache: newCache(),
      mailLineOf: () => null,
      changes: [],
      problems: [],
      unjudged: [],
      uncovered: () => null,
    });
    assert.deepEqual(
      verdict.notes.map(({ id }) => id),
      expected,
    );
    assert.deepEqual(verdict.findings, []);
  });
}

const [first, second] = [modify(0, mflr), modify(4, bl)];
check(
  'stop_machine() with the words in the wrong order: what the modifying CPU runs in an exception',
  { before: [], after: [stopMachine(second, first)] },
  ['own-exception'],
);
check('the right order', { before: [], after: [stopMachine(first, second)] }, []);
check('as it was before', { before: [stopMachine(second, first)], after: [first, stopMachine(second)] }, [
  'outside-cmodx',
]);
check(
  'and still is',
  { before: [stopMachine(second, first)], after: [stopMachine(second, first), stopMachine(second)] },
  [],
);

// One word nop -> nop again is a modification that breaks nothing.
const site = modify(4, nop);
check('data, then what leads to it', { before: [site], after: [publish('store'), site] }, ['unordered-publish']);
check('with smp_wmb() between', { before: [site], after: [publish('store'), barrier('wmb'), site] }, []);
check('smp_rmb() orders no stores', { before: [site], after: [publish('store'), barrier('rmb'), site] }, [
  'unordered-publish',
]);
check('patch_ulong() orders what it stores', { before: [site], after: [publish('patch'), site] }, []);
check(
  'patch_ulong() orders what was stored before it',
  { before: [site], after: [publish('store'), publish('patch'), site] },
  [],
);
check('patch_instruction() comes too late', { before: [site], after: [publish('store'), site, site] }, [
  'unordered-publish',
]);
check('behind all modifications', { before: [site], after: [site, publish('store')] }, []);
check('where nobody runs the site', { before: [site], after: [publish('store'), site], live: false }, []);
check(
  'as it was before the patch',
  { before: [publish('store'), site], after: [publish('store'), site, barrier('wmb')] },
  [],
);
