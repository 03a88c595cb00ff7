/** One reply on its way out, state by state: what a server may say of it, what may hold it back, and that nothing is lost. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { takeMail } from '../intake/take.ts';
import { Scene, threadId, work } from '../serve/testing/scene.ts';
import { recordDispute } from '../store/disputes.ts';
import { optOut } from '../store/opt-outs.ts';
import { moveReply, type Reply, readReply } from '../store/replies.ts';
import { saveSeries } from '../store/series.ts';
import { switchOff, switchOn } from '../store/switches.ts';
import { onPglite } from '../store/testing/engines.ts';
import { ignoreThread } from '../store/threads.ts';
import { type Posting, postReply } from './post.ts';
import { signMail } from './sign.ts';
import type { Sent } from './transport.ts';

const minute = 60_000;
const sent: Sent = { kind: 'sent', response: '250 taken', rejected: [] };
const later: Sent = { kind: 'later', why: '451 greylisted' };
const refused: Sent = { kind: 'refused', why: '550 spam' };
const unknown: Sent = { kind: 'unknown', why: 'Connection closed' };

onPglite((bench) => {
  /** A reply that is due, and a server that says what is in `says`, then that it has it. */
  const begin = async (given: Partial<Reply> = {}) => {
    const scene = new Scene(bench().store);
    const id = await scene.begin({ state: 'due', ...given });
    const says: Sent[] = [];
    const got: Reply[] = [];
    const read: { since: Date | null } = { since: null };
    const posting = (): Posting => ({
      ...scene,
      now: scene.now,
      send: async (reply) => {
        // What is handed over was written down before.
        assert.equal((await readReply(scene.store.db, reply.id))?.state, 'sending');
        got.push(reply);
        return says.shift() ?? sent;
      },
      readSince: async () => read.since,
      check: async () => {},
    });
    return { scene, id, says, got, read, posting, post: (of = id) => postReply(of, posting()) };
  };
  const waitOf = (scene: Scene): number => {
    const job = scene.jobs.findLast(({ name }) => name === 'post');
    return job === undefined ? -1 : Math.round((job.at.getTime() - scene.time.getTime()) / minute);
  };

  test('it is sent, once', async () => {
    const { scene, got, post } = await begin();
    await post();
    const { state, attempts, sent_at, error } = await scene.reply();
    assert.deepEqual([state, attempts, sent_at, error], ['sent', 1, scene.time, null]);
    await post();
    assert.equal(got.length, 1);
    assert.deepEqual(scene.jobs, []);
    assert.match(await scene.metrics.registry.metrics(), /replies_total\{state="sent"\} 1/);
    for (const line of scene.lines) assert.equal(JSON.parse(line).messageId, 'r1@bot.example.org');
  });

  test('in no other state is anything sent', async () => {
    const { scene, id, got, post } = await begin();
    for (const state of ['dry', 'held', 'sent', 'confirmed', 'withdrawn', 'rejected', 'parked'] as const) {
      await scene.store.db.updateTable('replies').set({ state }).where('id', '=', id).execute();
      await post();
      assert.equal((await scene.reply()).state, state);
    }
    await post(id + 1);
    assert.deepEqual([got, scene.jobs], [[], []]);
  });

  test('two who try at once send one', async () => {
    const { got, post } = await begin();
    await Promise.all([post(), post()]);
    assert.equal(got.length, 1);
  });

  test('some recipients are refused, and the others have it', async () => {
    const { scene, says, post } = await begin();
    says.push({ ...sent, rejected: ['550 no such user'] });
    await post();
    const { state, error } = await scene.reply();
    assert.deepEqual([state, error], ['sent', '550 no such user']);
  });

  test('refused, it is parked with the answer', async () => {
    const { scene, says, got, post } = await begin();
    says.push(refused);
    await post();
    await post();
    const { state, error } = await scene.reply();
    assert.deepEqual([state, error, got.length, scene.jobs.length], ['parked', '550 spam', 1, 0]);
  });

  test('put off, it waits longer each time, to six hours', async () => {
    const { scene, says, got, post } = await begin();
    const waits: number[] = [];
    for (let i = 0; i < 12; i++) {
      says.push(later);
      await post();
      assert.equal((await scene.reply()).state, 'due');
      waits.push(waitOf(scene));
      scene.pass((waits.at(-1) ?? 0) * minute);
    }
    assert.deepEqual(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360, 360]);
    await post();
    assert.equal((await scene.reply()).state, 'sent');
    assert.ok(got.every(({ message_id }) => message_id === 'r1@bot.example.org'));
  });

  test('nobody knows: it waits for the sources, and is sent again under the same Message-ID', async () => {
    const { scene, says, got, read, post } = await begin();
    says.push(unknown);
    await post();
    assert.deepEqual([(await scene.reply()).state, waitOf(scene)], ['sending', 60]);
    scene.pass(30 * minute);
    await post();
    assert.equal(waitOf(scene), 30);
    scene.pass(30 * minute);
    // No source has been read to its end since.
    for (const since of [null, new Date(scene.time.getTime() - 30 * minute)]) {
      read.since = since;
      await post();
      assert.deepEqual([(await scene.reply()).state, got.length, waitOf(scene)], ['sending', 1, 1]);
    }
    read.since = scene.time;
    await post();
    assert.equal((await scene.reply()).state, 'due');
    await post();
    assert.equal((await scene.reply()).state, 'sent');
    assert.deepEqual(
      got.map(({ message_id, raw }) => `${message_id} ${raw}`),
      [1, 2].map(() => `${got[0]?.message_id} ${got[0]?.raw}`),
    );
  });

  for (const answer of [later, refused])
    test(`a process that was frozen has "${answer.why}" of a try that another has followed`, async () => {
      const { scene, id, says, got, read, posting, post } = await begin();
      let wake = () => {};
      const frozen = new Promise<void>((resolve) => {
        wake = resolve;
      });
      let isAsked = () => {};
      const asked = new Promise<void>((resolve) => {
        isAsked = resolve;
      });
      const first = postReply(id, {
        ...posting(),
        send: async () => {
          isAsked();
          await frozen;
          return answer;
        },
      });
      await asked;
      scene.pass(60 * minute);
      read.since = scene.time;
      await post();
      says.push(unknown);
      await post();
      wake();
      await first;
      assert.equal((await scene.reply()).state, 'sending', 'the second may have left');
      await post();
      assert.equal(got.length, 1);
    });

  test('nobody knows, and it comes back: it was sent', async () => {
    const { scene, says, got, read, post } = await begin();
    says.push(unknown);
    await post();
    const { raw } = await scene.reply();
    const position = { kind: 'imap', mailbox: 'INBOX', uidValidity: '1', uid: 1 } as const;
    await takeMail({ store: scene.store, look: null }, { raw, source: 'list', position }, scene.time);
    assert.equal((await scene.reply()).state, 'confirmed');
    scene.pass(120 * minute);
    read.since = scene.time;
    await post();
    assert.equal(got.length, 1);
  });

  test('it is to be sent again, and comes back before that: it is not', async () => {
    const { scene, says, got, read, post } = await begin();
    says.push(unknown);
    await post();
    const { raw } = await scene.reply();
    scene.pass(120 * minute);
    read.since = scene.time;
    await post();
    assert.equal((await scene.reply()).state, 'due');
    const position = { kind: 'imap', mailbox: 'INBOX', uidValidity: '1', uid: 1 } as const;
    await takeMail({ store: scene.store, look: null }, { raw, source: 'list', position }, scene.time);
    await post();
    assert.deepEqual([(await scene.reply()).state, got.length], ['confirmed', 1]);
  });

  for (const [how, isOurs, state] of [
    ['with our own signature: it had left, before the store was new or restored', true, 'confirmed'],
    ['with nobody’s: anybody may write under its Message-ID, and it is sent', false, 'sent'],
  ] as const)
    test(`before it was ever sent it comes back ${how}`, async () => {
      const { scene, got, post } = await begin();
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
      const file = join(mkdtempSync(join(tmpdir(), 'left-')), 'key');
      writeFileSync(file, key);
      const dkim = { domain: 'example.org', selector: 's1', key: { file } };
      scene.settings = { ...scene.settings, dkim };
      const raw = (await scene.reply()).raw.toString();
      const signed = await signMail(raw, { ...dkim, key }, scene.time);
      const came = Buffer.from(isOurs ? (signed.raw ?? '') : raw);
      const position = { kind: 'imap', mailbox: 'INBOX', uidValidity: '1', uid: 1 } as const;
      await takeMail({ store: scene.store, look: null }, { raw: came, source: 'list', position }, scene.time);
      await post();
      rmSync(dirname(file), { recursive: true });
      assert.deepEqual([(await scene.reply()).state, got.length], [state, isOurs ? 0 : 1]);
    });

  test('a process died between the row and the server', async () => {
    const { scene, id, got, read, post } = await begin();
    await moveReply(scene.store.db, id, { from: ['due'], state: 'sending', sent_at: scene.time });
    await post();
    assert.equal(got.length, 0);
    scene.pass(61 * minute);
    read.since = scene.time;
    await post();
    await post();
    assert.deepEqual([(await scene.reply()).state, got.length], ['sent', 1]);
  });

  test('no server is set', async () => {
    const { scene, id, posting } = await begin();
    await postReply(id, { ...posting(), send: null });
    assert.deepEqual([(await scene.reply()).state, waitOf(scene)], ['due', 5]);
  });

  test('caps hold back and lose nothing', async () => {
    const { scene, got, post } = await begin({ thread_id: threadId, kind: 'correction' });
    scene.settings = { ...scene.settings, caps: { ...scene.settings.caps, perHour: 2, perDay: 3, perThread: 100 } };
    const ids = [1];
    for (let i = 2; i <= 5; i++)
      ids.push(await scene.add({ message_id: `r${i}@bot.example.org`, state: 'due', kind: 'correction' }));
    const when: number[] = [];
    const start = scene.time.getTime();
    for (let i = 0; i < 200 && got.length < 5; i++) {
      const due = scene.jobs.splice(0).sort((a, b) => a.at.getTime() - b.at.getTime());
      const jobs =
        i === 0 ? ids.map((replyId) => ({ replyId, at: scene.time })) : due.map(({ data, at }) => ({ ...data, at }));
      for (const { at, ...data } of jobs) {
        if (at > scene.time) scene.time = at;
        if ('replyId' in data) await post(data.replyId);
        if (when.length < got.length) when.push((scene.time.getTime() - start) / (60 * minute));
      }
    }
    assert.equal(got.length, 5);
    assert.equal(new Set(got.map(({ message_id }) => message_id)).size, 5);
    // Two within an hour, three within a day.
    assert.deepEqual(when, [0, 0, 1, 24, 24]);
    assert.match(await scene.metrics.registry.metrics(), /caps_hit_total\{cap="hour"\} /);
  });

  test('each recipient, and each thread, has a cap of its own', async () => {
    for (const [cap, name] of [
      ['perRecipient', 'recipient'],
      ['perThread', 'thread'],
    ] as const) {
      const { scene, got, post } = await begin({ kind: 'correction', message_id: `${cap}@bot` });
      got.length = 0;
      scene.settings = { ...scene.settings, caps: { ...scene.settings.caps, [cap]: 1 } };
      const second = await scene.add({ message_id: `${cap}2@bot`, state: 'due', kind: 'correction' });
      await post();
      await post(second);
      assert.deepEqual([got.length, (await scene.reply(`${cap}2@bot`)).state], [1, 'due']);
      assert.match((await scene.reply(`${cap}2@bot`)).error ?? '', new RegExp(`^the cap ${name}:.* holds it back`));
      scene.pass(24 * 60 * minute);
      await post(second);
      assert.equal(got.length, 2);
      for (const table of ['replies', 'series', 'message_ids', 'threads'] as const)
        await scene.store.db.deleteFrom(table).execute();
    }
  });

  test('the kill switch holds everything, and gives it back', async () => {
    const { scene, got, post } = await begin();
    await switchOn(scene.store.db, 'posting-stopped', { at: scene.time, by: 'op', why: 'a flood' });
    const asking = await scene.add({ message_id: 'm1@bot', state: 'due', kind: 'moderation-answer' });
    await post();
    await post(asking);
    assert.deepEqual([got.length, waitOf(scene), (await scene.reply()).state], [0, 5, 'due']);
    await switchOff(scene.store.db, 'posting-stopped');
    await post();
    await post(asking);
    assert.equal(got.length, 2);
  });

  /** @param happens between the decision and the mail */
  function check(name: string, happens: (scene: Scene) => Promise<unknown>, expected: string): void {
    test(name, async () => {
      const { scene, got, post } = await begin();
      await happens(scene);
      await post();
      const { state, error } = await scene.reply();
      assert.equal(`${state}: ${error}`, expected);
      assert.equal(got.length, state === 'sent' ? 1 : 0);
    });
  }
  const comes = async (scene: Scene, from: string, subject: string, text: string) => {
    const position = { kind: 'imap', mailbox: 'INBOX', uidValidity: '1', uid: 1 } as const;
    const raw = Buffer.from(
      `From: ${from}\nSubject: ${subject}\nMessage-ID: <n1@x>\nIn-Reply-To: <p1@example.org>\n\n${text}\n`,
    );
    await takeMail({ store: scene.store, look: null }, { raw, source: 'list', position }, scene.time);
  };
  const series = { ...work, threadId, total: 1, patches: [] };
  check(
    'a newer version',
    ({ store: { db } }) => saveSeries(db, { ...series, version: 3, firstMessageId: 'v3@example.org' }),
    'withdrawn: there is a newer version',
  );
  check(
    'another work of that name',
    ({ store: { db } }) =>
      saveSeries(db, { ...series, author: 'eve@example.net', version: 3, firstMessageId: 'v3@example.net' }),
    'sent: null',
  );
  check(
    'the author takes it back',
    (scene) => comes(scene, 'Ada <Ada@example.org>', 'Re: [PATCH] x', 'Please ignore this patch.'),
    'withdrawn: the author has taken the patch back',
  );
  check(
    'somebody else wants it taken back',
    (scene) => comes(scene, 'Eve <eve@example.net>', 'Re: [PATCH] x', 'Please ignore this patch.'),
    'sent: null',
  );
  check(
    'the thread is closed to us',
    ({ store: { db } }) => ignoreThread(db, threadId, 'asked to'),
    'withdrawn: the thread was closed to the bot',
  );
  check(
    'one of those it goes to opts out',
    async (scene) => {
      scene.settings = { ...scene.settings, optedOut: ['LINUXPPC-dev@lists.ozlabs.org'] };
    },
    'sent: null',
  );
  check(
    'the author opts out',
    async (scene) => {
      scene.settings = { ...scene.settings, optedOut: ['ADA@example.org'] };
    },
    'withdrawn: the author wants no mail of ours',
  );
  check(
    'the author opts out by mail',
    ({ store: { db }, time }) => optOut(db, { address: 'ada@example.org', at: time, message_id: 'm' }),
    'withdrawn: the author wants no mail of ours',
  );
  check(
    'what it tells of is disputed',
    async (scene) => {
      const { series_id, thread_id } = await scene.reply();
      const dispute = { fingerprint: 'f1', by_address: 'ada@example.org', reason: 'no', message_id: 'm' };
      await recordDispute(scene.store.db, { ...dispute, thread_id, series_id: series_id!, at: scene.time });
    },
    'withdrawn: what it tells of is disputed',
  );

  test('who opted out gets nothing, and the others do', async () => {
    const { scene, got, id, post } = await begin();
    await optOut(scene.store.db, { address: 'linuxppc-dev@lists.ozlabs.org', at: scene.time, message_id: 'm' });
    await post(id);
    assert.deepEqual(
      got.map(({ recipients }) => recipients),
      [['ada@example.org']],
    );
  });

  check(
    'the same was said',
    async (scene) => {
      const { series_id } = await scene.reply();
      await scene.add({ message_id: 'r0@bot', series_id, state: 'sent', sent_at: new Date(0) });
    },
    'withdrawn: the same was said already',
  );
  check(
    'the thread had a mail of ours today',
    (scene) => scene.add({ message_id: 'r0@bot', state: 'confirmed', sent_at: scene.time }),
    'due: the thread got a mail of ours less than a day ago',
  );
  check(
    'what moderators were told is no mail to the thread',
    (scene) => scene.add({ message_id: 'r0@bot', kind: 'moderation', state: 'sent', sent_at: scene.time }),
    'sent: null',
  );

  test('nobody is asked about what is decided', async () => {
    const { scene, got, post } = await begin();
    const asking = { kind: 'moderation', state: 'due', parent_message_id: 'r1@bot.example.org' } as const;
    await post(await scene.add({ message_id: 'm1@bot', ...asking }));
    assert.deepEqual([got.length, (await scene.reply('m1@bot')).error], [0, 'the reply that it asks about is due']);
  });
});
