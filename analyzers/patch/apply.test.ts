/**
 * What a file's hunks make of a base text, a row each: words for lines, the hunk as a diff has it, and the patched text.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { applyFile } from './apply.ts';
import { parseFiles } from './diff.ts';

const lines = (words: string) => (words === '' ? '' : `${words.replaceAll(' ', '\n')}\n`);
const fileOf = (hunks: readonly string[]) =>
  parseFiles(['diff --git a/x b/x', '--- a/x', '+++ b/x', ...hunks], 1).files[0]!;

interface Row {
  readonly text: string;
  /** 0 where not named. */
  readonly offset?: number;
  readonly fuzz?: number;
}

/** @param hunks `@@`, then its lines; ` a|-b|+c` are three lines; @param expected a text: why it is refused */
function check(rule: string, base: string | null, hunks: readonly string[], expected: Row | string): void {
  test(rule, () => {
    const diff = hunks.flatMap((hunk) => (hunk.startsWith('@') ? [hunk] : hunk.split('|')));
    const applied = applyFile(base, fileOf(diff));
    if (applied.kind === 'misfit') return assert.equal(applied.why, expected);
    const { text, offset, fuzz } = applied;
    assert.deepEqual(
      { text, offset, fuzz },
      typeof expected === 'string' ? expected : { offset: 0, fuzz: 0, ...expected },
    );
  });
}

const abc = lines('a b c d e f g h');
const misfit = 'does not fit';
const none = '\\ No newline at end of file';

check('a line is replaced', abc, ['@@ -2,3 +2,3 @@', ' b|-c|+C| d'], { text: lines('a b C d e f g h') });
check('a line is added', abc, ['@@ -1,2 +1,3 @@', ' a|+x| b'], { text: lines('a x b c d e f g h') });
check('a line is removed', abc, ['@@ -1,3 +1,2 @@', ' a|-b| c'], { text: lines('a c d e f g h') });
check('two hunks', abc, ['@@ -1,2 +1,3 @@', ' a|+x| b', '@@ -7,2 +8,1 @@', ' g|-h'], {
  text: lines('a x b c d e f g'),
});
// As git apply has it: what has no context behind is the end of the file.
check('the first line, without context', abc, ['@@ -1 +1 @@', '-a|+A'], misfit);
check('the only line, without context', 'a\n', ['@@ -1 +1 @@', '-a|+A'], { text: 'A\n' });
check('behind a line, without context', abc, ['@@ -3,0 +4 @@', '+x'], misfit);
check('before all, without context', abc, ['@@ -0,0 +1 @@', '+x'], misfit);
check('a file is created', null, ['@@ -0,0 +1,2 @@', '+a|+b'], { text: lines('a b') });
check('a file is emptied', lines('a b'), ['@@ -1,2 +0,0 @@', '-a|-b'], { text: '' });
check('no hunks', abc, [], { text: abc });

check('final newline is added', 'a\nb', ['@@ -1,2 +1,2 @@', ` a|-b|${none}|+b`], { text: 'a\nb\n' });
check('final newline is taken', 'a\nb\n', ['@@ -1,2 +1,2 @@', ` a|-b|+b|${none}`], { text: 'a\nb' });
check('no final newline before and after', 'a\nb', ['@@ -1,2 +1,2 @@', `-a|+A| b|${none}`], { text: 'A\nb' });
check('no final newline, out of the hunk', 'a\nb\nc\nd\ne', ['@@ -1,2 +1,2 @@', '-a|+A| b'], { text: 'A\nb\nc\nd\ne' });

check('lines were added before', lines(`x y ${'a b c d'}`), ['@@ -2,3 +2,3 @@', ' b|-c|+C| d'], {
  text: lines('x y a b C d'),
  offset: 2,
});
check('lines were removed before', lines('c d e'), ['@@ -3,3 +3,3 @@', ' c|-d|+D| e'], {
  text: lines('c D e'),
  offset: 2,
});
const several = 'fits at more than one place, and not where it says';
const aq = ' p|-a|+A| q';
check('of several places none is taken', lines('x p a q p a q s'), ['@@ -1,3 +1,3 @@', aq], misfit);
check('of several places none is taken', lines('x p a q p a q s'), ['@@ -4,3 +4,3 @@', aq], several);
check('of several places the one it names', lines('x p a q p a q s'), ['@@ -5,3 +5,3 @@', aq], {
  text: lines('x p a q p A q s'),
});
check(
  'an offset goes for later hunks',
  lines('x x p a q d e f g'),
  ['@@ -2,3 +2,3 @@', aq, '@@ -6,3 +6,3 @@', ' e|-f|+F| g'],
  { text: lines('x x p A q d e F g'), offset: 1 },
);
check(
  'a hunk does not go back behind the one before',
  lines('x p b r p a q s'),
  ['@@ -5,3 +5,3 @@', aq, '@@ -8,3 +8,3 @@', ' p|-b|+B| r'],
  misfit,
);
check(
  'hunks do not share lines',
  lines('a b c d e'),
  ['@@ -1,3 +1,3 @@', '-a|+A| b| c', '@@ -3,3 +3,3 @@', ' c|-d|+D| e'],
  misfit,
);
check('the first line of a file stays the first', lines('x a b c'), ['@@ -1,2 +1,2 @@', '-a|+A| b'], misfit);
check('the last line of a file stays the last', lines('a b c x'), ['@@ -2,2 +2,2 @@', ' b|-c|+C'], misfit);

const seven = ' a| b| c|-d|+D| e| f| g';
const hunk7 = ['@@ -2,7 +2,7 @@', seven];
check('one outer line differs', lines('x A b c d e f g y'), hunk7, { text: lines('x A b c D e f g y'), fuzz: 1 });
check('both outer lines differ', lines('x A b c d e f G y'), hunk7, { text: lines('x A b c D e f G y'), fuzz: 2 });
check('two outer lines differ', lines('x A B c d e f g y'), hunk7, { text: lines('x A B c D e f g y'), fuzz: 2 });
check('three outer lines differ', lines('x A B c d e f G y'), hunk7, misfit);
check('a line between differs, and the outer ones are lost with it', lines('x a B c d e f g y'), hunk7, {
  text: lines('x a B c D e f g y'),
  fuzz: 2,
});
check('a line more between them', lines('x a b x c d e f g y'), hunk7, {
  text: lines('x a b x c D e f g y'),
  fuzz: 2,
  offset: 1,
});
check('a line less', lines('x b c d e f g y'), hunk7, { text: lines('x b c D e f g y'), fuzz: 1, offset: 1 });
check('the innermost line has to be there', lines('x a b C d e f g y'), hunk7, misfit);
check('what is removed has to be there', lines('x a b c x e f g y'), hunk7, misfit);
check('blanks count', lines('x a b c d\t e f g y'), hunk7, misfit);
check('a fuzz is for one place only', lines('x A b c d e f g y b c d e f g z'), hunk7, several);
check('lines within a change have to be there', lines('x a b X c y'), ['@@ -2,4 +2,2 @@', ' a|-b|-c| y'], misfit);
check('a file that is not there', null, hunk7, misfit);
check('a line that ends in CR is another', 'a\r\nb\r\n', ['@@ -1,2 +1,2 @@', ' a|-b|+B'], misfit);
check(
  'of two hunks one does not fit',
  abc,
  ['@@ -2,3 +2,3 @@', ' b|-x|+y| d', '@@ -5,3 +5,3 @@', ' e|-f|+F| g'],
  misfit,
);
check(
  'an offset has a bound',
  `${'x\n'.repeat(2_002)}p\na\nq\n\n`,
  ['@@ -2,3 +2,3 @@', aq],
  'fits only 2001 lines off',
);

test('every line of the mail that is left is found again', () => {
  const applied = applyFile(lines('x a b c d'), fileOf(['@@ -2,3 +2,4 @@', ' a', '-b', '+B', '+C', ' c']));
  assert.ok(applied.kind === 'patched');
  assert.deepEqual(
    [...applied.origin],
    [
      [2, { mailLine: 5, op: ' ' }],
      [3, { mailLine: 7, op: '+' }],
      [4, { mailLine: 8, op: '+' }],
      [5, { mailLine: 9, op: ' ' }],
    ],
  );
});
