/** The feeds of a real server: well-formed whatever strangers wrote, valid as RFC 4287 has it, the same entry under the same id. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { recordDecision } from '../store/decisions.ts';
import { openStore, type Store } from '../store/store.ts';
import { newDirectory } from '../store/testing/engines.ts';
import { threadsOfIds } from '../store/threads.ts';
import { escapeMessageId } from './message-id.ts';
import { type HttpServer, serveHttp } from './server.ts';
import { at, fillStore, oddIds, parkedId, patchId } from './testing/filled-store.ts';
import { httpOptions } from './testing/options.ts';

const folder = mkdtempSync(join(tmpdir(), 'feed-'));
let store: Store | undefined;
let server: HttpServer | undefined;
/** A segment of dots is resolved by whoever follows a link (WHATWG URL, 4.4). */
const linked = oddIds.filter((id) => id !== '..');
const later = new Date(at.getTime() + 1000);

before(async () => {
  store = (await openStore(await newDirectory(join(folder, 'data')), { holder: 'test' })).store!;
  await fillStore(store);
  const ids = await threadsOfIds(store.db, [...linked, parkedId]);
  const hostile = `]]></title><script>&amp;\u0001\u{1f600}${String.fromCharCode(0xd800)} "x" <eve@secret.example>`;
  for (const [id, thread_id] of ids)
    await recordDecision(store.db, { thread_id, at: later, what: 'nothing', why: `${id} ${hostile}`, by: hostile });
  const feed = { store, domain: 'bot.example', name: 'a <bot> & more', url: 'https://bot.example' };
  server = await serveHttp({ ...httpOptions, feed });
});
after(async () => {
  await server?.close();
  await store?.close();
  rmSync(folder, { recursive: true });
});

interface Entry {
  readonly id: string;
  readonly title: { readonly '#text': string };
  readonly updated: string;
  readonly link: { readonly '@_href': string };
}
interface Read {
  readonly id: string;
  readonly updated: string;
  readonly title: string;
  readonly author: { readonly name: string };
  readonly link: readonly { readonly '@_rel': string; readonly '@_href': string }[];
  readonly entry: readonly Entry[];
}

/** The feed at an address, with what RFC 4287 asks of every one (4.1.1, 4.1.2). */
async function read(path: string): Promise<Read> {
  const response = await fetch(`http://127.0.0.1:${server?.port}${path}`);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'application/atom+xml; charset=utf-8');
  const text = await response.text();
  assert.equal(XMLValidator.validate(text), true);
  assert.doesNotMatch(text, /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u);
  assert.doesNotMatch(text, /@secret\.example|<script/);
  const parser = new XMLParser({ ignoreAttributes: false, isArray: (name) => name === 'entry' });
  const { feed } = parser.parse(text) as { readonly feed: Read };
  assert.ok(feed.author.name !== '' && feed.title !== '');
  const self = feed.link.find((link) => link['@_rel'] === 'self')?.['@_href'];
  assert.equal(self, `https://bot.example${path}`);
  const times = feed.entry.map(({ updated }) => updated);
  assert.deepEqual(times, times.toSorted().reverse());
  assert.equal(feed.updated, times[0]);
  assert.equal(new Set(feed.entry.map(({ id }) => id)).size, feed.entry.length);
  for (const { id, title, link } of feed.entry) {
    assert.match(id, /^tag:bot\.example,2026:[0-9a-f]{32}$/);
    assert.match(title['#text'], /^\w+: /);
    assert.match(link['@_href'], /^https:\/\/bot\.example\/[^/]+\/$/);
  }
  return feed;
}

test('of everything: newest first, with links that open', async () => {
  const feed = await read('/atom.xml');
  assert.equal(feed.entry.length, 2 + linked.length + 1);
  const links = new Set(feed.entry.map((entry) => entry.link['@_href']));
  for (const id of [...linked, patchId]) assert.ok(links.has(`https://bot.example/${escapeMessageId(id)}/`), id);
});

test('of a series: the same entries under the same ids, however it is asked for', async () => {
  const all = await read('/atom.xml');
  const one = await read(`/${patchId}/atom.xml`);
  assert.deepEqual(
    one.entry.map(({ title }) => title['#text'].split(':')[0]),
    ['nothing', 'finding'],
  );
  for (const { id, updated } of one.entry) assert.equal(all.entry.find((entry) => entry.id === id)?.updated, updated);
  const again = await read(`/${patchId}/atom.xml`);
  assert.deepEqual(again, one);
});

test('a decision that comes changes `updated`, and no id', async () => {
  const before = await read(`/${patchId}/atom.xml`);
  const thread_id = (await threadsOfIds(store!.db, [patchId])).get(patchId)!;
  const decided = new Date(later.getTime() + 1000);
  await recordDecision(store!.db, { thread_id, at: decided, what: 'retested', why: 'x', by: 'op' });
  const now = await read(`/${patchId}/atom.xml`);
  assert.equal(now.updated, decided.toISOString());
  assert.equal(now.id, before.id);
  assert.deepEqual(now.entry.slice(1), before.entry);
});

test('of what is not known there is none', async () => {
  for (const id of ['nosuch@example.org', '%00', '%zz', '%ff'])
    assert.equal((await fetch(`http://127.0.0.1:${server?.port}/${id}/atom.xml`)).status, 404, id);
});
