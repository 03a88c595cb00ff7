/** Moderation by mail: what is asked, and what each answer does. An answer is signed as its domain would, with a key of ours. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import test from 'node:test';
import { dkimSign } from 'mailauth';
import { takeMail } from '../intake/take.ts';
import { readMessage } from '../mail/message.ts';
import { postReply } from '../outbox/post.ts';
import { runOrder } from '../serve/orders.ts';
import { Scene, threadId } from '../serve/testing/scene.ts';
import { decisionsOf } from '../store/decisions.ts';
import { repliesOfThread } from '../store/replies.ts';
import { onPglite } from '../store/testing/engines.ts';
import { relevantPaths } from '../thread/touched.ts';
import { heldOf, markOf, moderatorsOf } from './mails.ts';
import { askAboutHeld, askModerators, moderate } from './moderate.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const record = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('base64');
/** Both moderators' domains, and a stranger's, publish the key. */
const resolve = async (name: string): Promise<string[][]> => {
  const domains = ['mods.example.org', 'example.org', 'example.com', 'example.net'];
  if (name.startsWith('away.')) throw Object.assign(new Error('no server answers'), { code: 'ESERVFAIL' });
  if (!domains.some((domain) => name === `s1._domainkey.${domain}`))
    throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
  return [[`v=DKIM1; k=ed25519; p=${record}`]];
};

interface Answer {
  readonly text?: string;
  readonly from?: string;
  readonly domain?: string;
  readonly selector?: string;
  /** Headers that are signed; '' for none at all. */
  readonly signs?: string;
  readonly bodyLength?: number;
  readonly id?: string;
  readonly subject?: string;
  readonly answers?: string;
  /** Headers ahead of all. */
  readonly headers?: string;
  readonly type?: string;
  /** What becomes of it on the way. */
  readonly forged?: (mail: string) => string;
}

async function mailOf(asked: string, answer: Answer): Promise<Buffer> {
  const { text = '#scenario approve\n', from = 'Mia <mia@mods.example.org>', domain = 'mods.example.org' } = answer;
  const mail = [
    ...(answer.headers === undefined ? [] : [answer.headers]),
    `From: ${from}`,
    'To: ftrace-bot@example.org',
    `Subject: ${answer.subject ?? `Re: [${markOf(asked)}] Re: (PATCH v2) do it`}`,
    `Message-ID: <${answer.id ?? 'a1@mods.example.org'}>`,
    `In-Reply-To: <${answer.answers ?? asked}>`,
    `Content-Type: ${answer.type ?? 'text/plain; charset=utf-8'}`,
    '',
    text,
  ].join('\r\n');
  const signs = answer.signs ?? 'From:To:Subject:Message-ID:In-Reply-To';
  if (signs === '') return Buffer.from(mail);
  const key = { signingDomain: domain, selector: answer.selector ?? 's1', privateKey: pem };
  const { signatures, errors } = await dkimSign(mail, {
    ...{ canonicalization: 'relaxed/relaxed', headerList: signs.split(':'), ...key },
    signatureData: [{ ...key, ...(answer.bodyLength === undefined ? {} : { maxBodyLength: answer.bodyLength }) }],
  });
  assert.deepEqual(errors, []);
  return Buffer.from((answer.forged ?? ((same) => same))(signatures + mail));
}

onPglite((bench) => {
  const ask = async () => {
    const scene = new Scene(bench().store);
    await scene.begin();
    const held = heldOf(await scene.reply());
    const { queue, settings } = scene;
    await scene.store.db
      .transaction()
      .execute((tx) => askModerators(tx, { held, threadId, why: 'it breaks' }, { queue, settings, now: scene.time }));
    const [, asking] = await repliesOfThread(scene.store.db, threadId);
    assert.ok(asking !== undefined);
    return { scene, asking, asked: asking.message_id };
  };
  const answerTo = async (scene: Scene, asked: string, answer: Answer): Promise<void> => {
    const { store, queue } = scene;
    const position = { kind: 'imap', mailbox: 'INBOX', uidValidity: '1', uid: 1 } as const;
    const before = scene.jobs.length;
    const raw = await mailOf(asked, answer);
    const look = { queue, settleMs: 1, soonMs: 1 };
    await takeMail({ store, look }, { raw, source: 'mailbox', position }, scene.time);
    for (const { name, data } of scene.jobs.slice(before))
      if (name === 'moderate' && 'mailId' in data) await moderate(data.mailId, { ...scene, resolve, now: scene.now });
  };
  /** The mail that was answered to the moderator, if any: to whom, and its first line. */
  const toldBy = async (scene: Scene): Promise<string | null> => {
    const told = (await repliesOfThread(scene.store.db, threadId)).filter(({ kind }) => kind === 'moderation-answer');
    assert.ok(told.length <= 1);
    const [one] = told;
    return one === undefined ? null : `${one.recipients.join()}: ${(await readMessage(one.raw)).body.split('\n')[0]}`;
  };
  /** @param expected of the log where nobody is told anything */
  function check(name: string, answer: Answer, state: string, expected: RegExp): void {
    test(name, async () => {
      const { scene, asked } = await ask();
      await answerTo(scene, asked, answer);
      const { state: found } = await scene.reply();
      assert.equal(found, state);
      const told = await toldBy(scene);
      assert.match(told ?? scene.lines.join(''), expected);
      const posts = scene.jobs.filter(({ name }) => name === 'post').length;
      // The mail that asks, what came of it, and the reply where it may go out.
      assert.equal(posts, 1 + (told === null ? 0 : 1) + (state === 'due' ? 1 : 0));
    });
  }
  const mia = 'mia@mods\\.example\\.org: ';
  const approved = new RegExp(`^${mia}Approved`);

  check('approve', {}, 'due', approved);
  check(
    'approve, as clients write it',
    { text: 'Fine.\r\n\r\n#Scenario Approve  \r\n\r\n> > A reply\r\n' },
    'due',
    approved,
  );
  check(
    'by the other moderator',
    { from: 'max@EXAMPLE.com', domain: 'example.com' },
    'due',
    /^max@example\.com: Approved/,
  );
  check('signed by a domain above', { domain: 'example.org' }, 'due', approved);
  check('the subject says which', { signs: 'From:Subject' }, 'due', approved);
  check(
    'reject, over two lines',
    { text: '> | text\r\n#scenario reject: the base\r\nis wrong\r\n\r\nMia\r\n' },
    'rejected',
    new RegExp(`^${mia}Rejected.* Why: the base is wrong$`),
  );
  check(
    'reject without a reason',
    { text: '#scenario reject:\r\n' },
    'held',
    new RegExp(`^${mia}Nothing is changed: a rejection`),
  );
  check(
    'another order',
    { text: '#scenario approve all\r\n' },
    'held',
    new RegExp(`^${mia}Nothing is changed: there are`),
  );
  check(
    'two orders',
    { text: '#scenario approve\r\n#scenario reject: no\r\n' },
    'held',
    new RegExp(`^${mia}Nothing is changed: it gives`),
  );

  check('quoted', { text: '> #scenario approve\r\n' }, 'held', /it orders nothing/);
  check('indented', { text: '    #scenario approve\r\n' }, 'held', /it orders nothing/);
  check('below the signature', { text: 'Hm.\r\n-- \r\n#scenario approve\r\n' }, 'held', /it orders nothing/);
  check('an automatic answer', { headers: 'Auto-Submitted: auto-replied' }, 'held', /a program sent it/);
  check('not signed', { signs: '' }, 'held', /none.*message not signed/);
  check(
    'of nobody we know',
    { from: 'eve@example.net', domain: 'example.net' },
    'held',
    /eve@example\.net is no moderator/,
  );
  check('signed by another domain', { domain: 'example.net' }, 'held', /of another domain than the author/);
  check('a key that is not there', { selector: 's2' }, 'held', /is neutral/);
  check(
    'text that was changed',
    { forged: (mail) => mail.replace('approve', 'reject: x') },
    'held',
    /is (fail|neutral)/,
  );
  check(
    'an author that was changed',
    { from: 'eve@example.net', forged: (mail) => mail.replace('eve@example.net', 'mia@mods.example.org') },
    'held',
    /is fail/,
  );
  check('two From headers', { headers: 'From: max@example.com' }, 'held', /more than one from header/);
  check('two authors', { from: 'mia@mods.example.org, eve@example.net' }, 'held', /not one mailbox/);
  check('a body that is left open', { bodyLength: 5 }, 'held', /leaves a part of the body open/);
  check(
    'an answer moved to another reply',
    { signs: 'From:Subject', subject: 'Re: something else' },
    'held',
    /covers neither/,
  );
  check(
    'several texts',
    {
      type: 'multipart/mixed; boundary=b',
      text: '--b\r\nContent-Type: text/plain\r\n\r\n#scenario approve\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\ny\r\n--b--\r\n',
    },
    'held',
    new RegExp(`^${mia}Nothing is changed: it holds more than one text`),
  );

  check(
    'a key of somebody else that cannot be asked for now',
    { domain: 'example.net', selector: 'away' },
    'held',
    /is temperror/,
  );

  test('a key that cannot be asked for now is asked for again', async () => {
    const { scene, asked } = await ask();
    await assert.rejects(answerTo(scene, asked, { selector: 'away' }), /cannot be asked for now/);
    assert.equal((await scene.reply()).state, 'held');
  });

  test('an answer counts once, and the next one finds it done', async () => {
    const { scene, asked } = await ask();
    await answerTo(scene, asked, {});
    await answerTo(scene, asked, {});
    for (const { name, data } of [...scene.jobs])
      if (name === 'moderate' && 'mailId' in data) await moderate(data.mailId, { ...scene, resolve, now: scene.now });
    assert.match((await toldBy(scene)) ?? '', approved);
    await answerTo(scene, asked, { id: 'a2@mods.example.org', text: '#scenario reject: no\r\n' });
    const rows = await repliesOfThread(scene.store.db, threadId);
    assert.match(rows.at(-1)?.raw.toString() ?? '', /\n\nNothing is changed: the reply is due\.\n/);
    assert.deepEqual(
      (await decisionsOf(scene.store.db, threadId)).map(({ what, by }) => `${what} by ${by}`),
      ['approved by mia@mods.example.org'],
    );
  });

  test('a mail that answers another is no answer to it', async () => {
    const { scene, asked } = await ask();
    await answerTo(scene, asked, { answers: 'r1@bot.example.org' });
    assert.deepEqual(
      scene.jobs.filter(({ name }) => name === 'moderate'),
      [],
    );
  });

  test('what was edited is asked about again, and answered by what was shown last', async () => {
    const { scene, asked } = await ask();
    const { problem } = await runOrder(
      'outbox-edit',
      { messageId: 'r1@bot.example.org', body: 'Shorter.\n', by: 'op' },
      scene,
    );
    assert.equal(problem, null);
    await answerTo(scene, asked, {});
    assert.match((await toldBy(scene)) ?? '', /Nothing is changed: the reply was edited since/);
    const again = (await repliesOfThread(scene.store.db, threadId)).filter(({ kind }) => kind === 'moderation');
    assert.equal(again.length, 2);
    assert.match(again[1]?.raw.toString() ?? '', /\n\| Shorter\.\n/);
    await answerTo(scene, again[1]?.message_id ?? '', { id: 'a2@mods.example.org' });
    assert.equal((await scene.reply()).state, 'due');
  });

  test('the mail that asks is for people, and for no tool', async () => {
    const { scene, asking } = await ask();
    assert.deepEqual(asking.recipients, scene.settings.moderators);
    const { headers, subject, body, id } = await readMessage(asking.raw);
    assert.equal(headers.get('auto-submitted'), 'auto-generated');
    assert.equal(headers.get('x-patchwork-hint'), 'ignore');
    assert.equal(headers.has('in-reply-to') || headers.has('references'), false);
    assert.equal(id, asking.message_id);
    assert.equal(subject, `[${markOf(id)}] Re: (PATCH v2) powerpc/ftrace: do it, Grüße`);
    assert.equal(relevantPaths(body), null);
    // b4 takes these at the beginning of a line and behind blanks (MAIL.md section 5).
    const taken = body
      .split('\n')
      .filter((line) => /^\s*([\w-]+:\s.*@|(Link|Fixes|Closes):|diff |--- |\+\+\+ |#scenario)/.test(line));
    assert.deepEqual(
      taken.filter((line) => !/^ {4}#scenario (approve|reject: REASON)$/.test(line)),
      [],
    );
    const held = await scene.reply();
    const shown = body.split('\n').flatMap((line) => (line.startsWith('| ') || line === '|' ? [line.slice(2)] : []));
    assert.ok(`${shown.join('\n')}\n`.endsWith(held.raw.toString('utf8')));
  });

  test('a list is never asked', async () => {
    const { scene } = await ask();
    const asked = (...moderators: readonly string[]) =>
      moderatorsOf({ ...scene.settings, moderators: [...moderators] });
    assert.deepEqual(asked('linuxppc-dev@LISTS.ozlabs.org', 'kvm@vger.kernel.org'), []);
    assert.deepEqual(asked('linux-mm@kvack.org', 'mia@mods.example.org'), ['mia@mods.example.org']);
  });

  const requestsIn = async (scene: Scene) =>
    (await repliesOfThread(scene.store.db, threadId)).filter(({ kind }) => kind === 'moderation');

  test('who becomes a moderator later is asked about what is held, once', async () => {
    const { scene, asked } = await ask();
    const start = () =>
      scene.store.db
        .transaction()
        .execute((tx) => askAboutHeld(tx, { queue: scene.queue, settings: scene.settings, now: scene.time }));
    await start();
    assert.equal((await requestsIn(scene)).length, 1);
    scene.settings = { ...scene.settings, moderators: [...scene.settings.moderators, 'eve@example.net'] };
    await start();
    await start();
    const [, added, ...more] = await requestsIn(scene);
    assert.deepEqual([added?.recipients, more], [['eve@example.net'], []]);
    assert.notEqual(added?.message_id, asked);
    await answerTo(scene, added?.message_id ?? '', { from: 'eve@example.net', domain: 'example.net' });
    assert.equal((await scene.reply()).state, 'due');
  });

  test('of a mail that may be lost another is sent, and never the same', async () => {
    const { scene, asked } = await ask();
    const sent: string[] = [];
    const post = async () => {
      for (const { name, data } of scene.jobs.splice(0))
        if (name === 'post' && 'replyId' in data)
          await postReply(data.replyId, {
            ...{ ...scene, now: scene.now, readSince: async () => null, check: async () => {} },
            send: async ({ message_id }) => {
              sent.push(message_id);
              return { kind: 'unknown', why: 'Connection closed' };
            },
          });
    };
    for (let hours = 0; hours < 48; hours++) {
      await post();
      scene.pass(60 * 60_000);
    }
    assert.equal(sent[0], asked);
    assert.deepEqual([sent.length, new Set(sent).size], [5, 5]);
    const { error, state } = (await requestsIn(scene)).at(-1)!;
    assert.equal(`${state}: ${error}`, 'withdrawn: it may have left, and is not sent twice');
    // Whichever of them arrived may be answered.
    await answerTo(scene, sent[2] ?? '', {});
    assert.equal((await scene.reply()).state, 'due');
  });
});
