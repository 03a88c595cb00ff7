/**
 * What an operator may say of a source of mails: an account, a folder, a clone, a server. Every object is strict and every key
 * says what it is, so that the settings' file, its refusals and its commented sample are made from this alone.
 *
 * A password or a token never stands in the settings: they say where it is kept.
 */
import { z } from 'zod';
import { secretSchema } from '../settings/secret.ts';

const line = z.string().regex(/^[^\p{Cc}]+$/u, 'must be one line');
const seconds = (min: number, max: number) => z.number().int().min(min).max(max);

const name = line
  .regex(/^[\w.-]{1,64}$/, 'may hold letters, digits, ".", "-" and "_"')
  .describe(
    'names the source in logs and metrics, and is what its positions are kept under: one that is renamed is read from the start',
  );
const poll = (fallback: number, min = 1) =>
  seconds(min, 86_400).default(fallback).describe('how often to look, in seconds');

const imapSchema = z
  .strictObject({
    name,
    kind: z.literal('imap'),
    host: line.describe('of the IMAP server'),
    port: z.number().int().min(1).max(65_535).optional().describe('993 with tls: true, else 143'),
    tls: z
      .union([z.boolean(), z.literal('starttls')], 'must be true, starttls or false')
      .default(true)
      .describe('true: from the first byte; starttls: a plain connection that must be upgraded; false: none'),
    plaintextOverNetwork: z
      .boolean()
      .default(false)
      .describe('allows tls: false with a host that is not this machine: anybody on the way reads the password'),
    ca: line.optional().describe('a PEM file of certificates to trust instead of the usual ones'),
    login: z
      .union(
        [
          z.literal('anonymous'),
          z.strictObject({ user: line, password: secretSchema }),
          z.strictObject({ user: line, oauth2: secretSchema.describe('an access token, not a refresh token') }),
        ],
        'must be anonymous, { user, password } or { user, oauth2 }',
      )
      .describe(
        'anonymous, as the servers of public-inbox take it; or a user with a password or an OAuth2 access token',
      ),
    mailboxes: z
      .array(line)
      .min(1)
      .default(['INBOX'])
      .describe(
        'names, or patterns as of LIST: * is anything, % anything within one level; new mailboxes are found by polling',
      ),
    pollSeconds: poll(60).describe(
      'how often to look at every mailbox; news of the last one to have any comes at once, by IDLE',
    ),
  })
  .refine(({ tls, host, plaintextOverNetwork }) => tls !== false || plaintextOverNetwork || isLoopback(host), {
    path: ['tls'],
    message: 'false sends the password readable over the network; say plaintextOverNetwork: true where that is meant',
  });

const maildirSchema = z.strictObject({
  name,
  kind: z.literal('maildir'),
  path: line.describe('the folder that holds new and cur'),
  pollSeconds: poll(5),
});

const mboxSchema = z.strictObject({
  name,
  kind: z.literal('mbox'),
  path: line.describe('the file; what is appended to it is read as it comes'),
  pollSeconds: poll(30),
});

const gitSchema = z.strictObject({
  name,
  kind: z.literal('git'),
  path: line.describe(
    'a clone of a public-inbox, or a directory of its epochs 0.git, 1.git, …; kept up to date by public-inbox-fetch or the like',
  ),
  pollSeconds: poll(60),
});

const webSchema = z.strictObject({
  name,
  kind: z.literal('web'),
  url: z
    .url({
      protocol: /^https?$/,
      error: 'must be the http(s) URL of an inbox, such as https://lore.kernel.org/linuxppc-dev',
    })
    .transform((url) => url.replace(/\/+$/, ''))
    .describe('of an inbox on a public-inbox server'),
  hosts: z.array(line).default([]).describe('hosts that it may redirect to, besides its own'),
  search: line.describe('in the words of its search, such as dfn:arch/powerpc/kernel/trace/* rt:1.week.ago..'),
  threads: z.boolean().default(true).describe('with the whole threads of what is found'),
  pollSeconds: poll(900, 60),
});

export const sourceSchema = z.discriminatedUnion('kind', [imapSchema, maildirSchema, mboxSchema, gitSchema, webSchema]);
export type SourceSettings = z.infer<typeof sourceSchema>;
export type ImapSettings = z.infer<typeof imapSchema>;
export type MaildirSettings = z.infer<typeof maildirSchema>;
export type MboxSettings = z.infer<typeof mboxSchema>;
export type GitSettings = z.infer<typeof gitSchema>;
export type WebSettings = z.infer<typeof webSchema>;

/** Does traffic to it stay on this machine? */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
