/**
 * Orders by mail, a row each: what of the store is changed by a mail, who is answered with what, or what the log says of it. The
 * scene is a patch of Ada's on the list, and a finding that was mailed about it. Each mail is signed as its domain would, with a
 * key of ours.
 */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import test from 'node:test';
import { dkimSign } from 'mailauth';
import { takeMail } from '../intake/take.ts';
import { readMessage } from '../mail/message.ts';
import { moderate } from '../moderation/moderate.ts';
import { Scene, threadId } from '../serve/testing/scene.ts';
import { onPglite } from '../store/testing/engines.ts';
import { readThread } from '../store/threads.ts';
import { obey } from './obey.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const record = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('base64');
const domains = ['example.org', 'example.net', 'mods.example.org', 'lists.ozlabs.org'];
const resolve = async (name: string): Promise<string[][]> => {
  if (name.startsWith('away.')) throw Object.assign(new Error('no server answers'), { code: 'ESERVFAIL' });
  if (!domains.some((domain) => name === `s1._domainkey.${domain}`))
    throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
  return [[`v=DKIM1; k=ed25519; p=${record}`]];
};

const list = 'linuxppc-dev@lists.ozlabs.org';
const bot = 'ftrace-bot@example.org';
const [patch, finding] = ['p1@example.org', 'r1@bot.example.org'];
const start = new Date('2026-01-02T03:04:05Z');

interface Asked {
  readonly text?: string;
  readonly from?: string;
  readonly to?: string;
  readonly cc?: string;
  readonly subject?: string;
  readonly id?: string;
  readonly answers?: string;
  readonly references?: string;
  readonly date?: string;
  /** Headers ahead of all. */
  readonly headers?: string;
  readonly type?: string;
  readonly encoding?: string;
  readonly domain?: string;
  readonly selector?: string;
  /** Headers that are signed, those that are there; '' for no signature. */
  readonly signs?: string;
  readonly bodyLength?: number;
  /** What becomes of it on the way. */
  readonly forged?: (mail: string) => string;
}

const signedByMost = 'From:To:Cc:Subject:Date:Message-ID:In-Reply-To:References:Content-Type:Content-Transfer-Encoding';

async function mailOf(asked: Asked): Promise<Buffer> {
  const { from = 'Ada <ada@example.org>', to = bot, answers = finding } = asked;
  const mail = [
    ...(asked.headers === undefined ? [] : [asked.headers]),
    `From: ${from}`,
    ...(to === '' ? [] : [`To: ${to}`]),
    ...(asked.cc === undefined ? [] : [`Cc: ${asked.cc}`]),
    `Subject: ${asked.subject ?? 'Re: [PATCH v2] powerpc/ftrace: do it'}`,
    `Date: ${asked.date ?? start.toUTCString()}`,
    `Message-ID: <${asked.id ?? 'c1@example.org'}>`,
    ...(answers === '' ? [] : [`In-Reply-To: <${answers}>`]),
    ...(asked.references === undefined ? [] : [`References: ${asked.references}`]),
    ...(asked.type === '' ? [] : [`Content-Type: ${asked.type ?? 'text/plain; charset=utf-8'}`]),
    ...(asked.encoding === undefined ? [] : [`Content-Transfer-Encoding: ${asked.encoding}`]),
    '',
    (asked.text ?? '#scenario status\n').replace(/\r?\n/g, '\r\n'),
  ].join('\r\n');
  const signs = asked.signs ?? signedByMost;
  if (signs === '') return Buffer.from((asked.forged ?? ((same) => same))(mail));
  const key = { signingDomain: asked.domain ?? 'example.org', selector: asked.selector ?? 's1', privateKey: pem };
  const { signatures, errors } = await dkimSign(mail, {
    ...{ canonicalization: 'relaxed/relaxed', headerList: signs.split(':'), ...key },
    signatureData: [{ ...key, ...(asked.bodyLength === undefined ? {} : { maxBodyLength: asked.bodyLength }) }],
  });
  assert.deepEqual(errors, []);
  return Buffer.from((asked.forged ?? ((same) => same))(signatures + mail));
}

const diff =
  'diff --git a/arch/powerpc/kernel/trace/ftrace.c b/arch/powerpc/kernel/trace/ftrace.c\n--- a/arch/powerpc/kernel/trace/ftrace.c\n+++ b/arch/powerpc/kernel/trace/ftrace.c\n@@ -1 +1 @@\n-int a;\n+int b;\n';
const original = `From: Ada <ada@example.org>\nTo: ${list}\nSubject: [PATCH v2] powerpc/ftrace: do it\nDate: ${start.toUTCString()}\nMessage-ID: <${patch}>\n\nDo it.\n\n${diff}`;

onPglite((bench) => {
  const begin = async () => {
    const scene = new Scene(bench().store);
    scene.time = start;
    const groups = [{ name: 'all', list, to: ['subscribers' as const], sentTo: [], subjects: [], levels: [] }];
    const digest = { ...scene.settings.digest, groups };
    scene.settings = { ...scene.settings, digest, maintainers: ['Max@mods.example.org'] };
    await scene.begin({ state: 'confirmed', fingerprints: ['f1', 'f2'] });
    const { series_id } = await scene.reply();
    const sent = { state: 'confirmed' as const, fingerprints: [] };
    await scene.add({ ...sent, message_id: `${'a'.repeat(40)}@${scene.settings.domain}`, series_id });
    await scene.add({ ...sent, message_id: 'm1@bot.example.org', kind: 'moderation', parent_message_id: finding });
    await takeRaw(scene, Buffer.from(original));
    await bench().store.db.updateTable('threads').set({ state: 'analysed' }).execute();
    scene.jobs.splice(0);
    scene.lines.splice(0);
    return scene;
  };
  let uid = 0;
  const takeRaw = async (scene: Scene, raw: Buffer) => {
    const { store, queue } = scene;
    const position = { kind: 'imap', mailbox: 'INBOX', uidValidity: '1', uid: ++uid } as const;
    return takeMail(
      { store, look: { queue, settleMs: 1, soonMs: 1 } },
      { raw, source: 'mailbox', position },
      scene.time,
    );
  };
  /** All jobs that mails have, and those that these leave. */
  const work = async (scene: Scene) => {
    const context = { ...scene, resolve, now: scene.now };
    for (const job of scene.jobs) {
      if (job.name === 'moderate' && 'mailId' in job.data) await moderate(job.data.mailId, context);
      if (job.name === 'obey' && 'mailId' in job.data && job.at <= scene.time) await obey(job.data.mailId, context);
    }
  };
  const give = async (scene: Scene, asked: Asked) => {
    await takeRaw(scene, await mailOf(asked));
    await work(scene);
    scene.jobs.splice(0, scene.jobs.length, ...scene.jobs.filter(({ name }) => name !== 'obey' && name !== 'moderate'));
  };

  /** What is otherwise than at the beginning, in words. */
  const changesIn = async ({ store: { db }, jobs }: Scene): Promise<string> => {
    const thread = await readThread(db, threadId);
    const disputes = await db.selectFrom('disputes').selectAll().orderBy('id').execute();
    const subscribers = await db.selectFrom('subscribers').selectAll().orderBy('list').execute();
    const optOuts = await db.selectFrom('opt_outs').selectAll().execute();
    const asked = await db.selectFrom('asked_passes').selectAll().execute();
    return [
      ...(thread?.state === 'ignored' ? ['ignored'] : []),
      ...(jobs.some(({ name }) => name === 'analyse') ? ['judged again'] : []),
      ...(jobs.some(({ name }) => name === 'try') ? ['tried'] : []),
      ...asked.map(({ author }) => `pass asked by ${author}`),
      ...disputes.map(({ fingerprint, by_address, reason }) => `${fingerprint} disputed by ${by_address}: ${reason}`),
      ...subscribers.map(({ address, list }) => `${address} reads ${list}`),
      ...optOuts.map(({ address }) => `${address} is out`),
    ].join(', ');
  };
  /** The answers that wait to be sent: to whom, and their text with `/` between paragraphs. */
  const toldIn = async ({ store: { db } }: Scene): Promise<readonly string[]> => {
    const rows = await db
      .selectFrom('replies')
      .selectAll()
      .where('kind', 'like', 'command-answer%')
      .orderBy('id')
      .execute();
    return Promise.all(
      rows.map(async ({ recipients, raw, state }) => {
        assert.equal(state, 'due');
        return `${recipients.join()}: ${(await readMessage(raw)).body.replace(/\n{2,}/g, '/').replaceAll('\n', ' ')}`;
      }),
    );
  };

  interface Expected {
    /** As changesIn() says it; '' for nothing. */
    readonly does?: string;
    /** Whom, and what: of one answer. Where nobody is told, the log says why. */
    readonly tells?: RegExp;
    readonly log?: RegExp;
    readonly moderators?: readonly string[];
  }
  function check(name: string, asked: Asked, { does = '', tells, log }: Expected): void {
    test(name, async () => {
      const scene = await begin();
      await give(scene, asked);
      assert.equal(await changesIn(scene), does);
      const told = await toldIn(scene);
      assert.equal(told.length, tells === undefined ? 0 : 1, told.join('\n') || scene.lines.join(''));
      if (tells !== undefined) assert.match(told[0] ?? '', tells);
      if (log !== undefined) assert.match(scene.lines.join(''), log);
      // Nothing that any mail leads to is about somebody else.
      for (const one of told)
        assert.ok(asked.from === undefined || one.startsWith((await readMessage(await mailOf(asked))).from.address));
    });
  }
  const ada = 'ada@example\\.org: ';
  const toAda = (text: string) => new RegExp(`^${ada}${text}`);

  // Each verb, right.
  check(
    'status',
    {},
    {
      tells: toAda(
        '> #scenario status/Its thread has been judged.*\\| \\[PATCH v2\\] powerpc/ftrace: do it .*mailed on .*a finding',
      ),
    },
  );
  check(
    'status of a Message-ID',
    { text: `#scenario status <${patch}>\n`, answers: '' },
    { tells: toAda(`> #scenario status <${patch}>/Its thread`) },
  );
  check(
    'status of a link',
    { text: `#scenario status https://lore.kernel.org/linuxppc-dev/${patch}/T/#u\n`, answers: '' },
    { tells: toAda('.*/Its thread') },
  );
  check(
    'status of what is broken over two lines',
    { text: `#scenario status\n<${patch}>\n`, answers: '' },
    { tells: toAda('.*/Its thread') },
  );
  check('explain', { text: '#scenario explain\n' }, { tells: toAda('> #scenario explain/') });
  check(
    'help',
    { text: '#scenario help\n', answers: '' },
    { tells: toAda('> #scenario help/Write to.*\\| #scenario status \\[MESSAGE-ID\\] ') },
  );
  check(
    'retest',
    { text: '#scenario retest\n' },
    { does: 'judged again, pass asked by ada@example.org', tells: toAda('> #scenario retest/It is judged again') },
  );
  check(
    'false-positive',
    { text: '> text\n\n#scenario false-positive: the caller\nholds the lock\n' },
    {
      does: 'f1 disputed by ada@example.org: the caller holds the lock, f2 disputed by ada@example.org: the caller holds the lock',
      tells: toAda('.*marked as disputed'),
    },
  );
  check('ignore', { text: '#scenario ignore\n' }, { does: 'ignored', tells: toAda('.*stays out') });
  check(
    'digest on',
    { text: '#scenario digest on\n', answers: '' },
    {
      does: `ada@example.org reads linux-trace-kernel@vger.kernel.org, ada@example.org reads ${list}`,
      tells: toAda('.*The digest is sent'),
    },
  );
  check('digest off', { text: '#scenario digest off\n', answers: '' }, { tells: toAda('.*No digest') });
  check(
    'opt-out',
    { text: '#scenario opt-out\n', answers: '' },
    { does: 'ada@example.org is out', tells: toAda('.*last mail') },
  );
  check(
    'test',
    { text: `#scenario test\n\n${diff}` },
    { does: 'tried', log: /"outcome":"begun","why":"p1@example.org"/ },
  );
  check(
    'test of what is attached',
    {
      type: 'multipart/mixed; boundary=b',
      text: `--b\nContent-Type: text/plain\n\n#scenario test\n--b\nContent-Type: text/x-patch\nContent-Disposition: attachment; filename=x.patch\n\n${diff}--b--\n`,
    },
    { does: 'tried', log: /"outcome":"begun"/ },
  );
  check('test of nothing', { text: '#scenario test\n' }, { tells: toAda('.*holds no patch') });
  check(
    'test of a stranger',
    { from: 'Eve <eve@example.net>', domain: 'example.net', text: `#scenario test\n\n${diff}` },
    { tells: /^eve@example.net: .*neither the author/ },
  );
  check(
    'three of them',
    { text: '#scenario status\n#scenario help\n\n#scenario retest\n' },
    {
      does: 'judged again, pass asked by ada@example.org',
      tells: toAda('> #scenario status/.*/> #scenario help/.*/> #scenario retest/It is'),
    },
  );

  // Each verb, wrong.
  check('status of nothing', { text: '#scenario status yesterday\n' }, { tells: toAda('.*no Message-ID') });
  check(
    'status of what is not known',
    { text: '#scenario status <x@example.org>\n' },
    { tells: toAda('.*That mail is not known') },
  );
  check('explain what was not judged', { text: '#scenario explain\n' }, { tells: toAda('.*/It was not judged yet') });
  check('help with more', { text: '#scenario help me\n' }, { tells: toAda('.*Nothing stands behind this verb') });
  check(
    'retest without a thread',
    { text: '#scenario retest\n', answers: '' },
    { tells: toAda('.*is not known here') },
  );
  check('false-positive without a reason', { text: '#scenario false-positive\n' }, { tells: toAda('.*Say why') });
  check(
    'false-positive of a patch',
    { text: '#scenario false-positive: no\n', answers: patch },
    { tells: toAda('.*answer the mail of the bot') },
  );
  check('digest maybe', { text: '#scenario digest maybe\n' }, { tells: toAda('.*on or off') });
  check('opt-out of somebody else', { text: '#scenario opt-out eve@example.net\n' }, { tells: toAda('.*nobody else') });
  check(
    'a verb that is none',
    { text: '#scenario obey\n' },
    { tells: toAda('> #scenario obey/There is no such verb.*\\| #scenario status') },
  );
  check('no verb', { text: '#scenario\n' }, { tells: toAda('.*names no verb') });
  check(
    'four of them',
    { text: '#scenario retest\n'.repeat(4) },
    { tells: toAda('> #scenario retest/Nothing is done: of more than 3 orders in a mail none is obeyed\\./-- ') },
  );
  check(
    'in prose that a client wrapped',
    { text: 'If you do not like it, there is always\n#scenario opt-out\n' },
    { tells: toAda('.*not a paragraph of its own') },
  );

  // What is no order.
  check('quoted', { text: '> #scenario ignore\n' }, { log: /^$/ });
  check('indented', { text: '    #scenario ignore\n' }, { log: /^$/ });
  check('in a diff', { text: `This instead:\n\n${diff}\n#scenario ignore\n` }, { log: /nothing is ordered/ });
  check(
    'in a patch',
    { text: `#scenario ignore\n\n---\n${diff}`, subject: '[PATCH v3] powerpc/ftrace: do it' },
    { log: /it is a patch/ },
  );
  check('below the signature', { text: 'Hm.\n-- \n#scenario ignore\n' }, { log: /nothing is ordered/ });
  check(
    'our own footer, quoted',
    { text: '> -- \n> powerpc ftrace bot <ftrace-bot@example.org>\n> #scenario help\n\nThanks!\n' },
    { log: /^$/ },
  );
  check(
    'our own mail, quoted whole and without marks',
    {
      text: 'Thanks!\n\n-----Original Message-----\nFrom: powerpc ftrace bot <ftrace-bot@example.org>\n\n#scenario ignore\n',
    },
    { log: /nothing is ordered/ },
  );
  check(
    'what another wrote, below an attribution alone',
    { text: 'I agree.\n\nOn Fri, 2 Jan 2026, Mia wrote:\n\n#scenario ignore\n' },
    { log: /nothing is ordered/ },
  );
  check(
    'a mail that is forwarded',
    { subject: 'Fwd: Re: [PATCH v2] do it', text: '#scenario ignore\n' },
    { log: /forwarded/ },
  );
  check(
    'a mail that is forwarded below',
    {
      text: 'See below.\n\n---------- Forwarded message ---------\nFrom: Mia <mia@mods.example.org>\n\n#scenario ignore\n',
    },
    { log: /nothing is ordered/ },
  );
  check(
    'in an attachment',
    {
      type: 'multipart/mixed; boundary=b',
      text: '--b\nContent-Type: text/plain\n\nSee there.\n--b\nContent-Type: text/plain\n\n#scenario ignore\n--b--\n',
    },
    { log: /nothing is ordered/ },
  );
  check(
    'in a mail that is attached',
    {
      type: 'multipart/mixed; boundary=b',
      text: '--b\nContent-Type: message/rfc822\n\nSubject: x\n\n#scenario ignore\n--b--\n',
    },
    { log: /^$/ },
  );
  check('in HTML alone', { type: 'text/html', text: '<p>\n#scenario ignore\n</p>' }, { log: /^$/ });
  check(
    'in the subject, to others as well',
    { subject: '#scenario ignore', cc: 'ben@example.org', text: 'x\n' },
    { log: /nothing is ordered/ },
  );

  // As clients and lists write it.
  check(
    'in the subject, to the bot alone',
    { subject: '#scenario retest', text: '' },
    { does: 'judged again, pass asked by ada@example.org', tells: toAda('> #scenario retest/') },
  );
  check(
    'CRLF, capitals and blanks',
    { text: 'Hi!\r\n\r\n#Scenario   ReTest  \r\n\r\nAda\r\n' },
    { does: 'judged again, pass asked by ada@example.org', tells: toAda('.*judged again') },
  );
  check(
    'flowed',
    {
      type: 'text/plain; charset=utf-8; format=flowed; delsp=yes',
      text: '> a quote that \n> goes on\n#scenario false-positive: the caller \nholds it\n',
    },
    {
      does: 'f1 disputed by ada@example.org: the caller holds it, f2 disputed by ada@example.org: the caller holds it',
      tells: toAda('.*disputed'),
    },
  );
  check(
    'base64',
    { encoding: 'base64', text: Buffer.from('#scenario ignore\n').toString('base64') },
    { does: 'ignored', tells: toAda('.*stays out') },
  );
  check(
    'quoted-printable',
    { encoding: 'quoted-printable', text: '#scenario false-positive: Gr=C3=BC=C3=9Fe, and =\nthe lock\n' },
    {
      does: 'f1 disputed by ada@example.org: Grüße, and the lock, f2 disputed by ada@example.org: Grüße, and the lock',
      tells: toAda('.*disputed'),
    },
  );
  check(
    'text and HTML',
    {
      type: 'multipart/alternative; boundary=b',
      text: '--b\nContent-Type: text/plain; charset=utf-8\n\n#scenario ignore\n--b\nContent-Type: text/html\n\n<p>#scenario ignore</p>\n--b--\n',
    },
    { does: 'ignored', tells: toAda('.*stays out') },
  );
  check(
    'to an address with a plus',
    { to: 'ftrace-bot+x@example.org', text: '#scenario status\n' },
    { tells: toAda('.*/Its thread') },
  );
  check(
    'no answer to anything, and a plus that says what it is about',
    { answers: '', to: `ftrace-bot+${'a'.repeat(40)}@example.org`, text: '#scenario ignore\n' },
    { does: 'ignored', tells: toAda('.*stays out') },
  );
  check(
    'below an answer of a reviewer to us',
    {
      answers: 'b1@example.org',
      references: `<${patch}> <${finding}> <b1@example.org>`,
      text: '#scenario false-positive: no\n',
    },
    {
      does: 'f1 disputed by ada@example.org: no, f2 disputed by ada@example.org: no',
      tells: toAda('.*disputed'),
    },
  );

  // On a list.
  check(
    'done on the list is not said',
    { to: list, cc: bot, text: '#scenario retest\n' },
    { does: 'judged again, pass asked by ada@example.org', log: /"outcome":"done"/ },
  );
  check('read on the list is told to who asks', { to: list }, { tells: toAda('.*/Its thread') });
  check(
    'an error on the list, to the bot by name',
    { to: list, cc: bot, text: '#scenario obey\n' },
    { tells: toAda('.*no such verb') },
  );
  check('an error on the list, not to the bot', { to: list, text: '#scenario obey\n' }, { log: /"outcome":"refused"/ });
  check(
    'on the list, and no answer to us',
    { to: list, answers: patch, text: '#scenario ignore\n' },
    { log: /neither to the bot/ },
  );
  check(
    'a list that breaks signatures',
    {
      ...{ to: list, cc: bot, text: '#scenario ignore\n' },
      forged: (mail) =>
        `List-Id: <linuxppc-dev.lists.ozlabs.org>\r\n${mail}_______________________________________________\r\nLinuxppc-dev mailing list\r\n`,
    },
    { log: /"outcome":"refused".*does not prove/ },
  );
  check(
    'a list that breaks signatures, and what anybody may read',
    {
      to: list,
      forged: (mail) =>
        `List-Id: <linuxppc-dev.lists.ozlabs.org>\r\n${mail}_______________________________________________\r\nLinuxppc-dev mailing list\r\n`,
    },
    { tells: toAda('> #scenario status/Its thread') },
  );
  check(
    'a list that stands for the author',
    { from: `Ada via linuxppc-dev <${list}>`, domain: 'lists.ozlabs.org', text: '#scenario opt-out\n' },
    { log: /a list stands for its author/ },
  );

  // Who may.
  const mia = 'Mia <mia@mods.example.org>';
  check(
    'a moderator',
    { from: mia, domain: 'mods.example.org', text: '#scenario ignore\n' },
    { does: 'ignored', tells: /^mia@mods.example.org: .*stays out/ },
  );
  check(
    'a maintainer',
    { from: 'max@mods.example.org', domain: 'mods.example.org', text: '#scenario retest\n' },
    { does: 'judged again', tells: /^max@.*judged again/ },
  );
  const eve = { from: 'Eve <eve@example.net>', domain: 'example.net' };
  check(
    "somebody else's series",
    { ...eve, text: '#scenario ignore\n' },
    { tells: /^eve@example.net: .*neither the author/ },
  );
  check(
    "a dispute of somebody else's",
    { ...eve, text: '#scenario false-positive: no\n' },
    { tells: /^eve@example.net: .*neither the author/ },
  );
  check('what anybody may read', eve, { tells: /^eve@example.net: .*Its thread/ });
  check(
    'a forged author',
    { domain: 'example.net', text: '#scenario ignore\n' },
    { tells: toAda('> #scenario ignore/Nothing is changed: your mail does not prove'), log: /of another domain/ },
  );
  check(
    'an author put in place of another',
    {
      ...eve,
      text: '#scenario ignore\n',
      forged: (mail) => mail.replace('Eve <eve@example.net>', 'Ada <ada@example.org>'),
    },
    { tells: toAda('.*does not prove'), log: /is fail/ },
  );
  check(
    'a second From',
    { headers: 'From: Eve <eve@example.net>', text: '#scenario ignore\n' },
    { log: /more than one From/ },
  );
  check(
    'two authors',
    { from: 'ada@example.org, eve@example.net', text: '#scenario ignore\n' },
    { tells: toAda('.*does not prove'), log: /not one mailbox/ },
  );
  check(
    'a body that was changed',
    { text: '#scenario status\n', forged: (mail) => mail.replace('status', 'ignore') },
    { tells: toAda('> #scenario ignore/.*does not prove'), log: /is (fail|neutral)/ },
  );
  check(
    'neutral',
    { selector: 's2', text: '#scenario ignore\n' },
    { tells: toAda('.*does not prove'), log: /is neutral/ },
  );
  check('no signature', { signs: '', text: '#scenario ignore\n' }, { tells: toAda('.*does not prove') });
  check('no signature, and what anybody may read', { signs: '' }, { tells: toAda('> #scenario status/Its thread') });
  check(
    'a body that is left open',
    { bodyLength: 5, text: '#scenario ignore\n' },
    { tells: toAda('.*does not prove'), log: /leaves a part/ },
  );
  check(
    'a date that is not signed',
    { signs: 'From:Subject:In-Reply-To', text: '#scenario opt-out\n' },
    { tells: toAda('.*does not cover its date') },
  );
  for (const header of ['To: ftrace-bot+1@example.org', 'Date: Fri, 02 Jan 2026 03:05:00 +0000'])
    check(
      `a second ${header.split(':')[0]}`,
      { text: '#scenario ignore\n', forged: (mail) => `${header}\r\n${mail}` },
      { tells: toAda('.*does not prove') },
    );
  check(
    'a mail that was made the answer to another',
    { signs: 'From:Date:Subject', text: '#scenario ignore\n' },
    { tells: toAda('.*does not cover in-reply-to') },
  );
  check(
    'an attachment that was made the text',
    {
      ...{ signs: 'From:Date:Subject:In-Reply-To', type: 'multipart/mixed; boundary=b' },
      text: '--b\nContent-Type: text/plain\n\nSee there.\n--b\nContent-Type: text/plain\n\n#scenario opt-out\n--b--\n',
      forged: (mail) => mail.replace('multipart/mixed; boundary=b', 'text/plain'),
    },
    { tells: toAda('.*does not cover its content-type') },
  );
  check(
    'a quote whose broken line was made two',
    {
      ...{
        signs: 'From:Date:Subject:In-Reply-To',
        encoding: 'quoted-printable',
        text: '> Say what you want, for example =\n#scenario opt-out\n',
      },
      forged: (mail) => mail.replace('quoted-printable', '7bit'),
    },
    { tells: toAda('.*does not cover its content-transfer-encoding') },
  );

  // Whoever is never answered.
  check('an automatic answer', { headers: 'Auto-Submitted: auto-replied' }, { log: /a program sent it/ });
  check('a bounce', { headers: 'Return-Path: <>' }, { log: /a bounce/ });
  check('a mail of ours', { headers: 'X-Scenario-Bot: 1' }, { log: /^$/ });
  check('a mail in our name', { from: bot }, { log: /our own/ });
  check('another bot', { from: 'lkp@intel.com', signs: '' }, { log: /its author is a bot/ });
  check('nobody reads there', { from: 'noreply@example.org' }, { log: /reads no mail/ });
  check(
    'a mail of another year',
    { date: 'Thu, 02 Jan 2025 03:04:05 +0000', text: '#scenario ignore\n' },
    { log: /not of these days/ },
  );
  check(
    'a moderator who answers what he was asked',
    { from: mia, domain: 'mods.example.org', answers: 'm1@bot.example.org', text: '#scenario approve\n' },
    { log: /it answers a mail to moderators|changes nothing/ },
  );

  const outcomes = async ({ store: { db } }: Scene) =>
    (await db.selectFrom('commands').selectAll().orderBy('id').execute()).map(
      ({ verb, outcome }) => `${verb} ${outcome.split(':')[0]}`,
    );
  const dispute = { text: '#scenario false-positive: no\n' };

  test('the same mail, by another list and once more, is obeyed once', async () => {
    const scene = await begin();
    await give(scene, dispute);
    await give(scene, dispute);
    await give(scene, { ...dispute, forged: (mail) => `List-Id: <other.lists.ozlabs.org>\r\n${mail}` });
    assert.deepEqual(await outcomes(scene), ['false-positive done']);
    assert.equal((await toldIn(scene)).length, 1);
  });

  test('a digest that nobody is sent is promised to nobody', async () => {
    const scene = await begin();
    scene.settings = { ...scene.settings, digest: { ...scene.settings.digest, groups: [] } };
    await give(scene, { text: '#scenario digest on\n', answers: '' });
    assert.match((await toldIn(scene)).join(), /sends no digest to subscribers/);
    assert.deepEqual(await scene.store.db.selectFrom('subscribers').selectAll().execute(), []);
  });

  test('a job that comes twice obeys once', async () => {
    const scene = await begin();
    await takeRaw(scene, await mailOf({ text: '#scenario help\n' }));
    await work(scene);
    await work(scene);
    assert.deepEqual(await outcomes(scene), ['help told']);
    assert.match(scene.lines.join(''), /it was obeyed before/);
  });

  test('a mail that comes again under another Message-ID is obeyed no more', async () => {
    const scene = await begin();
    const signs = 'From:Subject:Date:In-Reply-To';
    await give(scene, { text: '#scenario retest\n', signs });
    scene.jobs.splice(0);
    await give(scene, { text: '#scenario retest\n', signs, forged: (mail) => mail.replace('<c1@', '<c2@') });
    assert.deepEqual(
      [await outcomes(scene), scene.jobs.some(({ name }) => name === 'analyse')],
      [['retest done'], false],
    );
    assert.match(scene.lines.join(''), /it was obeyed before, as <c1@example\.org>/);
  });

  for (const [what, forged] of [
    ['blanks that the signature lets change', (mail: string) => mail.replace('#scenario retest', '#scenario  retest')],
    ['a subject that is not signed', (mail: string) => mail.replace('Subject: Re:', 'Subject: Once more,')],
  ] as const)
    test(`nor is one with ${what}`, async () => {
      const scene = await begin();
      const signs = 'From:Date:In-Reply-To';
      await give(scene, { text: '#scenario retest\n', signs });
      await give(scene, { text: '#scenario retest\n', signs, forged: (mail) => forged(mail.replace('<c1@', '<c2@')) });
      assert.deepEqual(await outcomes(scene), ['retest done']);
      assert.match(scene.lines.join(''), /it was obeyed before, as <c1@example\.org>/);
    });

  test('the same words of another day are another order', async () => {
    const scene = await begin();
    await give(scene, { text: '#scenario retest\n' });
    await give(scene, {
      text: '#scenario retest\n',
      id: 'c2@example.org',
      date: new Date(start.getTime() + 60_000).toUTCString(),
    });
    assert.deepEqual(await outcomes(scene), ['retest done', 'retest done']);
  });

  test('another mail under a Message-ID that is taken orders nothing', async () => {
    const scene = await begin();
    await give(scene, { text: '#scenario help\n' });
    await give(scene, { text: '#scenario ignore\n' });
    assert.deepEqual([await outcomes(scene), await changesIn(scene)], [['help told'], '']);
    assert.match(scene.lines.join(''), /another mail came under its Message-ID before/);
  });

  test('who has left is told so, and nothing more', async () => {
    const scene = await begin();
    await give(scene, { text: '#scenario opt-out\n' });
    await give(scene, { text: '#scenario status\n', id: 'c2@example.org' });
    assert.deepEqual([await outcomes(scene), (await toldIn(scene)).length], [['opt-out done'], 1]);
    assert.match(scene.lines.join(''), /wants no mail of ours/);
  });

  test('a thread is judged again three times a day', async () => {
    const scene = await begin();
    for (let i = 0; i < 4; i++) {
      const date = new Date(start.getTime() + i * 60_000).toUTCString();
      await give(scene, { text: '#scenario retest\n', id: `t${i}@example.org`, date });
    }
    assert.deepEqual((await outcomes(scene)).slice(2), ['retest done', 'retest refused']);
  });

  test('who proves who he is gets twenty answers a day', async () => {
    const scene = await begin();
    for (let i = 0; i < 22; i++) await give(scene, { text: `#scenario help\n\n${i}`, id: `h${i}@example.org` });
    assert.deepEqual(
      [(await toldIn(scene)).length, (await outcomes(scene)).slice(20)],
      [20, ['help limited', 'help limited']],
    );
    scene.pass(24 * 3_600_000 + 1);
    await give(scene, { text: '#scenario help\n\nlater', id: 'later@example.org' });
    assert.equal((await toldIn(scene)).length, 21);
  });

  test('who proves nothing is written to four times a day, and all of those twenty times', async () => {
    const scene = await begin();
    const forged = (i: number, from: string) =>
      give(scene, { from, signs: '', text: `#scenario help\n\n${i}`, id: `f${i}@example.net` });
    for (let i = 0; i < 6; i++) await forged(i, 'victim@example.net');
    assert.equal((await toldIn(scene)).length, 4);
    for (let i = 6; i < 40; i++) await forged(i, `victim${i}@example.net`);
    assert.equal((await toldIn(scene)).length, 20);
    await give(scene, { text: '#scenario help\n' });
    assert.equal((await toldIn(scene)).length, 21, 'and keeps nobody else from being answered');
  });

  test('of whom nothing is proved no word is repeated', async () => {
    const scene = await begin();
    const spam = 'http://spam.example.net/';
    await give(scene, {
      signs: '',
      subject: `Re: ${spam}`,
      text: `#scenario buy ${spam}\n\n#scenario status ${spam}\n`,
      from: `"${spam}" <victim@example.net>`,
    });
    const [answer] = await scene.store.db
      .selectFrom('replies')
      .selectAll()
      .where('kind', 'like', 'command-answer%')
      .execute();
    assert.ok(answer !== undefined && !answer.raw.toString().includes('spam'), answer?.raw.toString());
  });

  test('a key that cannot be asked for now is asked for again', async () => {
    const scene = await begin();
    await assert.rejects(give(scene, { selector: 'away', text: '#scenario ignore\n' }), /cannot be asked for now/);
    assert.deepEqual([await outcomes(scene), await toldIn(scene)], [[], []]);
  });

  test('an answer is for people, and for no tool', async () => {
    const scene = await begin();
    await give(scene, { text: '#scenario status\n\n#scenario help\n\n#scenario explain\n' });
    const [answer] = await scene.store.db
      .selectFrom('replies')
      .selectAll()
      .where('kind', 'like', 'command-answer%')
      .execute();
    const { headers, body, inReplyTo, subject } = await readMessage(answer!.raw);
    assert.equal(headers.get('auto-submitted'), 'auto-replied');
    assert.equal(headers.get('x-patchwork-hint'), 'ignore');
    assert.deepEqual([inReplyTo, subject], ['c1@example.org', 'Re: [PATCH v2] powerpc/ftrace: do it']);
    // b4 takes these at the beginning of a line and behind blanks (MAIL.md section 5).
    const text = body.slice(0, body.indexOf('\n-- \n')).split('\n');
    assert.deepEqual(
      text.filter((line) => /^\s*([\w-]+:\s.*@|(Link|Fixes|Closes):|diff |--- |\+\+\+ |#scenario)/.test(line)),
      [],
    );
    // Quoted back as it is, and without marks, it orders nothing.
    for (const quoted of [body, body.replace(/^/gm, '> ')]) {
      await give(scene, { text: quoted, id: `q${quoted.length}@example.org`, answers: answer!.message_id });
    }
    assert.equal((await toldIn(scene)).length, 1);
  });
});
