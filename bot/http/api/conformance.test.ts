/**
 * The API against its own description: requests are generated from the schemas in it, valid ones, at and past each boundary, and
 * hostile ones. Whatever comes, the answer is one that the description has, in the shape that it has there; and nobody without
 * the token for it reads an address or a held text, or changes anything.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { openLog } from '../../serve/log.ts';
import { runOrder } from '../../serve/orders.ts';
import { loadSettings } from '../../settings/settings.ts';
import { openStore, type Store } from '../../store/store.ts';
import { newDirectory } from '../../store/testing/engines.ts';
import { escapeMessageId } from '../message-id.ts';
import { type HttpServer, serveHttp } from '../server.ts';
import { at, fillStore, heldText, oddIds, parkedId, patchId, sentText } from '../testing/filled-store.ts';
import { httpOptions } from '../testing/options.ts';

const folder = mkdtempSync(join(tmpdir(), 'api-'));
const tokenOf = (name: string) => name.padEnd(30, '-');
const scopes = ['read', 'retry', 'ignore', 'dispute', 'retest'] as const;
const lines: string[] = [];
let store: Store | undefined;
let server: HttpServer | undefined;
let description: Description;
const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);

interface Schema {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
}
interface Operation {
  readonly parameters?: readonly { readonly in: 'path' | 'query'; readonly name: string; readonly schema: Schema }[];
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: Schema } } };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>;
}
interface Description {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

before(async () => {
  const opened = await openStore(await newDirectory(join(folder, 'data')), { holder: 'test' });
  store = opened.store!;
  await fillStore(store);
  const settings = loadSettings();
  const run = (name: string, args: unknown) =>
    runOrder(name, args, { store: store!, queue, settings, queries: null, now: () => at });
  const queue = { enqueue: async () => {} };
  for (const scope of scopes) writeFileSync(join(folder, scope), `${tokenOf(scope)}\n`);
  server = await serveHttp({
    ...httpOptions,
    requestsPerMinute: 100_000,
    tokens: scopes.map((scope) => ({ name: scope, secret: { file: join(folder, scope) }, scopes: [scope] })),
    log: openLog('info', { write: (line) => lines.push(line) }),
    api: { store, run },
    feed: { store, domain: 'bot.example', name: 'bot', url: null },
  });
  description = JSON.parse((await ask({ method: 'get', path: '/api/openapi.json' })).text);
  ajv.addSchema(description, 'api');
});
after(async () => {
  await server?.close();
  await store?.close();
  rmSync(folder, { recursive: true });
});

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}
interface Answer {
  readonly status: number;
  readonly type: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** Without what fetch makes of an address. */
const ask = ({ method, path, headers = {}, body }: Asked) =>
  new Promise<Answer>((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const target = { host: '127.0.0.1', port: server?.port, method: method.toUpperCase(), path, agent: false };
    const sent = request({ ...target, headers: { ...headers, ...length } }, async (response) => {
      let text = '';
      for await (const chunk of response.setEncoding('utf8')) text += chunk;
      const { statusCode: status = 0, headers } = response;
      resolve({ status, type: (headers['content-type'] ?? '').replace(/;.*/, ''), headers, text });
    });
    sent.on('error', reject).end(body);
  });

/** The answer is one that the description has. */
function conforms({ status, type, text }: Answer, { path, method }: { path: string; method: string }): void {
  const { responses } = description.paths[path]![method]!;
  assert.ok(Object.hasOwn(responses, status), `${method} ${path}: ${status} is not described: ${text}`);
  assert.ok(status < 500, text);
  if (status === 304) {
    assert.equal(text, '');
    return;
  }
  assert.ok(Object.hasOwn(responses[status]?.content ?? {}, type), `${status}: ${type} is not described`);
  const pointer = ['paths', path, method, 'responses', String(status), 'content', type, 'schema']
    .map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')))
    .join('/');
  const validate = ajv.getSchema(`api#/${pointer}`);
  assert.ok(validate);
  assert.ok(validate(JSON.parse(text)), `${text.slice(0, 500)} ${ajv.errorsText(validate.errors)}`);
}

const hostileText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom("' or 1=1 --", '\0', '\u202e', '$(id)', '{{7*7}}', '<script>', '\r\nX: y', '1e999', '-1', '[]', '∞'),
);
/** In an address as it is, escaped or not. */
const hostileSegment = fc.constantFrom(
  ...[
    '..',
    '.',
    '%',
    '%zz',
    '%00',
    '%2e%2e',
    '%252e%252e%252f',
    '..%2f..%2fetc%2fpasswd',
    '%5c..%5c',
    '\\..\\',
    '%c0%ae',
  ],
  ...['%ff', 'a//b', '/', '', '%20', '+', '*', ';a=b', '%0d%0aX:%20y', 'x'.repeat(999), 'x'.repeat(3100), '%e2%98%83'],
);
const segment = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .constantFrom(patchId, parkedId, 'held-1@bot.example', 'sent-2@bot.example', ...oddIds)
      .map(escapeMessageId),
  },
  { weight: 1, arbitrary: hostileText.map(escapeMessageId) },
  { weight: 1, arbitrary: hostileSegment },
);

/** Of a parameter: valid, at and past each boundary, hostile. */
function parameter(schema: Schema): fc.Arbitrary<string> {
  const { minimum = 0, maximum = 100, maxLength = 100 } = schema;
  if (schema.enum !== undefined) return fc.oneof(fc.constantFrom(...schema.enum), hostileText);
  if (schema.type === 'integer') {
    const edges = [minimum, maximum, minimum - 1, maximum + 1, 1.5, Number.NaN, 2 ** 53];
    return fc.oneof(
      fc.integer({ min: minimum, max: maximum }).map(String),
      fc.constantFrom(...edges.map(String)),
      hostileText,
    );
  }
  const edges = ['', 'x'.repeat(maxLength), 'x'.repeat(maxLength + 1), '1-1', '999999999999999-999999999999999'];
  return fc.oneof(fc.constantFrom(...edges, 'powerpc ftrace', 'ada'), hostileText);
}

const query = (operation: Operation) => {
  const rows = (operation.parameters ?? []).filter((row) => row.in === 'query');
  const known = Object.fromEntries(rows.map(({ name, schema }) => [name, parameter(schema)]));
  return fc
    .tuple(
      fc.record(known, { requiredKeys: [] }),
      fc.constantFrom('', '', '', 'x=1', 'limit=1&limit=2', '__proto__=1', '%', '&&=&'),
    )
    .map(([values, more]) => {
      const text = [new URLSearchParams(values as Record<string, string>).toString(), more].filter(Boolean).join('&');
      return text === '' ? '' : `?${text}`;
    });
};

const bodies: fc.Arbitrary<string | undefined> = fc.oneof(
  fc.string({ minLength: 1, maxLength: 60 }).map((reason) => JSON.stringify({ reason })),
  fc.constantFrom(1, 500, 501).map((length) => JSON.stringify({ reason: 'x'.repeat(length) })),
  fc.json({ maxDepth: 3 }),
  hostileText.map((reason) => JSON.stringify({ reason })),
  fc.constantFrom(
    ...[undefined, '', '{', '[]', 'null', '{"reason":1}', '{"reason":"x","by":"root"}', '{"__proto__":{"reason":"x"}}'],
    ...[
      '['.repeat(30_000),
      JSON.stringify({ reason: ' '.repeat(60_000) }),
      JSON.stringify({ reason: 'x'.repeat(70_000) }),
    ],
  ),
);
const types = fc.oneof(
  { weight: 5, arbitrary: fc.constant('application/json') },
  { weight: 1, arbitrary: fc.constantFrom('application/json; charset=utf-8', 'text/plain', 'x', '') },
);
const wrong = fc.constantFrom(
  ...['Bearer', 'Bearer x', `Bearer ${'x'.repeat(30)}`, 'Basic x', `${tokenOf('read')}`, 'Bearer \t', 'Negotiate'],
  `Basic ${Buffer.from(`:${tokenOf('retry')}`).toString('base64')}`,
  ...scopes.map((scope) => `Bearer ${tokenOf(scope)}`),
);
/** As often right as not. */
const authorization = (method: string, path: string) => {
  const right = method === 'get' ? [undefined, `Bearer ${tokenOf('read')}`] : [`Bearer ${tokenOf(lastOf(path))}`];
  return fc.oneof({ weight: 2, arbitrary: fc.constantFrom(...right) }, { weight: 1, arbitrary: wrong });
};
const lastOf = (path: string) => path.slice(path.lastIndexOf('/') + 1);

test('every operation, asked for whatever there is', async (t) => {
  assert.match(description.openapi, /^3\.1\./);
  const operations = Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  assert.equal(operations.length, 12);
  const statuses = new Map<string, number>();
  for (const { path, method, operation } of operations) {
    const parts = {
      id: segment,
      rest: query(operation),
      authorization: authorization(method, path),
      body: bodies,
      type: types,
    };
    await fc.assert(
      fc.asyncProperty(fc.record(parts), async ({ id, rest, authorization, body, type }) => {
        const answer = await ask({
          ...{ method, path: path.replace('{messageId}', id) + rest },
          headers: {
            ...(authorization === undefined ? {} : { authorization }),
            ...(method === 'post' && type !== '' ? { 'content-type': type } : {}),
          },
          body: method === 'post' ? body : undefined,
        });
        conforms(answer, { path, method });
        statuses.set(`${method} ${answer.status}`, (statuses.get(`${method} ${answer.status}`) ?? 0) + 1);
        if (answer.status !== 200 || method !== 'post') isPublic(answer, authorization);
        if (method === 'post' && authorization !== `Bearer ${tokenOf(lastOf(path))}`)
          assert.ok(![200, 422].includes(answer.status), `${answer.status}: somebody without the token was obeyed`);
        const { etag } = answer.headers;
        if (answer.status !== 200 || method !== 'get' || typeof etag !== 'string') return;
        const headers = { ...(authorization === undefined ? {} : { authorization }), 'if-none-match': etag };
        const again = await ask({ method, path: path.replace('{messageId}', id) + rest, headers });
        assert.equal(again.status, 304);
        conforms(again, { path, method });
      }),
      { numRuns: 45 },
    );
  }
  t.diagnostic(JSON.stringify(Object.fromEntries(statuses)));
  const of = (method: string) =>
    [...statuses.keys()].filter((key) => key.startsWith(method)).map((key) => Number(key.slice(-3)));
  assert.deepEqual(of('get').toSorted(), [200, 400, 401, 404]);
  for (const status of [200, 400, 401, 403, 415, 422]) assert.ok(of('post').includes(status), `no ${status}`);
  const log = lines.join('');
  assert.doesNotMatch(log, /cannot be answered/);
  assert.match(log, /a request is refused/);
  for (const scope of scopes) assert.ok(!log.includes(tokenOf(scope)));
});

/** What somebody without the token for it must not see. */
function isPublic({ text, headers }: Answer, authorization: string | undefined): void {
  if (authorization === `Bearer ${tokenOf('read')}`) return;
  assert.doesNotMatch(text, /@secret\.example/);
  assert.ok(!text.includes(heldText));
  if (authorization !== undefined) assert.doesNotMatch(String(headers['cache-control']), /public/);
}

const read = { authorization: `Bearer ${tokenOf('read')}` };
test('a reader with a token sees addresses and what is held; nobody else does', async () => {
  const of = async (path: string, headers = {}) => JSON.parse((await ask({ method: 'get', path, headers })).text);
  assert.equal((await of('/api/disputed')).rows.at(-1).by, 'eve@…');
  assert.equal((await of('/api/disputed')).rows.at(-1).reason, 'as <bob@…> says');
  assert.equal((await of('/api/disputed', read)).rows.at(-1).by, 'eve@secret.example');
  assert.equal((await of('/api/replies/held-1@bot.example')).text, null);
  assert.match((await of('/api/replies/held-1@bot.example', read)).text, new RegExp(heldText));
  assert.match((await of('/api/replies/sent-1@bot.example')).text, new RegExp(`To: Ada <ada@…>\\n\\n${sentText}`));
  assert.equal((await of('/api/replies/moderation@bot.example', read)).status, 404);
  const verdict = await of(`/api/verdicts/${patchId}`);
  assert.equal(verdict.answer, 'finding');
  assert.match(verdict.findings[0].schedule, /\S/);
  assert.ok(verdict.runs.length > 0);
  for (const id of oddIds) assert.equal((await of(`/api/mails/${escapeMessageId(id)}`)).mail?.messageId, id);
});

test('a body that is too long is refused by its length, with the token or without', async () => {
  const path = `/api/mails/${patchId}/ignore`;
  const body = JSON.stringify({ reason: 'x'.repeat(70_000) });
  for (const [authorization, status] of [
    [`Bearer ${tokenOf('ignore')}`, 413],
    [`Bearer ${tokenOf('retry')}`, 403],
    ['Bearer x', 401],
  ] as const) {
    const headers = { authorization, 'content-type': 'application/json' };
    const answer = await ask({ method: 'post', path, headers, body });
    assert.equal(answer.status, status);
    conforms(answer, { path: '/api/mails/{messageId}/ignore', method: 'post' });
  }
});

test('page follows page by the Link header', async () => {
  const ids: string[] = [];
  for (let path = '/api/replies?limit=3&state=held'; path !== ''; ) {
    const { headers, text } = await ask({ method: 'get', path });
    ids.push(...JSON.parse(text).rows.map(({ messageId }: { messageId: string }) => messageId));
    path = /^<(.*)>; rel="next"$/.exec(String(headers.link ?? ''))?.[1] ?? '';
  }
  assert.deepEqual(ids.toSorted(), ['held-1@bot.example', 'held-2@bot.example']);
});
