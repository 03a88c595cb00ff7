/** A real public-inbox read by its IMAP, its HTTP and its git: the same mails by each way. */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import test, { after, before } from 'node:test';
import { gzipSync } from 'node:zlib';
import { PublicInbox, publicInboxAbsent } from '../servers/public-inbox.ts';
import { freePort } from '../servers/server.ts';
import { Reading, sampleMail } from './reading.ts';
import { sourceSchema, type WebSettings } from './settings.ts';
import { mailById, search, threadOf } from './web.ts';

const options = { skip: publicInboxAbsent, timeout: 60_000 };
const reply = (id: string, to: string) =>
  sampleMail(id, `Re: ${to}`).replace('Subject:', `In-Reply-To: <${to}@example.org>\nSubject:`);
const odd = 'a/b%2Fc+d&e?f#g=h';
const mails = [
  sampleMail('first', 'First', 'A rare word: quiescent.\n\nFrom here\n>From there\n'),
  reply('second', 'first'),
  sampleMail(odd, 'Odd'),
  sampleMail('large', 'Large', `${'A line of the body.\n'.repeat(99)}`),
];
let inbox: PublicInbox;
// The user that keeps an archive is often another one than reads it.
Object.assign(process.env, { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'safe.directory', GIT_CONFIG_VALUE_0: '*' });
before(async () => {
  if (publicInboxAbsent === false) inbox = await PublicInbox.start('list', mails);
});
after(Reading.stopAll);
after(() => inbox?.stop());

const imap = () =>
  sourceSchema.parse({
    ...{ name: 'imap', kind: 'imap', host: '127.0.0.1', port: inbox.imapPort, tls: false, login: 'anonymous' },
    ...{ mailboxes: [`${inbox.newsgroup}.*`], pollSeconds: 3600 },
  });
const web = (more: object = {}) =>
  sourceSchema.parse({ name: 'web', kind: 'web', url: inbox.url, search: 's:First', ...more }) as WebSettings;
const asking = { signal: new AbortController().signal };
/** Without what the archive adds, and with the line ends of a file. */
const text = (raw: Buffer) => raw.toString().replaceAll('\r\n', '\n');
const subjectsOf = (raws: readonly { readonly raw: Buffer }[]) =>
  raws.map(({ raw }) => /^Subject: (.*)$/m.exec(text(raw))?.[1]).toSorted();

test('by IMAP, and what comes later by IDLE', options, async () => {
  const first = new Reading(imap());
  await first.until(({ states }) => states.at(-1)?.kind === 'waiting');
  assert.deepEqual(first.subjects, ['First', 'Re: first', 'Odd', 'Large']);
  assert.equal(text(first.arrivals[0]!.raw).split('\n\n')[1], mails[0]!.split('\n\n')[1]);
  inbox.add([sampleMail('later', 'Later')]);
  await first.until(({ arrivals }) => arrivals.length === 5);
  await first.stop();
  const again = new Reading(imap(), { follow: false, from: [first.arrivals[1]!.position] });
  await again.ended;
  assert.deepEqual([again.subjects, again.problems, again.failures], [['Odd', 'Large', 'Later'], [], []]);
  const cut = new Reading(imap(), { follow: false, limits: { mailBytesMax: 1500, beginningBytes: 300 } });
  await cut.ended;
  const { raw, problem } = cut.arrivals[3]!;
  assert.equal(problem?.kind, 'mail-too-large');
  assert.match(text(raw), /^From: Ada[\s\S]*\n\nA line of the body\.\nA line/);
  assert.ok(raw.length < 600, `${raw.length}`);
});

test('by git', options, async () => {
  const git = sourceSchema.parse({ name: 'git', kind: 'git', path: inbox.path });
  const reading = new Reading(git, { follow: false });
  await reading.ended;
  assert.deepEqual(reading.subjects.slice(0, 4), ['First', 'Re: first', 'Odd', 'Large']);
  assert.equal(text(reading.arrivals[0]!.raw).split('\n\n')[2], 'From here\n>From there\n');
});

test('one mail by its Message-ID', options, async () => {
  const { arrivals, problem } = await mailById(web(), '<first@example.org>', asking);
  assert.equal(problem, null);
  assert.ok(text(arrivals[0]!.raw).endsWith('\n\nFrom here\n>From there\n'), text(arrivals[0]!.raw));
  assert.equal(arrivals.length, 1);
  assert.deepEqual(subjectsOf((await mailById(web(), `${odd}@example.org`, asking)).arrivals), ['Odd']);
  const missing = await mailById(web(), 'nothing@example.org', asking);
  assert.deepEqual([missing.arrivals, missing.problem?.kind], [[], 'not-found']);
});

test('a thread', options, async () => {
  const { arrivals, problem } = await threadOf(web(), 'second@example.org', asking);
  assert.equal(problem, null);
  assert.deepEqual(subjectsOf(arrivals), ['First', 'Re: first']);
  assert.equal((await threadOf(web(), 'nothing@example.org', asking)).problem?.kind, 'not-found');
});

test('a search, with and without its threads', options, async () => {
  const found = (more: object) => search(web(more), asking);
  assert.deepEqual(subjectsOf((await found({ search: 'b:quiescent' })).arrivals), ['First', 'Re: first']);
  assert.deepEqual(subjectsOf((await found({ search: 'b:quiescent', threads: false })).arrivals), ['First']);
  assert.deepEqual(await found({ search: 's:nothingofthekind' }), { arrivals: [], problem: null });
  assert.equal((await found({ url: `${inbox.url}-other` })).problem?.kind, 'not-found');
  const reading = new Reading(web(), { follow: false });
  await reading.ended;
  assert.deepEqual(reading.subjects.toSorted(), ['First', 'Re: first']);
});

test('a mail that is purged, and one that is there', options, async () => {
  const git = sourceSchema.parse({ name: 'git', kind: 'git', path: inbox.path });
  const first = new Reading(git, { follow: false });
  await first.ended;
  inbox.purge(mails[2]!);
  const second = new Reading(git, { follow: false, from: [first.arrivals.at(-1)!.position] });
  await second.ended;
  assert.deepEqual(second.problems, ['history-rewritten']);
  assert.ok(!second.subjects.includes('Odd') && second.subjects.includes('First'), second.subjects.join(' '));
});

test('what a server may not do', { timeout: 60_000 }, async (t) => {
  const port = await freePort();
  const other = await freePort();
  const mail = sampleMail('one', 'One');
  let asked = 0;
  const answers: Record<string, Parameters<typeof createServer>[1]> = {
    '/elsewhere/one@example.org/raw': (_, response) =>
      response.writeHead(302, { location: `http://127.0.0.1:${other}/` }).end(),
    '/near/one@example.org/raw': (_, response) => response.writeHead(301, { location: '/mail' }).end(),
    '/round/one@example.org/raw': (_, response) =>
      response.writeHead(301, { location: '/round/one@example.org/raw' }).end(),
    '/mail': (_, response) => response.end(`From mboxrd@z Thu Jan  1 00:00:00 1970\n${mail}`),
    '/bomb/one@example.org/raw': (_, response) => {
      const zeros = gzipSync(Buffer.alloc(32 << 20));
      for (let i = 0; i < 3; i++) response.write(zeros);
      response.end();
    },
    '/broken/one@example.org/raw': (_, response) => response.end(gzipSync(mail).subarray(0, 50)),
    '/down/one@example.org/raw': (_, response) => response.writeHead(503).end(),
    '/cut/one@example.org/raw': (_, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('From ');
      setTimeout(() => response.destroy(), 10);
    },
  };
  const listen = (server: Server, at: number) =>
    new Promise<void>((resolve) => server.listen(at, '127.0.0.1', resolve));
  const server = createServer((request, response) => answers[request.url ?? '']?.(request, response));
  const elsewhere = createServer((_, response) => {
    asked++;
    response.end(mail);
  });
  await listen(server, port);
  await listen(elsewhere, other);
  t.after(() => {
    for (const one of [server, elsewhere]) one.closeAllConnections();
    for (const one of [server, elsewhere]) one.close();
  });
  const at = (path: string, hosts: readonly string[] = []) =>
    mailById({ name: 'web', url: `http://127.0.0.1:${port}/${path}`, hosts: [...hosts] }, 'one@example.org', asking);
  assert.equal((await at('elsewhere')).problem?.kind, 'host-not-named');
  assert.equal(asked, 0);
  assert.deepEqual(subjectsOf((await at('elsewhere', [`127.0.0.1:${other}`])).arrivals), ['One']);
  assert.deepEqual(subjectsOf((await at('near')).arrivals), ['One']);
  assert.equal((await at('round')).problem?.kind, 'host-not-named');
  assert.equal((await at('bomb')).problem?.kind, 'answer-too-large');
  assert.equal((await at('broken')).problem?.kind, 'unreachable');
  assert.equal((await at('down')).problem?.kind, 'refused');
  assert.equal((await at('cut')).problem?.kind, 'unreachable');
  assert.equal(
    (await mailById({ name: 'web', url: `http://127.0.0.1:${await freePort()}`, hosts: [] }, 'x', asking)).problem
      ?.kind,
    'unreachable',
  );
});
