/**
 * Finding a base on GitHub, against a server that answers as GitHub's OpenAPI description says, from a git repository of
 * our own: three versions of ftrace.c and two of a header, one commit a day.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test, { after, before, beforeEach } from 'node:test';
import { blobId } from '../file.ts';
import type { FoundHow, FoundTrees, MadeOn, Tree } from '../tree.ts';
import type { GithubOptions } from './answers.ts';
import { type FakeGithub, fakeGithub } from './fake-github.ts';
import { githubHistory } from './history.ts';

const ftrace = 'arch/powerpc/kernel/trace/ftrace.c';
const header = 'include/linux/ftrace.h';
const history = [
  { [ftrace]: 'one\n', [header]: 'a\n' },
  { [ftrace]: 'two\n' },
  { [header]: 'b — wide\n' },
  { [ftrace]: 'three\n' },
] as const;
const scratch = mkdtempSync(join(tmpdir(), 'github-'));
const repository = join(scratch, 'linux');
const commits: string[] = [];
let server: FakeGithub;
let runs = 0;
let cache = '';

before(async () => {
  mkdirSync(repository);
  const git = (date: string, ...args: string[]) =>
    execFileSync('git', ['-C', repository, '-c', 'user.name=A', '-c', 'user.email=a@example.org', ...args], {
      encoding: 'utf8',
      env: { ...process.env, GIT_COMMITTER_DATE: date, GIT_AUTHOR_DATE: date },
    }).trim();
  git('', 'init', '-q');
  for (const [day, files] of history.entries()) {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(repository, path)), { recursive: true });
      writeFileSync(join(repository, path), text);
    }
    const date = `2026-03-0${day + 1}T12:00:00Z`;
    git(date, 'add', '-A');
    git(date, 'commit', '-q', '-m', 'c');
    commits.push(git(date, 'rev-parse', 'HEAD'));
  }
  // GitHub gives it by its id, as it does commits of forks and of pull requests.
  git('', 'checkout', '-q', '-b', 'fork', commits[1] ?? '');
  writeFileSync(join(repository, header), 'of a stranger\n');
  git('2026-03-09T12:00:00Z', 'commit', '-q', '-a', '-m', 'c');
  commits.push(git('', 'rev-parse', 'HEAD'));
  git('', 'checkout', '-q', '-');
  server = await fakeGithub(repository);
});
after(() => {
  server.close();
  rmSync(scratch, { recursive: true });
});
beforeEach(async () => {
  cache = join(scratch, `cache-${++runs}`);
  await server.disturb(null);
  await server.asked();
});

const id = (text: string) => blobId(text).slice(0, 12);
const file = (path: string, text: string) => ({ path, blob: id(text) });

interface Asked {
  readonly commits?: MadeOn['commits'];
  readonly files?: MadeOn['files'];
  readonly until?: string;
}
const open = (
  { commits = [], files = [], until = '2026-04-01' }: Asked,
  options: Partial<GithubOptions> = {},
): FoundTrees =>
  githubHistory({ repository: 'example/linux', api: server.api, token: null, cache, ...options }, () => {}).bases({
    ...{ commits, files, date: new Date(`${until}T00:00:00Z`) },
  });
const treeOf = (asked: Asked): Tree => {
  const [first] = open(asked).trees;
  assert.ok(first);
  return first.tree;
};

interface Expected {
  /** Which commit, counted from 0, and how it was found; null where there is none. */
  readonly found: readonly [number, FoundHow] | null;
  readonly ftrace?: string;
  readonly header?: string;
  readonly problems?: readonly string[];
}

function check(what: string, run: () => FoundTrees, { found, problems: kinds = [], ...texts }: Expected): void {
  test(`a base on GitHub: ${what}`, () => {
    const { trees, problems } = run();
    assert.deepEqual(
      { found: trees.map((one) => [one.tree.name, one.found]), problems: problems.map(({ kind }) => kind) },
      { found: found === null ? [] : [[`commit ${commits[found[0]]?.slice(0, 12)}`, found[1]]], problems: [...kinds] },
    );
    const tree = trees[0]?.tree;
    if (texts.ftrace !== undefined) assert.equal(tree?.read(ftrace), texts.ftrace);
    if (texts.header !== undefined) assert.equal(tree?.read(header), texts.header);
    assert.deepEqual(tree?.problems?.() ?? [], []);
  });
}

check('base-commit, with everything as it was then', () => open({ commits: [commits[1] ?? ''] }), {
  ...{ found: [1, 'base-commit'], ftrace: 'two\n', header: 'a\n' },
});
check(
  'a base-commit that GitHub has not, so the blob decides',
  () => open({ commits: ['0'.repeat(40)], files: [file(ftrace, 'one\n')] }),
  { found: [0, 'history'], ftrace: 'one\n' },
);
check('a base-commit of no branch of ours', () => open({ commits: [commits[4] ?? ''] }), {
  ...{ found: [4, 'unmerged'], ftrace: 'two\n', header: 'of a stranger\n' },
});
test('a base on GitHub: before a base-commit of no branch of ours, the commit of ours that brought the blob', () => {
  const { trees } = open({ commits: [commits[4] ?? ''], files: [file(ftrace, 'two\n')] });
  assert.deepEqual(
    trees.map(({ tree, found }) => [found, tree.read(header)]),
    [
      ['history', 'a\n'],
      ['unmerged', 'of a stranger\n'],
    ],
  );
});
check('the commit that brought the blob, not the newest one', () => open({ files: [file(ftrace, 'two\n')] }), {
  ...{ found: [1, 'history'], ftrace: 'two\n', header: 'a\n' },
});
check(
  'of two files, the commit that has both',
  () => open({ files: [file(ftrace, 'two\n'), file(header, 'b — wide\n')] }),
  { found: [2, 'history'], ftrace: 'two\n', header: 'b — wide\n' },
);
check('a blob that came after the mail', () => open({ files: [file(ftrace, 'three\n')], until: '2026-03-03' }), {
  found: null,
  problems: ['github-no-base'],
});
check('a blob that never was', () => open({ files: [file(ftrace, 'four\n')] }), {
  ...{ found: null, problems: ['github-no-base'] },
});
check('another repository', () => open({ files: [file(ftrace, 'one\n')] }, { repository: 'example/none' }), {
  found: null,
  problems: ['github-no-base'],
});
check('a token that is not valid', () => open({}, { token: 'wrong' }), {
  ...{ found: null, problems: ['github-refused'] },
});
check('nobody listens', () => open({}, { api: 'http://127.0.0.1:1' }), {
  ...{ found: null, problems: ['github-unreachable'] },
});

test('a path that is no file, or leads out, is not there', () => {
  const tree = treeOf({ commits: [commits[3] ?? ''] });
  for (const path of [
    'arch',
    'arch/powerpc',
    'arch/powerpc/none.c',
    'none/x.c',
    '../x',
    '/etc/passwd',
    '',
    `${ftrace}/x`,
  ])
    assert.equal(tree.read(path), null, path);
  assert.deepEqual(tree.problems?.(), []);
});

test('what was fetched once is not asked for again; a list that may have grown is asked about by its ETag', async () => {
  const read = () => treeOf({ files: [file(ftrace, 'two\n')] }).read(ftrace);
  read();
  const first = await server.asked();
  read();
  const again = await server.asked();
  assert.ok(first.paths.length > 5);
  assert.deepEqual(
    again.paths.map((path) => path.replace(/\?.*/, '')),
    ['/rate_limit', '/repos/example/linux/commits'],
  );
  assert.equal(again.unchanged, 1);
});

const body = { message: 'x' };
const disturbances = [
  { what: 'a hiccup is waited out', path: '/git/trees', times: 1, reply: { status: 502, body }, kind: null },
  { what: 'an outage', path: '/git/trees', times: 9, reply: { status: 502, body }, kind: 'github-answer' },
  { what: 'a connection that breaks', path: '/git/blobs', times: 9, reply: 'hang up', kind: 'github-unreachable' },
  {
    what: 'a short secondary limit is waited out',
    ...{ path: '/git/trees', times: 1, kind: null },
    reply: { status: 403, body, headers: { 'retry-after': '1' } },
  },
  {
    what: 'a long secondary limit',
    ...{ path: '/git/trees', times: 9, kind: 'github-limit' },
    reply: { status: 429, body, headers: { 'retry-after': '3600' } },
  },
  {
    what: 'the hour is used up',
    ...{ path: '/git/blobs', times: 9, kind: 'github-limit' },
    reply: { status: 403, body, headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1900000000' } },
  },
  { what: 'no JSON', path: '/git/trees', times: 9, reply: { status: 200, body: 'sorry' }, kind: 'github-answer' },
  {
    what: 'the bytes of another blob',
    ...{ path: '/git/blobs', times: 9, kind: 'github-answer' },
    reply: { status: 200, body: { content: 'eA==', encoding: 'base64' } },
  },
] as const;

test('GitHub leads to where it is known under another name, and is not followed to another host', async () => {
  const blob = `/repos/example/linux/git/blobs/${blobId('two\n')}`;
  for (const [host, expected] of [
    ['127.0.0.1', 'two\n'],
    ['localhost', null],
  ] as const) {
    cache = join(scratch, `cache-${++runs}`);
    const tree = treeOf({ commits: [commits[1] ?? ''] });
    const headers = { location: `${server.api.replace('127.0.0.1', host)}${blob}` };
    await server.disturb({ path: '/git/blobs', times: 1, reply: { status: 302, body: {}, headers } });
    assert.equal(tree.read(ftrace), expected, host);
    if (expected === null) assert.match(tree.problems?.()[0]?.text ?? '', /another place/);
  }
});

for (const { what, kind, ...by } of disturbances) {
  test(`GitHub in trouble: ${what}`, async () => {
    const tree = treeOf({ commits: [commits[1] ?? ''] });
    await server.disturb(by);
    assert.equal(tree.read(ftrace), kind === null ? 'two\n' : null);
    assert.deepEqual(
      tree.problems?.().map((problem) => problem.kind),
      kind === null ? [] : [kind],
    );
    // What one question did not get, no later one pretends to have: it would be half a tree.
    if (kind !== null) await server.disturb(null);
    assert.equal(tree.read(header), kind === null ? 'a\n' : null);
    // And nothing of the trouble is kept.
    assert.equal(treeOf({ commits: [commits[1] ?? ''] }).read(ftrace), 'two\n');
  });
}
