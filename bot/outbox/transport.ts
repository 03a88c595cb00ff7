/**
 * One mail to the SMTP server, and what became of it (RFC 5321). What matters is which failures leave it open whether the server
 * has the mail: a connection that is lost once the text was handed over may have come too late for the answer alone. Such a
 * mail is `unknown`, and it is looked for before it is sent again.
 *
 * Whether it may leave still is asked last of all when the server wants the text: what a process that was frozen before that has
 * in hand stays with it. One that is frozen right after it writes into a connection that the server has long given up.
 */
import { Readable } from 'node:stream';
import SMTPConnection from 'nodemailer/lib/smtp-connection';

export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** `tls`: from the first byte; `starttls`: a plain connection that must be upgraded; `none`. */
  readonly security: 'tls' | 'starttls' | 'none';
  readonly login: { readonly user: string; readonly password: string } | null;
  /** PEM certificates that are trusted besides the system's; null for those alone. */
  readonly ca: string | null;
  /** What we say we are in EHLO. */
  readonly name: string;
  readonly timeoutMs: number;
}

export interface Envelope {
  readonly from: string;
  readonly to: readonly string[];
}

export type Sent =
  /** The server has it; `rejected` are recipients that it refused, with its words. */
  | { readonly kind: 'sent'; readonly response: string; readonly rejected: readonly string[] }
  /** It has not, and another time may do: no connection, or an answer 4xx. */
  | { readonly kind: 'later'; readonly why: string }
  /** It has not, and will not: an answer 5xx. */
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'unknown'; readonly why: string };

interface SmtpError extends Error {
  readonly code?: string;
  readonly responseCode?: number;
}

export interface Outgoing {
  /** With LF or CRLF; what is sent has CRLF and stuffed dots. */
  readonly raw: string;
  /** Breaks the connection off, wherever it is. */
  readonly signal: AbortSignal;
  readonly mayLeave: () => boolean;
}

export async function sendMail(
  server: SmtpServer,
  envelope: Envelope,
  { raw, signal, mayLeave }: Outgoing,
): Promise<Sent> {
  const { host, port, security, ca, name, login, timeoutMs } = server;
  const connection = new SMTPConnection({
    host,
    port,
    name,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    ...(ca === null ? {} : { tls: { ca } }),
  });
  const handed = { over: false };
  try {
    const info = await transfer(connection, { login, envelope, message: messageOf(raw, handed, mayLeave), signal });
    const rejected = (info.rejectedErrors ?? []).map(({ message }: Error) => message);
    return { kind: 'sent', response: info.response ?? '', rejected };
  } catch (error) {
    return outcomeOf(error as SmtpError, handed.over);
  } finally {
    connection.close();
  }
}

/** Nothing reads it before the server has said 354. */
function messageOf(raw: string, handed: { over: boolean }, mayLeave: () => boolean): Readable {
  return new Readable({
    read() {
      if (!mayLeave()) {
        this.destroy(new Error('another process may be the one that posts by now'));
        return;
      }
      handed.over = true;
      this.push(raw.replace(/\r?\n/g, '\r\n'));
      this.push(null);
    },
  });
}

interface Transfer {
  readonly login: SmtpServer['login'];
  readonly envelope: Envelope;
  readonly message: Readable;
  readonly signal: AbortSignal;
}

type Info = Parameters<Parameters<SMTPConnection['send']>[2]>[1];

function transfer(
  connection: SMTPConnection,
  { login, envelope, message, signal }: Transfer,
): Promise<NonNullable<Info>> {
  return new Promise((resolve, reject) => {
    connection.once('error', reject);
    const breakOff = () => reject(new Error('it was broken off: it took too long, or another process posts by now'));
    if (signal.aborted) breakOff();
    signal.addEventListener('abort', breakOff, { once: true });
    const send = () =>
      connection.send({ from: envelope.from, to: [...envelope.to], use8BitMime: true }, message, (error, info) => {
        if (error || !info) reject(error ?? new Error('no answer'));
        else {
          resolve(info);
          connection.quit();
        }
      });
    connection.connect((error?: Error | null) => {
      if (error) reject(error);
      else if (login === null) send();
      else
        connection.login({ user: login.user, pass: login.password }, (failed: Error | null) => {
          if (failed) reject(failed);
          else send();
        });
    });
  });
}

function outcomeOf({ message, code, responseCode = 0 }: SmtpError, isHandedOver: boolean): Sent {
  const why = message.replace(/\s+/g, ' ').slice(0, 500);
  // A wrong password is the operator's to mend, and no fault of the mail.
  if (code === 'EAUTH') return { kind: 'later', why };
  if (responseCode >= 500) return { kind: 'refused', why };
  if (responseCode >= 400) return { kind: 'later', why };
  return { kind: isHandedOver ? 'unknown' : 'later', why };
}
