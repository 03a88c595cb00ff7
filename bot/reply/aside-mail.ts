/**
 * A mail of ours that is no reply to a patch: to moderators, to who asked, to who reads the digest. Plain text in one part; patchwork
 * and programs that answer mail are told to leave it alone (RFC 3834 section 5, MAIL conventions of lists that patchwork reads).
 */
import type { Mailbox } from '../mail/message.ts';
import { formatHeaders, mailboxText, subjectText, version } from './headers.ts';

export interface AsideMail {
  readonly messageId: string;
  readonly recipients: readonly string[];
  readonly raw: Buffer;
}

interface Parts {
  readonly from: Mailbox;
  readonly messageId: string;
  readonly recipients: readonly string[];
  readonly subject: string;
  readonly now: Date;
  /** What it belongs to: threading, or the headers of a list. */
  readonly belongs: readonly (readonly [name: string, value: string])[];
  readonly autoSubmitted: 'auto-replied' | 'auto-generated';
  readonly text: string;
}

export function asideMail({
  from,
  messageId,
  recipients,
  subject,
  now,
  belongs,
  autoSubmitted,
  text,
}: Parts): AsideMail {
  const head = formatHeaders([
    ['From', mailboxText(from)],
    ['To', recipients.map((address) => mailboxText({ name: '', address })).join(', ')],
    ['Subject', subjectText(subject)],
    ['Date', now.toUTCString().replace('GMT', '+0000')],
    ['Message-ID', `<${messageId}>`],
    ...belongs,
    ['Auto-Submitted', autoSubmitted],
    ['X-Patchwork-Hint', 'ignore'],
    ['X-Scenario-Bot', version],
    ['MIME-Version', '1.0'],
    ['Content-Type', 'text/plain; charset=utf-8'],
    ['Content-Transfer-Encoding', /[^\p{ASCII}]/u.test(text) ? '8bit' : '7bit'],
  ]);
  return { messageId, recipients, raw: Buffer.from(`${head}\n\n${text}`) };
}
