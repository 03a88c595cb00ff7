/**
 * Has a mail left that this store never handed to a server? A store that was restored from a backup, or begun anew, writes the
 * same reply again, under the same Message-ID, and the first one lies in the mailbox that it reads. Anybody may send a mail under
 * a Message-ID of ours: what counts is our own signature over it.
 */
import { createPublicKey } from 'node:crypto';
import type { Kysely } from 'kysely';
import { proofOf } from '../mail/proof.ts';
import type { Settings } from '../settings/schema.ts';
import { readKey } from '../settings/secret.ts';
import { mailById, mailsByMessageId } from '../store/mails.ts';
import type { Reply } from '../store/replies.ts';
import type { Tables } from '../store/tables.ts';

interface Asked {
  readonly settings: Pick<Settings, 'dkim' | 'from'>;
  readonly now: Date;
}

export async function leftBefore(db: Kysely<Tables>, reply: Reply, { settings, now }: Asked): Promise<boolean> {
  const { dkim, from } = settings;
  if (dkim === null || reply.attempts > 0) return false;
  const found = await mailsByMessageId(db, [reply.message_id]);
  if (found.length === 0) return false;
  const { value } = await readKey(dkim.key, new AbortController().signal);
  const record = value === null ? null : recordOf(value);
  if (record === null) return false;
  // Nobody's key but ours is asked for.
  const resolve = async (name: string) => {
    if (name === `${dkim.selector}._domainkey.${dkim.domain}`) return [[record]];
    throw Object.assign(new Error(`${name} is not asked for`), { code: 'ENOTFOUND' });
  };
  for (const { id } of found) {
    const mail = await mailById(db, id);
    const proof = mail === null ? null : await proofOf(mail.raw, { resolve, now });
    if (proof !== null && proof.author === from.address.toLowerCase() && proof.signed.has('message-id')) return true;
  }
  return false;
}

/** As DNS has the public key of a private one (RFC 6376 3.6.1; RFC 8463 4.2 of Ed25519); null where it is none. */
function recordOf(pem: string): string | null {
  try {
    const key = createPublicKey(pem);
    const der = key.export({ type: 'spki', format: 'der' });
    const type = key.asymmetricKeyType === 'ed25519' ? 'ed25519' : 'rsa';
    return `v=DKIM1; k=${type}; p=${(type === 'rsa' ? der : der.subarray(-32)).toString('base64')}`;
  } catch {
    return null;
  }
}
