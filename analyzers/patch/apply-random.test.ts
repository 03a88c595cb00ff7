/**
 * The property that counts of the whole room: a diff of any two texts, mailed, split, read and applied, gives the new text,
 * and every line of it is found in the mail. The texts are made of lines that look like parts of a diff.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { applyFile, type Patched } from './apply.ts';
import { parseFiles } from './diff.ts';
import { unified } from './random-diff.ts';
import { splitBody } from './split.ts';

const lines = (words: readonly string[]) => words.map((line) => `${line}\n`).join('');
const word = fc.constantFrom(
  'a',
  'b',
  '',
  ' ',
  '-- ',
  '-- x',
  '++ y',
  '@@ -1 +1 @@',
  'diff --git a/x b/x',
  '---',
  '\\',
  '\t}',
  'é',
);
const text = fc
  .tuple(fc.array(word, { maxLength: 24 }), fc.boolean())
  .map(([words, newline]) => words.join('\n') + (newline && words.length > 0 ? '\n' : ''));

/** The same diff in a mail, read by all of the room. */
function mailed(old: string, fresh: string, context: number): Patched {
  const diff = unified(old, fresh, context);
  const body = [
    'm',
    '---',
    ' x | 1 +',
    '',
    'diff --git a/x b/x',
    '--- a/x',
    '+++ b/x',
    ...diff,
    '-- ',
    '2.39.2',
    '',
  ].join('\n');
  const parts = splitBody(body);
  const { files, problems } = parseFiles(parts.diff, parts.diffStart);
  assert.deepEqual([files.length, problems], [1, []], body);
  const applied = applyFile(old, files[0]!);
  assert.ok(applied.kind === 'patched', body);
  for (const [line, { mailLine, op }] of applied.origin)
    assert.equal(body.split('\n')[mailLine - 1], op + (applied.text.split('\n')[line - 1] ?? ''));
  return applied;
}

test('a diff of any two texts, with any context, gives the new one', () => {
  fc.assert(
    fc.property(text, text, fc.integer({ min: 1, max: 4 }), (old, fresh, context) => {
      fc.pre(old !== fresh);
      const { text: patched, offset, fuzz } = mailed(old, fresh, context);
      assert.deepEqual([patched, offset, fuzz], [fresh, 0, 0]);
    }),
    { numRuns: 2_000 },
  );
});

test('on a base that grew before its first line, the diff of any text of distinct lines moves along', () => {
  const distinct = fc.uniqueArray(fc.nat(50).map(String), { minLength: 9, maxLength: 20 });
  fc.assert(
    fc.property(distinct, fc.nat(), fc.nat(40), (words, at, grown) => {
      const old = lines(words);
      // Away from the first line, which would have to stay the first.
      const fresh = lines(words.with(4 + (at % (words.length - 4)), 'new'));
      const before = 'grown\n'.repeat(grown);
      const file = parseFiles(['diff --git a/x b/x', '--- a/x', '+++ b/x', ...unified(old, fresh, 3)], 1).files[0]!;
      const applied = applyFile(before + old, file);
      assert.ok(applied.kind === 'patched');
      assert.deepEqual([applied.text, applied.offset, applied.fuzz], [before + fresh, grown, 0]);
    }),
  );
});
