/** The page of a digest, its entry in the feed, and the way out by one click, over HTTP as readers and mail programs come. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Digest } from '../digest/digest.ts';
import { serveHttp } from '../http/server.ts';
import { httpOptions } from '../http/testing/options.ts';
import { loadSettings } from '../settings/settings.ts';
import { insertDigest, unsubscribeToken } from '../store/digests.ts';
import { insertReply } from '../store/replies.ts';
import type { Store } from '../store/store.ts';
import { subscribe, subscribersOf } from '../store/subscribers.ts';
import { onPglite } from '../store/testing/engines.ts';
import { insertThreads, placeIds } from '../store/threads.ts';
import { pagesOf } from './pages.ts';

const at = new Date('2026-11-30T08:00:00Z');
const since = new Date('2026-11-23T08:00:00Z');
const hostile = '<script>alert(1)</script> & eve@secret.example';
const about = {
  title: hostile,
  part: 'v1',
  author: hostile,
  messageId: 'a/b@example.org',
  sentAt: since.toISOString(),
};
const digest: Digest = {
  ...{ group: 'weekly', week: '2026-W48', since: since.toISOString(), until: at.toISOString(), zone: 'UTC', weeks: 1 },
  ...{ findings: [], fixed: [], disputed: [], withdrawn: [], waiting: [], unread: [{ about, why: hostile }] },
  figures: {
    ...{ series: 1, run: 0, held: 0, answered: 0, confirmed: 0, kept: 0, disputed: 0, medianMinutes: null },
  },
};
const list = 'list@example.org';

onPglite((bench) => {
  const served = async (use: (get: (path: string, init?: RequestInit) => Promise<Response>) => Promise<void>) => {
    const store: Store = bench().store;
    const feed = { store, domain: 'bot.example', name: 'a bot', url: null };
    const pages = pagesOf({ ...httpOptions, store, settings: loadSettings() });
    const server = await serveHttp({ ...httpOptions, feed, pages });
    try {
      await use((path, init) => fetch(`http://127.0.0.1:${server.port}${path}`, { redirect: 'manual', ...init }));
    } finally {
      await server.close();
    }
  };

  test('a digest is found by its week, with nothing of a stranger as markup', async () => {
    const row = { group: 'weekly', week: '2026-W48', since, until: at, state: 'made', digest } as const;
    await insertDigest(bench().store.db, row, at);
    await insertDigest(bench().store.db, { ...row, week: '2026-W49', state: 'quiet', digest: null }, at);
    await served(async (get) => {
      assert.match(await (await get('/digest/')).text(), /<a href="\/digest\/2026-W48\/">2026-W48<\/a>: 1 unread/);
      const page = await (await get('/digest/2026-W48/')).text();
      assert.match(page, /&lt;script&gt;alert\(1\)&lt;\/script&gt; &amp; eve@…/);
      assert.match(page, /href="https:\/\/lore\.kernel\.org\/linuxppc-dev\/a%2Fb@example\.org\/"/);
      for (const path of ['/digest', '/digest/2026-W48']) assert.equal((await get(path)).status, 301);
      for (const path of ['/digest/2026-W49/', '/digest/x/', '/digest/..%2F/'])
        assert.equal((await get(path)).status, 404, path);
      const atom = await (await get('/atom.xml')).text();
      assert.match(atom, /digest 2026-W48: 1 unread/);
      assert.match(atom, /\/digest\/2026-W48\//);
    });
  });

  test('of our mail that was one, the page is that of digests', async () => {
    const { db } = bench().store;
    const id = 'd1@bot.example';
    await insertThreads(db, [{ id: 1000, root: id, touched_at: at, settles_at: null, state: 'quiet' }]);
    await placeIds(db, new Map([[id, 1000]]));
    await insertReply(db, {
      ...{ message_id: id, parent_message_id: id, thread_id: 1000, series_id: null, kind: 'digest', mode: 'post' },
      ...{ state: 'sent', raw: Buffer.from('Subject: x\n\n'), recipients: [list], created_at: at },
    });
    await served(async (get) => {
      assert.match(await (await get('/sent')).text(), /href="\/d1@bot\.example\/"/);
      assert.equal((await get(`/${id}/`)).headers.get('location'), '/digest/');
    });
  });

  test('a GET takes nobody off, a POST does, whatever it says, and as often as it comes', async () => {
    const { db } = bench().store;
    for (const address of ['sue@example.org', 'tom@example.org'])
      await subscribe(db, { address, list, at, message_id: 'on@example.org' });
    const token = await unsubscribeToken(db, { address: 'sue@example.org', list, at, token: 'T'.repeat(32) });
    assert.equal(await unsubscribeToken(db, { address: 'sue@example.org', list, at, token: 'other' }), token);
    await served(async (get) => {
      const path = `/digest/unsubscribe/${token}`;
      const page = await get(path);
      assert.equal(page.status, 200);
      const text = await page.text();
      assert.match(text, /goes to sue@…\./);
      assert.match(text, new RegExp(`<form method="post" action="${path}">`));
      assert.equal((await subscribersOf(db, list)).length, 2);
      for (const path of ['/digest/unsubscribe/wrong', '/digest/unsubscribe/'])
        for (const method of ['GET', 'POST']) assert.equal((await get(path, { method })).status, 404, path);
      const bodies: readonly RequestInit[] = [
        { body: new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }) },
        { body: '{"x":', headers: { 'content-type': 'application/json' } },
        {},
      ];
      for (const init of bodies) assert.equal((await get(path, { method: 'POST', ...init })).status, 200);
      assert.equal((await get(path, { method: 'POST', body: 'x'.repeat(100_000) })).status, 413);
      assert.deepEqual(await subscribersOf(db, list), ['tom@example.org']);
    });
  });
});
