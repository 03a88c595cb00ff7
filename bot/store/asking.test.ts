/** What people asked for by mail is kept once, on both engines. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { askForPass, isPassAsked } from './asked-passes.ts';
import { commandsOfMail, countCommands, recordCommand } from './commands.ts';
import { disputesOfWork, recordDispute } from './disputes.ts';
import { insertMails } from './mails.ts';
import { optedOut, optOut } from './opt-outs.ts';
import { answerSeries, saveSeries, seriesById } from './series.ts';
import { subscribe, subscribersOf, unsubscribe } from './subscribers.ts';
import { onBothEngines } from './testing/engines.ts';
import { insertThreads, mergeThreads } from './threads.ts';

const at = new Date('2026-01-02T03:04:05.678Z');
const later = new Date(at.getTime() + 1_000);
const work = { name: 'trace: do it', author: 'ada@example.org' };
const v1 = { ...work, changeId: null, threadId: 1, version: 1, total: 1, firstMessageId: 'p1', patches: ['p1'] };
const mail = (id: number, messageId: string, sentAt: Date | null) => ({
  ...{ id, message_id: messageId, content: '', digest: '', raw: Buffer.from(''), subject: '', from_address: '' },
  ...{ sent_at: sentAt, received_at: at, thread_id: 1, reused: false, own: false, relevant: true },
  ...{ version: 1, part: 1, total: 1, loose: false, damage: null, parents: ['a', 'b'] },
});

onBothEngines((bench) => {
  const begin = async () => {
    const { db } = bench().store;
    await insertThreads(
      db,
      [1, 2].map((id) => ({ id, root: 'a', touched_at: at, settles_at: at, state: 'analysed' as const })),
    );
    return db;
  };

  test('a command is obeyed once', async () => {
    const db = await begin();
    await insertMails(db, [mail(1, 'm', at)]);
    const command = {
      mail_id: 1,
      line: 0,
      verb: 'status',
      args: '\0',
      by_address: 'ada@example.org',
      proved: false,
      at,
    };
    assert.equal(await recordCommand(db, { ...command, line: 4, outcome: 'answered' }), true);
    assert.equal(await recordCommand(db, { ...command, outcome: 'answered' }), true);
    assert.equal(await recordCommand(db, { ...command, outcome: 'again' }), false);
    assert.deepEqual(
      (await commandsOfMail(db, 1)).map(({ line, args, outcome }) => [line, args, outcome]),
      [
        [0, '\ufffd', 'answered'],
        [4, '\ufffd', 'answered'],
      ],
    );
    const given = (since: Date) => countCommands(db, { byAddress: 'ada@example.org', proved: false, since });
    assert.deepEqual([await given(at), await given(later)], [1, 0]);
  });

  test('a dispute is of every version of the work, and goes with its thread', async () => {
    const db = await begin();
    const [first, second] = [await saveSeries(db, v1), await saveSeries(db, { ...v1, version: 2, patches: ['p2'] })];
    const dispute = {
      thread_id: 1,
      fingerprint: 'f',
      by_address: 'ada@example.org',
      reason: 'no\0',
      message_id: 'm',
      at,
    };
    assert.equal(await recordDispute(db, { ...dispute, series_id: second }), true);
    assert.equal(await recordDispute(db, { ...dispute, series_id: second, reason: 'again' }), false);
    assert.equal(await recordDispute(db, { ...dispute, series_id: first }), true);
    await mergeThreads(db, 2, [1]);
    assert.deepEqual(
      (await disputesOfWork(db, work)).map(({ series_id, reason, thread_id }) => [series_id, reason, thread_id]),
      [
        [second, 'no\ufffd', 2],
        [first, 'no\ufffd', 2],
      ],
    );
    assert.deepEqual(await disputesOfWork(db, { ...work, name: 'other' }), []);
  });

  test('who opted out by mail, and who did in the settings', async () => {
    const db = await begin();
    const optedOutBy = { address: 'ada@example.org', at, message_id: 'm' };
    await optOut(db, optedOutBy);
    await optOut(db, { ...optedOutBy, message_id: 'n' });
    assert.deepEqual(
      [...(await optedOut(db, { optedOut: ['Bob@example.org'] }))],
      ['bob@example.org', 'ada@example.org'],
    );
  });

  test('a digest is subscribed to by list', async () => {
    const db = await begin();
    const [ada, bob] = [
      { address: 'ada@example.org', list: 'l', at, message_id: 'm' },
      { address: 'bob@example.org', list: 'l', at, message_id: 'm' },
    ] as const;
    for (const one of [bob, ada, ada, { ...ada, list: 'other' }]) await subscribe(db, one);
    assert.deepEqual(await subscribersOf(db, 'l'), ['ada@example.org', 'bob@example.org']);
    await unsubscribe(db, bob);
    assert.deepEqual(await subscribersOf(db, 'l'), ['ada@example.org']);
  });

  test('a pass is asked for by work', async () => {
    const db = await begin();
    for (const _ of [1, 2]) await askForPass(db, { ...work, at, message_id: 'm' });
    assert.equal(await isPassAsked(db, work), true);
    assert.equal(await isPassAsked(db, { ...work, name: 'other' }), false);
  });

  test('a series is of the time when its first mail was sent, and no later than it came', async () => {
    const db = await begin();
    await insertMails(db, [mail(1, 'p1', new Date('2099-01-01')), mail(2, 'p0', new Date('2025-01-01'))]);
    const id = await saveSeries(db, v1);
    assert.deepEqual((await seriesById(db, id))?.sent_at, at);
    assert.equal(await saveSeries(db, { ...v1, firstMessageId: 'p0' }), id);
    await answerSeries(db, id, { answer: 'finding', at: later });
    const row = await seriesById(db, id);
    assert.deepEqual([row?.sent_at, row?.answer, row?.reviewed_at], [new Date('2025-01-01'), 'finding', later]);
  });
});
