/**
 * The tracer entry files of real kernels against GNU as: those of Debian's linux-source-6.1, and of the trees that TREES
 * names (folders, separated by blanks). Skips, saying so, what is not there.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { checkTree } from './check-tree.ts';
import { debianSourceAbsent, entryPaths, withDebianSource } from './debian-source.ts';
import { gnuAbsent } from './gnu-as.ts';

/** Everything the tree holds is equal, and it holds something. */
function check(tree: string, rowsMin: number): void {
  const rows = [...checkTree(tree)];
  assert.ok(rows.length >= rowsMin, `only ${rows.length} were compared`);
  for (const { file, profile, configuration, differences } of rows) {
    assert.deepEqual(differences, [], `${file} ${profile} ${configuration}`);
  }
}

const absent = [gnuAbsent, debianSourceAbsent].filter((name) => name !== null);

test('linux-source-6.1', { skip: absent.length > 0 && `not installed: ${absent.join(', ')}` }, () =>
  // Three files, five profiles, two configurations; the 64-bit one is not built for 32 bits.
  withDebianSource(entryPaths, (tree) => check(tree, 28)),
);

const trees = (process.env.TREES ?? '').split(/\s+/).filter((tree) => tree !== '');
test('trees that TREES names', { skip: gnuAbsent !== null || (trees.length === 0 && 'TREES names none') }, () => {
  for (const tree of trees) check(tree, 1);
});
