/** A mail of ours with its text, which others may read once it has left. */
import type { Kysely } from 'kysely';
import { leftStates, replyByMessageId } from '../store/replies.ts';
import { seriesById } from '../store/series.ts';
import type { Tables } from '../store/tables.ts';
import { isTold, type ReplyKnown, replyKnown } from './reply.ts';

export interface ReplyRead extends ReplyKnown {
  /** The whole mail; null where it may not have left and is not asked for all the same. */
  readonly text: string | null;
}

/** @returns null where there is none */
export async function readReplyText(
  db: Kysely<Tables>,
  messageId: string,
  { isUnsentToo }: { readonly isUnsentToo: boolean },
): Promise<ReplyRead | null> {
  const reply = await replyByMessageId(db, messageId);
  if (reply === null || !isTold(reply)) return null;
  const series = reply.series_id === null ? null : await seriesById(db, reply.series_id);
  const isOpen = isUnsentToo || leftStates.has(reply.state);
  return {
    ...replyKnown({ ...reply, version: series?.version ?? null }, null),
    text: isOpen ? reply.raw.toString('utf8') : null,
  };
}
