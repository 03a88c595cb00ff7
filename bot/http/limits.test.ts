/** Clients that take too much, of a real server by raw sockets: each is refused, logged, and harms nobody else. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, type TestContext } from 'node:test';
import { openLog } from '../serve/log.ts';
import { type HttpOptions, serveHttp } from './server.ts';
import { httpOptions } from './testing/options.ts';
import { askForToken } from './tokens.ts';

const folder = mkdtempSync(join(tmpdir(), 'http-'));
after(() => rmSync(folder, { recursive: true }));

/** A server with what it logs. */
async function serve(t: TestContext, options: Partial<HttpOptions>) {
  const lines: string[] = [];
  const log = openLog('info', { write: (line) => lines.push(line) });
  const server = await serveHttp({ ...httpOptions, log, ...options });
  t.after(() => server.close());
  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(`http://127.0.0.1:${server.port}${path}`, { headers });
  return { port: server.port, get, logged: () => lines.join('') };
}

/** All that comes until the other side closes, for at most so long. */
async function until(socket: Socket, closesWithinMs: number): Promise<string> {
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
  });
  socket.on('error', () => {});
  const isClosed = await new Promise<boolean>((resolve) => {
    socket.once('close', () => resolve(true));
    setTimeout(() => resolve(false), closesWithinMs).unref();
  });
  socket.destroy();
  return isClosed ? text : `${text} AND STILL OPEN`;
}

function checkRaw(name: string, send: (socket: Socket) => void, expected: RegExp, logged: RegExp | null = null): void {
  test(name, async (t) => {
    const limits = { headersMs: 500, requestMs: 1000, idleMs: 2000 };
    const server = await serve(t, { limits, requestsPerMinute: 20 });
    const socket = connect(server.port, '127.0.0.1', () => send(socket));
    assert.match(await until(socket, 6000), expected);
    if (logged !== null) assert.match(server.logged(), logged);
    assert.equal((await server.get('/healthz')).status, 200);
  });
}

const dripping = (socket: Socket, text: string) => {
  socket.write(text);
  const timer = setInterval(() => socket.write('x'), 50);
  socket.once('close', () => clearInterval(timer));
};
const order = 'POST /orders/status HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\n';
checkRaw('headers that never end', (s) => dripping(s, 'GET / HTTP/1.1\r\nX: '), /^HTTP\/1.1 408 /, /cut off/);
checkRaw('says nothing', () => {}, /^(HTTP\/1.1 408 |$)/);
checkRaw(
  'a body that never ends, where none is wanted',
  (s) =>
    dripping(s, 'POST /nosuch HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n'),
  /^HTTP\/1.1 (404|408) /,
);
checkRaw(
  'a body with the wrong token',
  (s) => dripping(s, `${order}Content-Length: 9999\r\n\r\n`),
  /^HTTP\/1.1 401 /,
  /refused/,
);
checkRaw('no HTTP', (s) => s.write('\x16\x03\x01\x02\x00\x01\x00'), /^HTTP\/1.1 400 /, /cut off/);
checkRaw('headers of a size', (s) => s.write(`GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`), /^HTTP\/1.1 431 /);
checkRaw(
  'two lengths',
  (s) => s.write(`${order}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /`),
  /^HTTP\/1.1 400 /,
);
checkRaw(
  'a request, then garbage behind it',
  (s) => s.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n\0\0\xff'),
  /^HTTP\/1.1 (200|400) /,
  /cut off/,
);
checkRaw('another protocol', (s) => s.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), /^HTTP\/1.1 (400|404|505) /);
checkRaw('a proxy for anybody', (s) => s.write('CONNECT a.example:25 HTTP/1.1\r\nHost: a\r\n\r\n'), /^(HTTP|$)/);
checkRaw(
  'more than a minute has',
  (s) => s.write('GET /nosuch HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(22)),
  /^HTTP\/1.1 404 [\s\S]*HTTP\/1.1 429 /,
  /asks too often/,
);

test('somebody who does not read what was asked for', async (t) => {
  const server = await serve(t, {
    limits: { idleMs: 500 },
    pages: {
      register(app) {
        app.get('/long', (_, reply) => reply.send(Buffer.alloc(64 << 20)));
      },
      notFound: (_, reply) => reply.send(''),
    },
  });
  const socket = connect(server.port, '127.0.0.1', () => socket.write('GET /long HTTP/1.1\r\nHost: x\r\n\r\n'));
  socket.on('error', () => {});
  socket.pause();
  await new Promise((resolve) => setTimeout(resolve, 2500));
  socket.resume();
  assert.doesNotMatch(await until(socket, 3000), /STILL OPEN/);
});

test('more connections than there may be', async (t) => {
  const server = await serve(t, { connections: 4 });
  const sockets = Array.from({ length: 4 }, () => connect(server.port, '127.0.0.1').on('error', () => {}));
  await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
  await assert.rejects(server.get('/healthz'));
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal((await server.get('/healthz')).status, 200);
});

test('requests of one client are counted, by its network, and health is asked all the same', async (t) => {
  let now = new Date('2026-11-27T00:00:00Z');
  const server = await serve(t, { requestsPerMinute: 3, now: () => now, proxies: ['127.0.0.1'] });
  const from = async (client: string) => {
    const response = await server.get('/nosuch', { 'x-forwarded-for': client });
    return `${response.status} ${response.headers.get('retry-after') ?? ''}`.trim();
  };
  const inOrder = async (...clients: readonly string[]) => {
    const told: string[] = [];
    for (const client of clients) told.push(await from(client));
    return told.join(', ');
  };
  assert.equal(
    await inOrder('192.0.2.1', '192.0.2.1', '192.0.2.1', '192.0.2.1', '192.0.2.2'),
    '404, 404, 404, 429 20, 404',
  );
  // A subscriber has a whole /64.
  assert.equal(
    await inOrder('2001:db8::1', '2001:db8::2:0:0:1', '2001:db8:0:0:1::', '2001:db8::3', '2001:db8:0:1::1'),
    '404, 404, 404, 429 20, 404',
  );
  assert.equal(await inOrder('::ffff:192.0.2.1'), '429 20');
  now = new Date(now.getTime() + 20_000);
  assert.equal(await inOrder('192.0.2.1', '192.0.2.1'), '404, 429 20');
  assert.equal((await server.get('/healthz', { 'x-forwarded-for': '192.0.2.1' })).status, 200);
});

test('who is no proxy is not believed, and of many clients the memory is bounded', async (t) => {
  const alone = await serve(t, { requestsPerMinute: 1 });
  await alone.get('/nosuch', { 'x-forwarded-for': '192.0.2.1' });
  assert.equal((await alone.get('/nosuch', { 'x-forwarded-for': '192.0.2.2' })).status, 429);
  const few = await serve(t, { requestsPerMinute: 1, proxies: ['127.0.0.1'], limits: { clientsCounted: 2 } });
  const statuses = [];
  for (const last of [1, 2, 3, 1, 1])
    statuses.push((await few.get('/nosuch', { 'x-forwarded-for': `192.0.2.${last}` })).status);
  assert.deepEqual(statuses, [404, 404, 404, 404, 429]);
});

test('a token that is renewed, one that is too short, one in a browser', async (t) => {
  let now = new Date('2026-11-27T00:00:00Z');
  const [file, short] = [join(folder, 'token'), join(folder, 'short')];
  const [first, second] = ['a'.repeat(40), 'b'.repeat(40)];
  writeFileSync(file, `${first}\n`);
  writeFileSync(short, 'hunter2\n');
  const server = await serve(t, {
    now: () => now,
    tokens: [
      { name: 'ada', secret: { file }, scopes: ['read'] },
      { name: 'short', secret: { file: short }, scopes: ['read'] },
    ],
    pages: {
      register(app, site) {
        app.get('/who', async (request, reply) => {
          const bearer = await site.readerOf(request);
          return bearer === null ? askForToken(reply).send('who?') : bearer.name;
        });
      },
      notFound: (_, reply) => reply.send(''),
    },
  });
  const who = async (authorization: string) => (await server.get('/who', { authorization })).text();
  const basic = (password: string) => `Basic ${Buffer.from(`:${password}`).toString('base64')}`;
  const all = async () => [
    await who(`Bearer ${first}`),
    await who(basic(first)),
    await who(`Bearer ${second}`),
    await who('Bearer hunter2'),
    await who(basic('')),
  ];
  assert.deepEqual(await all(), ['ada', 'ada', 'who?', 'who?', 'who?']);
  writeFileSync(file, `${second}\n`);
  assert.equal(await who(`Bearer ${first}`), 'ada');
  now = new Date(now.getTime() + 61_000);
  assert.deepEqual(await all(), ['who?', 'who?', 'ada', 'who?', 'who?']);
  assert.match((await server.get('/who')).headers.get('www-authenticate') ?? '', /^Basic /);
  assert.match(server.logged(), /"name":"short".*at least 20/);
  assert.doesNotMatch(server.logged(), /hunter2|aaaa|bbbb/);
});

test('what stands over an answer, and one that has not changed', async (t) => {
  const server = await serve(t, {
    pages: {
      register(app) {
        app.get('/page', (_, reply) => reply.header('cache-control', 'no-cache').type('text/html').send('<p>'));
        app.get('/broken', () => {
          throw new Error('a secret');
        });
      },
      notFound: (_, reply) => reply.send('none'),
    },
  });
  const page = await server.get('/page');
  const policy = page.headers.get('content-security-policy') ?? '';
  assert.match(policy, /^default-src 'none'; script-src 'self'; /);
  assert.doesNotMatch(policy, /unsafe|\*|https?:/);
  assert.equal(page.headers.get('x-content-type-options'), 'nosniff');
  assert.equal((await server.get('/nosuch')).headers.get('content-security-policy'), policy);
  const tag = page.headers.get('etag') ?? '';
  for (const [header, status] of [
    [tag, 304],
    [`W/${tag}`, 304],
    [`"x", ${tag}`, 304],
    ['*', 304],
    ['"x"', 200],
  ] as const) {
    const again = await server.get('/page', { 'if-none-match': header });
    assert.equal(again.status, status, header);
    assert.equal(again.headers.get('etag'), tag);
    assert.equal(await again.text(), status === 304 ? '' : '<p>');
  }
  const broken = await server.get('/broken');
  assert.equal(broken.status, 500);
  assert.doesNotMatch(await broken.text(), /secret/);
  assert.match(server.logged(), /a secret/);
});
