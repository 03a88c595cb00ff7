/**
 * GitHub's webhook by real HTTP, to rows of a real store: who signs what, and what comes of it. That nothing comes of the rest
 * is counted in rows and jobs.
 */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before, beforeEach } from 'node:test';
import { takeDelivery } from '../github/delivery.ts';
import { sampleOf } from '../github/testing/sample.ts';
import { type HttpServer, serveHttp } from '../http/server.ts';
import { httpOptions } from '../http/testing/options.ts';
import { onPglite } from '../store/testing/engines.ts';

const folder = mkdtempSync(join(tmpdir(), 'webhook-'));
const [file, secret] = [join(folder, 'secret'), 'a'.repeat(40)];
const head = 'b'.repeat(40);
const jobs: unknown[] = [];
let now = new Date('2026-03-01T00:00:00Z');
let breaks = false;
let server: HttpServer;

const sign = (body: string | Buffer, by: string = secret) =>
  `sha256=${createHmac('sha256', by).update(body).digest('hex')}`;

function payload({ action = 'opened', repository = 'example/linux', ...pull }: Readonly<Record<string, unknown>> = {}) {
  const sample = sampleOf('pull-request');
  return JSON.stringify({
    ...{ action, number: 5, repository: { ...sampleOf('full-repository'), full_name: repository } },
    pull_request: {
      ...sample,
      number: 5,
      state: 'open',
      draft: false,
      head: { ...(sample.head as object), sha: head },
      ...pull,
    },
  });
}

interface Sent {
  readonly id?: string;
  readonly event?: string;
  readonly signature?: string | null;
  readonly method?: string;
}

async function deliver(body: string | Buffer, { id, event, signature = sign(body), method = 'POST' }: Sent = {}) {
  const response = await fetch(`http://127.0.0.1:${server.port}/github/webhook`, {
    method,
    headers: {
      'content-type': 'application/json',
      ...(id === '' ? {} : { 'x-github-delivery': id ?? '72d3162e-cc78-11e3-81ab-4c9367dc0958' }),
      'x-github-event': event ?? 'pull_request',
      ...(signature === null ? {} : { 'x-hub-signature-256': signature }),
    },
    ...(method === 'GET' ? {} : { body: typeof body === 'string' ? body : new Uint8Array(body) }),
  });
  return `${response.status} ${(await response.text()).trim()}`;
}

onPglite((bench) => {
  const counts = async () => {
    const { db } = bench().store;
    const items = await db.selectFrom('github_items').select(['kind', 'key', 'state']).execute();
    const deliveries = await db.selectFrom('github_deliveries').select('id').execute();
    return { items, deliveries: deliveries.length, jobs: jobs.length };
  };
  const nothing = { items: [], deliveries: 0, jobs: 0 };
  const once = { items: [{ kind: 'review', key: `pull 5 ${head}`, state: 'due' }], deliveries: 1, jobs: 1 };

  before(async () => {
    const queue = {
      enqueue: async (_tx: unknown, _name: unknown, data: unknown) => {
        if (breaks) throw new Error('the database went away');
        jobs.push(data);
      },
    };
    const pulls = { repository: 'Example/Linux', mode: 'dry-run', minutes: 10, webhook: { file } } as const;
    server = await serveHttp({
      ...httpOptions,
      ...{
        now: () => now,
        log: { ...httpOptions.log, error: () => {}, warn: () => {}, info: () => {}, debug: () => {} } as never,
      },
      webhook: {
        secret: { file },
        take: (delivery) => takeDelivery(delivery, { store: bench().store, queue, now: () => now, pulls }),
      },
    });
  });
  after(async () => {
    await server.close();
    rmSync(folder, { recursive: true });
  });
  beforeEach(() => {
    jobs.length = 0;
    breaks = false;
    // What was read of the secret is forgotten.
    now = new Date(now.getTime() + 3_600_000);
    writeFileSync(file, `${secret}\n`);
  });

  test('the signature is that of GitHub', () => {
    // From "Validating webhook deliveries", docs.github.com.
    assert.equal(
      sign('Hello, World!', "It's a Secret to Everybody"),
      'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
    );
  });

  for (const action of ['opened', 'synchronize', 'reopened'])
    test(`${action}: one row and its job`, async () => {
      assert.equal(await deliver(payload({ action })), `200 taken: #5 is reviewed at ${head.slice(0, 12)}`);
      assert.deepEqual(await counts(), once);
    });

  test('delivered again, and replayed under another id', async () => {
    await deliver(payload());
    assert.match(await deliver(payload()), /^200 known: it was delivered before$/);
    assert.deepEqual(await counts(), once);
    assert.match(await deliver(payload(), { id: 'another' }), /^200 known: its head is known$/);
    assert.deepEqual(await counts(), { ...once, deliveries: 2 });
  });

  test('many at once are one', async () => {
    const told = await Promise.all(Array.from({ length: 8 }, () => deliver(payload())));
    assert.equal(told.filter((one) => one.startsWith('200 taken')).length, 1);
    assert.deepEqual(await counts(), once);
  });

  test('what broke is taken when it is delivered again', async () => {
    breaks = true;
    assert.match(await deliver(payload()), /^500 /);
    assert.deepEqual(await counts(), nothing);
    breaks = false;
    assert.match(await deliver(payload()), /^200 taken/);
    assert.deepEqual(await counts(), once);
  });

  test('ids of long ago are forgotten', async () => {
    await deliver(payload());
    now = new Date(now.getTime() + 31 * 24 * 3_600_000);
    await deliver(payload({ head: { sha: 'c'.repeat(40) } }), { id: 'later' });
    assert.equal((await counts()).deliveries, 1);
  });

  function check(name: string, body: string | Buffer, sent: Sent, expected: RegExp): void {
    test(name, async () => {
      assert.match(await deliver(body, sent), expected);
      assert.deepEqual(await counts(), nothing);
    });
  }
  const right = payload();
  check('another secret', right, { signature: sign(right, 'b'.repeat(40)) }, /^401 /);
  check('no secret', right, { signature: sign(right, '') }, /^401 /);
  check('no signature', right, { signature: null }, /^401 /);
  check('a signature cut short', right, { signature: sign(right).slice(0, -2) }, /^401 /);
  check('a signature and more', right, { signature: `${sign(right)}00` }, /^401 /);
  check('that of SHA-1', right, { signature: sign(right).replace('sha256', 'sha1') }, /^401 /);
  check('the signature of another body', payload({ number: 6 }), { signature: sign(right) }, /^401 /);
  check('a byte more', `${right} `, { signature: sign(right) }, /^401 /);
  check('a body of a size', `"${'x'.repeat(1 << 20)}"`, {}, /^413 /);
  check('a body of a size that is not signed', `"${'x'.repeat(1 << 20)}"`, { signature: null }, /^401 /);
  check('another repository', payload({ repository: 'example/other' }), {}, /^200 ignored: only Example\/Linux/);
  check('another action', payload({ action: 'labeled' }), {}, /^200 ignored/);
  check('a draft', payload({ draft: true }), {}, /^200 ignored/);
  check('a closed one', payload({ state: 'closed' }), {}, /^200 ignored/);
  check('another event', right, { event: 'push' }, /^200 ignored/);
  check('ping', JSON.stringify({ zen: 'x', hook_id: 1 }), { event: 'ping' }, /^200 taken: it arrives$/);
  check('ping of another repository', payload({ repository: 'a/b' }), { event: 'ping' }, /^200 ignored/);
  check('no id', right, { id: '' }, /^400 /);
  check('an id that is none', right, { id: "'; drop table x" }, /^400 /);
  check('no JSON', 'payload=%7B%7D', {}, /^400 .*application\/json/);
  check('no text', Buffer.from([0xff, 0xfe, 0x00]), {}, /^400 /);
  check('no body', '', {}, /^400 /);
  check('null', 'null', {}, /^400 garbage/);
  check('depths', '['.repeat(500_000), {}, /^400 /);
  check('a head that is none', payload({ head: { sha: '../../x' } }), {}, /^400 garbage/);
  check('a number that is none', payload({ number: '5' }), {}, /^400 garbage/);
  check('GET', '', { method: 'GET' }, /^404 /);

  test('no secret to be had, or one that is guessed: nothing is taken', async () => {
    for (const text of ['', 'hunter2\n']) {
      writeFileSync(file, text);
      now = new Date(now.getTime() + 3_600_000);
      assert.match(await deliver(right, { signature: sign(right, text.trim()) }), /^503 /);
    }
    assert.deepEqual(await counts(), nothing);
  });
});

test('where there is no webhook there is no address', async () => {
  const none = await serveHttp(httpOptions);
  const response = await fetch(`http://127.0.0.1:${none.port}/github/webhook`, { method: 'POST', body: '{}' });
  assert.equal(response.status, 404);
  await none.close();
});
