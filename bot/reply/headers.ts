/**
 * The headers of a reply: who gets it, what it answers, and a Message-ID that is the same whenever the same thing is said of
 * the same mail (RFC 5322; RFC 3834 for Auto-Submitted). Nothing from a mail goes into a header but through here, where
 * line breaks are taken out and names are encoded (RFC 2047).
 */
import { createHash } from 'node:crypto';
import libmime from 'libmime';
import type { Mailbox, Message } from '../mail/message.ts';
import type { Settings } from '../settings/schema.ts';

export interface Addressing {
  readonly config: Settings;
  /** The mail that is answered. */
  readonly parent: Message;
  /** The author of the change. */
  readonly author: Mailbox;
  readonly date: Date;
  /** What is said, in a few words: with the parent's id it makes the Message-ID. */
  readonly kind: string;
}

export interface Addressed {
  /** Ours, without angle brackets. */
  readonly messageId: string;
  /** To and Cc, as the envelope wants them. */
  readonly recipients: readonly string[];
  /** Names and values in the order they are sent, values unfolded. */
  readonly headers: readonly (readonly [string, string])[];
}

export function headersOf({ config, parent, author, date, kind }: Addressing): Addressed {
  const cc = copies(config, parent, author);
  const messageId = `${idOf(parent.id, kind)}@${config.domain}`;
  const references = [...new Set([...ancestors(parent), parent.id])].map((id) => `<${id}>`);
  const headers: Addressed['headers'] = [
    ['From', mailboxText(config.from)],
    ['To', mailboxText(author)],
    ...(cc.length > 0 ? [['Cc', cc.map(mailboxText).join(', ')] as const] : []),
    ['Subject', encoded(/^re:/i.test(parent.subject) ? parent.subject : `Re: ${parent.subject}`)],
    ['Date', date.toUTCString().replace('GMT', '+0000')],
    ['Message-ID', `<${messageId}>`],
    ['In-Reply-To', `<${parent.id}>`],
    ['References', references.join(' ')],
    ['Auto-Submitted', 'auto-replied'],
    ['X-Scenario-Bot', version],
    ['MIME-Version', '1.0'],
    ['Content-Type', 'text/plain; charset=utf-8'],
  ];
  return { messageId, headers, recipients: [author, ...cc].map(({ address }) => bareAddress(address)) };
}

/** Bump it when the same input may come to be answered in another way. */
export const version = '1';

/** The header block, folded at 76 columns, without the empty line behind it. */
export const formatHeaders = (headers: readonly (readonly [string, string])[]): string =>
  headers
    .map(([name, value]) => libmime.foldLines(`${name}: ${oneLine(value)}`, 76).replaceAll('\r\n', '\n'))
    .join('\n');

/** The same for the same mail, model version and kind of answer, whatever the list it came from. */
const idOf = (parent: string, kind: string) =>
  createHash('sha256').update([parent, version, kind].join('\n')).digest('hex').slice(0, 40);

/** RFC 5322 3.6.4: the parent's References, else its In-Reply-To. */
function ancestors(parent: Message): readonly string[] {
  if (parent.references.length > 0) return parent.references;
  return parent.inReplyTo === null ? [] : [parent.inReplyTo];
}

/** Everyone the patch went to, without us, without those who opted out, and without lists that have not opted in. */
function copies(config: Settings, parent: Message, author: Mailbox): Mailbox[] {
  const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
  const without = [config.from.address, author.address, ...config.optedOut];
  const listed = (address: string) => config.lists.some((list) => same(list.address, address));
  const kept: Mailbox[] = [];
  for (const mailbox of [parent.from, ...parent.to, ...parent.cc]) {
    const { address } = mailbox;
    if (!address.includes('@') || without.some((other) => same(other, address))) continue;
    if (isListHost(config.listHosts, address) && !listed(address)) continue;
    if (!kept.some((other) => same(other.address, address))) kept.push(mailbox);
  }
  // People first, the archives' lists last.
  return [...kept.filter(({ address }) => !listed(address)), ...kept.filter(({ address }) => listed(address))];
}

export const isListHost = (hosts: readonly string[], address: string) =>
  hosts.some((host) => host.toLowerCase() === address.split('@').at(-1)?.toLowerCase());

export function mailboxText({ name, address }: Mailbox): string {
  const bare = bareAddress(address);
  const plain = oneLine(name).trim();
  if (plain === '') return bare;
  if (/[^\x20-\x7e]/.test(plain)) return `${encoded(plain)} <${bare}>`;
  const quoted = /^[\w !#$%&'*+/=?^`{|}~-]+$/.test(plain) ? plain : `"${plain.replace(/(["\\])/g, '\\$1')}"`;
  return `${quoted} <${bare}>`;
}

const bareAddress = (address: string) => oneLine(address).replace(/[\s<>,;"]/g, '');

export const encoded = (text: string) => (/[^\x20-\x7e]/.test(text) ? libmime.encodeWords(text, 'Q', 52) : text);

/** Control characters, line breaks above all, never reach a header. */
const oneLine = (text: string) => text.replace(/\p{Cc}+/gu, ' ');
