/** A mail of ours as others may know of it: not its text, which is public only once it has left. */
import type { Reply } from '../store/replies.ts';
import type { ReplyState } from '../store/tables.ts';

export interface ReplyKnown {
  readonly messageId: string;
  /** Of the mail that it answers. */
  readonly parent: string;
  /** finding, question, pass or correction. */
  readonly kind: string;
  /** Of the series it is about; null where it is about none. */
  readonly version: number | null;
  readonly mode: string;
  readonly state: ReplyState;
  /** Of the findings that it tells of. */
  readonly fingerprints: readonly string[];
  /** Why it was decided, where that is known. */
  readonly why: string | null;
  /** Why it is withdrawn, rejected or parked, or has not left yet. */
  readonly reason: string | null;
  /** Who approved or rejected it. */
  readonly decidedBy: string | null;
  readonly createdAt: Date;
  readonly sentAt: Date | null;
  /** When it came back by a source. */
  readonly confirmedAt: Date | null;
}

/** What moderators are mailed, and what somebody asked for by mail, is nobody else's: kinds begin so. */
export const untoldKinds = ['moderation', 'command-'] as const;
export const isTold = ({ kind }: Pick<Reply, 'kind'>): boolean => !untoldKinds.some((begin) => kind.startsWith(begin));

export function replyKnown(
  reply: Omit<Reply, 'raw' | 'recipients'> & { readonly version: number | null },
  why: string | null,
): ReplyKnown {
  return {
    ...{ messageId: reply.message_id, parent: reply.parent_message_id, kind: reply.kind, version: reply.version },
    ...{ mode: reply.mode, state: reply.state, fingerprints: reply.fingerprints, why, reason: reply.error },
    ...{ decidedBy: reply.decided_by, createdAt: reply.created_at, sentAt: reply.sent_at },
    confirmedAt: reply.confirmed_at,
  };
}
