/** Which functions a hunk renames, a row each: its lines, and `new<old` for each renamed one. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { parseFiles } from './diff.ts';
import { renamedFunctions } from './renames.ts';

function check(rule: string, hunks: readonly (readonly string[])[], expected: readonly string[]): void {
  test(rule, () => {
    const diff = hunks.flatMap((lines, at) => {
      const count = (op: string) => lines.filter((line) => line.startsWith(op)).length;
      return [`@@ -${at * 100 + 1},${count('-')} +${at * 100 + 1},${count('+')} @@`, ...lines];
    });
    const { files, problems } = parseFiles(['diff --git a/x.c b/x.c', '--- a/x.c', '+++ b/x.c', ...diff], 1);
    assert.deepEqual(problems, []);
    assert.deepEqual(
      [...renamedFunctions(files)].map(([fresh, old]) => `${fresh}<${old}`),
      expected,
    );
  });
}

check('a new name', [['-int old(int a)', '+int fresh(int a)']], ['fresh<old']);
check('a new name and type', [['-static int old(int a)', '+void *fresh(int a)']], ['fresh<old']);
check('a type on the line before', [['-old(int a)', '+fresh(int a)']], ['fresh<old']);
check('the first line of a long signature', [['-int old(struct s *s,', '+int fresh(struct s *s,']], ['fresh<old']);
check('a brace that moved to its own line', [['-int old(int a) {', '+int fresh(int a)', '+{']], ['fresh<old']);
check('other parameters', [['-int old(int a)', '+int fresh(int b)']], []);
check('the same name', [['-int old(int a)', '+static int old(int a)']], []);
check('a declaration', [['-int old(int a);', '+int fresh(int a);']], []);
check('a call', [['-\told(a)', '+\tfresh(a)']], []);
check('only removed', [['-int old(int a)']], []);
check('in two hunks', [['-int old(int a)'], ['+int fresh(int a)']], []);
check('two renames', [['-int a(int x)', '-int b(long x)', '+int c(long x)', '+int d(int x)']], ['d<a', 'c<b']);
check(
  'two renames with the same parameters, in order',
  [['-int a(int x)', '-int b(int x)', '+int c(int x)', '+int d(int x)']],
  ['c<a', 'd<b'],
);
check(
  'a function that moved is not renamed',
  [['-int old(int a)', '-int b(int a)', '+int b(int a)', '+int fresh(int a)']],
  ['fresh<old'],
);
check('a new function beside one that moved', [['-int b(int a)', '+int fresh(int a)', '+int b(int a)']], []);

test('a hostile line takes linear time', () => {
  const started = performance.now();
  for (const text of ['a '.repeat(2_000), `${'a'.repeat(4_000)}(`, `a${'('.repeat(4_000)};`, `${'a '.repeat(1_900)}(;`])
    for (let i = 0; i < 500; i++)
      renamedFunctions(
        parseFiles(['diff --git a/x b/x', '--- a/x', '+++ b/x', '@@ -1 +1 @@', `-${text}`, '+b(c)'], 1).files,
      );
  assert.ok(performance.now() - started < 5_000);
});
