/** The servers themselves: who they run as, what they are reached by, and that nothing of them stays. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { setTimeout as timeout } from 'node:timers/promises';
import { createTransport } from 'nodemailer';
import { Reading, sampleMail } from '../inbox/reading.ts';
import { sourceSchema } from '../inbox/settings.ts';
import { Dovecot, dovecotAbsent, password } from './dovecot.ts';
import { freePort, makeFolder, missing, Server, user } from './server.ts';
import { Smtp, smtpAbsent } from './smtp.ts';

const options = { skip: dovecotAbsent, timeout: 60_000 };

test('what is delivered by LMTP is read by IMAP', options, async (t) => {
  const dovecot = await Dovecot.start();
  t.after(() => dovecot.stop());
  process.env.SERVERS_TEST_PASSWORD = password;
  const reading = new Reading(
    sourceSchema.parse({
      ...{ name: 'dovecot', kind: 'imap', host: dovecot.host, port: dovecot.imapPort, tls: false },
      login: { user: 'bot', password: { env: 'SERVERS_TEST_PASSWORD' } },
    }),
  );
  t.after(() => reading.stop());
  const transport = createTransport({ host: dovecot.host, port: dovecot.lmtpPort, lmtp: true, ignoreTLS: true });
  const raw = sampleMail('one', 'One', '\tTabs, and blanks at the end   \n.dot\nFrom here\n');
  await transport.sendMail({ envelope: { from: 'ada@example.org', to: ['bot@example.org'] }, raw });
  await reading.until(({ arrivals }) => arrivals.length === 1);
  const [mail] = reading.arrivals;
  assert.ok(mail!.raw.toString().endsWith('\r\n\tTabs, and blanks at the end   \r\n.dot\r\nFrom here\r\n'));
});

test('what is sent by SMTP is read by IMAP; an answer may be lost', {
  ...options,
  skip: dovecotAbsent || smtpAbsent,
}, async (t) => {
  const dovecot = await Dovecot.start();
  t.after(() => dovecot.stop());
  const login = { user: 'bot', password: 'of the bot' };
  const tls = { certificate: dovecot.caFile, key: dovecot.keyFile };
  const smtp = await Smtp.start({ lmtpPort: dovecot.lmtpPort, tls, login });
  t.after(() => smtp.stop());
  const send = (more: object, to = 'list@example.org') => {
    const secured = { requireTLS: true, tls: { ca: readFileSync(dovecot.caFile), servername: 'localhost' } };
    const transport = createTransport({ host: smtp.host, port: smtp.port, ...secured, ...more });
    const raw = sampleMail('one', 'One', 'Ünïcode, 8bit.\n.\n..dots\n'.concat('long '.repeat(150), '\n'));
    return transport.sendMail({ envelope: { from: 'bot@example.org', to: [to] }, raw });
  };
  const auth = { user: login.user, pass: login.password };
  await send({ auth });
  smtp.dropNextAnswers(1);
  await assert.rejects(send({ auth }));
  await assert.rejects(send({ auth: { ...auth, pass: 'other' } }), { code: 'EAUTH' });
  await assert.rejects(send({}), { responseCode: 530 });
  await smtp.kill();
  await assert.rejects(send({ auth }));
  await smtp.restart();
  await send({ auth });
  await dovecot.kill();
  await assert.rejects(send({ auth }), { responseCode: 451 });
  await dovecot.restart();
  process.env.SERVERS_TEST_PASSWORD = password;
  const reading = new Reading(
    sourceSchema.parse({
      ...{ name: 'dovecot', kind: 'imap', host: dovecot.host, port: dovecot.imapPort, tls: false },
      login: { user: 'list', password: { env: 'SERVERS_TEST_PASSWORD' } },
    }),
    { follow: false },
  );
  await reading.ended;
  assert.equal(reading.arrivals.length, 3, 'the one whose answer was lost is there');
  for (const { raw } of reading.arrivals)
    assert.ok(raw.includes(`\r\n\r\nÜnïcode, 8bit.\r\n.\r\n..dots\r\n${'long '.repeat(150)}\r\n`));
});

/** The users that processes of a group run as, of those that have not ended; of /proc/PID/stat behind the name: state, parent, group. */
function usersOf(pid: number): readonly number[] {
  return readdirSync('/proc').flatMap((one) => {
    try {
      const [state, , group] = readFileSync(`/proc/${one}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
      if (state === 'Z' || Number(group) !== pid) return [];
      return [Number(/^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${one}/status`, 'utf8'))?.[1])];
    } catch {
      // No process, or it ended meanwhile.
      return [];
    }
  });
}

test('they run as an ordinary user, and end with a process that is killed', options, async (t) => {
  const script = `
    const { Dovecot } = await import(${JSON.stringify(join(import.meta.dirname, 'dovecot.ts'))});
    const dovecot = await Dovecot.start();
    console.log(dovecot.pid, dovecot.folder);
    setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => parent.kill('SIGKILL'));
  const [line] = await once(parent.stdout, 'data');
  const [pid, folder] = [Number.parseInt(line, 10), `${line}`.trim().replace(/^\d+ /, '')];
  t.after(() => rmSync(folder, { recursive: true }));
  // A master and its children.
  while (usersOf(pid).length < 2) await timeout(20);
  assert.notEqual(user.uid, 0);
  for (const one of usersOf(pid)) assert.equal(one, user.uid);
  parent.kill('SIGKILL');
  while (usersOf(pid).length > 0) await timeout(20);
});

test('one that does not start says why', { timeout: 60_000, skip: missing({}) }, async (t) => {
  const { path, remove } = makeFolder('server');
  t.after(remove);
  const start = Server.start({
    words: ['sh', '-c', 'echo no such thing >&2; exit 3'],
    folder: path,
    ports: [await freePort()],
  });
  await assert.rejects(start, /no such thing/);
  assert.ok(existsSync(path));
});
