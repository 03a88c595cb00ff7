/** What `b4 review` is answered, of a mail that a daemon has judged and of one that it has not, in the form that b4 documents. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { b4CheckCommand } from './b4-check-command.ts';
import { type HttpServer, serveHttp } from './http/server.ts';
import { fillStore, patchId } from './http/testing/filled-store.ts';
import { httpOptions } from './http/testing/options.ts';
import { fixtureMails } from './serve/testing/model-tree.ts';
import { openStore } from './store/store.ts';
import { newDirectory } from './store/testing/engines.ts';

interface Row {
  readonly tool: string;
  readonly status: string;
  readonly summary: string;
  readonly url: string;
  readonly details: string;
}

async function run(mail: Buffer, url: string | null, trees: readonly string[] = []) {
  let [out, err] = ['', ''];
  const streams = { out: (text: string) => (out += text), err: (text: string) => (err += text) };
  const status = await b4CheckCommand({ mail, url, trees, ...streams });
  return { status, rows: out === '' ? null : (JSON.parse(out) as readonly Row[]), err };
}

/** As b4 reads it (src/b4/review/checks.py): a list of objects, all texts, a status of three. */
function isAsDocumented(rows: readonly Row[] | null): void {
  for (const row of rows ?? []) {
    assert.deepEqual(Object.keys(row), ['tool', 'status', 'summary', 'url', 'details']);
    for (const value of Object.values(row)) assert.equal(typeof value, 'string');
    assert.match(row.status, /^(pass|warn|fail)$/);
    assert.doesNotMatch(row.summary, /\n/);
  }
}

function check(name: string, mail: Buffer, status: string | null, summary: RegExp = /^/): void {
  test(name, async () => {
    const { status: exit, rows } = await run(mail, null);
    assert.equal(exit, 0);
    isAsDocumented(rows);
    assert.deepEqual(
      rows?.map((row) => row.status),
      status === null ? [] : [status],
    );
    for (const row of rows ?? []) assert.match(row.summary, summary);
  });
}
const mailOf = (name: string) => fixtureMails(name)[0]!;
check('a question from the diff alone', mailOf('mflr-in-ipi'), 'warn', /ftrace\.c:\d+ in \w+\(\): return-address/);
check('a pass', mailOf('toc-branch-over'), 'pass');
check('nothing that is run has changed', mailOf('printk-only'), 'pass', /no instruction changes/);
check('what needs its tree', mailOf('bpf-ipi-dropped'), 'warn', /^not judged: .*--tree/);
check(
  'a patch of something else',
  Buffer.from('From: a@b\nSubject: [PATCH] x\n\n---\n--- a/mm/x.c\n+++ b/mm/x.c\n@@ -1 +1 @@\n-a\n+b\n'),
  null,
);
check('an answer to a patch', Buffer.from(`Subject: Re: [PATCH] x\n\n${mailOf('mflr-in-ipi').toString()}`), null);
check('no mail at all', Buffer.from('\0\xff'), null);

test('a tree that is none', async () => {
  const { status, rows, err } = await run(mailOf('printk-only'), null, ['/nosuch']);
  assert.deepEqual([status, rows], [2, null]);
  assert.match(err, /^b4-check: .*nosuch/);
});

test('a daemon that has judged it is asked, and says where to look', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'b4-check-'));
  const store = (await openStore(await newDirectory(join(folder, 'data')), { holder: 'test' })).store!;
  let server: HttpServer | undefined;
  t.after(async () => {
    await server?.close();
    await store.close();
    rmSync(folder, { recursive: true });
  });
  await fillStore(store);
  server = await serveHttp({ ...httpOptions, api: { store, run: async () => ({ value: null, problem: '' }) } });
  const url = `http://127.0.0.1:${server.port}`;
  const { rows, err } = await run(mailOf('mflr-in-ipi'), url);
  isAsDocumented(rows);
  assert.deepEqual(
    rows?.map((row) => [row.status, row.url]),
    [['fail', `${url}/${patchId}/verdict`]],
  );
  assert.match(rows?.[0]?.details ?? '', /npm run replay -- 'r0\./);
  assert.equal(err, '');
  const unknown = await run(mailOf('toc-branch-over'), url);
  assert.deepEqual(
    unknown.rows?.map((row) => [row.status, row.url]),
    [['pass', '']],
  );
  assert.doesNotMatch(unknown.err, /does not answer/);
});

test('one that is away or answers something else is told of, and done without', async (t) => {
  const odd = createServer((_, response) => response.end('<html>')).listen(0, '127.0.0.1');
  t.after(() => odd.close());
  await new Promise((resolve) => odd.once('listening', resolve));
  for (const url of [`http://127.0.0.1:${(odd.address() as AddressInfo).port}`, 'http://127.0.0.1:1', 'no address']) {
    const { rows, err } = await run(mailOf('printk-only'), url);
    assert.deepEqual(
      rows?.map((row) => [row.status, row.url]),
      [['pass', '']],
    );
    assert.match(err, /does not answer .*; the patch is judged here\n/);
  }
});
