/**
 * From source to steps, on our model of the architecture's file with one thing changed at a time: what counts as a change,
 * what is left undecided, and what a run is refused for.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { modelsOf } from '../machine/model.ts';
import { archModel } from './arch-model.ts';
import { compare } from './compare.ts';
import { extract } from './extract.ts';
import type { EntryPoint, Protocol, Step } from './protocol.ts';

const path = 'arch/powerpc/kernel/trace/ftrace.c';

/** What `enable` or another entry point does with two sites near the tracer, both hit. */
function run(text: string, entryPoint: EntryPoint = 'enable', profile = 'ppc64-mprofile-gcc6'): Protocol {
  const read = (asked: string) => (asked === path ? text : null);
  const { protocols } = extract({ read, touched: [path], evidence: 'tree', profiles: [profile] });
  const found = protocols.find(
    ({ scenario }) =>
      scenario.entryPoint === entryPoint &&
      scenario.plan === 'all' &&
      scenario.preemption === 'full' &&
      scenario.siteKind === (entryPoint.startsWith('module') ? 'module' : 'near'),
  );
  assert.ok(found, `${entryPoint} is run`);
  return found;
}

const edited = (from: string, to: string) => {
  assert.ok(archModel.text.includes(from), from);
  return archModel.text.replace(from, to);
};
/** `A4 nop→bl`, `ipi`, `gracePeriod tasks`. */
const told = (steps: readonly Step[]) =>
  steps.flatMap((step) => {
    if (step.kind === 'modify')
      return [`${step.word.symbol}+${step.word.offset} ${kindOf(step.old)}→${kindOf(step.new)}`];
    if (step.kind === 'gracePeriod') return [`${step.kind} ${step.flavour}`];
    return step.kind === 'lock' || step.kind === 'unlock' ? [] : [step.kind];
  });
const kindOf = (word: number) =>
  word === 0x60000000 ? 'nop' : (word & 0xfc000003) >>> 0 === 0x48000001 ? 'bl' : word.toString(16);

test('enabling, disabling and loading are the steps that the source makes', () => {
  assert.deepEqual(told(run(archModel.text).steps), ['A+4 nop→bl', 'B+4 nop→bl']);
  assert.deepEqual(told(run(archModel.text, 'disable').steps), ['A+4 bl→nop', 'B+4 bl→nop']);
  assert.deepEqual(told(run(archModel.text, 'module-load').steps), ['A+4 bl→nop', 'B+4 bl→nop', 'reachable']);
  const loaded = told(run(archModel.text, 'module-load-tracing').steps);
  assert.deepEqual(loaded, ['A+4 bl→nop', 'B+4 bl→nop', 'A+4 nop→bl', 'B+4 nop→bl', 'reachable']);
});

test('every step says which line of which function made it', () => {
  const frames = run(archModel.text)
    .steps.find(({ kind }) => kind === 'modify')
    ?.stack.map(({ fn }) => fn);
  assert.deepEqual(frames?.slice(-3), ['__ftrace_replace_code', 'ftrace_make_call', 'ftrace_modify_code']);
});

/** An edit of ftrace_modify_code(), and whether enabling is then the same for other CPUs. */
const edits: readonly (readonly [string, string, boolean])[] = [
  ['a message more', '\tpr_err("about to write\\n");', true],
  ['a lock', '\tstatic DEFINE_MUTEX(lock);\n\tmutex_lock(&lock);\n\tmutex_unlock(&lock);', true],
  ['an IPI', '\tsmp_call_function(do_nothing, NULL, 1);', false],
  ['a grace period', '\tsynchronize_rcu_tasks();', false],
];
for (const [name, line, same] of edits) {
  test(`${name} ${same ? 'is no change' : 'is a change'}`, () => {
    const text = edited(
      '\tif (patch_instruction((unsigned int *)ip, new))',
      `${line}\n\tif (patch_instruction((unsigned int *)ip, new))`,
    );
    assert.equal(compare(run(archModel.text), run(text)).same, same);
  });
}

test('stores to data that entry code reads are steps, whoever makes them', () => {
  const text = edited(
    '\tif (patch_instruction((unsigned int *)ip, new))',
    '\tfunction_trace_op = (struct ftrace_ops *)ip;\n\tpatch_ulong((void *)(ip - 12), ip);\n\tif (patch_instruction((unsigned int *)ip, new))',
  ).replace('static int ftrace_modify_code', 'struct ftrace_ops *function_trace_op;\nstatic int ftrace_modify_code');
  const published = run(text).steps.flatMap((step) =>
    step.kind === 'publish' ? [[step.how, step.bytes, (step.value ?? 0n) & 0xfffn]] : [],
  );
  assert.deepEqual(published.slice(0, 2), [
    ['store', 8, 0x104n],
    ['patch', 8, 0x104n],
  ]);
});

/** Out-of-line stubs with an ops pointer each, as little of them as it takes. */
const outOfLine = `
#include <linux/module.h>
#include <linux/ftrace.h>
#include <asm/code-patching.h>
/* for kernels with ARCH_USING_PATCHABLE_FUNCTION_ENTRY and PPC_FTRACE_OUT_OF_LINE */
struct stub { struct ftrace_ops *ops; u32 words[4]; };
extern struct stub ftrace_ool_stub_text[], ftrace_ool_stub_text_end[];
extern unsigned int ftrace_ool_stub_text_count;
static struct ftrace_ops nobody, somebody;
static int used;

static struct stub *stub_of(struct dyn_ftrace *rec)
{
	return &ftrace_ool_stub_text[rec->ip & 0x100 ? 0 : 1];
}
static u32 branch(unsigned long from, unsigned long to, int link)
{
	return 0x48000000 | ((to - from) & 0x03fffffc) | link;
}
int ftrace_init_nop(struct module *mod, struct dyn_ftrace *rec)
{
	struct stub *stub = stub_of(rec);
	u32 words[4] = { 0x7c0802a6, branch((long)&stub->words[1], ppc_function_entry(ftrace_caller), 1), 0x7c0803a6,
			 branch((long)&stub->words[3], rec->ip + 4, 0) };

	if (used++ >= ftrace_ool_stub_text_count)
		return -EINVAL;
	for (int i = 0; i < 4; i++)
		if (patch_instruction(&stub->words[i], words[i]))
			return -EPERM;
	return patch_ulong((void *)&stub->ops, (unsigned long)&nobody);
}
static int set(struct dyn_ftrace *rec, struct ftrace_ops *ops, u32 word)
{
	int ret = patch_ulong((void *)&stub_of(rec)->ops, (unsigned long)ops);

	return ret ? ret : patch_instruction((u32 *)rec->ip, word);
}
int ftrace_make_call(struct dyn_ftrace *rec, unsigned long addr)
{
	return set(rec, &somebody, branch(rec->ip, (long)stub_of(rec)->words, 0));
}
int ftrace_make_nop(struct module *mod, struct dyn_ftrace *rec, unsigned long addr)
{
	return set(rec, &nobody, 0x60000000);
}
void arch_ftrace_update_code(int command) { ftrace_modify_all_code(command); }
int ftrace_dyn_arch_init(void) { return 0; }
int ftrace_update_ftrace_func(ftrace_func_t func) { return 0; }
`;

test('out-of-line stubs come from the linker, and the pointer in front of one is published before the branch to it', () => {
  const enable = run(outOfLine, 'enable', 'ppc64-out-of-line');
  assert.equal(enable.outcome, 'ok', enable.why);
  assert.deepEqual(told(enable.steps), ['publish', 'A+0 nop→48007f08', 'publish', 'B+0 nop→48007e20']);
  assert.deepEqual(enable.texts.map(({ name, words }) => [name, words.size]).sort(), [
    ['stub of A', 4],
    ['stub of B', 4],
  ]);
  assert.deepEqual(
    enable.data.map(({ name, words }) => [name, words[0]?.value !== null]),
    [
      ['ops of A', true],
      ['ops of B', true],
    ],
  );
  const [first] = modelsOf(enable);
  assert.deepEqual(
    first?.model.steps.map(({ kind }) => kind),
    ['publish', 'store'],
  );
  assert.deepEqual(
    first?.model.data.map(({ name, address }) => [name, address]),
    [['ops_of_A', 0x1ff8]],
  );
});

/** Two nops and a word ahead of them for an ops pointer, as little of them as it takes. */
const callOps = `
#include <linux/module.h>
#include <linux/ftrace.h>
#include <asm/code-patching.h>
/* for kernels with ARCH_USING_PATCHABLE_FUNCTION_ENTRY and DYNAMIC_FTRACE_WITH_CALL_OPS */
static struct ftrace_ops nobody, somebody;

unsigned long ftrace_call_adjust(unsigned long addr) { return addr + 8; }
static int set(struct dyn_ftrace *rec, struct ftrace_ops *ops, u32 word)
{
	int ret = patch_ulong((void *)(rec->ip - 8), (unsigned long)ops);

	return ret ? ret : patch_instruction((u32 *)rec->ip, word);
}
int ftrace_init_nop(struct module *mod, struct dyn_ftrace *rec)
{
	return patch_instruction((u32 *)(rec->ip - 4), 0x7c0802a6) ? -EPERM : set(rec, &nobody, 0x60000000);
}
int ftrace_make_call(struct dyn_ftrace *rec, unsigned long addr)
{
	return set(rec, &somebody, 0x48000001 | ((addr - rec->ip) & 0x03fffffc));
}
int ftrace_make_nop(struct module *mod, struct dyn_ftrace *rec, unsigned long addr)
{
	return set(rec, &nobody, 0x60000000);
}
void arch_ftrace_update_code(int command) { ftrace_modify_all_code(command); }
int ftrace_dyn_arch_init(void) { return 0; }
int ftrace_update_ftrace_func(ftrace_func_t func) { return 0; }
`;

test('the pointer ahead of a function is data there, published before the branch', () => {
  const enable = run(callOps, 'enable', 'ppc32-call-ops');
  assert.equal(enable.outcome, 'ok', enable.why);
  assert.deepEqual(told(enable.steps), ['publish', 'A+4 nop→bl', 'publish', 'B+4 nop→bl']);
  const site = enable.sites[0];
  assert.deepEqual([site?.recorded, site?.words.get(0)], [4, 0x7c0802a6]);
  const of = (protocol: Protocol) =>
    protocol.data.map(({ name, address, words }) => [name, address - (site?.address ?? 0n), words[0]?.value !== null]);
  assert.deepEqual(of(enable)[0], ['ops of A', -4n, true]);
  const [first] = modelsOf(enable);
  assert.deepEqual(
    first?.model.data.map(({ name, address, bytes }) => [name, address, bytes]),
    [['ops_of_A', 0xffc, 4]],
  );
});

test('a function nobody knows, called between two modifications, leaves a run unread', () => {
  const text = edited(
    '\tif (patch_instruction((unsigned int *)ip, new))',
    '\tsync_all();\n\tif (patch_instruction((unsigned int *)ip, new))',
  );
  const { outcome, why } = run(text);
  assert.equal(outcome, 'unread');
  assert.match(why, /sync_all\(\) is not in the sources/);
});

test('a function nobody knows may store into text where it is given a place there, or a record of one', () => {
  const before = '\tunsigned int call = ftrace_call_replace(rec->ip, addr);\n';
  const endOf = (call: string) => {
    const { outcome, why } = run(edited(before, `${before}\tif (rec->ip & 0x100)\n\t\t${call};\n`));
    return `${outcome} ${why}`.trim();
  };
  assert.equal(endOf('look_at(rec->flags)'), 'ok');
  assert.equal(endOf('look_at("ip")'), 'ok');
  for (const call of ['look_at(rec)', 'look_at(rec->ip)', 'look_at(&rec->ip)'])
    assert.equal(endOf(call), 'unread function look_at() is not in the sources, and may store into text');
});

test('a branch on what nobody knows is taken both ways, and left undecided where they differ', () => {
  const text = edited('\tif (found != old) {', '\tif (some_flag || found != old) {');
  const { outcome, why } = run(text);
  assert.equal(outcome, 'unread');
  assert.match(why, /some_flag/);
});

test('an unknown is told with its place, and whether what happens depends on it', () => {
  const before = '\tif (found != old) {';
  const unknowns = (text: string) =>
    run(edited(before, `${text}\n${before}`)).assumptions.filter((one) => one.text.includes('sync_state'));
  const said = unknowns('\tif (sync_state())\n\t\tpr_err("odd\\n");');
  assert.deepEqual(
    said.map(({ text, decisive }) => [text, decisive]),
    [
      ['function sync_state() is not in the sources: its result is unknown and it is taken to change nothing', false],
      ['what sync_state() returns', false],
    ],
  );
  assert.ok(said.every(({ file, line }) => file === path && line !== null));
  const done = unknowns('\tif (sync_state())\n\t\tpatch_instruction((unsigned int *)ip, old);');
  assert.deepEqual(
    done.map(({ decisive }) => decisive),
    [false, true],
  );
});

test('a word that is not the expected one is refused with what the kernel says of it', () => {
  const { outcome, why } = run(
    edited('PPC_INST_NOP, call);\n\n#ifdef CONFIG_MODULES', 'PPC_INST_MFLR, call);\n\n#ifdef CONFIG_MODULES'),
  );
  assert.equal(outcome, 'refused');
  assert.match(why, /ftrace_bug\(-22\) for A .*holds 60000000, not 7c0802a6/s);
});

test('a tree has the profiles that its own files speak of', () => {
  const profiles = (text: string) => {
    const read = (asked: string) => (asked === path ? text : null);
    return new Set(
      extract({ read, touched: [path], evidence: 'tree' }).protocols.map(({ scenario }) => scenario.profile),
    );
  };
  assert.ok(profiles(archModel.text).has('ppc64-mprofile-gcc5'));
  assert.ok(!profiles(archModel.text.replaceAll('CONFIG_MPROFILE_KERNEL', 'CONFIG_NONE')).has('ppc64-mprofile-gcc5'));
});

test('a call that no compiler takes is told, with its place', () => {
  const text = edited(
    'return ftrace_modify_code(rec->ip, op, PPC_INST_NOP);',
    'return ftrace_modify_code(rec->ip, op);',
  );
  const problemsOf = (evidence: 'tree' | 'diff') =>
    extract({ read: (asked) => (asked === path ? text : null), touched: [path], evidence })
      .problems.filter(({ kind }) => kind === 'arity')
      .map(({ text: said, at }) => `${at?.file}: ${said}`);
  assert.deepEqual(problemsOf('tree').slice(0, 1), [
    `${path}: ftrace_modify_code() takes 3 arguments and is called with 2`,
  ]);
  assert.deepEqual(problemsOf('diff'), []);
});
