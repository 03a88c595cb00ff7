/** Which commits of a mirror are a mailed patch, a row each, and which are not; and how its branches are read. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { changesOfDiff, changesOfMail } from '../changes.ts';
import type { FakeServer } from '../sources/github/fake-server.ts';
import type { FakeCommit } from './testing/fake-mirror.ts';
import {
  accountOf,
  base,
  changes,
  commitOf,
  diffOf,
  link,
  mirrorServer,
  newMirror,
  patterns,
  scene,
  wanted,
  world,
} from './testing/mirror-scene.ts';
import type { WantedMark } from './wanted-mark.ts';

let server: FakeServer;
before(async () => {
  server = await mirrorServer();
});
after(() => server.close());

const mailOf = (diff: string) => `Text.\n\nSigned-off-by: A\n---\n f.c | 2 +-\n\n${diff}-- \n2.43.0\n`;

test('a commit that a maintainer has touched is another change; one that was moved is not', () => {
  assert.notEqual(changes, null);
  assert.equal(changesOfMail(mailOf(diffOf('x'))), changes);
  assert.equal(changesOfDiff(diffOf('x', { at: 900 })), changes);
  assert.notEqual(changesOfDiff(diffOf('y')), changes);
  assert.notEqual(changesOfDiff(diffOf('x', { context: 'other' })), changes, 'the same lines in another place');
  assert.equal(changesOfMail('no diff'), null);
  assert.equal(changesOfDiff(diffOf('x').replace(' c\n', '')), null, 'a hunk that is cut');
});

/** @param is whether the last of the commits is the patch */
function checkCommit(what: string, commits: readonly FakeCommit[], is: boolean, set: Partial<WantedMark> = {}): void {
  test(`${is ? 'the patch' : 'not the patch'}: ${what}`, async () => {
    scene.script = () => null;
    const { name, mirror } = newMirror();
    const shas = world.push(mirror, 'series/1', [base, ...commits]);
    const found = await accountOf(server, false).mirror(name).commitsOf(wanted(set), patterns);
    assert.deepEqual(found.trouble ?? found.data.map(({ sha }) => sha), is ? [shas.at(-1)] : []);
    assert.deepEqual(server.faults, []);
  });
}
for (const line of [
  link,
  'Link: https://patch.msgid.link/p1%40example.org/ # v2',
  'Message-ID: <p1@example.org>',
  'message-id: <p1@example.org>',
])
  checkCommit(line, [commitOf('Another title', [line])], true);
checkCommit('a longer id', [commitOf('ftrace: x', ['Link: https://lore.kernel.org/r/1p1@example.org'])], false);
checkCommit('an id that is no trailer', [{ ...commitOf('y', []), message: `y\n\n${link}\n\nAcked-by: A` }], false);
checkCommit('Closes: names a report', [commitOf('y', ['Closes: https://x/p1@example.org'])], false);
checkCommit('its author names an earlier version', [commitOf('ftrace: x', [link], diffOf('y'))], false);
checkCommit(
  'it was mailed as another',
  [commitOf('ftrace: x', ['Link: https://lore.kernel.org/r/v1@example.org'])],
  false,
);
const other = 'Message-ID: <p2@example.org>';
checkCommit('a stranger names it in a patch of his own', [commitOf('ftrace: x', [link, other])], false);
checkCommit('it names a report besides', [commitOf('ftrace: x', [other, link])], true);
checkCommit('its lines elsewhere', [commitOf('ftrace: x', [link], diffOf('x', { context: 'other' }))], false);
checkCommit('no id, its title, its lines', [commitOf('ftrace: x', [])], true);
checkCommit('no id, its title over two lines', [commitOf('ftrace:\n x', [])], true);
checkCommit('no id, its title, other lines', [commitOf('ftrace: x', [], diffOf('y'))], false);
checkCommit('no id, another title', [commitOf('ftrace: y', [])], false);
const first = { title: 'ftrace: one', changes: changesOfDiff(diffOf('one')) };
const second = { before: [first] };
checkCommit(
  'no id, the second of two',
  [commitOf('ftrace: one', [], diffOf('one')), commitOf('ftrace: x', [])],
  true,
  second,
);
checkCommit(
  'no id, below it another patch',
  [commitOf('ftrace: one', [], diffOf('two')), commitOf('ftrace: x', [])],
  false,
  second,
);
checkCommit('no id, below it nothing', [commitOf('ftrace: x', [])], false, second);
checkCommit('no id, and a series that is not all here', [commitOf('ftrace: x', [])], false, { before: null });
checkCommit('a diff that cannot be told from others', [commitOf('ftrace: x', [link])], false, { changes: null });

test('lines around a change count as git shows them, however many a mail shows', () => {
  const file = ['diff --git a/f.c b/f.c', 'index 1111111..2222222 100644', '--- a/f.c', '+++ b/f.c'];
  const lines = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => ` line ${from + at}`);
  const few = [
    ...[...file, '@@ -2,6 +2,7 @@', ...lines(2, 4), '+one', ...lines(5, 7)],
    ...['@@ -12,7 +13,6 @@', ...lines(12, 14), '-line 15', ...lines(16, 18), ''],
  ].join('\n');
  const many = [
    ...file,
    '@@ -1,20 +1,20 @@',
    ...lines(1, 4),
    '+one',
    ...lines(5, 14),
    '-line 15',
    ...lines(16, 20),
    '',
  ];
  assert.notEqual(changesOfDiff(few), null);
  assert.equal(changesOfDiff(many.join('\n')), changesOfDiff(few));
  assert.notEqual(changesOfDiff(few.replace(' line 7', ' line 8')), changesOfDiff(few));
});

test('branches are found by their patterns, and read once', async () => {
  scene.script = () => null;
  const { name, mirror } = newMirror();
  const [, sha] = world.push(mirror, 'series/7/v2', [base, commitOf('ftrace: x', [link])]);
  world.push(mirror, 'main', [base, commitOf('ftrace: x', [link, 'Acked-by: B'])]);
  for (let at = 0; at < 120; at++) world.push(mirror, `other/${at}`, [base]);
  const account = accountOf(server, false);
  for (const [pattern, expected] of [
    ['series/**', [sha]],
    ['series/*', []],
    ['series/*/v?', []],
    ['series/*/v*', [sha]],
    ['eries/**', []],
  ] as const) {
    const found = await account.mirror(name).commitsOf(wanted(), [pattern]);
    assert.deepEqual(
      found.data?.map((one) => one.sha),
      expected,
      pattern,
    );
  }
  const asked = scene.requests;
  await account.mirror(name).commitsOf(wanted({ messageId: 'p2@example.org' }), patterns);
  assert.equal(scene.requests, asked);
});
