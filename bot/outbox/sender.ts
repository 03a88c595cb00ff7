/**
 * Signs a reply and hands it to the server of the settings, within a time that is bounded; what is wrong with a secret is as if the
 * server were away.
 */
import { readFile } from 'node:fs/promises';
import type { Settings } from '../settings/schema.ts';
import { readKey, readSecret, type Secret } from '../settings/secret.ts';
import type { Reply } from '../store/replies.ts';
import type { Holding } from '../store/singletons.ts';
import { signMail } from './sign.ts';
import { type Sent, sendMail } from './transport.ts';

type SenderSettings = Pick<Settings, 'smtp' | 'dkim' | 'from' | 'domain'>;

const timeoutMs = 60_000;
/** For all of one mail, whatever the server does to have it last. */
const mailMs = 180_000;

/** Null where no server is set. */
export function senderOf(
  settings: SenderSettings,
  { ending, lost, isHeld }: Omit<Holding, 'check'>,
  now: () => Date,
): ((reply: Reply) => Promise<Sent>) | null {
  const { smtp, dkim, from, domain } = settings;
  if (smtp === null) return null;
  return async ({ raw, recipients }) => {
    const secrets = { password: smtp.login?.password ?? null, key: dkim?.key ?? null };
    const password = await valueIn(readSecret, secrets.password, ending);
    const key = await valueIn(readKey, secrets.key, ending);
    if (password.problem !== null || key.problem !== null)
      return { kind: 'later', why: password.problem ?? key.problem ?? '' };
    let mail = raw.toString('utf8');
    if (dkim !== null) {
      const signed = await signMail(mail, { domain: dkim.domain, selector: dkim.selector, key: key.value }, now());
      if (signed.raw === null) return { kind: 'later', why: signed.problem };
      mail = signed.raw;
    }
    const server = {
      ...{ host: smtp.host, port: smtp.port, name: domain, timeoutMs },
      security: smtp.tls === true ? 'tls' : smtp.tls === false ? 'none' : 'starttls',
      login: smtp.login === null ? null : { user: smtp.login.user, password: password.value },
      ca: smtp.ca === null ? null : await readFile(smtp.ca, 'utf8'),
    } as const;
    const signal = AbortSignal.any([lost, AbortSignal.timeout(mailMs)]);
    return sendMail(server, { from: from.address, to: recipients }, { raw: mail, signal, mayLeave: isHeld });
  };
}

type Value = { readonly value: string; readonly problem: null } | { readonly value: ''; readonly problem: string };

async function valueIn(read: typeof readSecret, secret: Secret | null, signal: AbortSignal): Promise<Value> {
  if (secret === null) return { value: '', problem: null };
  const { value, problem } = await read(secret, signal);
  return problem === null ? { value, problem: null } : { value: '', problem: problem.text };
}
