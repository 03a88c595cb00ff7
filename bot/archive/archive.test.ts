/**
 * An archive of two epochs, made by git from mails of our own: what is a row, on which answer, and that a second run has
 * nothing left to do.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { archModel } from '../../analyzers/protocol/arch-model.ts';
import { fixtureFolder } from '../fixture.ts';

const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'archive-'));
after(() => rmSync(folder, { recursive: true }));
cpSync(join(root, 'fixtures/tree'), join(folder, 'tree'), { recursive: true });
writeFileSync(join(folder, 'tree/arch/powerpc/kernel/trace/ftrace.c'), archModel.text);

const mailOf = (fixture: string) =>
  readFileSync(join(fixtureFolder, fixture, 'thread.mbox'), 'utf8').replace(/^From mboxrd@z.*\n/, '');
const entry = mailOf('entry-frame-forgotten');
const change = (path: string) => `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n`;
const patch = (id: string, subject: string, diff: string) =>
  `From: Cy Example <cy@example.org>\nMessage-ID: <${id}>\nSubject: ${subject}\n\n---\n${diff}-- \n2.43.0\n`;
const kconfig = patch(
  'kconfig@example.org',
  '[PATCH] powerpc: A symbol',
  `${change('arch/powerpc/Kconfig')}@@ -1 +1,2 @@\n one\n+two\n`,
);
const other = patch('other@example.org', '[PATCH] A driver', `${change('drivers/one.c')}@@ -1 +1 @@\n-one\n+two\n`);
const cut = patch(
  'cut@example.org',
  '[PATCH] powerpc: Cut',
  `${change('arch/powerpc/kernel/trace/ftrace.c')}@@ -1,9 +1,9 @@\n one\n+two\n`,
);
const nameless = kconfig.replace(/^Message-ID.*\n/m, '');
const again = entry
  .replace('20260407.entry-frame@', '20260408.entry-frame-v2@')
  .replace('Subject: [PATCH]', 'In-Reply-To: <20260407.entry-frame@example.org>\nSubject: [PATCH v2]');

/** One commit a mail; null is a commit that takes a mail out. */
function epoch(name: string, mails: readonly (string | null)[]): void {
  const path = join(folder, 'all', name);
  mkdirSync(path, { recursive: true });
  spawnSync('git', ['init', '-q', '--bare', path]);
  const commits = mails.map((mail, at) => {
    const who = `Cy Example <cy@example.org> ${1775600000 + at * 86400} +0000`;
    const blob = `data ${Buffer.byteLength(mail ?? '')}\n${mail ?? ''}\n`;
    const file =
      mail === null ? `D m\nM 100644 inline d\n${blob}` : `${at > 0 ? 'D d\n' : ''}M 100644 inline m\n${blob}`;
    return `commit refs/heads/master\ncommitter ${who}\ndata 0\n${file}\n`;
  });
  const made = spawnSync('git', ['-C', path, 'fast-import', '--quiet'], { input: commits.join('') });
  assert.equal(made.status, 0, made.stderr.toString());
  spawnSync('git', ['-C', path, 'symbolic-ref', 'HEAD', 'refs/heads/master']);
}
epoch('0.git', [entry, other, kconfig, null]);
epoch('1.git', [again, nameless, cut, kconfig]);

function run(...args: readonly string[]) {
  const command = [join(root, 'bot/archive-command.ts'), ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' });
  const rows = stdout
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'));
  return {
    status,
    stderr,
    rows: rows.map(([, id = '', base, answer, findings, , why]) => ({ id, base, answer, findings, why })),
  };
}
const all = [
  join(folder, 'all'),
  '--tsv',
  '--jobs',
  '2',
  '--tree',
  join(folder, 'tree'),
  '--state',
  join(folder, 'state'),
];

test('every relevant patch of every version is a row', () => {
  const { status, rows, stderr } = run(...all);
  assert.equal(status, 0, stderr);
  const answers = Object.fromEntries(rows.map(({ id, answer }) => [id.replace(/^commit .*/, 'none'), answer]));
  assert.deepEqual(answers, {
    '20260407.entry-frame@example.org': 'finding',
    '20260408.entry-frame-v2@example.org': 'finding',
    'kconfig@example.org': 'silence',
    'cut@example.org': 'silence',
    none: 'damaged',
  });
  const of = (id: string) => rows.find((row) => row.id.includes(id));
  assert.match(
    of('entry-frame-v2')?.findings ?? '',
    /^sequential stack-pointer at call: ftrace_entry.S:\d+ \(mail line \d+\)$/,
  );
  assert.match(of('entry-frame-v2')?.base ?? '', /^tree: tree/);
  assert.match(of('cut')?.why ?? '', /damaged/);
  assert.match(stderr, /^reviewed 5 of 5 patches/m);
  assert.match(stderr, /^7 mails \(1 damaged\), 5 relevant patches in 4 threads: 2 finding, 2 silence, 1 damaged$/m);
});

test('a second run has the rows already', () => {
  const { status, rows, stderr } = run(...all);
  assert.deepEqual([status, rows.length], [0, 5]);
  assert.doesNotMatch(stderr, /^reviewed/m);
});

test('dates and paths narrow it', () => {
  const ids = (...args: readonly string[]) => run(...all, ...args).rows.map(({ id }) => id);
  assert.deepEqual(ids('--patch', '<cut@example.org>', 'kconfig@example.org').sort(), [
    'cut@example.org',
    'kconfig@example.org',
  ]);
  assert.deepEqual(ids('--path', 'Kconfig', '--until', '2026-04-08'), []);
  assert.deepEqual(ids('--path', 'Kconfig', '--since', '2026-04-09', '--until', '2026-04-10'), ['kconfig@example.org']);
});

test('what is no archive is said so', () => {
  for (const [path, told] of [
    [join(folder, 'nowhere'), 'there is no directory'],
    [folder, 'holds none named 0.git'],
    [root, 'no public-inbox of version 2'],
  ] as const) {
    const { status, stderr } = run(path);
    assert.equal(status, 2);
    assert.match(stderr, new RegExp(told));
  }
});
