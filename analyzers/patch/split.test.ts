/** How a mail's body is cut, a row each. In a row's parts, the diff is its lines, and `@` the mail line of the first. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { splitBody } from './split.ts';

interface Parts {
  readonly message?: string;
  readonly notes?: string;
  readonly diff?: string;
  readonly at?: number;
}

function check(rule: string, body: string, { message = '', notes = '', diff = '', at = 0 }: Parts): void {
  test(rule, () => {
    const parts = splitBody(body);
    assert.deepEqual([parts.message, parts.notes, parts.diff.join('\n'), parts.diffStart], [message, notes, diff, at]);
  });
}

const header = 'diff --git a/x.c b/x.c\nindex 1234567..89abcde 100644\n--- a/x.c\n+++ b/x.c';
const diff = `${header}\n@@ -1,2 +1,2 @@\n a\n-b\n+c`;
const plain = '--- a/x.c\n+++ b/x.c\n@@ -1 +1 @@\n-b\n+c';

check('message, ---, notes, diff, signature', `m\n\nSigned\n---\n x.c | 2 +-\n\n${diff}\n-- \n2.39.2\n`, {
  message: 'm\n\nSigned',
  notes: ' x.c | 2 +-\n',
  diff,
  at: 7,
});
check('no notes', `m\n---\n${diff}\n`, { message: 'm', diff, at: 3 });
check('blanks behind the ---', `m\n--- \n${diff}\n`, { message: 'm', diff, at: 3 });
check('no ---', `m\n\n${diff}\n`, { message: 'm\n', diff, at: 3 });
check('a diff alone', `${diff}\n`, { diff, at: 1 });
check('no final newline', `m\n---\n${diff}`, { message: 'm', diff, at: 3 });
check('CRLF', `m\n---\nn\n${diff}\n-- \n2.39\n`.replaceAll('\n', '\r\n'), { message: 'm', notes: 'n', diff, at: 4 });
check('a diff without git', `m\n---\n${plain}\n`, { message: 'm', diff: plain, at: 3 });
check('a diff with Index:', `m\n---\nIndex: x.c\n=====\n${plain}\n`, {
  message: 'm',
  diff: `Index: x.c\n=====\n${plain}`,
  at: 3,
});
check('a header line that was wrapped', `m\n---\n${diff.replace('a/x.c b', 'a/x.c\nb')}\n`, {
  message: 'm',
  notes: 'diff --git a/x.c\nb/x.c\nindex 1234567..89abcde 100644',
  diff: diff.slice(diff.indexOf('--- a/')),
  at: 6,
});

// The first --- ends the message, as for git; another one is part of the notes.
check('two ---', `m\n---\nv2: x\n---\n${diff}\n`, { message: 'm', notes: 'v2: x\n---', diff, at: 5 });
check('a longer ruler is text', `m\n-----\nn\n---\n${diff}\n`, { message: 'm\n-----\nn', diff, at: 5 });
check('base-commit behind the diff', `m\n---\n${diff}\n\nbase-commit: 0123\n-- \n2.39\n`, {
  message: 'm',
  diff: `${diff}\n\nbase-commit: 0123`,
  at: 3,
});

// What looks like a diff and is none.
check('no diff', 'text\n---\nmore\n', { message: 'text\n---\nmore' });
check('nothing', '', {});
check('prose with --- and +++', '--- not a diff\n+++ nor this\ntext\n', {
  message: '--- not a diff\n+++ nor this\ntext',
});
check('prose before the diff', `--- not a diff\n+++ nor this\n\n---\n${diff}\n`, {
  message: '--- not a diff\n+++ nor this\n',
  diff,
  at: 5,
});
check('prose that names the command', `diff --git a/x b/x\nis how it starts\n---\n${diff}\n`, {
  message: 'diff --git a/x b/x\nis how it starts',
  diff,
  at: 4,
});
check('a whole sample before the ---', `before:\n\n${plain}\n---\n${diff}\n`, {
  message: `before:\n\n${plain}`,
  diff,
  at: 9,
});
check('an indented sample', `m\n\n  ${plain.replaceAll('\n', '\n  ')}\n`, {
  message: `m\n\n  ${plain.replaceAll('\n', '\n  ')}`,
});
check('a quoted diff', `> ${diff.replaceAll('\n', '\n> ')}\nno\n`, {
  message: `> ${diff.replaceAll('\n', '\n> ')}\nno`,
});
check('a hunk without its file', '@@ -1 +1 @@\n-b\n+c\n', { message: '@@ -1 +1 @@\n-b\n+c' });

// Signatures.
const sql = `${header}\n@@ -1,2 +1 @@\n a\n-- `;
check('a removed line "- " is no signature', `m\n---\n${sql}\n-- \n2.39\n`, { message: 'm', diff: sql, at: 3 });
check('a signature without its blank', `m\n---\n${diff}\n--\nAda\n`, { message: 'm', diff, at: 3 });
check('what follows the signature is left out', `m\n---\n${diff}\n-- \n2.39\n\n${plain}\n`, {
  message: 'm',
  diff,
  at: 3,
});
const moved = 'diff --git a/x b/y\nsimilarity index 100%\nrename from x\nrename to y';
check('a signature behind a rename', `m\n---\n${moved}\n-- \n2.39\n`, { message: 'm', diff: moved, at: 3 });

// The end of the body is no line: a hunk that was cut does not get an empty one.
check('a cut hunk', `m\n---\n${header}\n@@ -1,3 +1,3 @@\n a\n`, {
  message: 'm',
  diff: `${header}\n@@ -1,3 +1,3 @@\n a`,
  at: 3,
});

test('a hostile body takes linear time', () => {
  const started = performance.now();
  for (const unit of ['---\n', '--- a\n+++ b\n', 'diff --git a\n', '-- \n', '\n', ' ', 'Index: x\n', '@@ -1 +1 @@\n'])
    splitBody(unit.repeat((4 << 20) / unit.length));
  assert.ok(performance.now() - started < 10_000);
});
