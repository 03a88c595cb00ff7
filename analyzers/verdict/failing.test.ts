/**
 * Failures of a primitive, on our model of the architecture and on a protocol of two words made from it: what is ignored, what
 * is undone and what is left half done, of which only that is a finding which somebody runs into.
 * Then by steps alone: what counts as harm, what of it is known, and where it is laid.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { defaults } from '../explore/explore.ts';
import { Emulations } from '../machine/emulations.ts';
import { archModel } from '../protocol/arch-model.ts';
import { extract } from '../protocol/extract.ts';
import type { Protocol, Step } from '../protocol/protocol.ts';
import type { Frame } from '../source/place.ts';
import { judgeFailing } from './failing.ts';
import { judge } from './judge.ts';
import { newCache, runProtocol } from './protocol-run.ts';
import { type Bare, bl, mflr, modify, nop, protocol, stopMachine, word } from './small-protocol.ts';
import type { MailLineOf } from './spot.ts';

const path = 'arch/powerpc/kernel/trace/ftrace.c';

function replaced(text: string, from: string, to: string): string {
  assert.ok(text.includes(from), from);
  return text.replace(from, to);
}

/** mflr comes and goes with bl, each made visible to all before the other. */
const twoWords = replaced(
  replaced(
    archModel.text,
    '\tif (call)\n\t\treturn ftrace_modify_code(rec->ip, call, PPC_INST_NOP);',
    `	if (call) {
		int ret = ftrace_modify_code(rec->ip, call, PPC_INST_NOP);

		if (ret)
			return ret;
		smp_call_function(synchronize, NULL, 1);
		return ftrace_modify_code(rec->ip - 4, PPC_INST_MFLR, PPC_INST_NOP);
	}`,
  ),
  '\tif (call)\n\t\treturn ftrace_modify_code(rec->ip, PPC_INST_NOP, call);',
  `	if (call) {
		int ret = ftrace_modify_code(rec->ip - 4, PPC_INST_NOP, PPC_INST_MFLR);

		if (ret)
			return ret;
		smp_call_function(synchronize, NULL, 1);
		synchronize_rcu_tasks();
		ret = ftrace_modify_code(rec->ip, PPC_INST_NOP, call);
		return ret;
	}`,
).replace('static int is_bl_op', 'static void synchronize(void *unused)\n{\n\tisync();\n}\n\nstatic int is_bl_op');

function protocolsOf(text: string) {
  const read = (asked: string) => (asked === path ? text : null);
  const profiles = ['ppc64-mprofile-gcc6'];
  const { protocols } = extract({ read, touched: [path], evidence: 'tree', profiles, faults: true });
  return protocols.filter(({ scenario }) => scenario.siteKind === 'near' && scenario.preemption === 'full');
}

/** @param expected check, entry point and failing primitive of each finding */
function check(name: string, base: string, [from, to]: readonly [string, string], expected: readonly string[]): void {
  test(name, () => {
    const place = base.indexOf(from);
    const line = base.slice(0, place).split('\n').length + (/^\n*/.exec(from)?.[0].length ?? 0);
    const change = { file: path, op: '-', line, baseLine: line, mailLine: line } as const;
    const verdict = judge({
      before: protocolsOf(base),
      after: protocolsOf(replaced(base, from, to)),
      ...{ evidence: 'tree', partial: false, highest: 'architecture', limits: defaults, cache: newCache() },
      ...{ mailLineOf: () => null, changes: [change], problems: [], unjudged: [], uncovered: () => null, doubt: null },
    });
    const told = verdict.findings.map(
      ({ check: id, entryPoint, protocol }) => `${id} at ${entryPoint}: ${protocol.scenario.fault?.primitive}`,
    );
    assert.deepEqual(told, expected, verdict.why);
    for (const { mailLine } of verdict.findings)
      assert.equal(mailLine, line, 'the line that hands no error on any more');
  });
}

const patched = '\tif (patch_instruction((unsigned int *)ip, new))\n\t\treturn -EPERM;';
check(
  'a store is checked no more',
  archModel.text,
  [patched, '\tpatch_instruction((unsigned int *)ip, new);'],
  ['ftrace-bug at boot: patch_instruction'],
);
check('another error is returned', archModel.text, [patched, patched.replace('EPERM', 'EIO')], []);
check(
  'the check is written another way',
  archModel.text,
  [patched, '\tif (patch_instruction((unsigned int *)ip, new) != 0)\n\t\treturn -EPERM;'],
  [],
);
check(
  'a read is checked no more',
  archModel.text,
  [
    '\tif (probe_kernel_read(&found, (void *)ip, MCOUNT_INSN_SIZE))\n\t\treturn -EFAULT;',
    '\tprobe_kernel_read(&found, (void *)ip, MCOUNT_INSN_SIZE);',
  ],
  [],
);

const first =
  '\n\t\tif (ret)\n\t\t\treturn ret;\n\t\tsmp_call_function(synchronize, NULL, 1);\n\t\tsynchronize_rcu_tasks();';
const unchecked = first.replace('\n\t\tif (ret)\n\t\t\treturn ret;', '');
check(
  'bl is stored though mflr could not be',
  twoWords,
  [first, unchecked],
  ['return-address at enable: probe_kernel_read'],
);
check(
  'bl is stored no more, and nobody is told either',
  replaced(twoWords, first, unchecked),
  [unchecked, first.replace('return ret', 'return 0')],
  [],
);
const last = '\t\tret = ftrace_modify_code(rec->ip, PPC_INST_NOP, call);\n';
check(
  'mflr is taken back where bl could not be stored',
  twoWords,
  [last, `${last}\t\tif (ret)\n\t\t\tftrace_modify_code(rec->ip - 4, PPC_INST_MFLR, PPC_INST_NOP);\n`],
  [],
);
check(
  'and where it was stored',
  twoWords,
  [
    last,
    `${last}\t\tif (ret == 0 && probe_kernel_read(&call, (void *)rec->ip, 4))\n\t\t\treturn ftrace_modify_code(rec->ip - 4, PPC_INST_MFLR, PPC_INST_NOP);\n`,
  ],
  ['return-address at enable: probe_kernel_read'],
);

const [mflrStored, blStored] = [modify(0, mflr), modify(4, bl)];
const tasks: Bare = { kind: 'gracePeriod', flavour: 'tasks' };
const whole = protocol([stopMachine(mflrStored, blStored)], {});
const frame = (line: number): Frame => ({ fn: 'f', at: { file: 'a.c', line, macros: [] } });
interface Left {
  readonly ignored?: boolean;
  readonly at?: readonly Frame[];
  readonly more?: Partial<Protocol>;
}
/** A failure behind which there were these steps. */
function left(steps: readonly Bare[], { ignored = false, at = [], more = {} }: Left = {}): Protocol {
  const of = protocol(steps, more);
  const fault = { primitive: 'patch_instruction', nth: 1, ignored, at };
  return { ...of, scenario: { ...of.scenario, preemption: 'full', fault } };
}

interface Sides {
  readonly before: readonly Protocol[];
  readonly after: readonly Protocol[];
  readonly inOrder?: boolean;
  readonly mailLineOf?: MailLineOf;
  readonly changes?: Parameters<typeof judgeFailing>[0]['changes'];
}
function failingOf({ before, after, inOrder = true, mailLineOf = () => null, changes = [] }: Sides) {
  const [runs, limits] = [
    { cache: newCache(), emulations: new Emulations() },
    { tasks: 2, cpus: 2, statesMax: 10_000 },
  ];
  return judgeFailing({
    ...{ before: [whole, ...before], after: [whole, ...after], inOrder: () => inOrder, mailLineOf, changes },
    keyOf: ({ scenario }) => scenario.plan,
    run: (of, lineOf) => runProtocol({ ...runs, limits, highest: 'stale', protocol: of, mailLineOf: lineOf }),
  });
}
/** @param expected level and check of what is told; or the number of the run whose error is reported no longer; or nothing */
function checkHarm(title: string, sides: Sides, expected: readonly string[] | number): void {
  test(title, () => {
    const { sightings, unreported } = failingOf(sides);
    const told = sightings.map(({ level, check: id }) => `${level} ${id}`);
    assert.deepEqual(told, typeof expected === 'number' ? [] : expected);
    assert.equal(unreported, typeof expected === 'number' ? sides.after[expected] : null);
  });
}
const everywhere = ['sequential', 'preemption', 'stale'].map((level) => `${level} return-address`);
const nothing = left([]);
checkHarm('what a task runs into', { before: [nothing], after: [left([blStored])] }, everywhere);
checkHarm('the same, where nothing failed before', { before: [], after: [left([blStored])] }, everywhere);
checkHarm('what it ran into before', { before: [left([blStored])], after: [left([blStored, tasks])] }, []);
checkHarm(
  'what it ran into at other places',
  { before: [left([mflrStored, tasks, blStored])], after: [left([mflrStored, blStored])] },
  ['preemption return-address'],
);
checkHarm('what it ran into more often', { before: [left([blStored])], after: [left([mflrStored, blStored])] }, []);
checkHarm(
  'something else',
  { before: [left([blStored])], after: [left([modify(4, 0)])] },
  ['sequential', 'preemption', 'stale'].map((level) => `${level} illegal-instruction`),
);
checkHarm('of another run', { before: [left([blStored])], after: [planned(left([blStored, tasks]))] }, everywhere);
function planned(of: Protocol): Protocol {
  return { ...of, scenario: { ...of.scenario, plan: 'first' } };
}
checkHarm(
  'where the run without a failure is not in order',
  { before: [], after: [left([blStored])], inOrder: false },
  [],
);

const unheard = left([mflrStored], { ignored: true });
checkHarm(
  'an error that nobody hears of',
  { before: [nothing], after: [left([mflrStored]), unheard, left([], { ignored: true })] },
  1,
);
checkHarm('after the same steps', { before: [left([mflrStored])], after: [unheard] }, 0);
checkHarm('one that nobody heard of', { before: [unheard], after: [unheard] }, []);
checkHarm('one of several', { before: [nothing, unheard], after: [left([], { ignored: true })] }, []);
checkHarm('and that a task runs into', { before: [nothing], after: [left([blStored], { ignored: true })] }, everywhere);
for (const [traced, words] of [
  [true, [nop, nop]],
  [false, [mflr, bl]],
] as const) {
  const sites = whole.sites.map((site) => ({
    ...{ ...site, traced },
    words: new Map([...words, word('blr')].map((one, i) => [4 * i, one])),
  }));
  checkHarm(
    `a site that is not as it should be: ${traced ? 'not traced' : 'still traced'}`,
    { before: [nothing], after: [left([], { ignored: true, more: { sites } })] },
    0,
  );
}
const refused = { outcome: 'refused' } as const;
checkHarm(
  'what is complained of later',
  { before: [nothing], after: [left([mflrStored], { ignored: true, more: refused })] },
  ['sequential ftrace-disabled'],
);
checkHarm(
  'what is complained of at once is as it should be',
  { before: [nothing], after: [left([mflrStored], { more: refused })] },
  [],
);
checkHarm(
  'and a task breaks by then',
  { before: [nothing], after: [left([blStored], { ignored: true, more: refused })] },
  everywhere,
);

test('harm is laid to the call that failed, to what shows it, to what was changed there', () => {
  const at = [frame(10), frame(20), frame(30)];
  const steps = [{ ...blStored, stack: [frame(40)] } as unknown as Step];
  const lineOf = (added: readonly number[], changed: readonly number[]) => {
    const { sightings } = failingOf({
      ...{ before: [nothing], after: [left([], { at, more: { steps } })] },
      mailLineOf: (_, line) => ({ mailLine: 100 + line, op: added.includes(line) ? '+' : ' ' }),
      changes: changed.map((line) => ({ file: 'a.c', op: '-', line, baseLine: line, mailLine: 100 + line })),
    });
    return [...new Set(sightings.map(({ spot }) => spot.line))];
  };
  assert.deepEqual(lineOf([10, 20, 40], [31]), [20]);
  assert.deepEqual(lineOf([40], [31]), [40]);
  assert.deepEqual(lineOf([], [31, 12]), [31]);
  assert.deepEqual(lineOf([], []), [40]);
});
