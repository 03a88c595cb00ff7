/**
 * What parseFiles reads in a diff, a row each. A file is shown as `kind old→new`, each hunk behind it as `@old+new` with
 * the mail line of its `@@`; the first line of every diff here is mail line 1.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { type FilePatch, parseFiles } from './diff.ts';

function shown({ kind, oldPath, newPath, hunks, damaged }: FilePatch): string {
  const name = oldPath === newPath ? oldPath : `${oldPath ?? ''}→${newPath ?? ''}`;
  const at = hunks.map(
    (hunk) => ` @${hunk.oldStart},${hunk.oldLines}+${hunk.newStart},${hunk.newLines}:${hunk.mailLine}`,
  );
  return `${kind} ${name}${at.join('')}${damaged ? ' damaged' : ''}`;
}

function check(
  rule: string,
  diff: readonly string[],
  files: readonly string[],
  problems: readonly RegExp[] = [],
): void {
  test(rule, () => {
    const parsed = parseFiles(diff, 1);
    assert.deepEqual(parsed.files.map(shown), files);
    assert.equal(parsed.problems.length, problems.length, JSON.stringify(parsed.problems));
    for (const [at, pattern] of problems.entries())
      assert.match(`${parsed.problems[at]?.kind}: ${parsed.problems[at]?.text}`, pattern);
  });
}

const x = ['diff --git a/x b/x', '--- a/x', '+++ b/x'];
const y = ['diff --git a/y b/y', '--- a/y', '+++ b/y', '@@ -7 +7 @@', '-p', '+q'];
const plainY = y.slice(1);

check('nothing', [], []);
check('a file', [...x, '@@ -1,2 +1,2 @@', ' a', '-b', '+c'], ['modify x @1,2+1,2:4']);
check(
  'two hunks',
  [...x, '@@ -1 +1 @@ f()', '-b', '+c', '@@ -9,0 +10,1 @@', '+d'],
  ['modify x @1,1+1,1:4 @9,0+10,1:7'],
);
check('two files', [...x, '@@ -1 +1 @@', '-b', '+c', ...y], ['modify x @1,1+1,1:4', 'modify y @7,1+7,1:10']);
check('an empty line is context', [...x, '@@ -1,3 +1,3 @@', ' a', '', '-b', '+c'], ['modify x @1,3+1,3:4']);
check(
  'files without git',
  [...plainY, '--- a/x', '+++ b/x', '@@ -1 +1 @@', '-b', '+c'],
  ['modify y @7,1+7,1:3', 'modify x @1,1+1,1:8'],
);
check(
  'a file without git behind one with',
  [...x, '@@ -1 +1 @@', '-b', '+c', ...plainY],
  ['modify x @1,1+1,1:4', 'modify y @7,1+7,1:9'],
);
check(
  'quilt',
  ['Index: l/y', '=====', '--- linux-5.2.orig/y\t2019', '+++ linux-5.2/y\t2019', ...y.slice(3)],
  ['modify y @7,1+7,1:5'],
);
check(
  'removed "-- x" and added "++ y" are no header',
  [...x, '@@ -1 +1 @@', '--- x', '+++ y', '@@ -5 +5 @@', '-b', '+c'],
  ['modify x @1,1+1,1:4 @5,1+5,1:7'],
);
check(
  'the same without git',
  [...x.slice(1), '@@ -1 +1 @@', '--- x', '+++ y', '@@ -5 +5 @@', '-b', '+c'],
  ['modify x @1,1+1,1:3 @5,1+5,1:6'],
);
check('text between and behind', [...x, '@@ -1 +1 @@', '-b', '+c', '', 'base-commit: 0123'], ['modify x @1,1+1,1:4']);

// Names and kinds.
check(
  'created',
  ['diff --git a/x b/x', 'new file mode 100644', '--- /dev/null', '+++ b/x', '@@ -0,0 +1 @@', '+a'],
  ['create →x @0,0+1,1:5'],
);
check(
  'deleted',
  ['diff --git a/x b/x', 'deleted file mode 100644', '--- a/x', '+++ /dev/null', '@@ -1 +0,0 @@', '-a'],
  ['delete x→ @1,1+0,0:5'],
);
check('created and empty', ['diff --git a/x b/x', 'new file mode 100644', 'index 0000000..e69de29'], ['create →x']);
check(
  'renamed',
  ['diff --git a/x b b/y.c b/z', 'similarity index 100%', 'rename from x b/y.c', 'rename to z'],
  ['rename x b/y.c→z'],
);
check('copied', ['diff --git a/x b/z', 'similarity index 90%', 'copy from x', 'copy to z'], ['copy x→z']);
check('a mode', ['diff --git a/x b/x', 'old mode 100644', 'new mode 100755'], ['mode x']);
check(
  'a mode of a name with blanks',
  ['diff --git a/x b/y b/x b/y', 'old mode 100644', 'new mode 100755'],
  ['mode x b/y'],
);
check(
  'binary',
  ['diff --git a/x b/x', 'index 1234567..89abcde 100644', 'GIT binary patch', 'literal 3', 'Kz'],
  ['binary x'],
);
const hunk = ['@@ -1 +1 @@', '-b', '+c'];
check(
  'quoted names',
  ['diff --git "a/\\303\\274.c" "b/u\\".c"', '--- "a/\\303\\274.c"', '+++ "b/u\\".c"', ...hunk],
  ['modify ü.c→u".c @1,1+1,1:4'],
);
check('other prefixes', ['diff --git i/x w/x', '--- i/x', '+++ w/x', ...hunk], ['modify x @1,1+1,1:4']);
check('no prefixes', ['diff --git arch/x arch/x', '--- arch/x', '+++ arch/x', ...hunk], ['modify arch/x @1,1+1,1:4']);
check('no name', ['diff --git x', 'index 1234567..89abcde 100644'], [], [/no-file-name: mail line 1/]);

// Damage: the hunk is left out and named; what stands behind it survives.
const damaged = 'modify x damaged';
const beyond = /damaged-hunk: mail line 4: the hunk goes on beyond/;
check(
  'cut in a hunk',
  [...x, '@@ -1,4 +1,4 @@', ' a', '-b'],
  [damaged],
  [/mail line 4: the diff ends 2 old and 3 new/],
);
check('cut behind a header', [...y, ...x], ['modify y @7,1+7,1:4', damaged], [/no-hunk: mail line 7/]);
check('cut in a header', x.slice(0, 1), [damaged], [/no-hunk: mail line 1/]);
check(
  'a new file, cut',
  [x[0]!, 'new file mode 100644', '--- /dev/null', '+++ b/x'],
  ['create →x damaged'],
  [/no-hunk/],
);
check(
  'counts too large, then a hunk',
  [...x, '@@ -1,3 +1,3 @@', '-b', '+c', '@@ -9 +9 @@', '-d', '+e'],
  ['modify x @9,1+9,1:7 damaged'],
  [/mail line 4: a new hunk starts 2 old and 2 new lines too early/],
);
check(
  'counts too large, then a file',
  [...x, '@@ -1,3 +1,3 @@', '-b', '+c', ...y],
  [damaged, 'modify y @7,1+7,1:10'],
  [/mail line 4: the diff ends/],
);
check(
  'counts too large, then a file without git',
  [...x.slice(1), '@@ -1,9 +1,9 @@', '-b', '+c', ...plainY],
  [damaged, 'modify y @7,1+7,1:8'],
  [/mail line 3: the diff ends/],
);
check('counts too small', [...x, '@@ -1 +1 @@', '-b', '+c', '+d', ...y], [damaged, 'modify y @7,1+7,1:11'], [beyond]);
check('counts too small, context first', [...x, '@@ -1 +1 @@', '-b', '+c', ' d', '+e'], [damaged], [beyond]);
check('too many on one side', [...x, '@@ -1,1 +1,2 @@', ' a', ' b'], [damaged], [/counts of the hunk do not fit/]);
check(
  'a wrapped line',
  [...x, '@@ -1,2 +1,2 @@', ' a', '-b is', 'long', '+c', '@@ -9 +9 @@', '-d', '+e'],
  ['modify x @9,1+9,1:9 damaged'],
  [/mail line 4: line 7 of the mail does not start with a blank, \+ or - \(was it wrapped\?\)/],
);
check('blanks turned into a tab', [...x, '@@ -1,2 +1,2 @@', '\ta', '-b', '+c'], [damaged], [/line 5 of the mail/]);
check(
  'an unreadable hunk line',
  [...x, '@@ -1,2 +1 @', ' a', '@@ -9 +9 @@', '-d', '+e'],
  ['modify x @9,1+9,1:6 damaged'],
  [/mail line 4: the line of a hunk cannot be read/],
);
check('a merge', [...x, '@@@ -1,1 -1,1 +1,1 @@@', '- a', ' -b', '++c'], [damaged], [/cannot be read/]);
check('a line number out of reach', [...x, '@@ -999999999 +1 @@', '-b', '+c'], [damaged], [/beyond line 200000/]);
check(
  'a line out of reach',
  [...x, '@@ -1 +1 @@', `-${'b'.repeat(4_096)}`, '+c', ...y],
  [damaged, 'modify y @7,1+7,1:10'],
  [/line 5 of the mail is longer than 4096/],
);
check(
  'too many lines',
  Array.from({ length: 200_001 }, () => ' '),
  [],
  [/diff-too-large/],
);

test('lines carry their mail lines, and a side says that it ends without a newline', () => {
  const none = '\\ No newline at end of file';
  const [file] = parseFiles([...x, '@@ -1,2 +1,2 @@ f(a)', ' a', '-b', none, '+c', none], 11).files;
  const { heading, lines, oldNoNewline, newNoNewline } = file!.hunks[0]!;
  assert.deepEqual([heading, oldNoNewline, newNoNewline, file?.mailLine], ['f(a)', true, true, 11]);
  assert.deepEqual(
    lines.map(({ op, text, mailLine }) => `${op}${text}@${mailLine}`),
    [' a@15', '-b@16', '+c@18'],
  );
});

test('blob ids', () => {
  const blobs = (index: string) =>
    parseFiles([x[0]!, index, ...x.slice(1)], 1).files.map((f) => [f.oldBlob, f.newBlob]);
  assert.deepEqual(blobs('index 1234567..89abcde 100644'), [['1234567', '89abcde']]);
  assert.deepEqual(blobs('index 0000000..89abcde'), [[null, '89abcde']]);
  assert.deepEqual(blobs('index x'), [[null, null]]);
});

test('a hostile diff takes seconds', () => {
  const started = performance.now();
  for (const unit of ['diff --git a/x b/x', '--- a', '@@ -1 +1 @@', `diff --git ${'a/'.repeat(2_000)}`, '@@', '+'])
    parseFiles([...x, ...Array.from({ length: 5_000 }, () => unit)], 1);
  assert.ok(performance.now() - started < 10_000);
});
