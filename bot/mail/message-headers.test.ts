/** What readMessage makes of headers, a row each; then mails beyond its bounds, which are named and cost little. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { type Message, readMessage } from './message.ts';

/** A mail of these headers; the expected fields are compared, and the kinds of all problems. */
function check(headers: string, expected: Partial<Message>, problems: readonly string[] = []): void {
  test(JSON.stringify(headers), async () => {
    const message = await readMessage(Buffer.from(`${headers}\n\nbody\n`));
    const fields = Object.keys(expected) as (keyof Message)[];
    assert.deepEqual(Object.fromEntries(fields.map((field) => [field, message[field]])), expected);
    assert.deepEqual(
      message.problems.map(({ kind }) => kind),
      problems,
    );
  });
}

const ada = { name: 'Ada', address: 'ada@example.org' };

check('From: Ada <ada@example.org>', { from: ada, to: [], cc: [], replyTo: [], id: '', body: 'body\n' });
check('From: ada@example.org', { from: { name: '', address: 'ada@example.org' } });
check('From: "Doe, Jane (TI)" <jane@example.org>', { from: { name: 'Doe, Jane (TI)', address: 'jane@example.org' } });
check('From: =?utf-8?q?Zo=C3=AB?= <zoe@example.org>', { from: { name: 'Zoë', address: 'zoe@example.org' } });
check('From: =?iso-8859-1?B?Wm/r?= <zoe@example.org>', { from: { name: 'Zoë', address: 'zoe@example.org' } });
check('From: Ada <ada@example.org>\nFrom: Bob <bob@example.org>', {}, ['two-from-headers']);
check('Subject: none', { from: { name: '', address: '' }, date: null, inReplyTo: null, references: [] });
check('To: Ada <ada@example.org>, list@example.org\nCc: x:Ada <ada@example.org>;', {
  to: [ada, { name: '', address: 'list@example.org' }],
  cc: [ada],
});
check('To: undisclosed-recipients:;\nReply-To: Ada <ada@example.org>', { to: [], replyTo: [ada] });

check('Subject: [PATCH v2\n 3/5] x', { subject: '[PATCH v2 3/5] x' });
check('Subject:  [PATCH]   x\t y ', { subject: '[PATCH] x y' });
check('Subject: =?utf-8?q?=5BPATCH=5D_na=C3=AFve?=', { subject: '[PATCH] naïve' });
check('SUBJECT: [PATCH] x', { subject: '[PATCH] x' });

check('Message-ID: <1@example.org>', { id: '1@example.org' });
check('Message-Id:\n <1@example.org>', { id: '1@example.org' });
check('In-Reply-To: <1@example.org> (Ada: hello)', { inReplyTo: '1@example.org' });
check('In-Reply-To: message of Ada', { inReplyTo: null });
check('References: <1@example.org>\n\t<2@example.org> junk <3@example.org>', {
  references: ['1@example.org', '2@example.org', '3@example.org'],
});

check('Date: Mon, 1 Jan 2024 10:00:00 +0200', { date: new Date('2024-01-01T08:00:00Z') });
check('Date: Mon, 1 Jan 2024 10:00:00 +0000 (UTC)', { date: new Date('2024-01-01T10:00:00Z') });
check('Date: tomorrow', { date: null });

test('header names are in lower case, values unfolded, the last one counts', async () => {
  const { headers } = await readMessage(Buffer.from('X-A: 1\nX-a:  2\n\tthree \n\nbody'));
  assert.equal(headers.get('x-a'), '2\tthree');
});

/** A mail that is beyond a bound: its problem says which, within seconds and half a gigabyte; its headers are there. */
function beyond(rule: string, make: () => Buffer, kinds: readonly string[], from = ada): void {
  test(`${rule}: ${kinds.join(' ')}`, async () => {
    const raw = make();
    const before = process.memoryUsage().rss;
    const started = performance.now();
    const message = await readMessage(raw);
    assert.ok(performance.now() - started < 5_000);
    assert.ok(process.memoryUsage().rss - before < 500 << 20);
    assert.deepEqual(
      message.problems.map(({ kind }) => kind),
      kinds,
    );
    assert.deepEqual(message.from, from);
    assert.equal(message.body.trim(), '');
  });
}

const head = 'From: Ada <ada@example.org>\nSubject: [PATCH] x\n';
const nest = (header: string) =>
  Buffer.from(
    `${head}${Array.from({ length: 10_000 }, (_, i) => `${header} boundary="b${i}"\n\n--b${i}\n`).join('')}\ndeep\n`,
  );

beyond('a mail of 40 MB', () => Buffer.concat([Buffer.from(`${head}\n`), Buffer.alloc(40 << 20, 'int x;\n')]), [
  'mail-too-large',
]);
beyond('a multipart of 40 MB', () => Buffer.concat([nest('X:'), Buffer.alloc(40 << 20, '--b0\n\n')]), [
  'mail-too-large',
]);
beyond('a header of 40 MB', () => Buffer.concat([Buffer.from(`${head}X-A: `), Buffer.alloc(40 << 20, 'a')]), [
  'mail-too-large',
  'headers-too-large',
]);
beyond('a header of 1 MB', () => Buffer.from(`${head}To: ${'a'.repeat(1 << 20)}\n\n`), ['headers-too-large']);
beyond('multiparts 10,000 deep', () => nest('Content-Type: multipart/mixed;'), ['mime-too-deep']);
beyond('folded multiparts 10,000 deep', () => nest('content-type:\n multipart/mixed;'), ['mime-too-deep']);
beyond('misspelt multiparts 10,000 deep', () => nest('Content-Type : multipart/mixed;'), ['unreadable-mail']);
beyond('mails in mails 10,000 deep', () => nest('Content-Type: message/rfc822;'), ['mime-too-deep']);
beyond(
  '100,000 parts',
  () => Buffer.from(`${head}Content-Type: multipart/mixed; boundary=b\n\n${'--b\n\nx\n'.repeat(100_000)}`),
  ['unreadable-mail'],
);
beyond('no mail at all', () => Buffer.from([0, 1, 2, 0]), [], { name: '', address: '' });
beyond('an empty mail', () => Buffer.alloc(0), [], { name: '', address: '' });

test('40,000 references are cut to 1,000', async () => {
  const raw = Buffer.from(`References: ${'<a@b> '.repeat(40_000)}\n\nbody`);
  assert.equal((await readMessage(raw)).references.length, 1_000);
});
