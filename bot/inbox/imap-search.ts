/** Is a mail in an account? Asked over a connection of its own, by Message-ID; an answer is only what was looked at. */

import type { Problem } from '../../analyzers/source/place.ts';
import { connectImap, imapProblem } from './imap-client.ts';
import type { ImapSettings } from './settings.ts';
import { limitsOf, type SourceContext } from './source.ts';

export interface MessageSearch {
  /** null where it could not be asked: then nothing is known. */
  readonly found: boolean | null;
  readonly problem: Problem | null;
}

/** `id` without its brackets. HEADER finds parts of a value, so that what it finds is read. */
export async function findMessage(
  settings: ImapSettings,
  {
    mailbox,
    id,
    ...context
  }: { readonly mailbox: string; readonly id: string } & Pick<SourceContext, 'signal' | 'limits'>,
): Promise<MessageSearch> {
  try {
    const client = await connectImap(settings, {
      signal: context.signal,
      mailBytesMax: limitsOf(context).mailBytesMax,
    });
    try {
      await client.mailboxOpen(mailbox, { readOnly: true });
      const uids = await client.search({ header: { 'message-id': id } }, { uid: true });
      if (!Array.isArray(uids)) {
        const text = `${settings.host} refuses SEARCH HEADER in ${mailbox}: whether a mail has arrived is not known`;
        return { found: null, problem: { kind: 'imap-failed', text } };
      }
      if (uids.length === 0) return { found: false, problem: null };
      const mails = await client.fetchAll(
        uids.slice(-100).join(','),
        { uid: true, headers: ['message-id'] },
        { uid: true },
      );
      const found = mails.some(({ headers }) => /<([^<>\s]+)>/.exec(`${headers ?? ''}`)?.[1] === id);
      return { found, problem: null };
    } finally {
      client.close();
    }
  } catch (error) {
    return { found: null, problem: imapProblem(error, settings) };
  }
}
