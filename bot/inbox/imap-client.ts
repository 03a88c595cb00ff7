/**
 * One connection to an IMAP server, made as the settings say, and what its failures mean for the operator. imapflow's client
 * serves once: every connection is a new one. It idles only when asked to, so that no command meets an IDLE of its own.
 */
import { readFile } from 'node:fs/promises';
import { ImapFlow, type ImapFlowOptions } from 'imapflow';
import type { Problem } from '../../analyzers/source/place.ts';
import { readSecret } from '../settings/secret.ts';
import type { ImapSettings } from './settings.ts';
import { type SourceLimits, systemProblem } from './source.ts';

/** What a server may make us hold or wait for. A command that gets no byte for this time ends the connection. */
const limits = { connectMs: 30_000, greetingMs: 16_000, silenceMs: 120_000, lineBytes: 16 << 20 } as const;

/** A failure that is told in words already: wrong settings, or a server that does not do what it must. */
export class Refusal extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.text);
    this.problem = problem;
  }
}

/** @throws Refusal, or what imapflow throws */
export async function connectImap(
  settings: ImapSettings,
  { signal, mailBytesMax }: { readonly signal: AbortSignal } & Pick<SourceLimits, 'mailBytesMax'>,
): Promise<ImapFlow> {
  const client = new ImapFlow({
    host: settings.host,
    port: settings.port ?? (settings.tls === true ? 993 : 143),
    secure: settings.tls === true,
    ...(settings.tls === true ? {} : { doSTARTTLS: settings.tls === 'starttls' }),
    auth: await authOf(settings, signal),
    tls: settings.ca === undefined ? {} : { ca: await certificates(settings.ca) },
    logger: false,
    disableAutoIdle: true,
    clientInfo: { name: 'scenario-bot' },
    ...{ connectionTimeout: limits.connectMs, greetingTimeout: limits.greetingMs, socketTimeout: limits.silenceMs },
    // A server that lies about sizes; a line may list the numbers of all mails.
    ...{
      maxLineLength: limits.lineBytes,
      maxLiteralSize: 2 * mailBytesMax,
      maxResponseSize: 4 * mailBytesMax + limits.lineBytes,
    },
  });
  // What happens to a connection is thrown by the command that meets it.
  client.on('error', () => {});
  const close = () => client.close();
  signal.addEventListener('abort', close, { once: true });
  client.once('close', () => signal.removeEventListener('abort', close));
  try {
    await client.connect();
    return client;
  } catch (error) {
    client.close();
    throw error;
  }
}

async function authOf({ login }: ImapSettings, signal: AbortSignal): Promise<NonNullable<ImapFlowOptions['auth']>> {
  // RFC 4505 asks for something that names who is there.
  if (login === 'anonymous') return { user: 'anonymous', pass: 'scenario-bot' };
  const { value, problem } = await readSecret('oauth2' in login ? login.oauth2 : login.password, signal);
  if (problem !== null) throw new Refusal(problem);
  return 'oauth2' in login ? { user: login.user, accessToken: value } : { user: login.user, pass: value };
}

async function certificates(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new Refusal(systemProblem(error, file));
  }
}

interface ImapError {
  readonly code?: string;
  readonly message?: string;
  readonly responseText?: string;
  readonly authenticationFailed?: boolean;
  readonly oauthError?: { readonly status?: string };
}

const unreachable = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT']);
const timedOut = new Set(['CONNECT_TIMEOUT', 'GREETING_TIMEOUT', 'UPGRADE_TIMEOUT', 'ETIMEOUT']);
const disconnected = new Set(['NoConnection', 'EConnectionClosed', 'StateLogout', 'ECONNRESET', 'EPIPE']);
const untrusted = /SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET)|CERT_|ALTNAME/;

export function imapProblem(error: unknown, settings: ImapSettings): Problem {
  if (error instanceof Refusal) return error.problem;
  const { code = '', message = '', responseText, authenticationFailed, oauthError } = (error ?? {}) as ImapError;
  const where = `${settings.host}:${settings.port ?? (settings.tls === true ? 993 : 143)}`;
  const said = `${responseText ?? message}`.replace(/\p{Cc}+/gu, ' ').slice(0, 200);
  const problem = (kind: string, text: string) => ({ kind, text });
  if (authenticationFailed) {
    const why =
      oauthError?.status === undefined ? said : `${oauthError.status.slice(0, 80)}; the token may have run out`;
    return problem('login-refused', `${where} refuses the login (${why}); see user and secret in the settings`);
  }
  if (unreachable.has(code)) return problem('unreachable', `${where} cannot be reached (${code}); see host and port`);
  if (timedOut.has(code)) return problem('no-answer', `${where} does not answer in time (${code})`);
  if (untrusted.test(code))
    return problem('untrusted', `the certificate of ${where} is not trusted (${code}); name its authority by ca`);
  if (/^ERR_(?:SSL|TLS)/.test(code) || code === 'EPROTO' || /starttls/i.test(message))
    return problem('no-tls', `${where} does not speak TLS as asked (${code || said}); see tls and port`);
  if (disconnected.has(code) || code.startsWith('ClosedAfter'))
    return problem('disconnected', `${where} ended the connection (${code})`);
  return problem('imap-failed', `${where}: ${said || code || 'it failed'}`);
}
