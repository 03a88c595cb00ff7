/** What we sign is verified by a receiver that asks DNS for the key; a list's footer takes the signature away, and nothing else. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import test from 'node:test';
import { dkimVerify } from 'mailauth';
import { signMail } from './sign.ts';

const raw = [
  'From: powerpc ftrace bot <bot@bot.example.org>',
  'To: Ada <ada@example.org>',
  'Subject: =?UTF-8?Q?Re=3A_Gr=C3=BC=C3=9Fe?=',
  'Message-ID: <1@bot.example.org>',
  '',
  'tab\tand blank ',
  'Grüße',
  '',
].join('\n');

async function verdictOf(mail: string, key: string) {
  const { results } = await dkimVerify(mail.replace(/\r?\n/g, '\r\n'), {
    resolver: async (name: string) => {
      assert.equal(name, 's1._domainkey.bot.example.org');
      return [[`v=DKIM1; ${key}`]];
    },
  });
  return results[0]?.status.result;
}

for (const type of ['rsa', 'ed25519'] as const) {
  test(`signed by ${type}`, async () => {
    const { privateKey, publicKey } =
      type === 'rsa' ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ed25519');
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const der = publicKey.export({ type: 'spki', format: 'der' });
    // RFC 8463 4.2: of Ed25519 the record has the 32 bytes of the key alone.
    const record = `k=${type}; p=${(type === 'rsa' ? der : der.subarray(-32)).toString('base64')}`;
    const { raw: mail } = await signMail(raw, { domain: 'bot.example.org', selector: 's1', key }, new Date());
    assert.ok(mail !== null);
    assert.ok(mail.endsWith(raw) && mail.startsWith('DKIM-Signature: '));
    assert.ok(!mail.includes('\r'));
    assert.equal(await verdictOf(mail, record), 'pass');
    assert.notEqual(await verdictOf(mail.replace('Ada', 'Eve'), record), 'pass');
    assert.notEqual(await verdictOf(`${mail}a footer\n`, record), 'pass');
  });
}

test('a key that is none', async () => {
  const { raw: mail, problem } = await signMail(
    raw,
    { domain: 'bot.example.org', selector: 's1', key: 'x' },
    new Date(),
  );
  assert.equal(mail, null);
  assert.match(problem ?? '', /cannot be signed for bot\.example\.org: /);
});
