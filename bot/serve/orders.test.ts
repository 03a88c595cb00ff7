/** An operator's orders over a store: what each does in every state of a reply, and what it says of what cannot be done. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { takeMail } from '../intake/take.ts';
import { readMessage } from '../mail/message.ts';
import { decisionsOf } from '../store/decisions.ts';
import { disputesOfWork } from '../store/disputes.ts';
import { saveReview } from '../store/reviews.ts';
import { versionsOf } from '../store/series.ts';
import { readSwitch } from '../store/switches.ts';
import { onPglite } from '../store/testing/engines.ts';
import { beginAnalysis, endAnalysis, ignoreThread, leaveAnswered, readThread, waitAgain } from '../store/threads.ts';
import { lookAtThread } from './look.ts';
import { runOrder } from './orders.ts';
import { fixtureMails } from './testing/model-tree.ts';
import { body, head, Scene, threadId, work } from './testing/scene.ts';

const messageId = 'r1@bot.example.org';
const states = ['dry', 'held', 'due', 'sending', 'sent', 'confirmed', 'withdrawn', 'rejected', 'parked'] as const;
type State = (typeof states)[number];

onPglite((bench) => {
  const begin = async (state: State = 'held') => {
    const scene = new Scene(bench().store);
    scene.settings = { ...scene.settings, moderators: [] };
    await scene.begin({ state });
    const order = async (name: string, args: unknown) => {
      const { value, problem } = await runOrder(name, args, scene);
      return { value: value as never, problem: problem ?? '' };
    };
    return { scene, order };
  };
  const postJobs = ({ jobs }: Scene) => jobs.filter(({ name }) => name === 'post').length;

  /** @param from the states in which it is done, and `to` which it leads; in all others nothing changes */
  function check(name: string, args: object, from: readonly State[], to: State | null): void {
    test(`${name}, state by state`, async () => {
      const { scene, order } = await begin();
      const { id } = await scene.reply();
      for (const state of states) {
        await scene.store.db.updateTable('replies').set({ state }).where('id', '=', id).execute();
        const [before, jobs] = [await scene.reply(), postJobs(scene)];
        const { value, problem } = await order(name, { messageId, ...args });
        const after = await scene.reply();
        if (from.includes(state)) {
          assert.equal(problem, '');
          assert.equal((value as { state: string }).state, to ?? state);
          assert.equal(after.state, to ?? state);
        } else {
          assert.match(problem, new RegExp(`^it is ${state}; only one that is .* can be `));
          assert.deepEqual(after, before);
        }
        assert.equal(postJobs(scene) - jobs, from.includes(state) && to === 'due' ? 1 : 0, state);
      }
      assert.equal((await decisionsOf(scene.store.db, threadId)).length, from.length);
    });
  }
  check('outbox-approve', { by: 'op' }, ['held'], 'due');
  check('outbox-reject', { by: 'op', reason: 'no' }, ['held', 'due', 'parked'], 'rejected');
  check('outbox-edit', { by: 'op', body: 'x\n' }, ['dry', 'held'], null);
  check('retry', {}, ['parked'], 'due');

  test('list has what is open, and what is asked for', async () => {
    const { scene, order } = await begin('sent');
    await scene.add({ message_id: 'r2@bot.example.org', state: 'due' });
    await scene.add({ message_id: 'r3@bot.example.org', state: 'parked', error: 'no such user' });
    const idsOf = async (wanted: readonly string[] | null) =>
      ((await order('outbox-list', { states: wanted })).value as { messageId: string }[]).map((row) => row.messageId);
    assert.deepEqual(await idsOf(null), ['r2@bot.example.org', 'r3@bot.example.org']);
    assert.deepEqual(await idsOf(['sent']), [messageId]);
    assert.match((await order('outbox-list', { states: ['sunk'] })).problem, /Invalid option/);
    const { value } = await order('parked', {});
    assert.equal((value as { replies: { why: string }[] }).replies[0]?.why, 'no such user');
  });

  test('show has the mail as it is, and who decided what', async () => {
    const { order } = await begin();
    await order('outbox-reject', { messageId: `<${messageId}>`, by: 'op', reason: 'the base is wrong' });
    const { value } = await order('outbox-show', { messageId: `<${messageId}>` });
    const { raw, decisions, state } = value as {
      raw: string;
      decisions: { what: string; why: string }[];
      state: string;
    };
    assert.equal(raw, `${head}\n\n${body}`);
    assert.equal(state, 'rejected');
    assert.deepEqual(
      decisions.map(({ what, why }) => `${what}: ${why}`),
      [`rejected: ${messageId} the base is wrong`],
    );
  });

  test('edit keeps the headers, and says the encoding of what it has now', async () => {
    const { scene, order } = await begin();
    for (const [text, encoding] of [
      ['Plain.\n', '7bit'],
      ['Grüße\n\nBcc: eve@example.net\n', '8bit'],
    ] as const) {
      assert.equal((await order('outbox-edit', { messageId, body: text, by: 'op' })).problem, '');
      const raw = (await scene.reply()).raw.toString('utf8');
      assert.equal(raw, `${head.replace(/8bit$/, encoding)}\n\n${text}`);
      const message = await readMessage(Buffer.from(raw));
      assert.equal(message.body, text);
      assert.equal(message.headers.has('bcc'), false);
    }
  });

  test('edit takes text as files have it, and refuses what no mail can hold', async () => {
    const { scene, order } = await begin();
    assert.equal((await order('outbox-edit', { messageId, body: 'one\r\ntwo', by: 'op' })).problem, '');
    assert.ok((await scene.reply()).raw.toString().endsWith('\n\none\ntwo\n'));
    const before = await scene.reply();
    assert.match((await order('outbox-edit', { messageId, body: `${'ü'.repeat(500)}\n`, by: 'op' })).problem, /998/);
    assert.match((await order('outbox-edit', { messageId, body: 'a\0b\n', by: 'op' })).problem, /control/);
    assert.match((await order('outbox-edit', { messageId, body: '', by: 'op' })).problem, /expected string/);
    assert.deepEqual(await scene.reply(), before);
  });

  test('a parked thread is analysed again, one that runs is not', async () => {
    const { scene, order } = await begin();
    const { db } = scene.store;
    await waitAgain(db, threadId, scene.time);
    const thread = await beginAnalysis(db, threadId);
    assert.match((await order('retry', { messageId: 'p1@example.org' })).problem, /is being analysed/);
    await endAnalysis(db, thread!, { state: 'parked', reason: 'it took too long' });
    const { value } = await order('parked', {});
    assert.deepEqual((value as { threads: { why: string }[] }).threads[0]?.why, 'it took too long');
    assert.equal((await order('retry', { messageId: '<p1@example.org>' })).problem, '');
    assert.deepEqual(
      scene.jobs.map(({ name, data }) => [name, data]),
      [['analyse', { threadId }]],
    );
    assert.equal((await readThread(db, threadId))?.state, 'waiting');
  });

  test('a thread is ignored, for a reason that is kept', async () => {
    const { scene, order } = await begin();
    assert.equal((await order('ignore', { messageId: 'p1@example.org', by: 'op', reason: 'asked to' })).problem, '');
    assert.equal((await readThread(scene.store.db, threadId))?.reason, 'asked to');
    assert.match((await order('retry', { messageId: 'p1@example.org' })).problem, /nothing to analyse/);
    const [decision] = await decisionsOf(scene.store.db, threadId);
    assert.deepEqual([decision?.what, decision?.why, decision?.by], ['ignored', 'asked to', 'op']);
  });

  test('what was ignored is analysed when it is no more, as a retry is, over a restart as well', async () => {
    const { scene, order } = await begin();
    const { db } = scene.store;
    const undo = () => order('ignore-undo', { messageId: 'p1@example.org', by: 'op' });
    assert.match((await undo()).problem, /is not ignored/);
    await ignoreThread(db, threadId, 'asked to');
    assert.deepEqual((await undo()).value, { messageId: 'p1@example.org', state: 'quiet' });
    const [patch] = fixtureMails('label-plain-store');
    const mail = patch!.toString('latin1').replace(/^Message-ID: .*$/im, 'Message-ID: <p1@example.org>');
    const position = { kind: 'imap', mailbox: 'INBOX', uidValidity: '1', uid: 1 } as const;
    await takeMail(
      { store: scene.store, look: null },
      { raw: Buffer.from(mail, 'latin1'), source: 'list', position },
      scene.time,
    );
    await ignoreThread(db, threadId, 'asked to');
    assert.deepEqual((await undo()).value, { messageId: 'p1@example.org', state: 'waiting' });
    assert.deepEqual(
      scene.jobs.splice(0).map(({ name }) => name),
      ['analyse'],
    );
    // The process ended before it ran: the next one looks at what waits.
    await lookAtThread(threadId, scene);
    assert.deepEqual(
      scene.jobs.map(({ name }) => name),
      ['analyse'],
    );
    const thread = await readThread(db, threadId);
    await leaveAnswered(db, thread!, scene.time);
    assert.equal((await readThread(db, threadId))?.state, 'waiting', 'nor does a look that began before the order');
    await endAnalysis(db, (await beginAnalysis(db, threadId))!, { state: 'analysed', now: scene.time });
    assert.equal((await readThread(db, threadId))?.retried, false);
  });

  test('a series is judged again when somebody asks, and it is kept who', async () => {
    const { scene, order } = await begin();
    const { value } = await order('retest', { messageId: 'p1@example.org', by: 'token ada' });
    assert.deepEqual(value, { messageId: 'p1@example.org', state: 'waiting' });
    assert.deepEqual(
      scene.jobs.map(({ name, data }) => [name, data]),
      [['analyse', { threadId }]],
    );
    const [decision] = await decisionsOf(scene.store.db, threadId);
    assert.deepEqual([decision?.what, decision?.by], ['retested', 'token ada']);
    await beginAnalysis(scene.store.db, threadId);
    assert.match((await order('retest', { messageId: 'p1@example.org', by: 'op' })).problem, /is being analysed/);
    assert.equal(scene.jobs.length, 1);
  });

  test('findings are disputed by the reply that tells of them, or by the patch; once by each', async () => {
    const { scene, order } = await begin('sent');
    const { db } = scene.store;
    const dispute = (id: string, by: string) => order('dispute', { messageId: id, by, reason: 'not so' });
    const disputes = async () =>
      (await disputesOfWork(db, work)).map(({ fingerprint, by_address }) => `${fingerprint} ${by_address}`);
    assert.match((await dispute('p1@example.org', 'ada')).problem, /there is no finding on <p1@example.org>/);
    assert.equal((await dispute(messageId, 'ada')).problem, '');
    assert.equal((await dispute(messageId, 'ada')).problem, '');
    const { id } = (await versionsOf(db, work))[0]!;
    await saveReview(
      db,
      {
        ...{ threadId, seriesId: id, analyzer: '1', inputs: {}, document: {} },
        verdicts: [{ messageId: 'p1@example.org', answer: 'finding', findings: [{ fingerprint: 'f2' }] }],
      },
      scene.time,
    );
    assert.equal((await dispute('<p1@example.org>', 'bob')).problem, '');
    assert.deepEqual(await disputes(), ['f1 ada', 'f2 bob']);
    assert.match((await order('dispute', { messageId, by: 'ada', reason: '' })).problem, /Too small|>=1/);
  });

  test('posting stops and starts', async () => {
    const { scene, order } = await begin();
    const posting = async () => ((await order('status', {})).value as { posting: string }).posting;
    assert.equal(await posting(), 'as the settings have it');
    for (const reason of ['a flood', 'still'])
      assert.equal((await order('posting-stop', { by: 'op', reason })).problem, '');
    assert.equal((await readSwitch(scene.store.db, 'posting-stopped'))?.why, 'still');
    assert.equal(await posting(), 'stopped');
    for (let i = 0; i < 2; i++) assert.equal((await order('posting-start', {})).problem, '');
    assert.equal(await posting(), 'as the settings have it');
  });

  test('what is no order, names nothing or is hostile changes nothing', async () => {
    const { scene, order } = await begin();
    const rows: readonly (readonly [string, unknown, RegExp])[] = [
      ['sink', {}, /there is no order sink/],
      ['constructor', {}, /there is no order constructor/],
      ['__proto__', {}, /there is no order __proto__/],
      ['outbox-show', { messageId: 'nosuch' }, /there is no reply <nosuch>/],
      ['outbox-show', { messageId: "' or 1=1 --" }, /there is no reply/],
      ['outbox-show', { messageId: '\0' }, /./],
      ['outbox-show', { messageId: ['a'] }, /expected string/],
      ['outbox-show', {}, /expected string/],
      ['outbox-show', null, /expected object/],
      ['outbox-approve', { messageId, by: 'op', state: 'sent' }, /Unrecognized key/],
      ['outbox-approve', { messageId: 'p1@example.org', by: 'op' }, /there is no reply/],
      ['outbox-reject', { messageId, by: 'op', reason: '' }, /Too small|>=1/],
      ['retry', { messageId: 'nosuch' }, /no mail <nosuch> has come in/],
      ['ignore', { messageId: 'nosuch', by: 'op', reason: 'x' }, /no mail <nosuch>/],
    ];
    const before = await scene.reply();
    for (const [name, args, expected] of rows) assert.match((await order(name, args)).problem, expected, name);
    assert.deepEqual(await scene.reply(), before);
    assert.deepEqual(scene.jobs, []);
  });
});
