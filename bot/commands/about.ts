/**
 * What an order is about: the mail that it names, else the mail that it answers, else what stands behind the plus of the address
 * that it went to; and from there the thread and the series. What a signature does not cover anybody may have put there.
 */
import type { Kysely } from 'kysely';
import type { Message } from '../mail/message.ts';
import type { Settings } from '../settings/schema.ts';
import { mailsByMessageId } from '../store/mails.ts';
import { type Reply, replyByMessageId } from '../store/replies.ts';
import { newestSeriesOfThread, type SeriesRow, seriesById, seriesWith } from '../store/series.ts';
import type { Tables } from '../store/tables.ts';
import { threadsOfIds } from '../store/threads.ts';
import { plusOf, recipientsOf } from './read.ts';

export interface About {
  /** Of the mail by which it was found, without angle brackets. */
  readonly messageId: string;
  readonly threadId: number;
  /** Null where none of the thread was judged. */
  readonly series: SeriesRow | null;
  /** Where it is a mail of ours. */
  readonly reply: Reply | null;
  /** The header that says so; null where the order itself does. */
  readonly by: 'in-reply-to' | 'references' | 'to' | null;
}

/** @param named by the order; '' for none */
export async function aboutOf(
  db: Kysely<Tables>,
  {
    message,
    named,
    settings,
  }: {
    readonly message: Message;
    readonly named: string;
    readonly settings: Pick<Settings, 'from' | 'domain'>;
  },
): Promise<About | null> {
  const candidates = named === '' ? candidatesOf(message, settings) : [{ id: named, by: null }];
  // In a thread with series of several people, the nearest patch above counts.
  for (const find of [foundInSeries, foundInThread])
    for (const candidate of candidates) {
      const found = await find(db, candidate);
      if (found !== null) return found;
    }
  return null;
}

interface Candidate {
  readonly id: string;
  readonly by: About['by'];
}

/** Ancestors that are looked at; further up nobody means. */
const ancestorsMax = 20;

function candidatesOf(message: Message, { from, domain }: Pick<Settings, 'from' | 'domain'>): readonly Candidate[] {
  const { inReplyTo, references } = message;
  const above = [...references].reverse().slice(0, ancestorsMax);
  const plus = recipientsOf(message).map(({ address }) => plusOf(address, from.address));
  return [
    ...(inReplyTo === null ? [] : [{ id: inReplyTo, by: 'in-reply-to' } as const]),
    ...above.map((id) => ({ id, by: 'references' }) as const),
    // The part of our Message-IDs that says which mail it is.
    ...plus.flatMap((id) =>
      id !== null && /^[0-9a-f]{40}$/.test(id) ? [{ id: `${id}@${domain}`, by: 'to' } as const] : [],
    ),
  ];
}

async function foundInSeries(db: Kysely<Tables>, { id, by }: Candidate): Promise<About | null> {
  const reply = await replyByMessageId(db, id);
  // What we told somebody alone says nothing of whose patch it is.
  const series = reply === null ? await seriesWith(db, id) : await seriesOf(db, reply);
  return series === null ? null : { messageId: id, threadId: series.thread_id, series, reply, by };
}

const seriesOf = (db: Kysely<Tables>, { series_id }: Reply) => (series_id === null ? null : seriesById(db, series_id));

async function foundInThread(db: Kysely<Tables>, { id, by }: Candidate): Promise<About | null> {
  if ((await mailsByMessageId(db, [id])).length === 0) return null;
  const threadId = (await threadsOfIds(db, [id])).get(id);
  if (threadId === undefined) return null;
  return { messageId: id, threadId, series: await newestSeriesOfThread(db, threadId), reply: null, by };
}
