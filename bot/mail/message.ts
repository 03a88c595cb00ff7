/**
 * A raw mail → what the bot needs of it: ids, mailboxes, subject, the headers that decide whether it may be answered, and
 * the text that holds the patch. mailparser decodes; before it sees a mail, size and nesting are bounded here, and
 * format=flowed is taken out of the header, for unflowing joins the lines of a hunk.
 *
 * Lines of `body` are what findings cite: decoded, LF, counted from 1.
 */
import { type AddressObject, type ParsedMail, simpleParser } from 'mailparser';
import type { Problem } from '../../analyzers/source/place.ts';

export interface Mailbox {
  readonly name: string;
  readonly address: string;
}

export interface Message {
  /** Without angle brackets; '' where the mail has none. */
  readonly id: string;
  readonly from: Mailbox;
  readonly to: readonly Mailbox[];
  readonly cc: readonly Mailbox[];
  readonly replyTo: readonly Mailbox[];
  /** Decoded and unfolded, brackets and all. */
  readonly subject: string;
  readonly date: Date | null;
  readonly inReplyTo: string | null;
  readonly references: readonly string[];
  /** Names in lower case; the last of each. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  readonly problems: readonly Problem[];
}

const messageLimits = {
  bytes: 8 << 20,
  headerBytes: 256 << 10,
  multiparts: 50,
  headerBytesOfLarge: 64 << 10,
} as const;

/** Never throws. A mail that is beyond the limits keeps its headers, with an empty body and a problem that says why. */
export async function readMessage(raw: Buffer): Promise<Message> {
  const problems: Problem[] = [];
  let mail = raw;
  const bodyAt = headerEnd(raw);
  if (raw.length > messageLimits.bytes) {
    problems.push({
      kind: 'mail-too-large',
      text: `the mail has ${raw.length} bytes; at most ${messageLimits.bytes} are read, so only its headers were`,
    });
    mail = headersOnly(raw, bodyAt);
  } else if (nesting(raw) > messageLimits.multiparts) {
    problems.push({
      kind: 'mime-too-deep',
      text: `the mail has more than ${messageLimits.multiparts} multiparts; only its headers were read`,
    });
    mail = headersOnly(raw, bodyAt);
  }
  if (bodyAt > messageLimits.headerBytes) {
    problems.push({
      kind: 'headers-too-large',
      text: `the headers have ${bodyAt} bytes; at most ${messageLimits.headerBytes} are read`,
    });
    mail = raw.subarray(0, messageLimits.headerBytes);
  }
  // What cannot be decoded is read once more without its parts.
  for (const attempt of [unflowed(mail, problems), headersOnly(raw, bodyAt)]) {
    try {
      const parsed = await simpleParser(attempt, {
        skipHtmlToText: true,
        skipTextToHtml: true,
        skipImageLinks: true,
        skipTextLinks: true,
      });
      return messageOf(parsed, problems);
    } catch (error) {
      problems.push({
        kind: 'unreadable-mail',
        text: `the mail cannot be decoded: ${error instanceof Error ? error.message : String(error)}`,
      });
    }
  }
  return { ...empty, problems };
}

const empty: Message = {
  id: '',
  from: { name: '', address: '' },
  to: [],
  cc: [],
  replyTo: [],
  subject: '',
  date: null,
  inReplyTo: null,
  references: [],
  headers: new Map(),
  body: '',
  problems: [],
};

function messageOf(parsed: ParsedMail, problems: Problem[]): Message {
  const headers = new Map<string, string>();
  let fromCount = 0;
  for (const { key, line } of parsed.headerLines) {
    headers.set(
      key,
      line
        .slice(line.indexOf(':') + 1)
        .replace(/\r?\n(?=[ \t])/g, '')
        .trim(),
    );
    if (key === 'from') fromCount++;
  }
  if (fromCount > 1)
    problems.push({
      kind: 'two-from-headers',
      text: 'the mail has more than one From header; its author is not known',
    });
  const body = bodyOf(parsed, problems);
  if (body.trim() === '' && parsed.html)
    problems.push({ kind: 'html-only', text: 'the mail has no plain text, only HTML, which is not read' });
  const from = mailboxesOf(parsed.from);
  return {
    id: idsIn(headers.get('message-id') ?? '')[0] ?? '',
    from: from[0] ?? { name: '', address: '' },
    to: mailboxesOf(parsed.to),
    cc: mailboxesOf(parsed.cc),
    replyTo: mailboxesOf(parsed.replyTo),
    subject: (parsed.subject ?? '').replace(/\s+/g, ' ').trim(),
    // Where a date cannot be read, mailparser gives the time of day.
    date: Number.isNaN(Date.parse(headers.get('date') ?? '')) ? null : (parsed.date ?? null),
    inReplyTo: idsIn(headers.get('in-reply-to') ?? '')[0] ?? null,
    references: idsIn(headers.get('references') ?? ''),
    headers,
    body,
    problems,
  };
}

/** The text part with the patch; where the text holds none, a text attachment that does. */
function bodyOf(parsed: ParsedMail, problems: Problem[]): string {
  const text = clearsigned((parsed.text ?? '').replace(/\r\n?/g, '\n'));
  if (holdsDiff(text)) return text;
  for (const attachment of parsed.attachments) {
    if (
      !/^(text\/|application\/octet-stream)/.test(attachment.contentType) &&
      !/\.(patch|diff)$/.test(attachment.filename ?? '')
    )
      continue;
    if (attachment.size > messageLimits.bytes) continue;
    const content = attachment.content.toString('utf8').replace(/\r\n?/g, '\n');
    if (!holdsDiff(content)) continue;
    problems.push({
      kind: 'attached-patch',
      text: `the patch is attached (${attachment.filename ?? attachment.contentType}), not in the body`,
    });
    return content;
  }
  return text;
}

const holdsDiff = (text: string) => /^(diff --git |--- \S.*\n\+\+\+ \S.*\n@@ -)/m.test(text);

/** Inline PGP: the armour stays where it is, dash-escaped lines get their dash back (RFC 4880 7.1). */
function clearsigned(text: string): string {
  return text.includes('-----BEGIN PGP SIGNED MESSAGE-----') ? text.replace(/^- (?=-)/gm, '') : text;
}

function mailboxesOf(object: AddressObject | AddressObject[] | undefined): Mailbox[] {
  const list = object === undefined ? [] : Array.isArray(object) ? object : [object];
  return list
    .flatMap((group) => group.value)
    .flatMap((entry) => [entry, ...(entry.group ?? [])])
    .filter((entry) => entry.address !== undefined && entry.address !== '')
    .map((entry) => ({ name: entry.name, address: entry.address ?? '' }));
}

/** Ids between angle brackets; comments and what else stands beside them is left out. */
function idsIn(text: string): string[] {
  return [...text.matchAll(/<([^<>\s]+(?:\s+[^<>\s]+)?)>/g)]
    .map((match) => (match[1] ?? '').replace(/\s+/g, ''))
    .slice(0, 1000);
}

function headerEnd(raw: Buffer): number {
  const [unix, dos] = [raw.indexOf('\n\n'), raw.indexOf('\r\n\r\n')];
  if (unix < 0 && dos < 0) return raw.length;
  return unix < 0 ? dos : dos < 0 ? unix : Math.min(unix, dos);
}

function headersOnly(raw: Buffer, end: number): Buffer {
  const headers = raw.subarray(0, Math.min(end, messageLimits.headerBytesOfLarge)).toString('latin1');
  // Without its parts the mail is plain text with nothing in it.
  return Buffer.from(
    `${headers.replace(/^(content-type|content-transfer-encoding):.*(\r?\n[ \t].*)*\r?\n?/gim, '')}\n\n`,
    'latin1',
  );
}

/** How many multiparts a mail declares, counted in its bytes, so that a nest is seen before a parser recurses into it. */
function nesting(raw: Buffer): number {
  let count = 0;
  const text = raw.toString('latin1');
  const pattern = /^content-type:\s*(multipart|message)\//gim;
  while (count <= messageLimits.multiparts && pattern.exec(text) !== null) count++;
  return count;
}

/** In the header of the mail, or of any of its parts, and in no other header. */
function unflowed(mail: Buffer, problems: Problem[]): Buffer {
  const text = mail.toString('latin1');
  const bodyAt = headerEnd(mail);
  const parts = /^content-type:\s*multipart\//im.test(text.slice(0, bodyAt)) ? text.length : bodyAt;
  const head = text
    .slice(0, parts)
    .replace(/^content-type:.*(?:\n[ \t].*)*/gim, (header) => header.replace(/(format\s*=\s*"?)flowed/gi, '$1fixed '));
  if (head === text.slice(0, parts)) return mail;
  problems.push({
    kind: 'flowed',
    text: 'the mail says format=flowed: its lines are read as they stand, and may be wrapped',
  });
  return Buffer.concat([Buffer.from(head, 'latin1'), mail.subarray(parts)]);
}
