/**
 * Orders by mail through a daemon at a list: mails go in by SMTP, are read by IMAP, obeyed, and answered by SMTP to whoever asked.
 */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { dkimSign } from 'mailauth';
import { simpleParser } from 'mailparser';
import type { Settings } from '../settings/schema.ts';
import { loadSettings } from '../settings/settings.ts';
import { disputesOfWork } from '../store/disputes.ts';
import { openStore } from '../store/store.ts';
import { newDirectory } from '../store/testing/engines.ts';
import { placeOfStore } from './daemon.ts';
import { listAddress, MailSystem, mailSystemAbsent } from './testing/mail-system.ts';
import { fixtureMails, modelTreeFolder } from './testing/model-tree.ts';
import { Running } from './testing/running.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const record = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('base64');
const resolve = async () => [[`v=DKIM1; k=ed25519; p=${record}`]];
const bot = loadSettings().from.address;

interface Asked {
  readonly id: string;
  readonly to: string;
  readonly answers: string;
  readonly text: string;
}

async function signed({ id, to, answers, text }: Asked): Promise<string> {
  const mail = `From: Ada Example <ada@example.org>\r\nTo: ${to}\r\nSubject: Re: that\r\nDate: ${new Date().toUTCString()}\r\nMessage-ID: <${id}@example.org>\r\nIn-Reply-To: <${answers}>\r\n\r\n${text.replaceAll('\n', '\r\n')}`;
  const key = { signingDomain: 'example.org', selector: 's1', privateKey: pem };
  const { signatures } = await dkimSign(mail, {
    ...{ canonicalization: 'relaxed/relaxed', headerList: ['From', 'To', 'Subject', 'Date', 'In-Reply-To'], ...key },
    signatureData: [key],
  });
  return signatures + mail;
}

test('orders of an author, on the list and to the bot alone', {
  skip: mailSystemAbsent,
  timeout: 180_000,
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'commands-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const tree = modelTreeFolder();
  t.after(tree.remove);
  const list = await MailSystem.start();
  t.after(() => list.stop());
  const directory = join(folder, 'data');
  await newDirectory(directory);
  const settings: Settings = {
    ...{ ...loadSettings(), ...list.settings, trees: [tree.path], http: null, settleMinutes: 0.01 },
    lists: [{ address: listAddress, mode: 'post', passes: true }],
    github: { ...loadSettings().github, repository: null },
    store: { directory, url: null },
  };
  const daemon = await Running.start(settings, { resolve });
  t.after(() => daemon.stop());
  for (const mail of fixtureMails('mflr-in-ipi')) await list.send(mail);
  await daemon.until(
    ({ msg, messageId }) => msg === 'a mail is taken in' && `${messageId}`.endsWith(`@${settings.domain}`),
  );
  const [finding] = (await Promise.all((await list.mails()).map((mail) => simpleParser(mail)))).filter(({ headers }) =>
    headers.has('x-scenario-bot'),
  );
  const answers = (finding?.messageId ?? '').replace(/^<|>$/g, '');

  await list.send(await signed({ id: 'c1', to: listAddress, answers, text: '#scenario false-positive: the lock\n' }));
  const forged = await signed({ id: 'c2', to: listAddress, answers, text: '#scenario ignore\n' });
  await list.send(forged.replace('Subject: Re: that', 'Subject: Re: another'));
  await list.send(await signed({ id: 'c3', to: bot, answers, text: '#scenario status\n\n#scenario explain\n' }));
  await daemon.until(({ msg }) => msg === 'an order is obeyed', 4);
  await daemon.until(
    ({ msg, parent, outcome }) => msg === 'handed to the server' && parent === 'c3@example.org' && outcome === 'sent',
  );
  await daemon.stop();

  const told = (await Promise.all((await list.mailsOf('ada')).map((mail) => simpleParser(mail)))).filter(
    ({ inReplyTo }) => /^<c\d@example\.org>$/.test(inReplyTo ?? ''),
  );
  assert.deepEqual(
    told.map(({ inReplyTo }) => inReplyTo),
    ['<c3@example.org>'],
    'what is done on the list is not said',
  );
  assert.match(
    told[0]?.text ?? '',
    /^> #scenario status\n\nIts thread .*> #scenario explain\n\nv2 as it was judged.*1 disputed|disputed/s,
  );
  assert.ok(
    (await list.mails()).every((mail) => !mail.toString().includes('> #scenario')),
    'and nothing on the list',
  );
  const { store, problem } = await openStore(placeOfStore(settings), { holder: 'test' });
  if (store === null) throw new Error(problem.text);
  const { author, name } = await store.db.selectFrom('series').selectAll().executeTakeFirstOrThrow();
  const [dispute] = await disputesOfWork(store.db, { author, name });
  const [thread] = await store.db.selectFrom('threads').selectAll().execute();
  await store.close();
  assert.deepEqual([dispute?.reason, dispute?.by_address], ['the lock', 'ada@example.org']);
  assert.notEqual(thread?.state, 'ignored');
});
