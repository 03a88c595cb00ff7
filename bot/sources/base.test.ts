/**
 * A tree that holds only some of the kernel's files: what is missing and can matter ends the reading on the tree, what is
 * missing and never read does not.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { parseFiles } from '../../analyzers/patch/diff.ts';
import { SeriesBase } from './base.ts';

const entry = 'arch/powerpc/kernel/trace/ftrace_entry.S';
const tree = { name: 'part', read: (path: string) => (path === entry ? 'one\ntwo\n' : null), blob: () => null };
const change = (path: string) =>
  `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n@@ -1,2 +1,2 @@\n one\n-two\n+2\n`;

/** @param told the lack is told */
function check(path: string, expected: 'tree' | 'diff', told = true): void {
  test(`beside an entry file, ${path}: ${expected}`, () => {
    const { files } = parseFiles((change(entry) + change(path)).split('\n'), 1);
    const base = new SeriesBase(tree).next(files);
    assert.equal(base.how, expected);
    assert.deepEqual(
      base.problems.map(({ text }) => text),
      told ? [`${path} is not in part`] : [],
    );
    assert.equal(base.after(entry), 'one\n2\n');
  });
}

check('samples/ftrace/ftrace-direct.c', 'tree');
check('arch/powerpc/Makefile.postlink', 'tree');
check('Documentation/trace/ftrace.rst', 'tree', false);
check('arch/x86/kernel/ftrace_64.S', 'tree', false);
check('arch/arm64/include/asm/ftrace.h', 'tree', false);
check('drivers/misc/lkdtm/core.c', 'tree', false);
check('arch/powerpc/net/bpf_jit_comp.c', 'diff');
check('arch/powerpc/kernel/asm-offsets.c', 'diff');
check('arch/powerpc/lib/inst.c', 'diff');
check('include/linux/kprobes.h', 'diff');
check('kernel/trace/ftrace.c', 'diff');
