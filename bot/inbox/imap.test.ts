/**
 * IMAP against a real Dovecot: what is read, from where it goes on, and what it makes of servers that go away. All waiting is
 * for something to happen; nothing here is right or wrong by how long it took.
 */
import assert from 'node:assert/strict';
import { connect, createServer, type Server as NetServer } from 'node:net';
import test, { after, before } from 'node:test';
import { ImapFlow } from 'imapflow';
import { Dovecot, dovecotAbsent, password } from '../servers/dovecot.ts';
import { freePort } from '../servers/server.ts';
import { findMessage } from './imap-search.ts';
import { Reading, sampleMail } from './reading.ts';
import { type ImapSettings, sourceSchema } from './settings.ts';
import { sleep } from './source.ts';

const options = { skip: dovecotAbsent, timeout: 60_000 };
let dovecot: Dovecot;
before(async () => {
  if (dovecotAbsent === false) dovecot = await Dovecot.start();
});
after(Reading.stopAll);
after(() => dovecot?.stop());
process.env.INBOX_TEST_PASSWORD = password;

const settings = (user: string, more: object = {}) =>
  sourceSchema.parse({
    ...{ name: 'dovecot', kind: 'imap', host: '127.0.0.1', port: dovecot.imapPort, tls: false, pollSeconds: 3600 },
    ...{ login: { user, password: { env: 'INBOX_TEST_PASSWORD' } }, ...more },
  }) as ImapSettings;

/** Another client, that puts mails there. */
async function withClient<T>(user: string, act: (client: ImapFlow) => Promise<T>): Promise<T> {
  const login = { auth: { user, pass: password }, host: '127.0.0.1', port: dovecot.imapPort };
  const client = new ImapFlow({ ...login, secure: false, doSTARTTLS: false, logger: false, disableAutoIdle: true });
  await client.connect();
  try {
    return await act(client);
  } finally {
    client.close();
  }
}
const deliver = (user: string, mails: readonly string[], mailbox = 'INBOX') =>
  withClient(user, async (client) => {
    for (const mail of mails) await client.append(mailbox, mail.replaceAll('\n', '\r\n'));
  });
const numbered = (count: number, first = 1) =>
  Array.from({ length: count }, (_, i) => sampleMail(`n${first + i}`, `Mail ${first + i}`));
const subjects = (count: number, first = 1) => Array.from({ length: count }, (_, i) => `Mail ${first + i}`);
/** Waits as long as asked for news, and hardly at all before a new connection. */
const impatient = (ms: number, signal: AbortSignal) => sleep(ms > 600_000 ? ms : 20, signal);

test('mails come whole and in order, and a position goes on behind its mail', options, async () => {
  await deliver('ada', numbered(3));
  const first = new Reading(settings('ada'), { follow: false });
  await first.ended;
  assert.deepEqual(first.subjects, subjects(3));
  assert.equal(first.arrivals[0]!.raw.toString(), numbered(1)[0]!.replaceAll('\n', '\r\n'));
  await deliver('ada', numbered(2, 4));
  const second = new Reading(settings('ada'), { follow: false, from: [first.arrivals[1]!.position] });
  await second.ended;
  assert.deepEqual(second.subjects, subjects(3, 3));
  const third = new Reading(settings('ada'), { follow: false, from: [second.arrivals.at(-1)!.position] });
  await third.ended;
  assert.deepEqual([third.subjects, third.problems, third.failures], [[], [], []]);
});

test('nothing is marked as seen', options, async () => {
  await deliver('una', numbered(2));
  await new Reading(settings('una'), { follow: false, limits: { mailBytesMax: 100, beginningBytes: 50 } }).ended;
  const flags = await withClient('una', async (client) => {
    await client.mailboxOpen('INBOX', { readOnly: true });
    return (await client.fetchAll('1:*', { flags: true })).flatMap(({ flags }) => [...(flags ?? [])]);
  });
  assert.ok(!flags.includes('\\Seen'), flags.join(' '));
});

test('what comes later comes by IDLE', options, async () => {
  const reading = new Reading(settings('ida'));
  for (let n = 1; n <= 3; n++) {
    await reading.until(({ states }) => states.filter(({ kind }) => kind === 'waiting').length >= n);
    await deliver('ida', numbered(1, n));
    await reading.until(({ arrivals }) => arrivals.length === n);
  }
  await reading.stop();
  assert.deepEqual(reading.subjects, subjects(3));
});

test('several mailboxes by patterns; one that appears is read, one that is missing is told of', options, async () => {
  await withClient('pat', async (client) => {
    for (const path of ['list/0', 'list/1', 'list/10', 'other']) await client.mailboxCreate(path);
  });
  for (const [n, path] of ['list/10', 'list/1', 'list/0', 'other'].entries())
    await deliver('pat', numbered(1, n + 1), path);
  const reading = new Reading(settings('pat', { mailboxes: ['list/*', 'nowhere'], pollSeconds: 1 }));
  await reading.until(({ states }) => states.at(-1)?.kind === 'waiting');
  assert.deepEqual(reading.subjects, ['Mail 3', 'Mail 2', 'Mail 1']);
  assert.deepEqual(reading.problems, ['no-mailbox']);
  await withClient('pat', (client) => client.mailboxCreate('list/11'));
  await deliver('pat', numbered(1, 5), 'list/11');
  await deliver('pat', numbered(1, 6), 'list/0');
  await reading.until(({ arrivals }) => arrivals.length === 5);
  await reading.stop();
  assert.deepEqual(reading.subjects.slice(3).toSorted(), ['Mail 5', 'Mail 6']);
  assert.deepEqual(reading.problems, ['no-mailbox']);
});

test('a mailbox that was made anew is read from the start', options, async () => {
  await withClient('eva', (client) => client.mailboxCreate('list'));
  await deliver('eva', numbered(4), 'list');
  const first = new Reading(settings('eva', { mailboxes: ['list'] }), { follow: false });
  await first.ended;
  await withClient('eva', async (client) => {
    await client.mailboxDelete('list');
    await client.mailboxCreate('list');
  });
  await deliver('eva', numbered(2), 'list');
  const from = [first.arrivals.at(-1)!.position];
  const second = new Reading(settings('eva', { mailboxes: ['list'] }), { follow: false, from });
  await second.ended;
  assert.deepEqual([second.subjects, second.problems], [subjects(2), ['uidvalidity-changed']]);
});

test('a mail beyond the limit is there with its beginning and a problem', options, async () => {
  const large = sampleMail('large', 'Mail 2', 'x'.repeat(70).concat('\n').repeat(100));
  await deliver('lea', [numbered(1)[0]!, large, numbered(1, 3)[0]!]);
  const limits = { mailBytesMax: 5000, beginningBytes: 1000, batchBytesMax: 6000 };
  const reading = new Reading(settings('lea'), { follow: false, limits });
  await reading.ended;
  assert.deepEqual(reading.subjects, subjects(3));
  assert.deepEqual(
    reading.arrivals.map(({ problem }) => problem?.kind),
    [undefined, 'mail-too-large', undefined],
  );
  assert.equal(reading.arrivals[1]!.raw.length, 1000);
});

test('a server that is killed while mails come loses none', options, async () => {
  await deliver('kim', numbered(200));
  let kills = 0;
  const killAt = new Set([20, 90, 91]);
  const kill = async () => {
    if (!killAt.has(reading.arrivals.length)) return;
    kills++;
    await dovecot.kill();
    await dovecot.restart();
  };
  const limits = { batchBytesMax: 1000 };
  const reading: Reading = new Reading(settings('kim'), { sleep: impatient, limits }, kill);
  await reading.until(({ states, subjects }) => states.at(-1)?.kind === 'waiting' && new Set(subjects).size === 200);
  assert.equal(kills, 3);
  assert.ok(reading.failures.length >= 3, reading.failures.join(' '));
  // And one killed while it idles.
  await dovecot.kill();
  await reading.until(({ states }) => states.at(-1)?.kind === 'failed');
  await dovecot.restart();
  await deliver('kim', numbered(1, 201));
  await reading.until(({ subjects }) => subjects.includes('Mail 201'));
  await reading.stop();
  assert.deepEqual(reading.subjects, subjects(201), 'in order, each once');
});

test('it can be stopped while it idles, waits for a connection, or for a greeting', options, async () => {
  const idle = new Reading(settings('bob'));
  await idle.until(({ states }) => states.at(-1)?.kind === 'waiting');
  await idle.stop();
  const nobody = new Reading(settings('bob', { port: await freePort() }), {
    sleep: (_, signal) => sleep(3_600_000, signal),
  });
  await nobody.until(({ failures }) => failures.length === 1);
  assert.deepEqual(nobody.failures, ['unreachable']);
  await nobody.stop();
  const { server, port } = await silentServer();
  const silent = new Reading(settings('bob', { port }));
  await new Promise((resolve) => server.once('connection', resolve));
  await silent.stop();
  await new Promise((resolve) => server.close(resolve));
  for (const reading of [idle, nobody, silent]) assert.equal(reading.states.at(-1)?.kind, 'ended');
});

/** Takes connections and says nothing. */
async function silentServer(): Promise<{ server: NetServer; port: number }> {
  const port = await freePort();
  const server = createServer((socket) => socket.on('error', () => {}));
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { server, port };
}

/** Between client and server: what the server says passes by `pass`, which ends the connection by null. */
async function between(pass: (data: Buffer) => Buffer | null) {
  const port = await freePort();
  const proxy = createServer((client) => {
    const server = connect(dovecot.imapPort, '127.0.0.1');
    const end = () => {
      client.destroySoon();
      server.destroy();
    };
    for (const socket of [client, server]) socket.on('error', end).on('close', end);
    client.on('data', (data) => server.write(data));
    server.on('data', (data) => {
      const passed = pass(data);
      if (passed === null) return end();
      client.write(passed);
      if (passed.length < data.length) end();
    });
  });
  await new Promise<void>((resolve) => proxy.listen(port, '127.0.0.1', resolve));
  return { port, close: () => new Promise((resolve) => proxy.close(resolve)) };
}

test('connections that end within a mail lose none', options, async () => {
  await deliver('max', numbered(60));
  // What passes before the next cut: within greeting, login, and mails.
  const cuts = [10, 300, 1500, 3000, 4000, 2500, 5000, 9000];
  let left = cuts.shift()!;
  const { port, close } = await between((data) => {
    const passed = data.subarray(0, left);
    left -= passed.length;
    if (left === 0) left = cuts.shift() ?? Number.POSITIVE_INFINITY;
    return passed;
  });
  const limits = { batchBytesMax: 1000 };
  const reading = new Reading(settings('max', { port }), { follow: false, sleep: impatient, limits });
  await reading.ended;
  await close();
  assert.deepEqual(reading.subjects, subjects(60), 'in order, each once');
  assert.ok(reading.failures.length >= 5, reading.failures.join(' '));
  assert.ok(reading.arrivals.every(({ raw, problem }) => problem === null && raw.toString().endsWith('Text.\r\n')));
});

test('a mail that every connection dies over does not stop the rest', options, async () => {
  const long = `${'y'.repeat(60)}\n`.repeat(20);
  const mails = [1, 2, 3, 4, 5].map((n) =>
    sampleMail(`n${n}`, n === 2 ? 'DEADLY' : `Mail ${n}`, n === 4 ? `${long}DEADLY\n` : 'Fine.\n'),
  );
  await deliver('pia', mails);
  const { port, close } = await between((data) => (data.includes('DEADLY') ? null : data));
  const limits = { beginningBytes: 300 };
  const reading = new Reading(settings('pia', { port }), { follow: false, sleep: impatient, limits });
  await reading.ended;
  await close();
  assert.deepEqual(reading.subjects, ['Mail 1', '', 'Mail 3', 'Mail 4', 'Mail 5']);
  assert.deepEqual(
    reading.arrivals.map(({ problem }) => problem?.kind),
    [undefined, 'mail-unfetchable', undefined, 'mail-cut', undefined],
  );
});

test('of a batch that connections die over each mail is asked for alone', options, async () => {
  const mails = Array.from({ length: 40 }, (_, i) => sampleMail(`n${i + 1}`, i === 29 ? 'DEADLY' : `Mail ${i + 1}`));
  await deliver('rob', mails);
  const { port, close } = await between((data) => (data.includes('DEADLY') ? null : data));
  const reading = new Reading(settings('rob', { port }), { follow: false, sleep: impatient });
  await reading.ended;
  await close();
  assert.equal(reading.arrivals.length, 40);
  assert.equal(reading.arrivals.filter(({ problem }) => problem).length, 1);
  assert.ok(reading.failures.length <= 12, `${reading.failures.length} connections`);
});

test('a mail is found by its Message-ID', options, async () => {
  await deliver('fay', [...numbered(3), sampleMail('longer-n1', 'Other'), sampleMail('q"uo\\ted', 'Quoted')]);
  const signal = new AbortController().signal;
  const ask = (id: string) => findMessage(settings('fay'), { mailbox: 'INBOX', id, signal });
  assert.deepEqual(await ask('n1@example.org'), { found: true, problem: null });
  assert.deepEqual(await ask('n4@example.org'), { found: false, problem: null });
  assert.deepEqual(await ask('1@example.org'), { found: false, problem: null }, 'a part of one is another');
  assert.deepEqual(await ask('q"uo\\ted@example.org'), { found: true, problem: null });
  const down = await findMessage(settings('fay', { port: await freePort() }), { mailbox: 'INBOX', id: 'n1', signal });
  assert.deepEqual([down.found, down.problem?.kind], [null, 'unreachable']);
});
