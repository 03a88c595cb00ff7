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
  const to = isMailbox(author.address) ? [author] : cc.splice(0);
  const messageId = `${idOf(parent.id, kind)}@${config.domain}`;
  const headers: Addressed['headers'] = [
    ['From', mailboxText(config.from)],
    ['To', to.length > 0 ? to.map(mailboxText).join(', ') : 'undisclosed-recipients:;'],
    ...(cc.length > 0 ? [['Cc', cc.map(mailboxText).join(', ')] as const] : []),
    ['Subject', subjectText(/^re:/i.test(parent.subject) ? parent.subject : `Re: ${parent.subject}`)],
    ['Date', date.toUTCString().replace('GMT', '+0000')],
    ['Message-ID', `<${messageId}>`],
    ...threading(parent),
    ['Auto-Submitted', 'auto-replied'],
    ['X-Scenario-Bot', version],
    ['MIME-Version', '1.0'],
    ['Content-Type', 'text/plain; charset=utf-8'],
  ];
  return { messageId, headers, recipients: [...to, ...cc].map(({ address }) => address) };
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

/** RFC 5322 allows more; what is beyond is no work of a person, and no mail of a person's goes to so many. */
const limits = {
  idLength: 250,
  addressLength: 254,
  subjectLength: 800,
  nameLength: 200,
  references: 100,
  copies: 100,
} as const;

/** Can it stand in In-Reply-To as it is? */
export const isAnswerable = (id: string) => id.length <= limits.idLength && /^[!-;=?-~]+$/.test(id);

/** An address as SMTP takes it without extensions: what is none is written to by nobody, and never mended into another. */
export const isMailbox = (address: string) =>
  address.length <= limits.addressLength &&
  /^[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*@[a-z\d-]+(\.[a-z\d-]+)*$/i.test(address);

/** In-Reply-To and References of an answer; none to a mail that cannot be named. */
export function threading(parent: Message): Addressed['headers'] {
  if (!isAnswerable(parent.id)) return [];
  const [first = parent.id, ...others] = [...new Set([...ancestors(parent).filter(isAnswerable), parent.id])];
  const ids = [first, ...others.slice(-limits.references)].map((id) => `<${id}>`);
  return [
    ['In-Reply-To', `<${parent.id}>`],
    ['References', ids.join(' ')],
  ];
}

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
    if (!isMailbox(address) || without.some((other) => same(other, address))) continue;
    if (isListHost(config.listHosts, address) && !listed(address)) continue;
    if (!kept.some((other) => same(other.address, address))) kept.push(mailbox);
  }
  // People first, the archives' lists last.
  const people = kept.filter(({ address }) => !listed(address));
  return [...(people.length > limits.copies ? [] : people), ...kept.filter(({ address }) => listed(address))];
}

export const isListHost = (hosts: readonly string[], address: string) =>
  hosts.some((host) => host.toLowerCase() === address.split('@').at(-1)?.toLowerCase());

/** @param mailbox one whose address is one */
export function mailboxText({ name, address }: Mailbox): string {
  const plain = oneLine(name).trim().slice(0, limits.nameLength).toWellFormed();
  if (plain === '') return address;
  if (/[^\x20-\x7e]/.test(plain)) return `${encoded(plain)} <${address}>`;
  const quoted = /^[\w !#$%&'*+/=?^`{|}~-]+$/.test(plain) ? plain : `"${plain.replace(/(["\\])/g, '\\$1')}"`;
  return `${quoted} <${address}>`;
}

export const subjectText = (text: string) => encoded(text.slice(0, limits.subjectLength).toWellFormed());

const encoded = (text: string) => (/[^\x20-\x7e]/.test(text) ? libmime.encodeWords(text, 'Q', 52) : text);

/** Control characters, line breaks above all, never reach a header. */
const oneLine = (text: string) => text.replace(/\p{Cc}+/gu, ' ');
