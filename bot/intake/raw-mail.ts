/**
 * What a source of mails hands over: the bytes as they came, and from where to go on when this mail is kept. A source is an
 * AsyncIterable of these; whoever consumes it stores the mail and the position in one transaction, so that a mail is neither
 * lost nor, where a source begins again too early, kept twice.
 */

import type { Problem } from '../../analyzers/source/place.ts';

export interface RawMail {
  readonly raw: Buffer;
  /** The source's name in the settings. */
  readonly source: string;
  readonly position: Position;
  /** Where `raw` is not the mail as it was: only its beginning, or nothing. */
  readonly problem?: Problem | null;
}

/** This mail and all before it are kept: the next one wanted is behind it. */
export type Position =
  /** UIDVALIDITY is a bigint to imapflow, and text here. */
  | { readonly kind: 'imap'; readonly mailbox: string; readonly uidValidity: string; readonly uid: number }
  /** A public-inbox: the number of the epoch, and the commit that brought the mail. */
  | { readonly kind: 'git'; readonly epoch: number; readonly commit: string }
  /** An mbox or maildir: the path within the source, and how far it is read: a byte offset, or the name of a file. */
  | { readonly kind: 'file'; readonly path: string; readonly at: string }
  /** Asked for by its Message-ID: there is no going on. */
  | { readonly kind: 'id' };
