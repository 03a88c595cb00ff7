/**
 * What can be told of a mail before it is decoded: a hundred thousand are looked at to find some hundred. The headers that
 * thread it, and whether a patch in it names a file that matters; bot/mail/ decodes only the threads of those.
 */
import libmime from 'libmime';
import { readMessage } from '../mail/message.ts';
import { readSubject, type Subject } from '../thread/subject.ts';
import { namesRelevant, relevantPaths } from '../thread/touched.ts';

export interface Heading {
  /** Without angle brackets; '' where there is none. */
  readonly id: string;
  /** Of the mails it answers, nearest last. */
  readonly parents: readonly string[];
  readonly subject: string;
  readonly read: Subject;
  readonly from: string;
  readonly encoded: boolean;
}

const headerBytesMax = 256 << 10;

export function readHeading(mail: Buffer): Heading {
  const head = mail.toString('latin1', 0, Math.min(headEnd(mail), headerBytesMax)).replace(/\r/g, '');
  const field = (name: string) => fieldOf(head, name);
  const subject = decoded(field('subject'));
  return {
    id: idsIn(field('message-id'))[0] ?? '',
    parents: [...idsIn(field('references')), ...idsIn(field('in-reply-to'))],
    subject,
    read: readSubject(subject),
    from: /<([^<>]+)>|(\S+@\S+)/.exec(field('from'))?.slice(1).find(Boolean)?.toLowerCase() ?? '',
    encoded:
      /^\s*(base64|quoted-printable)/i.test(field('content-transfer-encoding')) ||
      /^\s*multipart\//i.test(field('content-type')),
  };
}

/** Which relevant files a mail's patch touches; null for no patch, or none that does; none for a diff that cannot be read. */
export async function pathsTouched(mail: Buffer, heading: Heading): Promise<readonly string[] | null> {
  const { read } = heading;
  if (read.isReply || (!read.isPatch && read.machinery === null)) return null;
  // Names are looked for first: to decode a mail and read a diff costs more.
  if (!heading.encoded && !namesRelevant(mail.toString('latin1'))) return null;
  return relevantPaths((await readMessage(mail)).body);
}

function headEnd(mail: Buffer): number {
  const ends = [mail.indexOf('\n\n'), mail.indexOf('\r\n\r\n')].filter((at) => at >= 0);
  return ends.length === 0 ? mail.length : Math.min(...ends) + 1;
}

/** The last of a name, unfolded. */
function fieldOf(head: string, name: string): string {
  const all = [...head.matchAll(new RegExp(`^${name}:[ \\t]*(.*(?:\\n[ \\t].*)*)`, 'gim'))];
  return (all.at(-1)?.[1] ?? '').replace(/\n(?=[ \t])/g, '');
}

function decoded(text: string): string {
  const raw = /[^\x20-\x7e\t]/.test(text) ? Buffer.from(text, 'latin1').toString('utf8') : text;
  return (/=\?/.test(raw) ? libmime.decodeWords(raw) : raw).replace(/\s+/g, ' ').trim();
}

const idsIn = (text: string) =>
  [...text.matchAll(/<([^<>]{1,1000})>/g)].map((match) => (match[1] ?? '').replace(/\s+/g, ''));
