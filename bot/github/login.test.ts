/** Whoever writes to GitHub reads what it answers within a bound, by a token and as an app. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import test, { after, before } from 'node:test';
import { z } from 'zod';
import type { Settings } from '../settings/schema.ts';
import { Accounts } from './login.ts';

const { privateKey } = generateKeyPairSync('rsa', {
  ...{ modulusLength: 2048, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
process.env.LOGIN_TOKEN = 'a-token';
process.env.LOGIN_KEY = privateKey;

const long = JSON.stringify('x'.repeat(33 << 20));
const server = createServer(({ url }, response) => {
  response.setHeader('content-type', 'application/json');
  const installed = {
    token: 'ghs_x',
    expires_at: '2099-01-01T00:00:00Z',
    permissions: {},
    repository_selection: 'all',
  };
  if (url === '/app/installations/2/access_tokens') response.writeHead(201).end(JSON.stringify(installed));
  else response.end(long);
});
let api = '';
before(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  api = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

const app = (installation: number) => ({ app: { id: 1, installation, key: { env: 'LOGIN_KEY' } } });
const rows: readonly (readonly [what: string, auth: NonNullable<Settings['github']['auth']>])[] = [
  ['by a token', { token: { env: 'LOGIN_TOKEN' } }],
  ['as an app', app(2)],
  ['as an app, of the token of its installation', app(3)],
];
for (const [what, auth] of rows)
  test(`an answer that is too long is lost, ${what}`, async () => {
    const lane = <T>(run: () => Promise<T>) => run();
    const lanes = { read: lane, write: lane };
    const accounts = new Accounts(auth, { api, lanes, now: () => new Date(), sleep: async () => {} });
    const { account } = await accounts.open(AbortSignal.timeout(10_000));
    const answer = await account?.client.write('POST /repos/{owner}/{repo}/issues', { owner: 'a', repo: 'b' }, z.any());
    assert.deepEqual(answer?.trouble, { kind: 'lost', why: 'an answer has more than 32 MiB' });
  });
