/**
 * From a judged series to what stands on the commits of its patches: a real store, GitHub is the fake server, by a
 * token and as an app.
 */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pino } from 'pino';
import type { SeriesOutcome } from '../analysis/analyse.ts';
import { loadSettings } from '../settings/settings.ts';
import type { FakeServer } from '../sources/github/fake-server.ts';
import { recordDispute } from '../store/disputes.ts';
import { itemsIn } from '../store/github-items.ts';
import { insertReply, moveReply } from '../store/replies.ts';
import { saveReview } from '../store/reviews.ts';
import { saveSeries, supersede } from '../store/series.ts';
import { onPglite } from '../store/testing/engines.ts';
import { insertThreads } from '../store/threads.ts';
import { keepMarks, takeBackMarks } from './keep-marks.ts';
import { Accounts } from './login.ts';
import { githubPlan } from './orders.ts';
import { token } from './testing/fake-issues.ts';
import {
  base,
  changes,
  commitOf,
  lanes,
  link,
  marksOn,
  mirrorServer,
  newMirror,
  now,
  patterns,
  scene,
  shownOn,
  sleep,
  world,
} from './testing/mirror-scene.ts';
import type { MarkSettings } from './wanted-mark.ts';
import { writeItem } from './write.ts';

let server: FakeServer;
before(async () => {
  server = await mirrorServer();
});
after(() => server.close());

const folder = mkdtempSync(join(tmpdir(), 'marks-'));
after(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, 'token'), `${token}\n`);
const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
});
writeFileSync(join(folder, 'key'), privateKey);
const auths = {
  status: { token: { file: join(folder, 'token') } },
  check: { app: { id: 7, installation: 9, key: { file: join(folder, 'key') } } },
} as const;

const work = { author: 'ada@example.org', name: 'ftrace: x' };
const judged = (answer: SeriesOutcome['answer'], set: Partial<SeriesOutcome> = {}): SeriesOutcome => ({
  ...{ ...work, version: 1, total: 1, first: 'p1@example.org', answer, mode: 'post', document: {}, reply: null },
  ...{ told: answer === 'finding' ? ['f1'] : [], decision: { kind: 'nothing', why: '', withdraws: [] } },
  patches: [
    {
      ...{ messageId: 'p1@example.org', subject: '[PATCH] ftrace: x', title: 'ftrace: x', changes, answer },
      ...{ why: answer === 'pass' ? 'holds in 2 runs' : 'one finding', findings: [], levels: ['stale'] },
      ...{ base: { how: 'tree', ref: 'v6.1', doubt: null }, fingerprints: answer === 'finding' ? ['f1'] : [] },
    },
  ],
  ...set,
});

onPglite((bench) => {
  const db = () => bench().store.db;
  const log = pino({ level: 'silent' });
  const later = new Set<number>();
  let mails = 0;
  const queue = {
    enqueue: async (_tx: unknown, _name: unknown, data: unknown) => void later.add((data as { itemId: number }).itemId),
  };

  async function begin({ mode = 'post', as = 'status' }: Partial<Pick<MarkSettings, 'mode' | 'as'>> = {}) {
    scene.script = () => null;
    later.clear();
    const { number, name, mirror } = newMirror();
    const all = loadSettings();
    const marks: MarkSettings = {
      ...{ repository: name, mode, branches: [...patterns], as, context: 'scenario-bot' },
      ...{ answers: ['finding', 'question', 'pass'], findings: 'failure' },
    };
    const settings = { ...all, github: { ...all.github, marks } };
    const threadId = number;
    await insertThreads(db(), [{ id: threadId, root: `${name}@example.org`, state: 'analysed', touched_at: now() }]);
    const version = (number: number) =>
      saveSeries(db(), {
        ...{ ...work, threadId, changeId: null, version: number, total: 1 },
        ...{ firstMessageId: `p${number}@example.org`, patches: [`p${number}@example.org`] },
      });
    const seriesId = await version(1);
    const newVersion = async () => supersede(db(), [seriesId], await version(2));
    const { id: reviewId } = await saveReview(
      db(),
      { ...{ threadId, seriesId, analyzer: '1', inputs: {}, document: { patches: [] } }, verdicts: [] },
      now(),
    );
    const mail = async (state: 'held' | 'sent', fingerprints = ['f1']) => {
      const messageId = `r${++mails}@bot.example.org`;
      const { id } = await insertReply(db(), {
        ...{ message_id: messageId, parent_message_id: 'p1@example.org', thread_id: threadId, series_id: seriesId },
        ...{ review_id: reviewId, kind: 'finding', mode: 'post', state, raw: Buffer.from('x'), created_at: now() },
        ...{ recipients: [], fingerprints },
      });
      return { id, messageId };
    };
    const keep = (outcome: SeriesOutcome, reply: { readonly id: number; readonly messageId: string } | null) =>
      db()
        .transaction()
        .execute((tx) => keepMarks(tx, { outcome, seriesId, reply }, { queue, settings, log, now: now() }));
    const accounts = new Accounts(auths[as], { api: server.api, lanes, now, sleep });
    /** Jobs that wait are run once, whatever their time. */
    const write = async () => {
      const due = [...later];
      later.clear();
      scene.ms += 61_000;
      const open = () => accounts.open(new AbortController().signal);
      const common = { store: bench().store, queue, open, log, now, bot: 'bot', branches: patterns };
      for (const id of due) await writeItem(id, { ...common, judge: async () => [] });
    };
    const row = async () => {
      const items = await itemsIn(db(), ['dry', 'due', 'written', 'parked', 'left']);
      const found = items.find(({ repository }) => repository === name);
      return found === undefined ? null : `${found.state}${found.why === null ? '' : `: ${found.why}`}`;
    };
    const push = () => world.push(mirror, 'series/1', [base, commitOf('ftrace: x', [link])])[1] ?? '';
    return { name, mirror, threadId, seriesId, newVersion, mail, keep, write, row, push };
  }

  test('a finding is on its commit once its mail has left, and a dispute takes it back', async () => {
    const { mirror, mail, keep, write, row, push, seriesId, threadId } = await begin();
    const reply = await mail('held');
    const sha = push();
    await keep(judged('finding'), reply);
    for (let times = 0; times < 20; times++) await write();
    assert.deepEqual([await row(), marksOn(mirror, sha)], ['due', []], 'a moderator has it, and no try is counted');
    await moveReply(db(), reply.id, { from: ['held'], state: 'sent' });
    await write();
    assert.equal(await row(), 'written');
    assert.match(marksOn(mirror, sha).join(), /^failure Goes wrong where a CPU may still hold an old instruction/);
    await keep(judged('finding'), reply);
    assert.equal(later.size, 0, 'the same verdict writes nothing');
    await recordDispute(db(), {
      ...{
        series_id: seriesId,
        fingerprint: 'f1',
        thread_id: threadId,
        by_address: 'bo@example.org',
        at: now(),
        reason: 'no',
        message_id: 'd@example.org',
      },
    });
    await db()
      .transaction()
      .execute((tx) => takeBackMarks(tx, work, { queue, now: now() }));
    await write();
    assert.equal(marksOn(mirror, sha)[0], 'success Taken back: what was found is disputed.');
    await keep(judged('finding', { told: [] }), null);
    assert.equal(later.size, 0);
    assert.deepEqual(server.faults, []);
  });

  test('what a moderator rejects is on no commit; what holds then is', async () => {
    const { mirror, mail, keep, write, row, push } = await begin();
    const reply = await mail('held');
    const sha = push();
    await keep(judged('finding'), reply);
    await moveReply(db(), reply.id, { from: ['held'], state: 'rejected' });
    await write();
    assert.match((await row()) ?? '', /^written: Taken back: a moderator did not let/);
    assert.deepEqual(marksOn(mirror, sha), []);
    await keep(judged('pass'), null);
    await write();
    assert.match(marksOn(mirror, sha).join(), /^success Run on v6.1 up to the level/);
  });

  test('what no mail told of, or a moderator rejected, is not marked because another finding was mailed', async () => {
    const { mirror, mail, keep, write, row, push } = await begin();
    const sha = push();
    await mail('sent');
    const { id } = await mail('held', ['f1', 'f2']);
    await moveReply(db(), id, { from: ['held'], state: 'rejected' });
    const [patch] = judged('finding').patches;
    assert.ok(patch !== undefined);
    for (const fingerprints of [['f2'], ['f1', 'f2']])
      await keep(judged('finding', { told: ['f1', 'f2'], patches: [{ ...patch, fingerprints }] }), null);
    await write();
    assert.deepEqual([await row(), marksOn(mirror, sha)], [null, []]);
    await keep(judged('finding', { told: ['f1'], patches: [{ ...patch, fingerprints: ['f1', 'f2'] }] }), null);
    await write();
    assert.equal(await row(), 'written', 'f2 is disputed, and of f1 the mail that left tells');
  });

  test('a branch that is not there is looked for again; what was said of an old version is put right', async () => {
    const { name, mirror, mail, keep, write, row, push, newVersion } = await begin();
    await keep(judged('pass'), null);
    await write();
    assert.equal(await row(), `due: no commit on series/** of ${name} is this patch, or not yet`);
    const sha = push();
    await write();
    assert.deepEqual([await row(), marksOn(mirror, sha).length], ['written', 1]);
    await newVersion();
    await keep(judged('finding'), await mail('sent'));
    await write();
    assert.match(marksOn(mirror, sha)[0] ?? '', /^failure/);
  });

  test('of an old version nothing is begun', async () => {
    const { mirror, keep, write, row, push, newVersion } = await begin();
    const sha = push();
    await keep(judged('pass'), null);
    await newVersion();
    await write();
    assert.deepEqual([await row(), marksOn(mirror, sha)], ['written: there is a newer version', []]);
  });

  test('an app makes a check run, and the plan shows it', async () => {
    const { mirror, mail, keep, write, row, push } = await begin({ as: 'check' });
    const reply = await mail('sent');
    const sha = push();
    await keep(judged('finding'), reply);
    const [planned] = await githubPlan.run({ all: false }, { store: bench().store, queue, now });
    assert.deepEqual([planned?.kind, planned?.key, planned?.state], ['mark', 'mark p1@example.org', 'due']);
    await write();
    assert.equal(await row(), 'written');
    const [run] = shownOn(mirror, sha);
    assert.deepEqual([run?.conclusion, run?.external_id], ['failure', 'p1@example.org']);
    await keep(judged('pass'), null);
    await write();
    assert.match(marksOn(mirror, sha).join(), /^success Run on v6.1/, 'the same run');
    assert.deepEqual(server.faults, []);
  });

  test('a dry run asks GitHub nothing', async () => {
    const { keep, write, row } = await begin({ mode: 'dry-run' });
    const asked = scene.requests;
    await keep(judged('pass'), null);
    await write();
    assert.deepEqual([await row(), scene.requests - asked], ['dry', 0]);
  });
});
