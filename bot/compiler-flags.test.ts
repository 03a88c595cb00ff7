/**
 * Patches of Makefiles that name the flags for traced functions: on a tree they are told from those that change them.
 */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test, { after } from 'node:test';
import { reviewThread } from './fixture.ts';
import { openTree } from './sources/tree.ts';

const folder = mkdtempSync(join(tmpdir(), 'flags-'));
after(() => rmSync(folder, { recursive: true }));
const files: Readonly<Record<string, string>> = {
  'arch/powerpc/Kconfig': `
config PPC64
	bool "64 bits"
config PPC32
	def_bool !PPC64
config PPC
	def_bool y
	select HAVE_FUNCTION_TRACER
	select HAVE_DYNAMIC_FTRACE
choice
	prompt "byte order"
config CPU_BIG_ENDIAN
	bool "big"
config CPU_LITTLE_ENDIAN
	bool "little"
	depends on PPC64
endchoice
`,
  'arch/powerpc/Makefile': 'ifdef CONFIG_FUNCTION_TRACER\nCC_FLAGS_FTRACE := -pg\nendif\n\nall:\n',
  'arch/powerpc/kernel/trace/ftrace.c': 'int ftrace_dyn_arch_init(void)\n{\n\treturn 0;\n}\n',
};
for (const [path, text] of Object.entries(files)) {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

/** A mail with this change of the Makefile, and one of the C that changes no instruction. */
const mail = (hunk: string) =>
  [
    'From ada Mon Sep 17 00:00:00 2001',
    'From: Ada Example <ada@example.org>',
    'Message-ID: <flags@example.org>',
    'Subject: [PATCH] powerpc/ftrace: Change how functions are compiled',
    'Date: Tue, 3 Mar 2026 10:00:00 +0000',
    '',
    'It does.',
    '---',
    'diff --git a/arch/powerpc/Makefile b/arch/powerpc/Makefile',
    '--- a/arch/powerpc/Makefile',
    '+++ b/arch/powerpc/Makefile',
    hunk,
    'diff --git a/arch/powerpc/kernel/trace/ftrace.c b/arch/powerpc/kernel/trace/ftrace.c',
    '--- a/arch/powerpc/kernel/trace/ftrace.c',
    '+++ b/arch/powerpc/kernel/trace/ftrace.c',
    '@@ -1,4 +1,5 @@',
    ' int ftrace_dyn_arch_init(void)',
    ' {',
    '+\t/* nothing to do */',
    ' \treturn 0;',
    ' }',
    '-- ',
    '2.47.0',
    '',
  ].join('\n');

function check(name: string, hunk: string, { onTree, expected }: { onTree: boolean; expected: RegExp }) {
  test(name, async () => {
    const tree = onTree ? openTree(folder).tree : null;
    assert.ok(!onTree || tree !== null);
    const trees = tree === null ? [] : [tree];
    const { series } = await reviewThread(Buffer.from(mail(hunk)), { trees, level: 'sequential' });
    const verdict = series[0]?.patches[0]?.verdict;
    assert.equal(verdict?.answer, 'silence');
    assert.match(verdict?.why ?? '', expected);
  });
}

const other = [
  '@@ -1,5 +1,5 @@',
  ' ifdef CONFIG_FUNCTION_TRACER',
  '-CC_FLAGS_FTRACE := -pg',
  '+CC_FLAGS_FTRACE := -fpatchable-function-entry=2',
  ' endif',
  ' ',
  ' all:',
].join('\n');
const removed = [
  '@@ -2,4 +2,5 @@',
  ' CC_FLAGS_FTRACE := -pg',
  ' endif',
  '+CFLAGS_REMOVE_ftrace.o = $(CC_FLAGS_FTRACE)',
  ' ',
  ' all:',
].join('\n');
const unknown = [
  '@@ -1,5 +1,5 @@',
  ' ifdef CONFIG_FUNCTION_TRACER',
  '-CC_FLAGS_FTRACE := -pg',
  '+CC_FLAGS_FTRACE := $(shell cat flags)',
  ' endif',
  ' ',
  ' all:',
].join('\n');

const compared = /call sites before and after cannot be compared/;
check('other flags', other, {
  onTree: true,
  expected: /functions \(ppc64le gcc 12: -pg → -fpatchable-function-entry=2; .*\): call sites before and after cannot/,
});
check('other flags, from the diff alone', other, { onTree: false, expected: compared });
check('flags that only a shell knows', unknown, { onTree: true, expected: /start of functions: call sites before/ });
check('a file that is not traced', removed, { onTree: true, expected: /^(?!.*cannot be compared)/ });
check('the same from the diff alone, where nobody can tell', removed, { onTree: false, expected: compared });
