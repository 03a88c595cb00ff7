/**
 * Real kernel sources, read where they lie and never copied: SEED_TREE names a tree of v5.0 to v5.2. Without it the test
 * skips and says so. What is checked is that nothing is lost: with
 * the tree's own headers every function of the ftrace files is read; without any header the only functions lost are
 * those that use a macro nobody defined; each such macro is named, and once it is defined nothing is lost.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { defaultPreprocessLimits } from './budget.ts';
import { type ParsedUnit, parseUnit } from './parse.ts';
import { type Preprocessed, preprocess } from './preprocess.ts';
import type { Resolve } from './reading.ts';

const { SEED_TREE } = process.env;
const trees = SEED_TREE === undefined ? [] : [SEED_TREE];

/** Files that hold or held call-site modification, as far as a tree has them. */
const files = [
  'arch/powerpc/kernel/trace/ftrace.c',
  'arch/powerpc/kernel/trace/ftrace_64_pg.c',
  'arch/powerpc/lib/code-patching.c',
  'arch/powerpc/kernel/module_64.c',
  'arch/powerpc/kernel/module_32.c',
  'kernel/trace/ftrace.c',
];
const headerFolders = ['arch/powerpc/include', 'arch/powerpc/include/uapi', 'include', 'include/uapi'];

/** Enough of a configuration that the headers do not refuse it. */
const config: ReadonlyMap<string, string> = new Map([
  ...['PPC64', 'PPC_BOOK3S', 'PPC_BOOK3S_64', 'SMP', 'MODULES', 'PPC_64K_PAGES', 'TREE_RCU', 'DYNAMIC_FTRACE']
    .concat(['FUNCTION_TRACER', 'FTRACE_MCOUNT_RECORD', 'MPROFILE_KERNEL', 'DYNAMIC_FTRACE_WITH_REGS'])
    .map((name): [string, string] => [`CONFIG_${name}`, '1']),
  ['CONFIG_HZ', '100'],
  ['HZ', '100'],
  ['__KERNEL__', '1'],
  ['__powerpc64__', '1'],
  ['__GNUC__', '12'],
  ['__GNUC_MINOR__', '0'],
  ['__GNUC_PATCHLEVEL__', '0'],
  ['KBUILD_MODNAME', '"test"'],
]);

function headersOf(tree: string): Resolve {
  return (path, form, from) => {
    const beside = form === 'quoted' ? [join(dirname(from), path)] : [];
    const found = [...beside, ...headerFolders.map((folder) => join(folder, path))].find((name) =>
      existsSync(join(tree, name)),
    );
    return found === undefined ? null : { file: found, text: readFileSync(join(tree, found), 'utf8') };
  };
}

function read(tree: string, file: string, resolve: Resolve, first: string): { cpp: Preprocessed; unit: ParsedUnit } {
  const text = readFileSync(join(tree, file), 'utf8');
  const preludes = [{ file: 'first.h', text: first }];
  const cpp = preprocess({ file, text, resolve, preludes, defines: config, limits: defaultPreprocessLimits });
  return { cpp, unit: parseUnit(file, cpp.tokens) };
}

/** Defines the macros that functions were lost for, as the parser names them, and gives back what is lost even so. */
function readWithoutHeaders(tree: string, file: string): readonly string[] {
  let shims = '';
  for (let round = 0; ; round++) {
    const { unit } = read(tree, file, () => null, shims);
    const missing = unit.problems.flatMap(({ kind, text }) => {
      const macro = [...unit.missingMacros.keys()].find((name) => text.includes(` ${name}(…)`));
      return macro === undefined ? [] : [`#define ${macro}(...) ${kind === 'unknown-type-macro' ? '0' : 'for (;;)'}\n`];
    });
    if (missing.length === 0 || round === ROUNDS_MAX) return unit.problems.map(({ text }) => text);
    shims += missing.join('');
  }
}
/** A function shows one missing macro at a time. */
const ROUNDS_MAX = 5;

/** What the kernel's Makefile includes before any file. */
const always = '#include <linux/kconfig.h>\n#include <linux/compiler_types.h>\n';

test('kernel trees', { skip: trees.length === 0 && 'no kernel tree: set SEED_TREE' }, async (t) => {
  for (const tree of trees) {
    for (const file of files.filter((name) => existsSync(join(tree, name)))) {
      await t.test(`${tree} ${file} with its headers`, () => {
        const { cpp, unit } = read(tree, file, headersOf(tree), always);
        assert.deepEqual(
          cpp.problems.filter(({ kind }) => kind === 'limit'),
          [],
        );
        assert.deepEqual(unit.droppedFunctions, []);
        assert.ok(unit.functions.some(({ at }) => at.file === file));
      });
      await t.test(`${tree} ${file} without any header`, () => {
        assert.deepEqual(readWithoutHeaders(tree, file), []);
      });
    }
  }
});
