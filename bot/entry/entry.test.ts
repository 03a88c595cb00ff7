/**
 * The tracer entry files of real kernels against GNU as: those of Debian's linux-source-6.1, and of the trees that TREES
 * names (folders, separated by blanks). Skips, saying so, what is not there.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { checkTree } from './check-tree.ts';
import { gnuAbsent } from './gnu-as.ts';

/** Everything the tree holds is equal, and it holds something. */
function check(tree: string, rowsMin: number): void {
  const rows = [...checkTree(tree)];
  assert.ok(rows.length >= rowsMin, `only ${rows.length} were compared`);
  for (const { file, profile, configuration, differences } of rows) {
    assert.deepEqual(differences, [], `${file} ${profile} ${configuration}`);
  }
}

const archive = '/usr/src/linux-source-6.1.tar.xz';
const absent = [...(gnuAbsent === null ? [] : [gnuAbsent]), ...(existsSync(archive) ? [] : ['linux-source-6.1'])];

test('linux-source-6.1', { skip: absent.length > 0 && `not installed: ${absent.join(', ')}` }, () => {
  const tree = mkdtempSync(join(tmpdir(), 'linux-6.1-'));
  try {
    const powerpc = ['include', 'kernel/trace', 'kernel/asm-offsets.c', 'Kconfig', 'platforms/Kconfig.cputype'];
    const paths = [...powerpc.map((path) => `arch/powerpc/${path}`), 'include'];
    const members = paths.map((path) => `linux-source-6.1/${path}`);
    const { status, stderr } = spawnSync('tar', ['xJf', archive, '-C', tree, '--strip-components=1', ...members]);
    assert.equal(status, 0, stderr.toString());
    // Three files, five profiles, two configurations; the 64-bit one is not built for 32 bits.
    check(tree, 28);
  } finally {
    rmSync(tree, { recursive: true });
  }
});

const trees = (process.env.TREES ?? '').split(/\s+/).filter((tree) => tree !== '');
test('trees that TREES names', { skip: gnuAbsent !== null || (trees.length === 0 && 'TREES names none') }, () => {
  for (const tree of trees) check(tree, 1);
});
