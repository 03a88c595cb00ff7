/**
 * Failures of a primitive, on our model of the architecture and on a protocol of two words made from it: what is ignored, what
 * is undone and what is left half done, of which only that is a finding which somebody runs into.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { defaults } from '../explore/explore.ts';
import { archModel } from '../protocol/arch-model.ts';
import { extract } from '../protocol/extract.ts';
import { judge } from './judge.ts';
import { newCache } from './protocol-run.ts';

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
