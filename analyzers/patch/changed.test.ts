/** Changed lines on both sides, wherever the hunks were placed. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { applyFile } from './apply.ts';
import { changedLines } from './changed.ts';
import { parseFiles } from './diff.ts';

function check(name: string, base: readonly string[], hunks: readonly string[], expected: readonly string[]): void {
  test(name, () => {
    const { files } = parseFiles(['diff --git a/f.c b/f.c', '--- a/f.c', '+++ b/f.c', ...hunks], 1);
    const applied = applyFile(base.map((line) => `${line}\n`).join(''), files[0]!);
    assert.ok(applied.kind === 'patched');
    const after = applied.text.split('\n');
    const found = changedLines(files[0]!, applied.origin).map(({ op, line, baseLine, mailLine }) => {
      const text = op === '+' ? after[line - 1] : `${base[(baseLine ?? 0) - 1]} before ${after[line - 1]}`;
      return `${mailLine}: ${op}${text}`;
    });
    assert.deepEqual(found, expected);
  });
}

const base = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
check('one line gone', base, ['@@ -2,3 +2,2 @@', ' b', '-c', ' d'], ['6: -c before d']);
check('one line for another', base, ['@@ -2,3 +2,3 @@', ' b', '-c', '+C', ' d'], ['6: -c before C', '7: +C']);
check(
  'two hunks, both off',
  ['0', ...base],
  ['@@ -2,2 +2,3 @@', ' b', '+B', ' c', '@@ -6,3 +7,2 @@', ' f', '-g', ' h'],
  ['6: +B', '10: -g before h'],
);
check('at the end', base, ['@@ -7,2 +7,1 @@', ' g', '-h'], ['6: -h before ']);
