/** What of a source is refused, and in which words. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { sourceSchema } from './settings.ts';

const imap = { name: 'one', kind: 'imap', host: 'imap.example.org', login: 'anonymous' };
const web = { name: 'web', kind: 'web', url: 'https://lore.example.org/list/', search: 's:patch' };

function check(rule: string, source: object, expected: readonly string[]): void {
  test(rule, () => {
    const { success, error } = sourceSchema.safeParse(source);
    assert.equal(success, expected.length === 0);
    const said = error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ') ?? '';
    for (const words of expected) assert.ok(said.includes(words), said);
  });
}

check('an account', imap, []);
check('a password in the settings', { ...imap, login: { user: 'ada', password: 'secret' } }, [
  'login: must be anonymous',
]);
check('an unknown key', { ...imap, mailbox: 'INBOX' }, ['mailbox']);
check('an unknown kind', { ...imap, kind: 'pop3' }, ['kind']);
check('plaintext over the network', { ...imap, tls: false }, ['tls: false sends the password readable']);
check('plaintext over the network that is meant', { ...imap, tls: false, plaintextOverNetwork: true }, []);
for (const host of ['localhost', '127.0.0.1', '127.1.2.3', '::1'])
  check(`plaintext within the machine, ${host}`, { ...imap, tls: false, host }, []);
for (const host of ['127.0.0.1.example.org', 'localhost.example.org', '0.0.0.0'])
  check(`plaintext to ${host}`, { ...imap, tls: false, host }, ['tls: false sends']);
check('a name with a line break', { ...imap, name: 'a\nb' }, ['name']);
check('no mailbox', { ...imap, mailboxes: [] }, ['mailboxes']);
check('a maildir', { name: 'm', kind: 'maildir', path: '/var/mail/bot' }, []);
check('an mbox', { name: 'm', kind: 'mbox', path: '/var/mail/bot' }, []);
check('a clone', { name: 'm', kind: 'git', path: '/srv/list' }, []);
check('a server', web, []);
check('a server of another protocol', { ...web, url: 'file:///etc/passwd' }, ['url: must be the http(s) URL']);

test('a server is without its last slash', () => {
  const source = sourceSchema.parse(web);
  assert.equal(source.kind === 'web' && source.url, 'https://lore.example.org/list');
});
