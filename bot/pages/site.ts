/** What all pages have in common: who the bot is, and where the archive is. */
import { escapeMessageId } from '../http/message-id.ts';
import type { Settings } from '../settings/schema.ts';

export interface Site {
  readonly bot: string;
  readonly mailbox: string;
  /** With {msgid}. */
  readonly archive: string;
  /** A command, with {schedule}. */
  readonly replay: string;
}

export const siteOf = ({ from, archive, replay }: Pick<Settings, 'from' | 'archive' | 'replay'>): Site => ({
  ...{ bot: from.name, mailbox: from.address, archive, replay },
});

export const archiveOf = ({ archive }: Site, messageId: string): string =>
  archive.replace('{msgid}', () => escapeMessageId(messageId));
