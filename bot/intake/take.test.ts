/** Mails into the store, on both engines: once each, in the right threads in any order, with a job where one is due. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { sql } from 'kysely';
import { readPositions } from '../store/positions.ts';
import { Queue } from '../store/queue.ts';
import { onBothEngines } from '../store/testing/engines.ts';
import { beginAnalysis, endAnalysis, ignoreThread, readThread } from '../store/threads.ts';
import type { RawMail } from './raw-mail.ts';
import { takeMail, takeMails } from './take.ts';

const now = new Date('2026-01-02T03:04:05Z');
const settleMs = 600_000;
const diff = (file: string) => `--- a/${file}\n+++ b/${file}\n@@ -1 +1 @@\n-int a;\n+int b;\n`;
const [ours, theirs] = [diff('arch/powerpc/kernel/trace/ftrace.c'), diff('fs/ext4/super.c')];

interface Given {
  readonly id: string;
  readonly answers?: readonly string[];
  readonly subject?: string;
  readonly body?: string;
  readonly from?: string;
  readonly minute?: number;
  readonly headers?: string;
}

let uid = 0;
function mail({
  id,
  answers = [],
  subject = 'Hello',
  body = id,
  from = 'ada@example.org',
  minute = 0,
  headers = '',
}: Given): RawMail {
  const references = answers.length === 0 ? '' : `References: ${answers.map((one) => `<${one}>`).join(' ')}\n`;
  const date = new Date(now.getTime() + minute * 60_000).toUTCString();
  const raw = Buffer.from(
    `From: ${from}\nSubject: ${subject}\nDate: ${date}\n${id === '' ? '' : `Message-ID: <${id}>\n`}${references}${headers}\n${body}\n`,
  );
  return { raw, source: 'list', position: { kind: 'imap', mailbox: 'INBOX', uidValidity: '1', uid: ++uid } };
}

onBothEngines((bench) => {
  const kept = () => ({ store: bench().store, look: null });
  /** Each thread as the ids of its mails. */
  const threads = async () => {
    const { rows } = await sql<{ ids: string[] }>`
      select array_agg(message_id order by message_id) as ids from mails group by thread_id order by 1`.execute(
      bench().store.db,
    );
    return rows.map(({ ids }) => ids.join(' '));
  };
  const idsOfThreads = async () =>
    (await sql<{ n: number }>`select count(*) as n from threads`.execute(bench().store.db)).rows[0]?.n;

  test('a mail that its source has cut is kept as damaged', async () => {
    const problem = { kind: 'mail-too-large', text: 'the mail has 9999999 bytes' };
    const [cut] = await takeMails(kept(), [{ ...mail({ id: 'cut' }), problem }], now);
    assert.equal(cut?.damage, problem.text);
  });

  test('a mail is kept once, by whatever list it comes, and its position each time', async () => {
    const one = mail({ id: 'a', body: 'text' });
    const other = mail({ id: 'a', body: `text\n${'_'.repeat(47)}\nppc mailing list`, subject: '[ppc] Hello' });
    const kinds = [];
    for (const each of [one, one, other]) kinds.push((await takeMail(kept(), each, now)).kind);
    kinds.push(...(await takeMails(kept(), [one, mail({ id: 'b' }), other], now)).map(({ kind }) => kind));
    assert.deepEqual(kinds, ['new', 'known', 'known', 'known', 'new', 'known']);
    assert.deepEqual(await threads(), ['a', 'b']);
    const rows = await bench().store.db.selectFrom('mails').selectAll().orderBy('id').execute();
    assert.deepEqual(rows[0]?.raw, one.raw);
    assert.deepEqual(await readPositions(bench().store.db, 'list'), [other.position]);
  });

  test('another mail under the same Message-ID is kept apart, and joins nothing', async () => {
    await takeMails(kept(), [mail({ id: 'a' }), mail({ id: 'z' })], now);
    assert.equal(
      (await takeMail(kept(), mail({ id: 'a', body: 'quite another', answers: ['z'] }), now)).kind,
      'reused',
    );
    assert.equal((await takeMail(kept(), mail({ id: 'a', body: 'quite another', answers: ['z'] }), now)).kind, 'known');
    const both = mail({ id: 'b', body: 'one' });
    assert.deepEqual(
      (await takeMails(kept(), [both, mail({ id: 'b', body: 'two' }), both], now)).map(({ kind }) => kind),
      ['new', 'reused', 'known'],
    );
    assert.deepEqual(await threads(), ['a a', 'b b', 'z']);
  });

  const chain: readonly Given[] = [
    { id: 'a' },
    { id: 'b', answers: ['a'] },
    { id: 'c', answers: ['a', 'b'] },
    { id: 'd', answers: ['missing'] },
    { id: 'e', answers: ['missing'] },
    { id: 'f', answers: ['b', 'e'] },
    { id: 'x' },
  ];
  for (const [name, order] of [
    ['in order', 'abcdefx'],
    ['backwards', 'xfedcba'],
    ['the joining one last', 'adxecbf'],
    ['the joining one first', 'fxdaceb'],
  ] as const)
    test(`a thread is what its ids join: ${name}, one by one and at once`, async () => {
      const mails = [...order].map((id) => mail(chain.find((given) => given.id === id)!));
      for (const each of mails) await takeMail(kept(), each, now);
      assert.deepEqual(await threads(), ['a b c d e f', 'x']);
      assert.equal(await idsOfThreads(), 2);
      await sql`truncate mails, message_ids, threads cascade`.execute(bench().store.db);
      await takeMails(kept(), mails, now);
      assert.deepEqual(await threads(), ['a b c d e f', 'x']);
      assert.equal(await idsOfThreads(), 2);
    });

  const loose = (id: string, minute: number, more: Partial<Given> = {}): Given => ({
    ...{ id, minute, subject: `[PATCH v2 ${id}/3] part ${id}`, from: 'Ada <Ada@example.org>' },
    ...more,
  });
  for (const order of ['123', '132', '312'])
    test(`patches that answer no mail are one thread where they come within minutes: ${order}`, async () => {
      const series = [loose('1', 0), loose('2', 15), loose('3', 30)];
      for (const number of order) await takeMail(kept(), mail(series[Number(number) - 1]!), now);
      assert.deepEqual(await threads(), ['1 2 3']);
      assert.equal(await idsOfThreads(), 1);
    });

  test('patches are no series that are far apart, of others, of another version or number, or answers', async () => {
    const given = [
      ...[loose('1', 0), loose('2', 21), loose('3', 0, { from: 'bob@example.org' })],
      ...[loose('4', 0, { subject: '[PATCH 2/3] x' }), loose('5', 0, { subject: '[PATCH v2 2/4] x' })],
      ...[loose('6', 0, { answers: ['other'] }), loose('7', 0, { subject: 'Re: [PATCH v2 2/3] x' })],
      loose('8', 0, { subject: '[PATCH v2] x' }),
    ].map(mail);
    await takeMails(kept(), given, now);
    assert.deepEqual(await threads(), ['1', '2', '3', '4', '5', '6', '7', '8']);
  });

  test('a thread with a patch for us gets a job, and a later one after every mail', async () => {
    const { store } = bench();
    const queue = await Queue.open(store, (error) => assert.ifError(error));
    const intake = { store, look: { queue, settleMs, soonMs: settleMs } };
    const jobs = async () => {
      const { rows } = await sql<{ key: string; start_after: Date }>`
        select singleton_key as key, start_after from pgboss.job order by 1`.execute(store.db);
      return rows.map(({ key, start_after }) => `${key} +${(start_after.getTime() - now.getTime()) / 60_000}`);
    };
    const at = (minute: number) => new Date(now.getTime() + minute * 60_000);
    await takeMail(intake, mail({ id: 'cover', subject: '[PATCH 0/2] x' }), at(0));
    await takeMail(intake, mail({ id: 'else', subject: '[PATCH] x', body: theirs }), at(0));
    await takeMail(intake, mail({ id: 'quoted', subject: 'Re: [PATCH] x', body: ours }), at(0));
    assert.deepEqual(await jobs(), []);
    const patch = { id: 'one', subject: '[PATCH 1/2] x', answers: ['cover'], body: ours };
    await takeMail(intake, mail(patch), at(1));
    assert.deepEqual(await jobs(), ['1 +11']);
    await takeMail(intake, mail({ id: 'reply', answers: ['cover', 'one'] }), at(2));
    assert.deepEqual(await jobs(), ['1 +12']);
    await takeMail(intake, mail(patch), at(3));
    await takeMail(intake, mail({ id: 'bot', answers: ['one'], headers: 'X-Scenario-Bot: 1\n' }), at(3));
    await takeMail(intake, mail({ id: 'one', body: 'another' }), at(3));
    assert.deepEqual(
      await jobs(),
      ['1 +12'],
      'not after what was here, of a bot like us, or under an id that was taken',
    );
    const thread = await readThread(store.db, 1);
    assert.deepEqual([thread?.state, thread?.settles_at], ['waiting', at(12)]);
    await ignoreThread(store.db, 1, 'asked to');
    await takeMail(intake, mail({ id: 'late', answers: ['one'] }), at(4));
    assert.deepEqual(await jobs(), ['1 +12'], 'not where we were asked to stay out');
    assert.deepEqual((await readThread(store.db, 1))?.reason, 'asked to');
    await queue.stop(0);
  });

  test('our own mail that comes back confirms its row, once it was handed over', async () => {
    const { db } = bench().store;
    await takeMail(kept(), mail({ id: 'a' }), now);
    for (const state of ['due', 'sending', 'sent'] as const)
      await db
        .insertInto('replies')
        .values({
          ...{ message_id: `${state}@bot`, parent_message_id: 'a', thread_id: 1, kind: 'finding', mode: 'post', state },
          ...{ raw: Buffer.from(''), recipients: [], created_at: now },
        })
        .execute();
    await takeMails(
      kept(),
      ['due@bot', 'sending@bot', 'sent@bot'].map((id) => mail({ id, answers: ['a'] })),
      now,
    );
    const rows = await db.selectFrom('replies').select(['state', 'confirmed_at']).orderBy('id').execute();
    assert.deepEqual(rows, [
      { state: 'due', confirmed_at: null },
      { state: 'confirmed', confirmed_at: now },
      { state: 'confirmed', confirmed_at: now },
    ]);
  });

  test('our own mail that comes back while its thread is analysed makes the analysis no worse', async () => {
    const { db } = bench().store;
    const later = new Date(now.getTime() + 1_000);
    const analysed = { state: 'analysed', now: later } as const;
    for (const [answer, isKept] of [
      [mail({ id: 'ours', answers: ['a'], headers: 'X-Scenario-Bot: 1\n' }), true],
      [mail({ id: 'theirs', answers: ['a'] }), false],
    ] as const) {
      await takeMail(kept(), mail({ id: 'a', subject: '[PATCH] x', body: ours }), now);
      await db.updateTable('threads').set({ state: 'waiting' }).execute();
      const thread = await beginAnalysis(db, 1);
      await takeMail(kept(), answer, later);
      assert.equal(await endAnalysis(db, thread!, analysed), isKept);
    }
  });

  test('a batch that fails leaves nothing, not even its position', async () => {
    const bad = mail({ id: 'b' });
    const broken = { ...bad, source: '\0' };
    await assert.rejects(takeMails(kept(), [mail({ id: 'a' }), broken], now));
    assert.deepEqual(await threads(), []);
    assert.deepEqual(await readPositions(bench().store.db, 'list'), []);
  });

  test('what a stranger writes is stored as far as it can be', async () => {
    const hostile = [
      { id: '', body: 'no id' },
      { id: 'a\0b', body: 'NUL in an id' },
      { id: 'x'.repeat(5_000), body: 'an id that fits in no index' },
      { id: 'c', subject: '\0 =?utf-8?b?7aCA?= \0', body: '\0' },
      { id: 'd', from: `${'y'.repeat(5_000)}@example.org`, subject: '[PATCH v999999999999 1/99999999999999999999] x' },
      { id: 'e', subject: '[PATCH1/99999999999999999999] x' },
      { id: 'f', headers: 'Date: Sat, 1 Jan 275000 00:00:00 +0000\n' },
      { id: 'g', answers: Array.from({ length: 20_000 }, (_, i) => `r${i}`) },
    ].map(mail);
    const taken = await takeMails(kept(), hostile, now);
    assert.deepEqual(
      taken.map(({ kind }) => kind),
      hostile.map(() => 'new'),
    );
    assert.equal(
      (await sql<{ n: number }>`select count(*) as n from message_ids`.execute(bench().store.db)).rows[0]?.n,
      8 + 100,
    );
    assert.match(taken[0]!.messageId, /^[0-9a-f]{64}@no-message-id\.invalid$/);
    assert.equal((await takeMail(kept(), hostile[0]!, now)).kind, 'known');
  });
});
