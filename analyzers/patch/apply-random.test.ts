/**
 * The property that counts of the whole room: a diff of any two texts, mailed, split, read and applied, gives the new text,
 * and every line of it is found in the mail. The texts are made of lines that look like parts of a diff.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { type Applied, applyFile } from './apply.ts';
import { parseFiles } from './diff.ts';
import { splitBody } from './split.ts';

const none = '\\ No newline at end of file';
const lines = (words: readonly string[]) => words.map((line) => `${line}\n`).join('');

/** A line of a diff for every line of both texts: the plainest alignment, by the longest common subsequence. */
function align(old: readonly string[], fresh: readonly string[]): string[] {
  const length = old.map(() => fresh.map(() => 0)).concat([[]]);
  for (let i = old.length - 1; i >= 0; i--)
    for (let j = fresh.length - 1; j >= 0; j--)
      length[i]![j] =
        old[i] === fresh[j]
          ? 1 + (length[i + 1]?.[j + 1] ?? 0)
          : Math.max(length[i + 1]?.[j] ?? 0, length[i]?.[j + 1] ?? 0);
  const out: string[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < fresh.length) {
    if (i < old.length && j < fresh.length && old[i] === fresh[j])
      [out[out.length], i, j] = [` ${old[i]}`, i + 1, j + 1];
    else if (i < old.length && (length[i + 1]?.[j] ?? 0) >= (length[i]?.[j + 1] ?? 0)) out.push(`-${old[i++]}`);
    else if (j < fresh.length) out.push(`+${fresh[j++]}`);
    else out.push(`-${old[i++]}`);
  }
  return out;
}

/** A unified diff, with a hunk for every stretch of changes that are at most twice the context apart. */
function unified(old: string, fresh: string, context: number): string[] {
  const cut = (text: string) =>
    text === ''
      ? []
      : text
          .replace(/\n$/, '')
          .split('\n')
          .map((line, at, all) => (at === all.length - 1 && !text.endsWith('\n') ? `${line}\n${none}` : line));
  const all = align(cut(old), cut(fresh));
  const near = all.map((_, at) =>
    all.slice(Math.max(0, at - context), at + context + 1).some((line) => !line.startsWith(' ')),
  );
  const out: string[] = [];
  let [oldAt, newAt] = [0, 0];
  for (let at = 0; at < all.length; ) {
    if (!near[at]) {
      [oldAt, newAt, at] = [oldAt + 1, newAt + 1, at + 1];
      continue;
    }
    const end = near.indexOf(false, at);
    const hunk = all.slice(at, end < 0 ? all.length : end);
    const [oldLines, newLines] = ['+', '-'].map((other) => hunk.filter((line) => !line.startsWith(other)).length);
    out.push(
      `@@ -${oldAt + (oldLines ? 1 : 0)},${oldLines} +${newAt + (newLines ? 1 : 0)},${newLines} @@`,
      ...hunk.join('\n').split('\n'),
    );
    [oldAt, newAt, at] = [oldAt + oldLines!, newAt + newLines!, at + hunk.length];
  }
  return out;
}

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
function mailed(old: string, fresh: string, context: number): Applied {
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
  for (const [line, { mailLine, op }] of applied.origin)
    assert.equal(body.split('\n')[mailLine - 1], op + (applied.text.split('\n')[line - 1] ?? ''));
  return applied;
}

test('a diff of any two texts, with any context, gives the new one', () => {
  fc.assert(
    fc.property(text, text, fc.nat(4), (old, fresh, context) => {
      fc.pre(old !== fresh);
      const { text: patched, rejects, offset, fuzz } = mailed(old, fresh, context);
      assert.deepEqual([patched, rejects.length, offset, fuzz], [fresh, 0, 0, 0]);
    }),
    { numRuns: 2_000 },
  );
});

test('on a base that grew before its first line, the diff of any text of distinct lines moves along', () => {
  const distinct = fc.uniqueArray(fc.nat(50).map(String), { minLength: 4, maxLength: 20 });
  fc.assert(
    fc.property(distinct, fc.nat(), fc.nat(40), (words, at, grown) => {
      const old = lines(words);
      const fresh = lines(words.with(at % words.length, 'new'));
      const before = 'grown\n'.repeat(grown);
      const applied = applyFile(
        before + old,
        parseFiles(['diff --git a/x b/x', '--- a/x', '+++ b/x', ...unified(old, fresh, 3)], 1).files[0]!,
      );
      assert.deepEqual([applied.text, applied.offset, applied.fuzz], [before + fresh, grown, 0]);
    }),
  );
});
