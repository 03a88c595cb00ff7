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
  readonly rejects?: number;
}

/** @param hunks `@@`, then its lines; ` a -b +c` are three lines */
function check(rule: string, base: string | null, hunks: readonly string[], { text, ...rest }: Row): void {
  test(rule, () => {
    const diff = hunks.flatMap((hunk) => (hunk.startsWith('@') ? [hunk] : hunk.split('|')));
    const applied = applyFile(base, fileOf(diff));
    assert.equal(applied.text, text);
    assert.deepEqual(
      { offset: applied.offset, fuzz: applied.fuzz, rejects: applied.rejects.length },
      { offset: 0, fuzz: 0, rejects: 0, ...rest },
    );
  });
}

const abc = lines('a b c d e f g h');
const none = '\\ No newline at end of file';

check('a line is replaced', abc, ['@@ -2,3 +2,3 @@', ' b|-c|+C| d'], { text: lines('a b C d e f g h') });
check('a line is added', abc, ['@@ -1,2 +1,3 @@', ' a|+x| b'], { text: lines('a x b c d e f g h') });
check('a line is removed', abc, ['@@ -1,3 +1,2 @@', ' a|-b| c'], { text: lines('a c d e f g h') });
check('two hunks', abc, ['@@ -1,2 +1,3 @@', ' a|+x| b', '@@ -7,2 +8,1 @@', ' g|-h'], {
  text: lines('a x b c d e f g'),
});
check('the first line, without context', abc, ['@@ -1 +1 @@', '-a|+A'], { text: lines('A b c d e f g h') });
check('behind a line, without context', abc, ['@@ -3,0 +4 @@', '+x'], { text: lines('a b c x d e f g h') });
check('before all, without context', abc, ['@@ -0,0 +1 @@', '+x'], { text: lines('x a b c d e f g h') });
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
check('the nearest place is taken', lines('p a q a r s t a'), ['@@ -5,1 +5,1 @@', '-a|+A'], {
  text: lines('p a q A r s t a'),
  offset: 1,
});
check(
  'an offset holds for later hunks',
  lines('x a b c d e f a'),
  ['@@ -1,2 +1,2 @@', '-a|+A| b', '@@ -7 +7 @@', '-a|+Z'],
  {
    text: lines('x A b c d e f Z'),
    offset: 1,
  },
);
check(
  'a hunk does not go back behind the one before',
  lines('a b a'),
  ['@@ -3 +3 @@', '-a|+A', '@@ -4 +4 @@', '-b|+B'],
  {
    text: lines('a b A'),
    rejects: 1,
  },
);

const seven = ' a| b| c|-d|+D| e| f| g';
const hunk7 = ['@@ -1,7 +1,7 @@', seven];
check('one outer line differs', lines('A b c d e f g'), hunk7, { text: lines('A b c D e f g'), fuzz: 1 });
check('both outer lines differ', lines('A b c d e f G'), hunk7, { text: lines('A b c D e f G'), fuzz: 1 });
check('two outer lines differ', lines('A B c d e F G'), hunk7, { text: lines('A B c D e F G'), fuzz: 2 });
check('the innermost line has to be there', lines('a b C d e f g'), hunk7, {
  text: lines('a b C d e f g'),
  rejects: 1,
});
check('what is removed has to be there', lines('a b c x e f g'), hunk7, { text: lines('a b c x e f g'), rejects: 1 });
check('blanks count', lines('a b c d\t e f g'), hunk7, { text: lines('a b c d\t e f g'), rejects: 1 });
check('a file that is not there', null, hunk7, { text: '', rejects: 1 });
check('a reject does not keep the others', abc, ['@@ -1 +1 @@', '-x|+y', '@@ -4 +4 @@', '-d|+D'], {
  text: lines('a b c D e f g h'),
  rejects: 1,
});
check('an offset has a bound', `${'x\n'.repeat(2_001)}a\n`, ['@@ -1 +1 @@', '-a|+A'], {
  text: `${'x\n'.repeat(2_001)}a\n`,
  rejects: 1,
});

test('every line of the mail is found again: where it stands in the patched text, or stood in the base', () => {
  const { origin, removed } = applyFile(lines('x a b c d'), fileOf(['@@ -1,3 +1,4 @@', ' a', '-b', '+B', '+C', ' c']));
  assert.deepEqual(
    [...origin],
    [
      [2, { mailLine: 5, op: ' ' }],
      [3, { mailLine: 7, op: '+' }],
      [4, { mailLine: 8, op: '+' }],
      [5, { mailLine: 9, op: ' ' }],
    ],
  );
  assert.deepEqual([...removed], [[3, 6]]);
});
