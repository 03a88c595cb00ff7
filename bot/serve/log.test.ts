/** No secret in any log: by name where a value is logged whole, and in what an SMTP or a secret's failure says. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { senderOf } from '../outbox/sender.ts';
import type { Settings } from '../settings/schema.ts';
import { readSecret } from '../settings/secret.ts';
import { loadSettings } from '../settings/settings.ts';
import type { Reply } from '../store/replies.ts';
import { openLog } from './log.ts';

const secret = 'hunter2-hunter2';
const logged = (write: (log: ReturnType<typeof openLog>) => void): string => {
  const lines: string[] = [];
  write(openLog('debug', { write: (line) => void lines.push(line) }));
  assert.ok(lines.length > 0);
  return lines.join('');
};

for (const name of ['password', 'pass', 'token', 'accessToken', 'key', 'secret', 'authorization'])
  test(`${name} is blotted out`, () => {
    const text = logged((log) => {
      log.info({ messageId: 'a@b', [name]: secret }, 'x');
      log.info({ login: { user: 'u', [name]: secret } }, 'x');
      log.info({ smtp: { login: { user: 'u', [name]: secret } } }, 'x');
    });
    assert.ok(!text.includes(secret), text);
    assert.equal(text.split('[secret]').length, 4);
    assert.ok(text.includes('a@b') && text.includes('"u"'));
  });

test('a line is one JSON object, with its time and level, whatever it holds', () => {
  const text = logged((log) => log.warn({ messageId: 'a\nb@c', why: '\u2028"\n{' }, 'a mail\nis not whole'));
  assert.equal(text.trimEnd().split('\n').length, 1);
  const { level, time, messageId, msg } = JSON.parse(text);
  assert.deepEqual([level, messageId, msg], ['warn', 'a\nb@c', 'a mail\nis not whole']);
  assert.ok(!Number.isNaN(Date.parse(time)));
});

test('what a server or a file with a secret does not do is said without it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'log-'));
  const file = join(folder, 'password');
  writeFileSync(file, `${secret}\n`);
  const settings: Settings = {
    ...loadSettings(),
    // Nobody listens there.
    smtp: { host: '127.0.0.1', port: 1, tls: false, login: { user: 'u', password: { file } }, ca: null },
    dkim: { domain: 'bot.example.org', selector: 's1', key: { file } },
  };
  const { signal } = new AbortController();
  const held = { ending: signal, lost: signal, isHeld: () => true };
  const send = senderOf(settings, held, () => new Date());
  const reply = { raw: Buffer.from('Subject: x\n\nx\n'), recipients: ['a@example.org'] } as unknown as Reply;
  const unsigned = senderOf({ ...settings, dkim: null }, held, () => new Date());
  const outcomes = [await send?.(reply), await unsigned?.(reply)];
  const failed = await readSecret(
    { command: ['sh', '-c', `echo ${secret} >&2; exit 1`] },
    new AbortController().signal,
  );
  rmSync(folder, { recursive: true });
  assert.deepEqual(
    outcomes.map((outcome) => outcome?.kind),
    ['later', 'later'],
  );
  assert.match(failed.problem?.text ?? '', /cannot be had/);
  assert.ok(!JSON.stringify([...outcomes, failed]).includes(secret));
});
