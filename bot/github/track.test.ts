/**
 * From rows to issues: a work is judged, mailed about, judged again; its finding becomes one issue that follows it. The store is
 * real, GitHub is the fake server, by a token and as an app.
 */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before, beforeEach } from 'node:test';
import { pino } from 'pino';
import type { PatchDocument } from '../document.ts';
import { loadSettings } from '../settings/settings.ts';
import { type FakeServer, fakeServer } from '../sources/github/fake-server.ts';
import { itemsIn } from '../store/github-items.ts';
import { insertReply, moveReply } from '../store/replies.ts';
import { saveReview } from '../store/reviews.ts';
import { saveSeries } from '../store/series.ts';
import { switchOff, switchOn } from '../store/switches.ts';
import type { ReplyState } from '../store/tables.ts';
import { onPglite } from '../store/testing/engines.ts';
import { insertThreads } from '../store/threads.ts';
import { Accounts } from './login.ts';
import { FakeIssues, type FakeRepository, login, token } from './testing/fake-issues.ts';
import { sampleOf } from './testing/sample.ts';
import { trackWork } from './track.ts';
import { writeItem } from './write.ts';

const folder = mkdtempSync(join(tmpdir(), 'github-'));
const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
});
writeFileSync(join(folder, 'token'), `${token}\n`);
writeFileSync(join(folder, 'key'), privateKey);
const auths = {
  'a token': { token: { file: join(folder, 'token') } },
  'an app': { app: { id: 7, installation: 9, key: { file: join(folder, 'key') } } },
} as const;

const now = new Date('2026-03-01T00:00:00Z');
const world = new FakeIssues(() => now);
let server: FakeServer;
let repository: FakeRepository;
let names = 0;
before(async () => {
  server = await fakeServer({
    handlers: {
      ...world.handlers,
      'apps/get-authenticated': () => ({
        status: 200,
        body: { ...sampleOf('integration'), slug: login.replace('[bot]', '') },
      }),
      'apps/create-installation-access-token': ({ request }) => ({
        status: 201,
        body:
          request.params.installation_id === '9'
            ? { token: 'of-the-installation', expires_at: '2036-01-01T00:00:00Z', permissions: { issues: 'write' } }
            : {},
      }),
    },
    refuse: ({ path, headers: { authorization = '' } }) => {
      const wanted = path.startsWith('/app')
        ? /^bearer ey[\w-]+\.[\w-]+\.[\w-]+$/i
        : /^token (let-me-in|of-the-installation)$/;
      return wanted.test(authorization) ? null : { status: 401, body: { message: 'Bad credentials' } };
    },
    script: () => null,
    rewrite: world.rewrite,
  });
  world.api = server.api;
});
after(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

const work = { author: 'ada@example.org', name: 'powerpc/ftrace: nop out mflr' };
const told = 'Imagine this. @ada <ada@example.org> fixes #12 ``` <img src=x>\n';
const finding = { fingerprint: 'f'.repeat(16), check: 'return-address', entryPoint: 'enable' };

onPglite((bench) => {
  const db = () => bench().store.db;
  const jobs: number[] = [];
  const queue = {
    enqueue: async (_tx: unknown, _name: unknown, data: unknown) => void jobs.push((data as { itemId: number }).itemId),
  };
  const settings = {
    ...loadSettings(),
    github: { ...loadSettings().github, issues: { repository: '', mode: 'post', labels: ['ftrace'] } },
  } as const;
  const log = pino({ level: 'silent' });
  const track = () => {
    const github = { ...settings.github, issues: { ...settings.github.issues, repository: repository.name } };
    const changed = { ...settings, github: { ...github, issues: { ...github.issues, labels: ['ftrace'] } } };
    return db()
      .transaction()
      .execute((tx) => trackWork(tx, work, { settings: changed, queue, now }));
  };
  const judge = async () => [];
  const write = async (auth: (typeof auths)[keyof typeof auths] = auths['a token']) => {
    const lanes = { read: <T>(run: () => Promise<T>) => run(), write: <T>(run: () => Promise<T>) => run() };
    const accounts = new Accounts(auth, { api: server.api, lanes, now: () => now, sleep: async () => {} });
    const open = () => accounts.open(new AbortController().signal);
    const opened = await open();
    assert.equal(opened.problem, null);
    const who = await opened.account?.login();
    assert.equal(who?.trouble, null, JSON.stringify(who));
    for (const id of jobs.splice(0))
      await writeItem(id, { store: bench().store, queue, open, log, now: () => now, judge, bot: 'bot', branches: [] });
  };

  /** A version is judged, and what is mailed about it is in a state. */
  async function version(number: number, answer: PatchDocument['answer'], mail: ReplyState | null): Promise<void> {
    const has = answer === 'finding' || answer === 'question';
    const seriesId = await saveSeries(db(), {
      ...{ ...work, threadId: 1, changeId: null, version: number, total: 1 },
      ...{ firstMessageId: `p${number}@example.org`, patches: [`p${number}@example.org`] },
    });
    const patch = {
      ...{ messageId: `p${number}@example.org`, subject: `[PATCH v${number}] powerpc/ftrace: nop out mflr`, answer },
      ...{ why: answer === 'silence' ? 'it cannot be read' : '', base: { how: 'tree', doubt: null } },
      findings: has ? [finding] : [],
    };
    const { id } = await saveReview(
      db(),
      {
        ...{ threadId: 1, seriesId, analyzer: '1', inputs: { number }, document: { patches: [patch] } },
        verdicts: [
          {
            ...{ messageId: patch.messageId, answer },
            findings: has ? [{ fingerprint: finding.fingerprint, text: told, replay: "npm run replay -- 'x'" }] : [],
          },
        ],
      },
      now,
    );
    if (mail === null) return;
    await insertReply(db(), {
      ...{ message_id: `r${number}`, parent_message_id: patch.messageId, thread_id: 1, series_id: seriesId },
      ...{ review_id: id, kind: 'finding', mode: 'post', state: mail, raw: Buffer.from('x'), recipients: [] },
      ...{ created_at: now, fingerprints: has ? [finding.fingerprint] : [] },
    });
  }

  beforeEach(async () => {
    jobs.length = 0;
    repository = world.add(`example/tracked-${++names}`);
    await insertThreads(db(), [{ id: 1, root: 'p1@example.org', touched_at: now, settles_at: now, state: 'analysed' }]);
  });
  const only = () => {
    assert.equal(repository.issues.length, 1);
    return repository.issues[0]!;
  };

  for (const [name, auth] of Object.entries(auths))
    test(`one issue follows its finding over versions, written by ${name}`, async () => {
      await version(1, 'finding', 'sent');
      await track();
      await write(auth);
      assert.equal(only().title, 'powerpc/ftrace: nop out mflr (enable: return-address)');
      assert.match(only().body, /v1, `<p1@example\.org>`: has it <https:\/\/lore/);
      await track();
      assert.deepEqual(jobs, [], 'nothing is new');
      await version(2, 'finding', 'sent');
      await track();
      await write(auth);
      assert.match(only().body, /v2 is the newest version, and has it/);
      await version(3, 'silence', null);
      await track();
      await write(auth);
      assert.deepEqual([only().state, /cannot be told/.test(only().body)], ['open', true]);
      await version(4, 'pass', 'sent');
      await track();
      await write(auth);
      assert.deepEqual([only().state, only().stateReason], ['closed', 'completed']);
      await version(5, 'finding', 'sent');
      await track();
      await write(auth);
      assert.deepEqual([only().state, only().stateReason], ['open', 'reopened']);
      assert.deepEqual(server.faults, []);
    });

  test('what strangers wrote does nothing there', async () => {
    await version(1, 'finding', 'sent');
    await track();
    await write();
    const { body } = only();
    assert.doesNotMatch(body, /ada@example/);
    assert.match(body, /\n````\nImagine this\. @ada <ada@…> fixes #12 ``` <img src=x>\n````\n/);
  });

  test('nothing is public before a moderator let it out, and what was taken back is closed', async () => {
    await version(1, 'finding', 'held');
    await track();
    assert.deepEqual(jobs, []);
    await moveReply(db(), 1, { from: ['held'], state: 'sent' });
    await track();
    await write();
    assert.equal(only().state, 'open');
    await moveReply(db(), 1, { from: ['sent'], state: 'rejected' });
    await track();
    await write();
    assert.equal(only().state, 'closed');
  });

  test('a mail that is withdrawn for a newer version takes back nothing that was mailed before', async () => {
    await version(1, 'finding', 'confirmed');
    await version(2, 'finding', 'withdrawn');
    await version(3, 'silence', null);
    await track();
    await write();
    assert.equal(only().state, 'open');
    assert.match(only().body, /v3 is the newest version, and whether it has it cannot be told/);
  });

  test('of a mail that is a dry run the issue is one too, until one has left', async () => {
    await version(1, 'finding', 'dry');
    await track();
    assert.deepEqual([jobs.length, (await itemsIn(db(), ['dry'])).length], [0, 1]);
    await version(2, 'finding', 'due');
    await track();
    assert.deepEqual([jobs.length, (await itemsIn(db(), ['dry'])).length], [0, 1]);
    await moveReply(db(), 2, { from: ['due'], state: 'sent' });
    await track();
    await write();
    assert.match(only().body, /v2 is the newest version, and has it/);
  });

  for (const [answer, mail] of [
    ['question', 'sent'],
    ['finding', null],
    ['finding', 'due'],
    ['finding', 'parked'],
  ] as const)
    test(`a ${answer} that is ${mail ?? 'not mailed'} opens none`, async () => {
      await version(1, answer, mail);
      await track();
      assert.deepEqual(jobs, []);
    });

  test('the kill switch holds GitHub too', async () => {
    await version(1, 'finding', 'sent');
    await track();
    await switchOn(db(), 'posting-stopped', { at: now, by: 'ada', why: 'x' });
    await write();
    assert.deepEqual([repository.issues.length, jobs.length], [0, 1]);
    await switchOff(db(), 'posting-stopped');
    await write();
    assert.equal(repository.issues.length, 1);
  });

  test('a row is claimed once, and what changes meanwhile is written afterwards', async () => {
    await version(1, 'finding', 'sent');
    await track();
    await Promise.all([write(), write()]);
    assert.equal(repository.issues.length, 1);
    assert.deepEqual(
      (await itemsIn(db(), ['written'])).map(({ number }) => number),
      [1],
    );
  });
});
