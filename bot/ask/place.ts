/**
 * Which series a mail is of, and what it is there: its cover letter, a patch, an answer. Decided from the series that are
 * stored and the ids that the thread's mails refer to; where nobody has looked at a thread yet, its mails are read for it.
 */
import type { Kysely } from 'kysely';
import { type Message, readMessage } from '../mail/message.ts';
import { mailsOfThread, shapesOfThread } from '../store/mails.ts';
import type { Reply } from '../store/replies.ts';
import { type SeriesRow, seriesById, seriesOfThread } from '../store/series.ts';
import type { Tables } from '../store/tables.ts';
import type { Thread } from '../store/threads.ts';
import { readSeries, type Series } from '../thread/series.ts';
import { firstIdOf, seriesKey } from '../thread/work.ts';

export interface Place {
  /** With an id below 0 where it is not stored. */
  readonly series: SeriesRow | null;
  readonly role: 'cover' | 'patch' | 'reply' | 'ours' | 'other';
  readonly about: string | null;
  /** Series of the thread that are not stored. */
  readonly others: readonly SeriesRow[];
}

interface Asked {
  readonly messageId: string;
  /** The reply of ours that has the Message-ID. */
  readonly own: Reply | null;
  readonly thread: Thread;
}

export async function placeOf(db: Kysely<Tables>, { messageId, own, thread }: Asked): Promise<Place> {
  const stored = await seriesOfThread(db, thread.id);
  const shapes = new Map(
    (await shapesOfThread(db, thread.id)).map(({ message_id, version, parents }) => [message_id, { version, parents }]),
  );
  const isRead = [...shapes].every(([id, { version }]) => version === null || memberOf(stored, id, version) !== null);
  const others = isRead ? [] : await readThreadSeries(db, { thread, stored });
  const all = [...stored, ...others];
  const ofReply = own?.series_id == null ? null : await seriesById(db, own.series_id);
  if (ofReply !== null) return { series: ofReply, role: 'ours', about: own?.parent_message_id ?? null, others };
  const parents = await parentsRead(db, thread, shapes);
  const found = nearest(messageId, parents, (id) => memberOf(all, id, shapes.get(id)?.version ?? null));
  // An answer whose mails between are missing, in a thread that is about one thing.
  const series = found?.series ?? (all.length === 1 ? (all[0] ?? null) : null);
  if (series === null) return { series, role: 'other', about: null, others };
  const isPatch = found?.id === messageId && series.patches.includes(messageId);
  const role = found?.id !== messageId ? 'reply' : isPatch ? 'patch' : 'cover';
  return { series, role, about: found?.id ?? null, others };
}

/** A mail may be lent to a later version: its own is that of its subject. */
function memberOf(all: readonly SeriesRow[], id: string, version: number | null): SeriesRow | null {
  const has = all.filter(({ first_message_id, patches }) => first_message_id === id || patches.includes(id));
  return has.find((one) => one.version === version) ?? has.at(-1) ?? null;
}

/** The mail itself, else of those that it answers, from one to the next, the first that is of a series. */
function nearest(
  messageId: string,
  parents: ReadonlyMap<string, readonly string[]>,
  find: (id: string) => SeriesRow | null,
): { readonly id: string; readonly series: SeriesRow } | null {
  const open = [messageId];
  const seen = new Set<string>();
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    const series = find(id);
    if (series !== null) return { id, series };
    open.push(...(parents.get(id) ?? []));
  }
  return null;
}

/** The farthest first. A row of schema 1 does not say; its mail does. */
async function parentsRead(
  db: Kysely<Tables>,
  thread: Thread,
  shapes: ReadonlyMap<string, { readonly parents: readonly string[] | null }>,
): Promise<ReadonlyMap<string, readonly string[]>> {
  if ([...shapes.values()].every(({ parents }) => parents !== null))
    return new Map([...shapes].map(([id, { parents }]) => [id, parents ?? []]));
  const read = new Map<string, readonly string[]>();
  for (const { message_id, raw } of await mailsOfThread(db, thread.id)) {
    const { references, inReplyTo } = await readMessage(raw);
    read.set(message_id, [...references, ...(inReplyTo === null ? [] : [inReplyTo])]);
  }
  return read;
}

/** Longer ones are read when they are looked at. */
const mailsMax = 500;

async function readThreadSeries(
  db: Kysely<Tables>,
  { thread, stored }: { readonly thread: Thread; readonly stored: readonly SeriesRow[] },
): Promise<readonly SeriesRow[]> {
  const messages: Message[] = [];
  for (const { raw, own } of (await mailsOfThread(db, thread.id)).slice(0, mailsMax))
    if (!own) messages.push(await readMessage(raw));
  const isStored = (row: SeriesRow) =>
    stored.some(({ version, patches }) => version === row.version && patches.some((id) => row.patches.includes(id)));
  const read = readSeries(messages).map((series, index) => rowOf(series, { thread, id: -1 - index }));
  return read.filter((row) => !isStored(row));
}

function rowOf(series: Series, { thread, id }: { readonly thread: Thread; readonly id: number }): SeriesRow {
  const { version, total, cover, patches } = series;
  return {
    ...seriesKey(series),
    ...{ id, thread_id: thread.id, change_id: null, version, total, first_message_id: firstIdOf(series) },
    patches: patches.map(({ message }) => message.id),
    sent_at: cover?.date ?? patches[0]?.message.date ?? thread.touched_at,
    ...{ superseded_by: null, answer: null, reviewed_at: null },
  };
}
