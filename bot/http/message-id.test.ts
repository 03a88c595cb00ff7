/** A Message-ID into an address and out of it again, as a real server takes it from its request line. */
import assert from 'node:assert/strict';
import { request } from 'node:http';
import test, { after, before } from 'node:test';
import fc from 'fast-check';
import { escapeMessageId } from './message-id.ts';
import { type HttpServer, serveHttp } from './server.ts';
import { httpOptions } from './testing/options.ts';

let server: HttpServer | undefined;
before(async () => {
  server = await serveHttp({
    ...httpOptions,
    requestsPerMinute: 100_000,
    pages: {
      register(app) {
        app.get<{ Params: { id: string } }>('/:id/', ({ params }, reply) => reply.type('text/plain').send(params.id));
      },
      notFound: (_, reply) => reply.send('none'),
    },
  });
});
after(() => server?.close());

/** Without what a client such as fetch makes of an address. */
const ask = (path: string) =>
  new Promise<string>((resolve, reject) => {
    const sent = request({ port: server?.port, host: '127.0.0.1', path, agent: false }, async (response) => {
      assert.match(String(response.headers['content-security-policy']), /^default-src 'none'/);
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      resolve(`${response.statusCode} ${Buffer.concat(chunks).toString('utf8')}`);
    });
    sent.on('error', reject).end();
  });

function check(id: string, escaped: string): void {
  test(id, async () => {
    assert.equal(escapeMessageId(id), escaped);
    assert.equal(await ask(`/${escaped}/`), `200 ${id}`);
  });
}

check('20190627.seed-v2@example.org', '20190627.seed-v2@example.org');
check('a/b@example.org', 'a%2Fb@example.org');
check('100%@example.org', '100%25@example.org');
check('%2F@example.org', '%252F@example.org');
check('a+b@example.org', 'a%2Bb@example.org');
check('a?b#c@example.org', 'a%3Fb%23c@example.org');
check('a b@example.org', 'a%20b@example.org');
check('..', '%2E%2E');
check('../../etc/passwd@x', '..%2F..%2Fetc%2Fpasswd@x');
check('"quoted<>"@x', '%22quoted%3C%3E%22@x');
check('a&b=c;d,e$f:g!h~i*j(k)@x', 'a&b=c;d,e$f:g!h~i*j(k)@x');
check('grüße@example.org', 'gr%C3%BC%C3%9Fe@example.org');
check(`${'x'.repeat(990)}@x`, `${'x'.repeat(990)}@x`);

test('any id, to the letter', async () => {
  const id = fc.string({ unit: 'binary', minLength: 1, maxLength: 120 });
  await fc.assert(
    fc.asyncProperty(id, async (text) => {
      assert.equal(await ask(`/${escapeMessageId(text)}/`), `200 ${text}`);
    }),
    { numRuns: 200 },
  );
});

for (const path of ['/%/', '/%zz/', '/%c3%28/', '/%80/', `/${'x'.repeat(3000)}/`, '/a/../b/', '/a%00%/'])
  test(`nothing is at ${path.slice(0, 20)}`, async () => {
    assert.match(await ask(path), /^404 none$/);
  });
