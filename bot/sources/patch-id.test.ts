/** `git patch-id --stable` as the referee: of diffs between commits of a clone, made at random from a seed that is printed. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import test from 'node:test';
import fc from 'fast-check';
import { Clone, gitAbsent } from './clone.ts';
import { patchIdOf } from './patch-id.ts';

const gitId = (diff: string) =>
  spawnSync('git', ['patch-id', '--stable'], { input: diff, encoding: 'utf8' }).stdout.split(' ')[0];

const line = fc.oneof(
  fc.nat(9).map((n) => `line ${n}`),
  fc.constantFrom('', '\t}', '-- ', '--- a', '+++ b', 'index 1..2', 'diff --git a/x b/x', 'é', '@@ -1 +1 @@'),
);
const text = fc
  .tuple(fc.array(line, { maxLength: 12 }), fc.boolean())
  .map(([lines, end]) => lines.join('\n') + (end && lines.length > 0 ? '\n' : ''));
const files = fc.dictionary(fc.constantFrom('a.c', 'b.c', 'd/c.c', 'some name.c'), text, { noNullPrototype: true });

test('the id of any diff is the one git gives', { skip: gitAbsent }, () =>
  Clone.use((clone) => {
    fc.assert(
      fc.property(files, files, (old, fresh) => {
        const from = clone.commit(old);
        const diff = clone.git('diff', from, clone.commit(fresh));
        fc.pre(diff !== '');
        assert.equal(patchIdOf(diff.split('\n')), gitId(`${diff}\n`), diff);
      }),
      { numRuns: 40 },
    );
  }),
);

test('line numbers, blanks and the order of files do not count', { skip: gitAbsent }, () => {
  const file = (name: string, at: number, blank: string) => [
    `diff --git a/${name} b/${name}`,
    `index ${at}111111..2222222 100644`,
    `--- a/${name}`,
    `+++ b/${name}`,
    `@@ -${at},3 +${at},3 @@ f(void)`,
    ' one',
    `-${blank}two`,
    `+${blank}${blank}2`,
    ' three',
  ];
  const ids = [
    [...file('x', 1, ' '), ...file('y', 5, '\t')],
    [...file('y', 70, ' '), ...file('x', 4, '\t\t')],
  ].map((lines) => [patchIdOf(lines), gitId(`${lines.join('\n')}\n`)]);
  assert.equal(new Set(ids.flat()).size, 1, JSON.stringify(ids));
});
