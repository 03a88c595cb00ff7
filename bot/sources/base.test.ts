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

const kprobes = 'arch/powerpc/kernel/kprobes.c';
const traps = 'arch/powerpc/kernel/traps.c';
const unfitText = 'a change of the series to its traps.c does not fit';

interface Misfit {
  /** Of traps.c on the tree. */
  readonly text: string;
  /** What an earlier patch of the series changes. */
  readonly earlier?: string;
  readonly diff: string;
  /** The blob that the mail names of each file. */
  readonly blob?: string;
}

/** What is judged, whether there is a doubt, and what is told where traps.c is read. */
function checkMisfit(rule: string, { text, earlier = '', diff, blob }: Misfit, expected: readonly string[]): void {
  test(rule, () => {
    const read = (path: string) => (path === kprobes ? 'one\ntwo\n' : path === traps ? text : null);
    const series = new SeriesBase({ name: 'v9', read, blob: () => null });
    const filesOf = (lines: string) => parseFiles(lines.split('\n'), 1).files;
    series.next(filesOf(earlier));
    const base = series.next(filesOf(diff).map((file) => ({ ...file, oldBlob: blob ?? null })));
    assert.equal(base.misfits.get(kprobes), undefined);
    const misfit = base.misfits.get(traps)?.kind ?? [];
    assert.deepEqual([base.how, base.doubt ?? 'sure'].concat(misfit), expected);
    assert.equal(base.ref.includes(unfitText), base.doubt !== null);
  });
}

const both = change(kprobes) + change(traps);
checkMisfit('all fits', { text: 'one\ntwo\n', diff: both }, ['tree', 'sure']);
checkMisfit('a reject in C that is not read', { text: 'none\n', diff: both }, ['tree', unfitText, 'reject']);
checkMisfit(
  'a reject in what an earlier patch changes',
  { text: 'none\n', earlier: change(traps), diff: change(kprobes) },
  [...['tree', unfitText, 'reject']],
);
checkMisfit('the tree has it already', { text: 'one\n2\n', earlier: change(traps), diff: change(kprobes) }, [
  ...['tree', 'sure'],
]);
checkMisfit(
  'a reject, and the file is the author’s after all',
  { text: 'one\ntwo\n', earlier: change(traps).replace('-two', '-three'), diff: change(traps), blob: '814f4a422927' },
  ['tree', 'sure'],
);

/** Files of a patch as they lie on a tree, by their index lines; what is said of it. */
function checkRef(
  rule: string,
  files: readonly (readonly [path: string, blob: 'same' | 'other'])[],
  ref: string,
): void {
  test(rule, () => {
    const whole = { name: 'v9', read: () => 'one\ntwo\n', blob: () => null };
    const [own, made] = ['814f4a422927', '99b356dcd03d'];
    const text = files.map(([path, blob]) =>
      change(path).replace('--- a/', `index ${blob === 'same' ? own : '123456789abc'}..${made} 100644\n--- a/`),
    );
    const base = new SeriesBase(whole).next(parseFiles(text.join('').split('\n'), 1).files);
    assert.equal(base.ref.replaceAll(own, 'OWN').replaceAll('123456789abc', 'OTHER'), ref);
  });
}

const of = (name: string, blob: 'same' | 'other' = 'same') => [`arch/powerpc/kernel/trace/${name}`, blob] as const;
checkRef('one file', [of('ftrace.c')], 'v9 (ftrace.c is blob OWN as in the mail)');
checkRef(
  'two files',
  [of('ftrace.c'), of('ftrace_entry.S')],
  'v9 (ftrace.c is blob OWN, ftrace_entry.S is blob OWN as in the mail)',
);
checkRef(
  'four files',
  [of('Makefile'), of('a.h'), of('b.h'), of('c.h')],
  'v9 (a.h is blob OWN, b.h is blob OWN and 2 more as in the mail)',
);
checkRef(
  'one of three is another',
  [of('ftrace.c'), ['arch/powerpc/Kconfig', 'other'], of('a.h')],
  'v9 (ftrace.c is blob OWN, a.h is blob OWN as in the mail; its powerpc/Kconfig is not blob OTHER of the mail)',
);
