/**
 * Tracers that come and go, on a generic core, an architecture and entry code of our own: what is published late, freed
 * early or written wrongly is a finding, and the same in another order that does no harm is none.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { defaults } from '../explore/explore.ts';
import { archModel } from '../protocol/arch-model.ts';
import { coreModel } from '../protocol/core-model.ts';
import { extract } from '../protocol/extract.ts';
import { judge } from './judge.ts';
import { newCache } from './protocol-run.ts';

/** The list of tracers, behind our model of the walk over all sites. */
const core = `${coreModel.text}
typedef void (*ftrace_func_t)(unsigned long ip, unsigned long parent);
enum { FTRACE_OPS_FL_DYNAMIC = 1, FTRACE_OPS_FL_IPMODIFY = 2, FTRACE_OPS_FL_SAVE_REGS = 4 };
struct ftrace_ops {
	ftrace_func_t func;
	struct ftrace_ops *next;
	unsigned long flags, direct_call;
};
static void ftrace_nop_func(unsigned long ip, unsigned long parent) { }
static void ftrace_list_func(unsigned long ip, unsigned long parent) { barrier(); }
struct ftrace_ops ftrace_nop_ops = { .func = (void *)ftrace_nop_func };
struct ftrace_ops ftrace_list_ops = { .func = (void *)ftrace_list_func };
static struct ftrace_ops *tracers;

struct ftrace_ops *ftrace_ops_of(struct dyn_ftrace *rec)
{
	return tracers && !tracers->next ? tracers : &ftrace_list_ops;
}
int ftrace_set_filter_ip(struct ftrace_ops *ops, unsigned long ip, int remove, int reset) { return 0; }

static void count(int by)
{
	struct ftrace_page *pg;
	struct dyn_ftrace *rec;

	do_for_each_ftrace_rec(pg, rec) {
		rec->flags += by;
	} while_for_each_ftrace_rec();
}
static int update(int by)
{
	int err = ftrace_update_ftrace_func(tracers ? tracers->func : (void *)ftrace_stub);

	count(by);
	arch_ftrace_update_code(FTRACE_UPDATE_CALLS);
	return err || ftrace_disabled ? -ENODEV : 0;
}
int register_ftrace_function(struct ftrace_ops *ops)
{
	ops->next = tracers;
	tracers = ops;
	return update(1);
}
int unregister_ftrace_function(struct ftrace_ops *ops)
{
	int err;

	tracers = ops->next;
	err = update(-1);
	/* Nobody may be on the way to it any more when it is freed. */
	synchronize_rcu_tasks_rude();
	synchronize_rcu_tasks();
	return err;
}
`;

/** Out-of-line stubs, each behind a pointer to the ops that its tasks are for. */
const outOfLine = `
#include <linux/module.h>
#include <linux/ftrace.h>
#include <asm/code-patching.h>
/* for kernels with ARCH_USING_PATCHABLE_FUNCTION_ENTRY and PPC_FTRACE_OUT_OF_LINE */
struct stub { struct ftrace_ops *ops; u32 words[4]; };
extern struct stub ftrace_ool_stub_text[], ftrace_ool_stub_text_end[];
extern struct ftrace_ops ftrace_nop_ops, ftrace_list_ops;
struct ftrace_ops *ftrace_ops_of(struct dyn_ftrace *rec);

static struct stub *stub_of(struct dyn_ftrace *rec) { return &ftrace_ool_stub_text[rec->ip & 0x100 ? 0 : 1]; }
static u32 branch(unsigned long from, unsigned long to, int link)
{
	return 0x48000000 | ((to - from) & 0x03fffffc) | link;
}
static int set_ops(struct dyn_ftrace *rec, struct ftrace_ops *ops)
{
	return patch_ulong((void *)&stub_of(rec)->ops, (unsigned long)ops);
}
int ftrace_init_nop(struct module *mod, struct dyn_ftrace *rec)
{
	struct stub *stub = stub_of(rec);
	u32 words[4] = { 0x7c0802a6, branch((long)&stub->words[1], ppc_function_entry(ftrace_caller), 1), 0x7c0803a6,
			 branch((long)&stub->words[3], rec->ip + 4, 0) };

	for (int i = 0; i < 4; i++)
		if (patch_instruction(&stub->words[i], words[i]))
			return -EPERM;
	return set_ops(rec, &ftrace_nop_ops);
}
int ftrace_make_call(struct dyn_ftrace *rec, unsigned long addr)
{
	int ret = set_ops(rec, ftrace_ops_of(rec));

	return ret ? ret : patch_instruction((u32 *)rec->ip, branch(rec->ip, (long)stub_of(rec)->words, 0));
}
int ftrace_make_nop(struct module *mod, struct dyn_ftrace *rec, unsigned long addr)
{
	int ret = set_ops(rec, &ftrace_nop_ops);

	return ret ? ret : patch_instruction((u32 *)rec->ip, 0x60000000);
}
int ftrace_modify_call(struct dyn_ftrace *rec, unsigned long old, unsigned long addr) { return 0; }
void arch_ftrace_update_code(int command) { ftrace_modify_all_code(command); }
int ftrace_dyn_arch_init(void) { return 0; }
int ftrace_update_ftrace_func(ftrace_func_t func) { return 0; }
`;

/** One word of the entry code calls the tracer. */
const inline = `${archModel.text}
extern void ftrace_call(void);
int ftrace_update_ftrace_func(ftrace_func_t func)
{
	unsigned int *ip = (unsigned int *)&ftrace_call;

	return patch_instruction(ip, create_branch(ip, ppc_function_entry((void *)func), BRANCH_SET_LINK));
}
`;

const caller = (call: string) => `
	.globl	ftrace_stub
ftrace_stub:
	blr
	.globl	ftrace_caller
ftrace_caller:
	stdu	1, -176(1)
	.irp	reg, 3, 4, 5, 6, 7, 8, 9, 10
	std	\\reg, 40+8*\\reg(1)
	.endr
	std	0, 136(1)
	mflr	11
	std	11, 144(1)
${call}
	.irp	reg, 3, 4, 5, 6, 7, 8, 9, 10
	ld	\\reg, 40+8*\\reg(1)
	.endr
	ld	11, 144(1)
	ld	0, 136(1)
	addi	1, 1, 176
`;
const entry = {
  outOfLine: `#include <asm/asm-offsets.h>
${caller('\tld\t12, -16(11)\n\tld\t12, FTRACE_OPS_FUNC(12)\n\tmtctr\t12\n\tbctrl')}
	mtlr	11
	blr
`,
  inline: `${caller('\t.globl\tftrace_call\nftrace_call:\n\tbl\tftrace_stub')}
	mtctr	11
	mtlr	0
	bctr
`,
} as const;

type Design = keyof typeof entry;
const profiles: Readonly<Record<Design, string>> = { outOfLine: 'ppc64-out-of-line', inline: 'ppc64-mprofile-gcc6' };

const filesOf = (design: Design): Readonly<Record<string, string>> => ({
  'kernel/trace/ftrace.c': core,
  'arch/powerpc/kernel/trace/ftrace.c': design === 'inline' ? inline : outOfLine,
});

function protocolsOf(design: Design, edit: (text: string) => string) {
  const edited = Object.entries(filesOf(design)).map(([path, text]) => [path, edit(text)]);
  const files: Readonly<Record<string, string>> = {
    ...Object.fromEntries(edited),
    'arch/powerpc/kernel/trace/ftrace_entry.S': entry[design],
    'arch/powerpc/kernel/asm-offsets.c':
      'int main(void)\n{\n\tDEFINE(FTRACE_OPS_FUNC, 0);\n\tDEFINE(PACATOC, 16);\n\treturn 0;\n}\n',
  };
  const read = (path: string) => files[path] ?? null;
  const { protocols } = extract({ read, touched: Object.keys(files), evidence: 'tree', profiles: [profiles[design]] });
  return protocols.filter(({ scenario }) => scenario.siteKind === 'near' && scenario.preemption === 'full');
}

/** A line that the edit made. */
const addedLine =
  (design: Design, edit: (text: string) => string) =>
  (file: string, line: number): { mailLine: number; op: '+' } | null => {
    const text = filesOf(design)[file];
    if (text === undefined || text.split('\n').includes(edit(text).split('\n')[line - 1] ?? '')) return null;
    return { mailLine: line, op: '+' };
  };

interface Edit {
  readonly design?: Design;
  readonly from: string;
  readonly to: string;
}

/** @param expected level, check and entry point of each finding; or why there is none though it goes wrong */
function check(name: string, { design = 'outOfLine', from, to }: Edit, expected: readonly string[] | RegExp): void {
  test(name, () => {
    assert.ok(
      [core, outOfLine, inline].some((text) => text.includes(from)),
      from,
    );
    const verdict = judge({
      before: protocolsOf(design, (text) => text),
      after: protocolsOf(design, (text) => text.replace(from, to)),
      ...{
        evidence: 'tree',
        doubt: null,
        partial: false,
        highest: 'architecture',
        limits: defaults,
        cache: newCache(),
      },
      ...{
        mailLineOf: addedLine(design, (text) => text.replace(from, to)),
        changes: [],
        problems: [],
        unjudged: [],
        uncovered: () => null,
      },
    });
    if (expected instanceof RegExp) {
      assert.equal(verdict.answer, 'silence');
      assert.match(verdict.why, expected);
      return;
    }
    assert.deepEqual(
      verdict.findings.map((finding) => `${finding.level} ${finding.check} at ${finding.entryPoint}`),
      expected,
      verdict.why,
    );
    if (expected.length === 0)
      assert.equal(
        verdict.runs.every(({ after }) => after.stale === 'held'),
        true,
        verdict.why,
      );
  });
}

test('a tracer that is refused returns an error, and has not disabled ftrace', () => {
  const refuse = (text: string) => text.replace('\treturn update(1);', '\treturn -EINVAL;');
  const protocols = protocolsOf('outOfLine', refuse);
  const register = protocols.find(({ scenario }) => scenario.entryPoint === 'register');
  assert.deepEqual([register?.outcome, register?.error, register?.why], ['refused', -22, 'it returns -22']);
  const left = (edit: (text: string) => string) =>
    protocolsOf('outOfLine', edit).filter(({ scenario }) => scenario.entryPoint === 'unregister').length;
  assert.deepEqual([left((text) => text) > 0, left(refuse)], [true, 0], 'what never came to be does not go');
});

const both = '\tsynchronize_rcu_tasks_rude();\n\tsynchronize_rcu_tasks();\n';
check('an ops is freed while a task may be on its way to it', { from: both, to: '' }, [
  'preemption freed-data at unregister',
]);
check('the wait that preempted tasks are let off', { from: both, to: '\tsynchronize_rcu_tasks_rude();\n' }, [
  'preemption freed-data at unregister',
]);
check(
  'both waits in the other order',
  {
    from: both,
    to: '\tsynchronize_rcu_tasks();\n\tsynchronize_rcu_tasks_rude();\n',
  },
  [],
);
check(
  'the pointer is published behind the branch that leads to it',
  {
    from: '\tint ret = set_ops(rec, ftrace_ops_of(rec));\n\n\treturn ret ? ret : patch_instruction((u32 *)rec->ip, branch(rec->ip, (long)stub_of(rec)->words, 0));',
    to: '\tint ret = patch_instruction((u32 *)rec->ip, branch(rec->ip, (long)stub_of(rec)->words, 0));\n\n\treturn ret ? ret : set_ops(rec, ftrace_ops_of(rec));',
  },
  [],
);
check(
  'the pointer is never set: tasks come to a function that does nothing',
  { from: '\tint ret = set_ops(rec, ftrace_ops_of(rec));', to: '\tint ret = 0;' },
  ['sequential not-traced at enable'],
);
check(
  'the pointer is cleared once the branch is gone',
  {
    from: '\tint ret = set_ops(rec, &ftrace_nop_ops);\n\n\treturn ret ? ret : patch_instruction((u32 *)rec->ip, 0x60000000);',
    to: '\tint ret = patch_instruction((u32 *)rec->ip, 0x60000000);\n\n\treturn ret ? ret : set_ops(rec, &ftrace_nop_ops);',
  },
  [],
);
check(
  'the entry code is made to jump where it should call',
  {
    design: 'inline',
    from: 'create_branch(ip, ppc_function_entry((void *)func), BRANCH_SET_LINK)',
    to: 'create_branch(ip, ppc_function_entry((void *)func), 0)',
  },
  ['sequential endless at register'],
);
check(
  'the entry code is written one word off',
  {
    design: 'inline',
    from: 'unsigned int *ip = (unsigned int *)&ftrace_call;',
    to: 'unsigned int *ip = (unsigned int *)&ftrace_call + 1;',
  },
  [],
);
check(
  'the word in the entry code is written twice',
  {
    design: 'inline',
    from: '\treturn patch_instruction(ip, create_branch(ip, ppc_function_entry((void *)func), BRANCH_SET_LINK));',
    to: '\tpatch_instruction(ip, create_branch(ip, ppc_function_entry((void *)func), BRANCH_SET_LINK));\n\treturn patch_instruction(ip, create_branch(ip, ppc_function_entry((void *)func), BRANCH_SET_LINK));',
  },
  [],
);
check(
  'the pointer may be set by a function that is not shown',
  { from: '\tint ret = set_ops(rec, ftrace_ops_of(rec));', to: '\tint ret = 0;\n\n\tapply_ops();' },
  /goes wrong unless apply_ops\(\) sees to it/,
);
