/** Lists by page, and that with 10,000 series the database looks none of them through: its plan says so, whatever the machine. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { sql } from 'kysely';
import { recordDecision } from '../store/decisions.ts';
import { recordDispute } from '../store/disputes.ts';
import { insertReply } from '../store/replies.ts';
import { onBothEngines } from '../store/testing/engines.ts';
import {
  cursorPattern,
  listDisputed,
  listParked,
  listReplies,
  listSeries,
  type SeriesFilter,
  seriesQuery,
} from './lists.ts';

const at = new Date('2026-01-02T03:04:05.678Z');
const all: SeriesFilter = { text: '', answer: null, state: null, after: null, limit: 3 };

onBothEngines((bench) => {
  /** One a second; every hundredth was answered with a finding, every thousandth is about kprobes, the 7th is parked. */
  const begin = async (count: number) => {
    const { db } = bench().store;
    await sql`insert into threads (id, root, touched_at, state, reason)
      select i, 'p' || i || '@example.org', ${at}, case when i = 7 then 'parked' else 'analysed' end,
        case when i = 7 then 'it took too long' end from generate_series(1, ${count}::int) i`.execute(db);
    await sql`insert into series (id, thread_id, name, author, version, total, first_message_id, patches, sent_at, answer)
      select i, i, case when i % 1000 = 0 then 'powerpc/kprobes: fix_it ' else 'powerpc/ftrace: do it ' end || i,
        'ada' || i % 10 || '@example.org', 1, 1, 'p' || i || '@example.org', array['p' || i || '@example.org'],
        ${at}::timestamptz + make_interval(secs => i), case when i % 100 = 0 then 'finding' else 'silence' end
      from generate_series(1, ${count}::int) i`.execute(db);
    await sql`analyze series`.execute(db);
    await sql`analyze threads`.execute(db);
    return db;
  };

  test('with 10,000 series a list is read by an index, and page follows page', async () => {
    const db = await begin(10_000);
    const check = async (filter: Partial<SeriesFilter>, index: RegExp, expected: readonly number[]) => {
      const asked = { ...all, ...filter };
      const { rows } = await sql`explain ${seriesQuery(db, asked)}`.execute(db);
      const plan = JSON.stringify(rows);
      assert.match(plan, index);
      assert.doesNotMatch(plan, /Seq Scan on series/);
      const page = await listSeries(db, asked);
      assert.deepEqual(
        page.rows.map(({ messageId }) => messageId),
        expected.map((i) => `p${i}@example.org`),
      );
      return page;
    };
    const first = await check({}, /series_sent/, [10_000, 9_999, 9_998]);
    const second = await check({ after: first.next }, /series_sent/, [9_997, 9_996, 9_995]);
    await check({ after: second.next, limit: 1 }, /series_sent/, [9_994]);
    await check({ answer: 'finding' }, /series_answer/, [10_000, 9_900, 9_800]);
    await check({ text: 'kprobes' }, /series_words/, [10_000, 9_000, 8_000]);
    await check({ text: 'KPRO fix ADA0 org' }, /series_words/, [10_000, 9_000, 8_000]);
    const last = await check({ text: '"kprobes:" & !x3000\\' }, /series/, []);
    assert.equal(last.next, null);
    const parked = await listSeries(db, { ...all, state: 'parked' });
    assert.deepEqual(
      parked.rows.map(({ messageId, reason, answer, replyState }) => [messageId, reason, answer, replyState]),
      [['p7@example.org', 'it took too long', 'silence', null]],
    );
    assert.deepEqual(
      (await listParked(db, { after: null, limit: 3 })).rows.map(({ messageId, reason }) => [messageId, reason]),
      [['p7@example.org', 'it took too long']],
    );
  });

  test('what is asked may be anything', async () => {
    const db = await begin(20);
    const count = async (filter: Partial<SeriesFilter>) => (await listSeries(db, { ...all, ...filter })).rows.length;
    assert.deepEqual(
      [await count({ limit: -1 }), await count({ limit: 1e9 }), await count({ limit: Number.NaN })],
      [1, 20, 1],
    );
    for (const text of ["'", "a'b", '\\', ':*', '!', '( ', '\0', '\ud800', 'x'.repeat(9_999), '\u00e9 <-> \u{1f600}'])
      assert.equal(typeof (await count({ text })), 'number', text);
    assert.equal(await count({ text: ' :!* ' }), 3);
    for (const after of ['', 'x', '1-', "1-1' or", '9'.repeat(40), '-1-1']) {
      assert.doesNotMatch(after, cursorPattern);
      assert.equal(await count({ after }), 0);
    }
    assert.equal(await count({ after: '999999999999999-999999999999999' }), 3);
  });

  test('what was said and what is disputed, newest first', async () => {
    const db = await begin(2);
    const reply = {
      ...{ parent_message_id: 'p1@example.org', thread_id: 1, series_id: 1, mode: 'post', raw: Buffer.from('x') },
      ...{ recipients: [], fingerprints: ['f'], created_at: at },
    };
    await recordDecision(db, { thread_id: 1, at, what: 'finding', why: 'it breaks', by: 'analysis' });
    await insertReply(db, { ...reply, message_id: 'r1', kind: 'finding', state: 'sent' });
    await insertReply(db, { ...reply, message_id: 'r2', kind: 'moderation', state: 'sent' });
    await insertReply(db, { ...reply, message_id: 'r3', kind: 'pass', state: 'withdrawn', error: 'a newer version' });
    const page = await listReplies(db, { state: null, after: null, limit: 1 });
    assert.deepEqual(
      page.rows.map(({ messageId, kind, reason, why, version, series }) => [
        messageId,
        kind,
        reason,
        why,
        version,
        series,
      ]),
      [['r3', 'pass', 'a newer version', null, 1, 'p1@example.org']],
    );
    assert.deepEqual(
      (await listReplies(db, { state: null, after: page.next, limit: 1 })).rows.map(({ messageId, why }) => [
        messageId,
        why,
      ]),
      [['r1', 'it breaks']],
    );
    assert.deepEqual((await listReplies(db, { state: 'held', after: null, limit: 1 })).rows, []);
    const dispute = { thread_id: 1, by_address: 'ada@example.org', reason: 'no', message_id: 'm', at };
    for (const series_id of [1, 2]) await recordDispute(db, { ...dispute, series_id, fingerprint: `f${series_id}` });
    const disputed = await listDisputed(db, { after: null, limit: 1 });
    const older = await listDisputed(db, { after: disputed.next, limit: 1 });
    assert.deepEqual(
      [...disputed.rows, ...older.rows].map(({ fingerprint, series }) => [fingerprint, series.messageId]),
      [
        ['f2', 'p2@example.org'],
        ['f1', 'p1@example.org'],
      ],
    );
    assert.equal(older.next, null);
  });
});
