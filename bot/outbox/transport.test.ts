/**
 * What becomes of a mail, a row for each way a server may end it. The server is a script: what it answers to each command,
 * and where it closes the connection. The ways of real servers are in the tests that send through one.
 */
import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import test from 'node:test';
import { type Outgoing, type Sent, sendMail } from './transport.ts';

const close = null;
/** Answers by the first word of a command; `.` is the end of the text; a missing one is 250. */
type Script = Readonly<Record<string, string | null>>;

async function serve(script: Script, run: (port: number) => Promise<Sent>): Promise<{ sent: Sent; got: string }> {
  let got = '';
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    let isText = false;
    const answer = (word: string, usual: string) => {
      const line = word in script ? script[word] : usual;
      if (line === close) socket.destroy();
      else socket.write(`${line}\r\n`);
    };
    let pending = '';
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      pending += bytes.toString('utf8');
      for (let end = pending.indexOf('\r\n'); end >= 0; end = pending.indexOf('\r\n')) {
        const line = pending.slice(0, end);
        pending = pending.slice(end + 2);
        if (isText && line !== '.') got += `${line}\n`;
        else if (isText) {
          isText = false;
          answer('.', '250 taken');
        } else {
          const word = line.split(/[ :]/)[0] ?? '';
          isText = word === 'DATA' && !('DATA' in script);
          if (word === 'RCPT' && line.includes('bad')) answer('RCPT bad', '550 no such user');
          else
            answer(
              word,
              word === 'DATA'
                ? '354 go on'
                : word === 'QUIT'
                  ? '221 bye'
                  : word === 'EHLO'
                    ? '250-here\r\n250 8BITMIME'
                    : '250 fine',
            );
        }
      }
    });
    answer('greeting', '220 here');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const sent = await run(typeof address === 'object' && address !== null ? address.port : 0);
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
  return { sent, got };
}

const raw = 'Subject: x\n\n.dot\ntab\tand blank \nGrüße\nFrom here\n';
const mail: Outgoing = { raw, signal: new AbortController().signal, mayLeave: () => true };
const send = (script: Script, to: readonly string[] = ['ada@example.org'], outgoing = mail) =>
  serve(script, (port) =>
    sendMail(
      { host: '127.0.0.1', port, security: 'none', login: null, ca: null, name: 'bot.example.org', timeoutMs: 1_000 },
      { from: 'bot@example.org', to },
      outgoing,
    ),
  );

function check(name: string, script: Script, kind: Sent['kind'], why = /./): void {
  test(name, async () => {
    const { sent } = await send(script);
    assert.equal(sent.kind, kind, JSON.stringify(sent));
    assert.match('why' in sent ? sent.why : 'x', why);
  });
}

check('taken', {}, 'sent');
check('closes after it has taken it', { QUIT: close }, 'sent');
check('greets with 421', { greeting: '421 busy' }, 'later');
check('greets with nothing', { greeting: '' }, 'later');
check('closes at once', { greeting: close }, 'later');
check('wants no sender', { MAIL: '550 not you' }, 'refused', /not you/);
check('wants the sender later', { MAIL: '451 greylisted' }, 'later', /greylisted/);
check('knows no recipient', { RCPT: '550 no such user' }, 'refused', /no such user/);
check('closes at RCPT', { RCPT: close }, 'later');
check('wants no text', { DATA: '554 no' }, 'refused');
check('closes at DATA', { DATA: close }, 'later');
check('refuses the text', { '.': '554 spam' }, 'refused', /spam/);
check('wants the text later', { '.': '452 full' }, 'later', /full/);
check('closes when it has the text', { '.': close }, 'unknown');
check('says nothing when it has the text', { '.': '' }, 'unknown');

test('nobody listens', async () => {
  const { sent } = await send({ greeting: close });
  assert.equal(sent.kind, 'later');
  const none = await sendMail(
    { host: '127.0.0.1', port: 1, security: 'none', login: null, ca: null, name: 'bot', timeoutMs: 1_000 },
    { from: 'bot@example.org', to: ['ada@example.org'] },
    mail,
  );
  assert.equal(none.kind, 'later');
});

test('a server without the TLS that is asked for gets nothing', async () => {
  const { sent, got } = await serve({}, (port) =>
    sendMail(
      { host: '127.0.0.1', port, security: 'starttls', login: null, ca: null, name: 'bot', timeoutMs: 1_000 },
      { from: 'bot@example.org', to: ['ada@example.org'] },
      mail,
    ),
  );
  assert.equal(sent.kind, 'later');
  assert.equal(got, '');
});

test('a recipient of several is refused, and the text arrives as it was', async () => {
  const { sent, got } = await send({}, ['ada@example.org', 'bad@example.org']);
  assert.equal(sent.kind, 'sent');
  assert.match(('rejected' in sent && sent.rejected.join()) || '', /no such user/);
  assert.equal(got, raw.replace('.dot', '..dot'));
});

test('what may not leave any more by when the server wants the text does not, and it is known', async () => {
  const { sent, got } = await send({}, undefined, { ...mail, mayLeave: () => false });
  assert.deepEqual([sent.kind, got], ['later', '']);
});

test('broken off before the text it has not left, after it nobody knows', async () => {
  for (const [script, kind] of [
    [{ RCPT: '' }, 'later'],
    [{ '.': '' }, 'unknown'],
  ] as const) {
    const { sent } = await send(script, undefined, { ...mail, signal: AbortSignal.timeout(300) });
    assert.equal(sent.kind, kind);
    assert.match('why' in sent ? sent.why : '', /broken off/);
  }
});
