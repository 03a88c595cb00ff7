/**
 * Some of the catalogue on the kernel's own source, Debian's linux-source-6.1, with our two-word code on top: harmful and
 * harmless edits of C, of entry code and of feature fixups. Skips, saying so, where the package is not there.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { debianSourceAbsent, reviewPaths, withDebianSource } from '../entry/debian-source.ts';
import { Kept } from '../kept.ts';
import { openTree } from '../sources/tree.ts';
import { catalogue } from './catalogue/catalogue.ts';
import { baseOf, mutantOf } from './mutant.ts';
import { outcomeOf } from './outcome.ts';

const ids = [
  'two-word-no-ipi-off',
  'two-word-no-grace',
  'two-word-module-no-head',
  'entry-no-trace-frame',
  'two-word-extra-grace',
  'entry-saves-swapped',
  'fixups-flush-unstopped',
  'fixups-flush-no-restore',
  'fixups-branch-as-it-was',
  'fixups-extra-barrier',
];

const skip = debianSourceAbsent !== null && `not installed: ${debianSourceAbsent}`;

test('mutants of linux-source-6.1 get their right answers', { skip }, () =>
  withDebianSource(reviewPaths, async (folder) => {
    const { tree } = openTree(folder);
    assert.ok(tree !== null);
    const base = baseOf(tree);
    assert.equal(base.problem, null);
    const kept = new Kept();
    for (const id of ids) {
      const row = catalogue.find((one) => one.id === id);
      assert.ok(row !== undefined, id);
      const mutant = mutantOf(row, base.tree);
      assert.ok(typeof mutant !== 'string', `${id}: ${mutant}`);
      const { right, atLine, said } = await outcomeOf(mutant, base.tree, kept);
      assert.ok(right && atLine, `${id}: ${said}`);
    }
  }),
);
