/** What the daemon answers over HTTP, a row each, asked of a real server on a free port. */
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { type HttpOptions, type HttpServer, serveHttp } from './server.ts';
import { httpOptions } from './testing/options.ts';

const token = 'f'.repeat(64);
let why: readonly string[] = [];
let ordered: unknown[] = [];
const options: HttpOptions = {
  ...httpOptions,
  notReady: async () => why,
  orders: {
    token,
    run: async (name, args) => {
      ordered.push([name, args]);
      if (name === 'broken') throw new Error('the store is gone');
      return name === 'refused' ? { value: null, problem: 'it is sent' } : { value: { done: true }, problem: null };
    },
  },
};
let server: HttpServer | undefined;
before(async () => {
  server = await serveHttp(options);
});
after(() => server?.close());

const ask = async (path: string, init: RequestInit = {}, port = server?.port) => {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, init);
  return `${response.status} ${(await response.text()).trim()}`;
};
const order = (authorization: string | null, body: string | ReadableStream = '{"a":1}'): RequestInit => ({
  ...{ method: 'POST', headers: authorization === null ? {} : { authorization }, body, duplex: 'half' },
});
const bearer = `Bearer ${token}`;

function check(name: string, path: string, init: RequestInit, expected: RegExp, orders = 0): void {
  test(name, async () => {
    [why, ordered] = [[], []];
    assert.match(await ask(path, init), expected);
    assert.equal(ordered.length, orders);
  });
}

check('alive', '/healthz', {}, /^200 alive$/);
check('ready', '/readyz', {}, /^200 ready$/);
check('metrics', '/metrics', {}, /^200 scenario_bot_x 1$/);
check('unknown', '/nosuch', {}, /^404 there are \/healthz/);
check('the wrong way round', '/orders/status', {}, /^404 /);
check('health is not posted', '/healthz', { method: 'POST' }, /^404 /);
check('an address that is none', '//', {}, /^404 /);
check('an order', '/orders/status', order(bearer), /^200 \{"done":true\}$/, 1);
check('no token', '/orders/status', order(null), /^401 /);
check('another token', '/orders/status', order(`Bearer ${'e'.repeat(64)}`), /^401 /);
check('a shorter one', '/orders/status', order('Bearer f'), /^401 /);
check('the token and more', '/orders/status', order(`${bearer}f`), /^401 /);
check('the token without its word', '/orders/status', order(token), /^401 /);
check('the token in the address', `/orders/status?token=${token}`, order(null), /^401 /);
check('no JSON', '/orders/status', order(bearer, '{'), /^400 /);
check('an order that is refused', '/orders/refused', order(bearer), /^422 it is sent$/, 1);
check('an order that breaks', '/orders/broken', order(bearer), /^500 the store is gone$/, 1);
check('too long', '/orders/status', order(bearer, `"${'x'.repeat(4 << 20)}"`), /^413 /);
check(
  'of no length that is said',
  '/orders/status',
  order(
    bearer,
    new ReadableStream({
      start(stream) {
        stream.enqueue(Buffer.from('{}'));
        stream.close();
      },
    }),
  ),
  /^413 /,
);

test('not ready, with what is wrong', async () => {
  why = ['source list: no connection', 'data does not answer'];
  assert.equal(await ask('/readyz'), '503 source list: no connection\ndata does not answer');
});

test('where there are no orders a token opens nothing', async () => {
  const none = await serveHttp({ ...options, orders: null });
  assert.match(await ask('/orders/status', order(bearer), none.port), /^401 /);
  assert.match(await ask('/orders/status', order('Bearer '), none.port), /^401 /);
  await none.close();
});

test('a port that is taken', async () => {
  await assert.rejects(serveHttp({ ...options, port: server?.port ?? 0 }), /EADDRINUSE/);
});

/** A server that is asked whether it is ready, and is told to close before it has found that out. */
async function closing(closeMs: number) {
  const asked = Promise.withResolvers<void>();
  const found = Promise.withResolvers<readonly string[]>();
  const notReady = () => {
    asked.resolve();
    return found.promise;
  };
  const own = await serveHttp({ ...options, notReady, limits: { closeMs } });
  const answer = ask('/readyz', {}, own.port).catch(() => 'cut off');
  await asked.promise;
  return { answer, found, port: own.port, closed: own.close() };
}

test('who has asked before it closes is answered, and nobody after that', async () => {
  const { answer, found, port, closed } = await closing(60_000);
  await assert.rejects(ask('/healthz', {}, port));
  found.resolve(['the store is away']);
  assert.equal(await answer, '503 the store is away');
  await closed;
});

test('a question that takes long does not hold up the end', async () => {
  const { answer, found, closed } = await closing(100);
  await closed;
  assert.equal(await answer, 'cut off');
  found.resolve([]);
});
