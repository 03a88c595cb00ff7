/** What a line of a mail says of its base, a row each. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { readMessage } from '../mail/message.ts';
import { baseCommitsOf, prerequisitesOf } from './base-lines.ts';

const mailOf = (body: string) => readMessage(Buffer.from(`From: ada@example.org\nSubject: [PATCH] x\n\n${body}\n`));

/** @param expected `kind id` of each prerequisite */
function check(body: string, ...expected: readonly string[]): void {
  test(JSON.stringify(body), async () => {
    const found = prerequisitesOf(await mailOf(body));
    assert.deepEqual(
      found.map(({ kind, id }) => `${kind} ${id}`),
      expected,
    );
  });
}

const hex = '0123456789abcdef0123456789abcdef01234567';
check(`prerequisite-patch-id: ${hex}`, `patch-id ${hex}`);
check('prerequisite-patch-id: 0123456');
check('prerequisite-message-id: <a.b-1@example.org>', 'message-id a.b-1@example.org');
check('prerequisite-message-id: a.b-1@example.org', 'message-id a.b-1@example.org');
check('prerequisite-change-id: 20240101-name-abcdef:v2', 'change-id 20240101-name-abcdef:v2');
check('Depends-on: <a@example.org>', 'message-id a@example.org');
check('Depends on: <a@example.org>', 'message-id a@example.org');
check('Depends on: https://lore.kernel.org/linuxppc-dev/a-1@example.org/', 'message-id a-1@example.org');
check('Depends on: https://lore.kernel.org/r/a-1@example.org', 'message-id a-1@example.org');
check('Depends-on: https://lore.kernel.org/all/a%2B1@example.org/T/#u', 'message-id a+1@example.org');
check('Prerequisite: https://patch.msgid.link/a-1@example.org', 'message-id a-1@example.org');
check(`prerequisite-patch-id: ${hex}\nDepends-on: <a@x.org>`, `patch-id ${hex}`, 'message-id a@x.org');
// Ambiguous, quoted, elsewhere, or no mail at all.
check('Depends-on: <a@example.org> and <b@example.org>');
check('Depends-on: <a@example.org> (v2)');
check('This depends on: <a@example.org>');
check('Depends on https://lore.kernel.org/r/a-1@example.org');
check('> Depends-on: <a@example.org>');
check(' Depends-on: <a@example.org>');
check('Depends-on: ada@example.org');
check('Depends-on: https://example.org/r/a-1@example.org');
check('Depends on: CONFIG_FUNCTION_TRACER');
check('Depends-on: https://lore.kernel.org/linuxppc-dev/');

test('base-commit, of a line of its own', async () => {
  const mail = await mailOf(`x\nbase-commit: ${hex}\n> base-commit: 0123456\nbase-commit: v6.1`);
  assert.deepEqual(baseCommitsOf([null, mail, mail]), [hex]);
});

test('of a series that names another one in each mail, some', async () => {
  const mails = Array.from({ length: 50 }, (_, at) => mailOf(`base-commit: ${hex.slice(2)}${10 + at}`));
  assert.equal(baseCommitsOf(await Promise.all(mails)).length, 4);
});
