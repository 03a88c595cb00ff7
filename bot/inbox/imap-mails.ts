/**
 * The mails of one mailbox behind a position: EXAMINE, the UIDs that are new, their sizes, and the mails in batches of bounded
 * bytes. Nothing is ever marked: the mailbox is open for reading only, and imapflow fetches by BODY.PEEK.
 *
 * Where a connection dies again and again over the same mail it is asked for alone, then for its beginning, and at last it is
 * passed over with a problem in its place, so that one mail never stops the rest.
 */
import type { FetchMessageObject, ImapFlow, MailboxObject } from 'imapflow';
import type { Problem } from '../../analyzers/source/place.ts';
import type { Position, RawMail } from '../intake/raw-mail.ts';
import { Refusal } from './imap-client.ts';
import { type SourceContext, type SourceLimits, tooLarge } from './source.ts';

export type ImapPosition = Extract<Position, { readonly kind: 'imap' }>;

/** Mails that were fetched at once: the first and the last. */
export interface Span {
  readonly mailbox: string;
  readonly uid: number;
  readonly last: number;
}

/** Mails that connections died over, and how often the first of them was among these. */
export interface Suspect extends Span {
  readonly times: number;
}

const patience = { aloneFrom: 2, beginningFrom: 4, passFrom: 8 } as const;

/** The connection ended while `at` was being fetched. Once mails are asked for alone, all that came with the first are. */
export function suspectOf(at: Span, before: Suspect | null): Suspect {
  if (before === null || before.mailbox !== at.mailbox || at.uid < before.uid || at.uid > before.last)
    return { ...at, times: 1 };
  const last = Math.max(at.last, before.last);
  if (at.uid === before.uid) return { ...at, last, times: before.times + 1 };
  return { ...at, last, times: before.times < patience.aloneFrom ? 1 : patience.aloneFrom };
}

export interface MailboxRead {
  readonly source: string;
  readonly mailbox: string;
  readonly from: ImapPosition | null;
  readonly limits: SourceLimits;
  readonly suspect: Suspect | null;
  /** What is being waited for; null when it is here. */
  readonly onFetch: (span: Span | null) => void;
  readonly onState: SourceContext['onState'];
  /** The mailbox is another than the position is of. */
  readonly onAnew: SourceContext['onProblem'];
}

/** UIDs whose sizes are asked for at once. */
const sizesMax = 200;

export async function* newMails(client: ImapFlow, read: MailboxRead): AsyncGenerator<RawMail> {
  const { mailbox, source } = read;
  const opened = await openMailbox(client, mailbox);
  const uidValidity = String(opened.uidValidity);
  if (read.from !== null && read.from.uidValidity !== uidValidity)
    read.onAnew({
      kind: 'uidvalidity-changed',
      text: `${mailbox} was made anew (UIDVALIDITY ${uidValidity}, was ${read.from.uidValidity}): it is read from the start, and what is known is not answered again`,
    });
  const last = read.from?.uidValidity === uidValidity ? read.from.uid : 0;
  const uids = await uidsBehind(client, last);
  let done = 0;
  for (let at = 0; at < uids.length; at += sizesMax) {
    const sizes = await sizesOf(client, uids.slice(at, at + sizesMax));
    for (const batch of batches(sizes, read)) {
      read.onFetch({ mailbox, uid: batch[0]!.uid, last: batch.at(-1)!.uid });
      const arrivals = await fetchBatch(client, batch, read);
      read.onFetch(null);
      for (const { raw, problem, uid } of arrivals) {
        read.onState({ kind: 'reading', place: mailbox, done: done++, total: uids.length });
        yield { raw, source, position: { kind: 'imap', mailbox, uidValidity, uid }, problem };
      }
    }
  }
}

/** The server does not let us in there; the connection goes on. */
export class MailboxRefused extends Error {}

async function openMailbox(client: ImapFlow, mailbox: string): Promise<MailboxObject> {
  try {
    return await client.mailboxOpen(mailbox, { readOnly: true });
  } catch (error) {
    const { responseStatus, responseText } = error as { responseStatus?: string; responseText?: string };
    if (responseStatus === 'NO' && client.usable) throw new MailboxRefused(responseText ?? '');
    throw error;
  }
}

/** Ascending. Without a UIDNEXT (it is optional) the search alone tells. */
async function uidsBehind(client: ImapFlow, last: number): Promise<readonly number[]> {
  const { mailbox } = client;
  if (mailbox === false || mailbox.exists === 0 || (mailbox.uidNext ?? Infinity) <= last + 1) return [];
  const found = await client.search({ uid: `${last + 1}:*` }, { uid: true });
  if (!Array.isArray(found))
    throw new Refusal({ kind: 'imap-failed', text: `the server refuses UID SEARCH in ${mailbox.path}` });
  // Where none is new, N:* is the last mail there is.
  return found.filter((uid) => uid > last).sort((a, b) => a - b);
}

interface Sized {
  readonly uid: number;
  readonly size: number;
}

async function sizesOf(client: ImapFlow, uids: readonly number[]): Promise<readonly Sized[]> {
  const found = await client.fetchAll(rangesOf(uids), { uid: true, size: true }, { uid: true });
  const sizes = new Map(found.map(({ uid, size }) => [uid, size ?? 0]));
  // One that was taken out meanwhile has none.
  return uids.flatMap((uid) => (sizes.has(uid) ? [{ uid, size: sizes.get(uid)! }] : []));
}

/** One after the other until a batch is full; a mail beyond the limit, or one that is suspected, stands alone. */
function* batches(mails: readonly Sized[], { limits, mailbox, suspect }: MailboxRead): Generator<readonly Sized[]> {
  const isSuspect = ({ uid }: Sized) =>
    suspect?.mailbox === mailbox && suspect.times >= patience.aloneFrom && uid >= suspect.uid && uid <= suspect.last;
  let batch: Sized[] = [];
  let bytes = 0;
  for (const mail of mails) {
    const alone = mail.size > limits.mailBytesMax || isSuspect(mail);
    if (batch.length > 0 && (alone || bytes + mail.size > limits.batchBytesMax)) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push(mail);
    bytes += mail.size;
    if (!alone) continue;
    yield batch;
    [batch, bytes] = [[], 0];
  }
  if (batch.length > 0) yield batch;
}

interface Fetched {
  readonly uid: number;
  readonly raw: Buffer;
  readonly problem: Problem | null;
}

async function fetchBatch(
  client: ImapFlow,
  batch: readonly Sized[],
  { limits, suspect, mailbox }: MailboxRead,
): Promise<readonly Fetched[]> {
  const [{ uid, size }] = batch as [Sized];
  const times = suspect?.mailbox === mailbox && suspect.uid === uid ? suspect.times : 0;
  if (times >= patience.passFrom) {
    const text = `the mail with UID ${uid} in ${mailbox} cannot be fetched: the connection ended ${times} times over it`;
    return [{ uid, raw: Buffer.alloc(0), problem: { kind: 'mail-unfetchable', text } }];
  }
  if (size > limits.mailBytesMax)
    return await beginningOf(client, { uid, bytes: limits.beginningBytes, problem: tooLarge(size, limits) });
  if (times >= patience.beginningFrom) {
    const bytes = Math.min(limits.beginningBytes, size >> 1);
    return await beginningOf(client, { uid, bytes, problem: unfetched(size, bytes) });
  }
  const found = await client.fetchAll(
    rangesOf(batch.map(({ uid }) => uid)),
    { uid: true, source: true },
    { uid: true },
  );
  return found.map(asFetched).sort((a, b) => a.uid - b.uid);
}

const asFetched = ({ uid, source }: FetchMessageObject): Fetched =>
  source === undefined ? withoutSource(uid) : { uid, raw: source, problem: null };

const withoutSource = (uid: number): Fetched => ({
  ...{ uid, raw: Buffer.alloc(0) },
  problem: { kind: 'mail-unfetchable', text: `the server names the mail with UID ${uid} and does not hand it over` },
});

/**
 * Headers and what comes first of the rest. Of public-inbox a part of BODY[] begins behind the headers, and BODY[HEADER] lacks
 * the empty line at its end.
 */
async function beginningOf(
  client: ImapFlow,
  { uid, bytes, problem }: { readonly uid: number; readonly bytes: number; readonly problem: Problem },
): Promise<readonly Fetched[]> {
  const query = { uid: true, headers: true, source: { start: 0, maxLength: bytes } };
  const found = await client.fetchAll(String(uid), query, { uid: true });
  return found.map(({ uid, source, headers }) => {
    if (source === undefined || headers === undefined) return withoutSource(uid);
    const whole = source.subarray(0, headers.length).equals(headers.subarray(0, source.length));
    const empty = /\n\r?\n$/.test(headers.toString('latin1', Math.max(0, headers.length - 3))) ? '' : '\r\n';
    return { uid, raw: whole ? source : Buffer.concat([headers, Buffer.from(empty), source]), problem };
  });
}

const unfetched = (size: number, bytes: number): Problem => ({
  kind: 'mail-cut',
  text: `the server does not hand over the mail whole: of its ${size} bytes the first ${bytes} are read`,
});

/** [1, 2, 3, 7] is 1:3,7. Numbers between that no mail has ask for nothing. */
function rangesOf(uids: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const uid of uids) {
    const last = ranges.at(-1);
    if (last !== undefined && uid === last[1] + 1) last[1] = uid;
    else ranges.push([uid, uid]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}:${last}`)).join(',');
}
