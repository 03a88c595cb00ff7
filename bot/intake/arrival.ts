/**
 * A raw mail as it is to be stored: decoded once, and of all that it holds the few things that say where it belongs. Reading
 * never throws, and everything a stranger wrote is bounded and storable here.
 */
import { createHash } from 'node:crypto';
import { firstText } from '../mail/first-text.ts';
import { type Message, readMessage } from '../mail/message.ts';
import { storable } from '../store/tables.ts';
import { readSubject } from '../thread/subject.ts';
import { relevantPaths } from '../thread/touched.ts';
import { contentOf } from './content.ts';
import type { RawMail } from './raw-mail.ts';

export interface Arrival {
  readonly mail: RawMail;
  readonly messageId: string;
  readonly content: string;
  /** sha256 of the bytes. */
  readonly digest: string;
  readonly subject: string;
  /** In lower case. */
  readonly fromAddress: string;
  readonly sentAt: Date | null;
  /** Ids of mails that it answers, or that came before in its thread. */
  readonly parents: readonly string[];
  /** Of a patch or a cover letter, by its subject. */
  readonly patch: { readonly version: number; readonly part: number | null; readonly total: number | null } | null;
  /** A numbered patch that answers no mail. */
  readonly loose: boolean;
  /** Does it hold a patch of a file that matters? */
  readonly relevant: boolean;
  /** Did a bot like us send it? */
  readonly own: boolean;
  /** Is there a word in it that may be an order (bot/commands/lines.ts)? */
  readonly ordering: boolean;
  /** Why it is no whole mail; null where it is. */
  readonly damage: string | null;
}

/** Of References, the first and the last: more is no mail of a person. Longer ids fit in no index. */
const limits = { parents: 100, idBytes: 998, address: 320, number: 1_000_000 } as const;
const dates = { first: Date.UTC(1970, 0, 2), last: Date.UTC(2200, 0, 1) } as const;

export async function readArrival(mail: RawMail): Promise<Arrival> {
  const message = await readMessage(mail.raw);
  const read = readSubject(message.subject);
  const digest = createHash('sha256').update(mail.raw).digest('hex');
  const parents = parentsOf(message);
  const isPatch = read.isPatch && !read.isReply;
  const isGood = isGoodId(message.id);
  const submitted = !read.isReply && (read.isPatch || read.machinery !== null);
  return {
    mail,
    messageId: isGood ? message.id : `${digest}@no-message-id.invalid`,
    content: contentOf(message, mail.raw),
    digest,
    subject: storable(message.subject),
    fromAddress: storable(message.from.address.toLowerCase().slice(0, limits.address)),
    sentAt: boundedDate(message.date),
    parents,
    patch: isPatch ? { version: bounded(read.version), part: bounded(read.index), total: bounded(read.total) } : null,
    loose: isPatch && read.total !== null && parents.length === 0,
    relevant: submitted && relevantPaths(message.body) !== null,
    own: message.headers.has('x-scenario-bot'),
    ordering: await isOrdering(message, mail.raw),
    damage: mail.problem?.text ?? damageOf(message, isGood),
  };
}

async function isOrdering({ subject, body, problems }: Message, raw: Buffer): Promise<boolean> {
  const isAttached = problems.some(({ kind }) => kind === 'attached-patch');
  const text = isAttached ? ((await firstText(raw)).text ?? '') : body;
  return /^#scenario\b/im.test(`${subject}\n${text}`);
}

function parentsOf({ references, inReplyTo }: Message): readonly string[] {
  const all = [...new Set([...references, ...(inReplyTo === null ? [] : [inReplyTo])])].filter(isGoodId);
  return all.length <= limits.parents ? all : [all[0]!, ...all.slice(1 - limits.parents)];
}

const isGoodId = (id: string) => id !== '' && Buffer.byteLength(id) <= limits.idBytes && storable(id) === id;

const bounded = <T extends number | null>(number: T) =>
  (number === null ? number : Math.min(number, limits.number)) as T;

function boundedDate(date: Date | null): Date | null {
  return date !== null && date.getTime() >= dates.first && date.getTime() <= dates.last ? date : null;
}

/** Problems of reading after which the mail is not whole. */
const damaging = new Set(['mail-too-large', 'mime-too-deep', 'headers-too-large', 'unreadable-mail']);

function damageOf({ problems, subject, from }: Message, hasId: boolean): string | null {
  const problem = problems.find(({ kind }) => damaging.has(kind));
  if (problem !== undefined) return problem.text;
  if (!hasId) return 'the mail has no Message-ID';
  return subject === '' && from.address === '' ? 'the mail has neither author nor subject' : null;
}
