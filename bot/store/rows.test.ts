/** What the queries promise, on both engines. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { sql } from 'kysely';
import { decisionsOf, recordDecision } from './decisions.ts';
import { exportAll, exportedTables } from './export.ts';
import { migrations } from './migrations/all.ts';
import {
  confirmReplies,
  insertReply,
  moveReply,
  repliesIn,
  repliesOfThread,
  repliesOfWork,
  replyByMessageId,
} from './replies.ts';
import { findReview, lastReview, saveReview, verdictsOn } from './reviews.ts';
import { saveSeries, supersede, versionsOf } from './series.ts';
import { onBothEngines } from './testing/engines.ts';
import {
  beginAnalysis,
  endAnalysis,
  ignoreThread,
  insertThreads,
  mergeThreads,
  readThread,
  threadsIn,
  touchThread,
  waitAgain,
} from './threads.ts';

const now = new Date('2026-01-02T03:04:05.678Z');
const later = new Date(now.getTime() + 1_000);
const work = { name: 'trace: do it', changeId: null, author: 'ada@example.org' };
const v1 = { ...work, threadId: 1, version: 1, total: 2, firstMessageId: 'c1', patches: ['p1', 'p2'] };
const reply = (seriesId: number | null, messageId = 'r1') => ({
  ...{
    message_id: messageId,
    parent_message_id: 'p1',
    thread_id: 1,
    series_id: seriesId,
    kind: 'finding',
    mode: 'post',
  },
  ...{
    state: 'due' as const,
    fingerprints: ['f'],
    raw: Buffer.from('x'),
    recipients: ['ada@example.org'],
    created_at: now,
  },
});

onBothEngines((bench) => {
  const db = () => bench().store.db;
  const begin = (state: 'quiet' | 'waiting' = 'waiting', ids = [1]) =>
    insertThreads(
      db(),
      ids.map((id) => ({ id, root: 'a', touched_at: now, settles_at: now, state })),
    );
  const stateOf = async (id = 1) => (await readThread(db(), id))?.state;

  test('an analysis counts where nothing came meanwhile', async () => {
    await begin();
    const first = await beginAnalysis(db(), 1);
    await touchThread(db(), 1, { now: later, waits: { settlesAt: later }, isIgnored: false });
    assert.equal(await endAnalysis(db(), first!, { state: 'analysed', now: later }), false);
    assert.equal(await stateOf(), 'waiting');
    const second = await beginAnalysis(db(), 1);
    assert.equal(await endAnalysis(db(), second!, { state: 'analysed', now: later }), true);
    assert.equal(await stateOf(), 'analysed');
    assert.equal(await beginAnalysis(db(), 1), null);
  });

  test('a parked thread is listed with its reason, and waits again', async () => {
    await begin();
    const thread = await beginAnalysis(db(), 1);
    await endAnalysis(db(), thread!, { state: 'parked', reason: 'it took too long' });
    assert.deepEqual(
      (await threadsIn(db(), 'parked')).map(({ reason }) => reason),
      ['it took too long'],
    );
    assert.equal(await waitAgain(db(), 1, later), true);
    assert.deepEqual(await threadsIn(db(), 'parked'), []);
    assert.equal(await waitAgain(db(), 2, later), false);
  });

  test('what is ignored is not analysed, and does not wait again', async () => {
    await begin();
    await ignoreThread(db(), 1, 'asked to');
    assert.equal(await beginAnalysis(db(), 1), null);
    assert.equal(await waitAgain(db(), 1, later), false);
  });

  test('all that belongs to a thread goes with it where it is merged', async () => {
    await begin('waiting', [1, 2]);
    const series = await saveSeries(db(), { ...v1, threadId: 2 });
    const { id: review } = await saveReview(
      db(),
      { threadId: 2, seriesId: series, analyzer: '1', inputs: {}, document: {}, verdicts: [] },
      now,
    );
    await insertReply(db(), { ...reply(series), thread_id: 2, review_id: review });
    await recordDecision(db(), { thread_id: 2, at: now, what: 'reply', why: 'a finding\0', by: 'bot' });
    await mergeThreads(db(), 1, [2]);
    assert.equal(await stateOf(2), undefined);
    assert.deepEqual(
      (await repliesOfThread(db(), 1)).map(({ message_id }) => message_id),
      ['r1'],
    );
    assert.deepEqual(
      (await decisionsOf(db(), 1)).map(({ why }) => why),
      ['a finding\ufffd'],
    );
    assert.deepEqual(
      (await versionsOf(db(), work)).map(({ thread_id }) => thread_id),
      [1],
    );
    assert.equal((await lastReview(db(), series))?.thread_id, 1);
  });

  test('a series is the same while it shares a patch, and is found by name or change id', async () => {
    await begin();
    const late = await saveSeries(db(), { ...v1, name: 'trace: second', firstMessageId: 'p2', patches: ['p2'] });
    assert.equal(await saveSeries(db(), v1), late);
    const v2 = await saveSeries(db(), { ...v1, version: 2, changeId: 'x', patches: ['q1'] });
    const v3 = await saveSeries(db(), { ...v1, version: 3, changeId: 'x', name: 'renamed', patches: ['s1'] });
    assert.deepEqual(
      (await versionsOf(db(), work)).map(({ id }) => id),
      [v2, late],
    );
    assert.deepEqual(
      (await versionsOf(db(), { ...work, changeId: 'x' })).map(({ id }) => id),
      [v3, v2, late],
    );
    await supersede(db(), [late, v2, v3], v3);
    assert.deepEqual(
      (await versionsOf(db(), { ...work, changeId: 'x' })).map(({ superseded_by }) => superseded_by),
      [null, v3, v3],
    );
  });

  test('the same question is answered from what is kept', async () => {
    await begin();
    const seriesId = await saveSeries(db(), v1);
    const asked = {
      threadId: 1,
      seriesId,
      analyzer: '1',
      inputs: { base: { how: 'tree', ref: 'v6.1' }, patches: ['p1'] },
    };
    const findings = [{ fingerprint: 'f', text: 'half a pair \ud800 and \0' }];
    const answer = { document: [{ a: 1 }], verdicts: [{ messageId: 'p1', answer: 'finding', findings }] };
    assert.equal(await findReview(db(), asked), null);
    const { id, isNew } = await saveReview(db(), { ...asked, ...answer }, now);
    assert.equal(isNew, true);
    const turned = { ...asked, inputs: { patches: ['p1'], base: { ref: 'v6.1', how: 'tree' }, absent: undefined } };
    assert.equal((await findReview(db(), turned))?.id, id);
    assert.deepEqual(await saveReview(db(), { ...turned, ...answer, document: null }, later), { id, isNew: false });
    assert.deepEqual((await lastReview(db(), seriesId))?.document, [{ a: 1 }]);
    assert.equal(await findReview(db(), { ...asked, analyzer: '2' }), null);
    assert.equal(await findReview(db(), { ...asked, inputs: { ...asked.inputs, patches: ['p2'] } }), null);
    const [verdict] = await verdictsOn(db(), 'p1');
    assert.deepEqual(verdict?.findings, [{ fingerprint: 'f', text: 'half a pair \ufffd and \ufffd' }]);
  });

  test('a reply is decided once, moves once, and is confirmed once it was handed over', async () => {
    await begin();
    const series = await saveSeries(db(), v1);
    const { id } = await insertReply(db(), reply(series));
    assert.deepEqual(await insertReply(db(), { ...reply(series), kind: 'pass' }), { id, isNew: false });
    await confirmReplies(db(), ['r1'], later);
    assert.equal((await replyByMessageId(db(), 'r1'))?.state, 'due');
    const moves = () => moveReply(db(), id, { from: ['due'], state: 'sending', attempts: 1 });
    assert.deepEqual((await Promise.all([moves(), moves()])).map((row) => row?.attempts ?? null).toSorted(), [1, null]);
    assert.deepEqual(
      (await repliesIn(db(), ['sending', 'sent'])).map((row) => row.id),
      [id],
    );
    await confirmReplies(db(), ['r1', 'r2'], later);
    assert.deepEqual((await replyByMessageId(db(), 'r1'))?.confirmed_at, later);
    assert.deepEqual(
      (await repliesOfWork(db(), work)).map(({ version, kind, fingerprints }) => [version, kind, fingerprints]),
      [[1, 'finding', ['f']]],
    );
  });

  test('an export has a row of every table, and pages through them', async () => {
    await begin(
      'quiet',
      Array.from({ length: 250 }, (_, i) => i + 1),
    );
    const seriesId = await saveSeries(db(), v1);
    const verdicts = Array.from({ length: 150 }, (_, i) => ({ messageId: `p${i}`, answer: 'pass', findings: [] }));
    await saveReview(db(), { threadId: 1, seriesId, analyzer: '1', inputs: {}, document: {}, verdicts }, now);
    const lines: { table: string; row: object }[] = [];
    await exportAll(db(), async (line) => {
      lines.push(JSON.parse(line));
    });
    const count = (table: string) =>
      new Set(lines.filter((line) => line.table === table).map(({ row }) => JSON.stringify(row))).size;
    assert.deepEqual(
      [count('threads'), count('verdicts'), count('series'), lines.length],
      [250, 150, 1, 402 + migrations.length],
    );
    const { rows } = await sql<{ name: string }>`
      select tablename as name from pg_tables where schemaname = 'public' order by 1`.execute(db());
    assert.deepEqual(
      rows.map(({ name }) => name),
      exportedTables.toSorted(),
    );
  });
});
