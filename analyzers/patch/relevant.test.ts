/** Which files can change instructions that run, a row each. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { parseFiles } from './diff.ts';
import { isInterpreted, relevantFiles } from './relevant.ts';

/** @param lines of the header; the file counts by either of its names */
const isRelevant = (...lines: readonly string[]) => relevantFiles(parseFiles(lines, 1).files).length === 1;
const modified = (path: string) =>
  isRelevant(`diff --git a/${path} b/${path}`, `--- a/${path}`, `+++ b/${path}`, '@@ -1 +1 @@', '-a', '+b');

const check = (path: string, expected: boolean) => test(path, () => assert.equal(modified(path), expected));

check('arch/powerpc/kernel/trace/ftrace.c', true);
check('arch/powerpc/kernel/trace/ftrace_64_pg.c', true);
check('arch/powerpc/kernel/trace/ftrace_mprofile.S', true);
check('arch/powerpc/kernel/trace/ftrace_entry.S', true);
check('arch/powerpc/kernel/ftrace.c', true);
check('arch/powerpc/kernel/module_64.c', true);
check('arch/powerpc/kernel/module.c', true);
check('arch/powerpc/kernel/entry_64.S', true);
check('arch/powerpc/kernel/kprobes-ftrace.c', true);
check('arch/powerpc/kernel/optprobes_head.S', true);
check('arch/powerpc/kernel/jump_label.c', true);
check('arch/powerpc/kernel/static_call.c', true);
check('arch/powerpc/lib/code-patching.c', true);
check('arch/powerpc/include/asm/ftrace.h', true);
check('arch/powerpc/include/asm/text-patching.h', true);
check('arch/powerpc/include/asm/ppc-opcode.h', true);
check('arch/powerpc/net/bpf_jit_comp.c', true);
check('arch/powerpc/Kconfig', true);
check('kernel/trace/ftrace.c', true);
check('include/linux/ftrace.h', true);

check('arch/powerpc/kernel/process.c', false);
check('arch/powerpc/kernel/module_64.h', false);
check('arch/powerpc/kernel/trace/Makefile', false);
check('arch/powerpc/kernel/hw_breakpoint.c', false);
check('arch/powerpc/lib/code-patching.c.orig', false);
check('arch/powerpc/platforms/Kconfig', false);
check('arch/x86/kernel/ftrace.c', false);
check('kernel/trace/trace.c', false);
check('kernel/kprobes.c', false);
check('tools/arch/powerpc/kernel/trace/ftrace.c', false);
check('Documentation/trace/ftrace.rst', false);

test('a file that was moved counts by both names', () => {
  const moved = (from: string, to: string) =>
    isRelevant(`diff --git a/${from} b/${to}`, 'similarity index 90%', `rename from ${from}`, `rename to ${to}`);
  assert.ok(moved('arch/powerpc/kernel/ftrace.c', 'x.c'));
  assert.ok(moved('x.c', 'arch/powerpc/kernel/ftrace.c'));
  assert.ok(!moved('x.c', 'y.c'));
});

test('C is interpreted, assembly and build files are not', () => {
  assert.deepEqual(['x.c', 'x.h', 'x.S', 'Kconfig', 'x.cc', 'c'].map(isInterpreted), [
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
});
