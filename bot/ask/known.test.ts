/** What is known of each mail of two versions of a series with an answer, told by its Message-ID alone. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { takeMails } from '../intake/take.ts';
import { recordDecision } from '../store/decisions.ts';
import { recordDispute } from '../store/disputes.ts';
import { insertReply } from '../store/replies.ts';
import { saveReview } from '../store/reviews.ts';
import { answerSeries, saveSeries } from '../store/series.ts';
import type { Store } from '../store/store.ts';
import { onPglite } from '../store/testing/engines.ts';
import { threadsOfIds } from '../store/threads.ts';
import { known } from './known.ts';

const at = new Date('2026-01-02T03:04:05.678Z');
const mail = (id: string, subject: string, answers: readonly string[] = [], from = 'Ada <ada@example.org>') =>
  Buffer.from(
    `From: ${from}\nMessage-ID: <${id}>\nSubject: ${subject}\nDate: Thu, 1 Jan 2026 00:00:00 +0000\n${answers.length > 0 ? `References: ${answers.map((one) => `<${one}>`).join(' ')}\n` : ''}\ntext\n`,
  );
const thread = [
  mail('c1', '[PATCH 0/2] trace: do it'),
  mail('p1', '[PATCH 1/2] trace: one', ['c1']),
  mail('q1', '[PATCH 2/2] trace: two', ['c1']),
  mail('a', 'Re: [PATCH 2/2] trace: two', ['c1', 'q1'], 'Bob <bob@example.org>'),
  // Its References are cut short, as some clients do.
  mail('b', 'Re: [PATCH 2/2] trace: two', ['a']),
  mail('lost', 'Re: [PATCH 9/9] of another thread, of which nothing is here', ['nowhere'], 'Bob <bob@example.org>'),
  mail('c2', '[PATCH v2 0/2] trace: do it', ['c1']),
  mail('p2', '[PATCH v2 1/2] trace: one', ['c1', 'c2']),
  mail('q2', '[PATCH v2 2/2] trace: two', ['c1', 'c2']),
  mail('d', 'Re: [PATCH v2 0/2] trace: do it', ['c1', 'c2'], 'Bob <bob@example.org>'),
];
const take = ({ store }: { readonly store: Store }) =>
  takeMails(
    { store, look: null },
    thread.map((raw) => ({ raw, source: 's', position: { kind: 'id' as const }, problem: null })),
    at,
  );
const finding = (fingerprint: string) => ({
  fingerprint,
  level: 'stale',
  check: 'return-address',
  entryPoint: 'enable',
});
const levels = { sequential: 'held', preemption: 'held', stale: 'limit', architecture: 'unread' };
const run = {
  ...{ entryPoint: 'enable', subject: 'ftrace', profile: 'p', live: true, calls: [], before: levels, after: levels },
  bounds: { cpus: 2, tasks: 2, states: 10, schedules: 20 },
};

onPglite((bench) => {
  test('where each mail belongs, before anybody has looked', async () => {
    const { store } = bench();
    await take({ store });
    const told = async (id: string) => {
      const found = await known(store.db, id);
      const version = found?.series == null ? null : (found.versions[found.series]?.version ?? null);
      return [found?.mail?.role, found?.mail?.about, version];
    };
    assert.deepEqual(await told('c1'), ['cover', 'c1', 1]);
    assert.deepEqual(await told('p1'), ['patch', 'p1', 1]);
    assert.deepEqual(await told('a'), ['reply', 'q1', 1]);
    assert.deepEqual(await told('b'), ['reply', 'q1', 1]);
    assert.deepEqual(await told('c2'), ['cover', 'c2', 2]);
    assert.deepEqual(await told('q2'), ['patch', 'q2', 2]);
    assert.deepEqual(await told('d'), ['reply', 'c2', 2]);
    assert.deepEqual(await told('lost'), ['other', null, null]);
    const named = await known(store.db, 'nowhere');
    assert.deepEqual([named?.mail, named?.series, named?.versions], [null, null, []]);
    assert.equal(await known(store.db, 'unheard-of'), null);
    const { versions = [] } = (await known(store.db, 'a')) ?? {};
    assert.deepEqual(
      versions.map(({ messageId, version, subject, mails, review }) => [messageId, version, subject, mails, review]),
      [
        ['c1', 1, '[PATCH 0/2] trace: do it', ['p1', 'q1'], null],
        ['c2', 2, '[PATCH v2 0/2] trace: do it', ['p2', 'q2'], null],
      ],
    );
    // Rows of schema 1 say nothing of what their mails answer.
    await store.db.updateTable('mails').set({ parents: null }).execute();
    assert.deepEqual(await told('b'), ['reply', 'q1', 1]);
  });

  test('what is fixed, still there, new and disputed, and what was said', async () => {
    const { store } = bench();
    const { db } = store;
    await take({ store });
    const threadId = (await threadsOfIds(db, ['c1'])).get('c1')!;
    const judge = async (version: number, fingerprints: readonly string[]) => {
      const work = { name: 'trace: do it', author: 'ada@example.org', changeId: null, threadId, total: 2 };
      const [p, q] = [`p${version}`, `q${version}`];
      const id = await saveSeries(db, { ...work, version, firstMessageId: `c${version}`, patches: [p, q] });
      const patches = [
        { messageId: p, answer: 'pass', runs: [run, { ...run, after: { ...levels, sequential: 'limit' } }] },
        { messageId: q, answer: 'finding', findings: fingerprints.map(finding) },
      ];
      await saveReview(
        db,
        { threadId, seriesId: id, analyzer: '7', inputs: { version }, document: { patches }, verdicts: [] },
        at,
      );
      await answerSeries(db, id, { answer: 'finding', at });
      return id;
    };
    const first = await judge(1, ['f1', 'f2']);
    await judge(2, ['f2', 'f3']);
    await judge(3, ['f1']);
    await recordDispute(db, {
      ...{ thread_id: threadId, series_id: first, fingerprint: 'f2', by_address: 'bob@example.org', reason: 'no' },
      ...{ message_id: 'a', at },
    });
    await recordDecision(db, { thread_id: threadId, at, what: 'finding', why: 'it breaks', by: 'analysis' });
    const reply = {
      ...{ message_id: 'r', parent_message_id: 'q1', thread_id: threadId, series_id: first, kind: 'finding' },
      ...{ mode: 'post', state: 'rejected' as const, error: 'not now', raw: Buffer.from('x'), recipients: [] },
      ...{ created_at: at, fingerprints: ['f1', 'f2'] },
    };
    await insertReply(db, reply);
    await insertReply(db, { ...reply, message_id: 'm', kind: 'moderation', series_id: null });

    const found = await known(db, 'b');
    assert.deepEqual(
      found?.versions.map(({ version, review }) => [
        version,
        review?.patches.flatMap(({ findings }) => findings.map((one) => [one.fingerprint, one.since, one.isDisputed])),
        review?.fixed.map(({ fingerprint }) => fingerprint),
      ]),
      [
        [
          1,
          [
            ['f1', 'new', false],
            ['f2', 'new', true],
          ],
          [],
        ],
        [
          2,
          [
            ['f2', 'still', true],
            ['f3', 'new', false],
          ],
          ['f1'],
        ],
        [3, [['f1', 'again', false]], ['f2', 'f3']],
      ],
    );
    const bounds = { cpus: 2, tasks: 2, states: 20, schedules: 40, pairs: 2, unfinished: 1 };
    assert.deepEqual(found?.versions[0]?.review?.bounds, bounds);
    assert.deepEqual(
      found?.replies.map(({ messageId, state, why, reason, version }) => [messageId, state, why, reason, version]),
      [['r', 'rejected', 'it breaks', 'not now', 1]],
    );
    assert.deepEqual(
      [found?.decisions.map(({ what, thread: root }) => [what, root]), found?.disputes.map(({ by }) => by)],
      [[['finding', 'c1']], ['bob@example.org']],
    );
    // A reply of ours, though it never left.
    const ours = await known(db, 'r');
    assert.deepEqual([ours?.mail, ours?.series, ours?.versions.length], [null, 0, 3]);
  });
});
