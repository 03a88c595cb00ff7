/** What a clone's history tells of a patch, and where it tells nothing. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { mergedIn } from './merged.ts';

const folder = mkdtempSync(join(tmpdir(), 'merged-'));
const clone = join(folder, 'linux');
const shallow = join(folder, 'shallow');
const file = 'arch/powerpc/kernel/trace/ftrace.c';

before(() => {
  const commit = (subject: string, path: string, at: string) => {
    mkdirSync(join(clone, path, '..'), { recursive: true });
    writeFileSync(join(clone, path), subject);
    const env = { ...process.env, GIT_COMMITTER_DATE: at, GIT_AUTHOR_DATE: at };
    execFileSync('git', ['-C', clone, 'add', '-A'], { env });
    const who = ['-c', 'user.name=a', '-c', 'user.email=a@example.org'];
    execFileSync('git', ['-C', clone, ...who, 'commit', '-qm', subject], { env });
  };
  mkdirSync(clone);
  execFileSync('git', ['-C', clone, 'init', '-q']);
  commit('powerpc/ftrace: Old', file, '2026-01-01T00:00:00Z');
  commit('powerpc/ftrace: Do it', file, '2026-02-01T00:00:00Z');
  commit('powerpc/ftrace: Elsewhere', 'fs/a.c', '2026-02-02T00:00:00Z');
  commit('Revert "powerpc/ftrace: Undo it"', file, '2026-08-01T00:00:00Z');
  execFileSync('git', ['clone', '-q', '--depth=1', `file://${clone}`, shallow]);
});
after(() => rmSync(folder, { recursive: true }));

const rows: readonly (readonly [string, string, string, readonly string[], boolean | null])[] = [
  ['there, and newer', 'powerpc/ftrace: Do it', '2026-01-15T00:00:00.000Z', [clone], true],
  ['at a revision', 'powerpc/ftrace: Do it', '2026-01-15T00:00:00.000Z', [`${clone}@HEAD~1`], true],
  [
    'at one before it, that is hardly newer',
    'powerpc/ftrace: Do it',
    '2025-12-15T00:00:00.000Z',
    [`${clone}@HEAD~3`],
    null,
  ],
  ['of the same name, but older than the patch', 'powerpc/ftrace: Old', '2026-01-15T00:00:00.000Z', [clone], false],
  ['of the same name in another file', 'powerpc/ftrace: Elsewhere', '2026-01-15T00:00:00.000Z', [clone], false],
  ['within another title', 'powerpc/ftrace: Undo it', '2026-01-15T00:00:00.000Z', [clone], false],
  ['behind where a shallow clone ends', 'powerpc/ftrace: Do it', '2026-01-15T00:00:00.000Z', [shallow], null],
  ['a title that was cut', 'powerpc/ftrace: Do…', '2026-01-15T00:00:00.000Z', [clone], null],
  ['nowhere, and sent last week', 'powerpc/ftrace: New', '2026-07-25T00:00:00.000Z', [clone], null],
  ['an option for a title', '--output=/tmp/x', '2026-07-25T00:00:00.000Z', [clone], null],
  ['no clone', 'powerpc/ftrace: Do it', '2026-01-15T00:00:00.000Z', [folder, '/nowhere', `${clone}@--all`], null],
  ['no trees', 'powerpc/ftrace: Do it', '2026-01-15T00:00:00.000Z', [], null],
];
for (const [name, title, sentAt, trees, expected] of rows)
  test(name, async () => {
    const about = { title, sentAt, part: 'v1', author: 'Ada', messageId: 'a@example.org' };
    assert.equal(await mergedIn(trees)({ about, finding: { file } }), expected);
  });
