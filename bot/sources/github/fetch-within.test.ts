/** What a server that says it is GitHub's API may not do: have us ask elsewhere, or read for ever. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import test, { after, before } from 'node:test';
import { fetchWithin } from './fetch-within.ts';

const server = createServer(({ url }, response) => {
  const lead = (location: string) => response.writeHead(301, { location }).end();
  if (url === '/api/moved') lead('/api/here');
  else if (url === '/api/round') lead('/api/round');
  else if (url === '/api/away') lead('/other');
  else if (url === '/api/abroad') lead('http://example.invalid/api/here');
  else if (url === '/api/endless') {
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(1 << 20)));
    };
    response.on('drain', more);
    more();
  } else response.end('here');
});
let api = '';
before(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  api = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

const asked = async (path: string, init: RequestInit = {}) => {
  try {
    const response = await fetchWithin(api)(`${api}/${path}`, init);
    return `${response.status} ${await response.text()}`;
  } catch (error) {
    return (error as Error).message;
  }
};
const rows: readonly (readonly [path: string, expected: string])[] = [
  ['here', '200 here'],
  ['moved', '200 here'],
  ['round', 'it moves on and on'],
  ['away', `it leads to another place, 127.0.0.1`],
  ['abroad', 'it leads to another place, example.invalid'],
];
for (const [path, expected] of rows)
  test(path, async () => assert.ok((await asked(path)).startsWith(expected), await asked(path)));
test('an answer without end', async () => assert.equal(await asked('endless'), 'an answer has more than 32 MiB'));
test('who follows by himself is told where', async () =>
  assert.equal(await asked('abroad', { redirect: 'manual' }), '301 '));
