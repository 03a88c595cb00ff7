/** How a connection is made, against a real Dovecot: passwords, OAuth2 by Dovecot's own passdb, TLS by a certificate of the test. */
import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { Dovecot, dovecotAbsent, password } from '../servers/dovecot.ts';
import { freePort, makeFolder } from '../servers/server.ts';
import { Reading } from './reading.ts';
import { type ImapSettings, sourceSchema } from './settings.ts';
import { sleep } from './source.ts';

const options = { skip: dovecotAbsent, timeout: 60_000 };
const token = 'token-of-ada';
let dovecot: Dovecot;
let introspection: Server;
let folder: ReturnType<typeof makeFolder>;

before(async () => {
  if (dovecotAbsent !== false) return;
  folder = makeFolder('login');
  const port = await freePort();
  // RFC 7662: the token comes as a form, and the answer says whether it is good and whose it is.
  introspection = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const active = new URLSearchParams(body).get('token') === token;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(active ? { active: true, username: 'ada' } : { active: false }));
  });
  await new Promise<void>((resolve) => introspection.listen(port, '127.0.0.1', resolve));
  dovecot = await Dovecot.start({ introspectionUrl: `http://127.0.0.1:${port}/` });
});
after(async () => {
  await Reading.stopAll();
  await dovecot?.stop();
  introspection?.closeAllConnections();
  introspection?.close();
  folder?.remove();
});

function file(name: string, text: string): string {
  const path = join(folder.path, name);
  writeFileSync(path, text);
  chmodSync(path, 0o600);
  return path;
}
const plain = () => ({ host: '127.0.0.1', port: dovecot.imapPort, tls: false });
const tls = () => ({ host: 'localhost', port: dovecot.imapsPort });
const ada = (secret: object) => ({ login: { user: 'ada', password: secret } });
const env = { env: 'LOGIN_TEST_PASSWORD' };
process.env.LOGIN_TEST_PASSWORD = password;

/** The kinds of failures of the first connection; none where it comes to read. */
async function check(more: () => object, expected: readonly string[]): Promise<void> {
  const read = sourceSchema.parse({ name: 'dovecot', kind: 'imap', ...more() }) as ImapSettings;
  const reading = new Reading(read, { sleep: (_, signal) => sleep(3_600_000, signal) });
  await reading.until(({ states }) => ['waiting', 'failed'].includes(states.at(-1)?.kind ?? ''));
  await reading.stop();
  assert.deepEqual(reading.failures, expected);
  for (const state of reading.states) {
    assert.ok(!JSON.stringify(state).includes(password), 'no secret is told');
    assert.ok(!JSON.stringify(state).includes(token), 'no secret is told');
  }
}

const rows: readonly [string, () => object, readonly string[]][] = [
  ['a password of a file', () => ({ ...plain(), ...ada({ file: file('password', `${password}\n`) }) }), []],
  ['a password of the environment', () => ({ ...plain(), ...ada(env) }), []],
  ['a password that a command prints', () => ({ ...plain(), ...ada({ command: ['echo', password] }) }), []],
  ['a wrong password', () => ({ ...plain(), ...ada({ command: ['echo', 'wrong'] }) }), ['login-refused']],
  ['no password', () => ({ ...plain(), ...ada({ env: 'LOGIN_TEST_NOTHING' }) }), ['no-secret']],
  ['an empty file', () => ({ ...plain(), ...ada({ file: file('empty', '\n') }) }), ['no-secret']],
  ['no file', () => ({ ...plain(), ...ada({ file: '/nonexistent' }) }), ['no-secret']],
  ['a command that fails', () => ({ ...plain(), ...ada({ command: ['false'] }) }), ['no-secret']],
  ['no command', () => ({ ...plain(), ...ada({ command: ['/nonexistent'] }) }), ['no-secret']],
  [
    'an OAuth2 token',
    () => ({ ...plain(), login: { user: 'ada', oauth2: { file: file('token', `${token}\n`) } } }),
    [],
  ],
  [
    'an OAuth2 token that has run out',
    () => ({ ...plain(), login: { user: 'ada', oauth2: { command: ['echo', 'old'] } } }),
    ['login-refused'],
  ],
  ['TLS, with an authority of its own', () => ({ ...tls(), ca: dovecot.caFile, ...ada(env) }), []],
  ['TLS, with a certificate that nobody knows', () => ({ ...tls(), ...ada(env) }), ['untrusted']],
  ['TLS, with an authority that is no file', () => ({ ...tls(), ca: '/nonexistent', ...ada(env) }), ['unreadable']],
  ['TLS at a port that has none', () => ({ ...tls(), port: dovecot.imapPort, ...ada(env) }), ['no-tls']],
  ['STARTTLS', () => ({ ...tls(), port: dovecot.imapPort, tls: 'starttls', ca: dovecot.caFile, ...ada(env) }), []],
  [
    'STARTTLS, with a certificate that nobody knows',
    () => ({ ...tls(), port: dovecot.imapPort, tls: 'starttls', ...ada(env) }),
    ['untrusted'],
  ],
  ['a host that has no name', () => ({ host: 'nowhere.invalid', ...ada(env) }), ['unreachable']],
];
for (const [name, more, expected] of rows) test(name, options, () => check(more, expected));
