/** Which Kconfig symbols are new with a patch. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { parseFiles } from './diff.ts';
import { introducedSymbols } from './introduced.ts';

const introduced = (...lines: readonly string[]) => {
  const path = 'arch/powerpc/Kconfig';
  const header = [`diff --git a/${path} b/${path}`, `--- a/${path}`, `+++ b/${path}`];
  const old = lines.filter((line) => !line.startsWith('+')).length;
  const fresh = lines.filter((line) => !line.startsWith('-')).length;
  return introducedSymbols(parseFiles([...header, `@@ -1,${old} +1,${fresh} @@`, ...lines], 1).files);
};
const check = (name: string, lines: readonly string[], expected: readonly string[]) =>
  test(name, () => assert.deepEqual(introduced(...lines), expected));

check('an added symbol is new', ['+config PPC_NEW_STUBS', '+\tbool "New stubs"'], ['PPC_NEW_STUBS']);
check('one that only moves is not', ['-config PPC_OLD', '+config PPC_OLD'], []);
check('one that follows from the architecture is decided elsewhere', ['+config HAVE_STUBS', '+\tbool'], []);
check('two are tried at most', ['+config A', '+config B', '+config C'], ['A', 'B']);
