/**
 * Mails between the bot and its moderators, and to nobody else: what is held, with how to answer, and what came of an answer.
 * What is held stands behind `| `, so that no client, b4 or patchwork takes it for a patch, and no line of it for a trailer or an
 * order. No line that orders something stands at the beginning of a line.
 */
import { createHash } from 'node:crypto';
import { type Message, readMessage } from '../mail/message.ts';
import { type AsideMail, asideMail } from '../reply/aside-mail.ts';
import { isListHost, threading, version } from '../reply/headers.ts';
import type { Settings } from '../settings/schema.ts';
import type { Reply } from '../store/replies.ts';

export interface Held {
  /** Ours, without angle brackets. */
  readonly messageId: string;
  readonly parent: string;
  readonly recipients: readonly string[];
  readonly raw: Buffer;
}
export const heldOf = ({ message_id, parent_message_id, recipients, raw }: Reply): Held => ({
  ...{ messageId: message_id, parent: parent_message_id, recipients, raw },
});

type Sender = Pick<Settings, 'from' | 'domain' | 'archive' | 'moderators' | 'lists' | 'listHosts'>;

/** Characters of a line; what is longer is continued in the next. */
const lineLength = 240;

/** People alone: a list is told nothing of what is held. */
export const moderatorsOf = ({ moderators, lists, listHosts }: Sender): readonly string[] =>
  moderators.filter(
    (to) => !isListHost(listHosts, to) && !lists.some(({ address }) => address.toLowerCase() === to.toLowerCase()),
  );

/** Does the mail that asked show the reply as it is now? Edited, it is another, and is asked about anew. */
export const shows = (asked: Pick<AsideMail, 'raw'>, held: Pick<Held, 'raw'>): boolean =>
  asked.raw.toString('utf8').includes(`\n${shownText(held.raw).join('\n')}\n\n-- \n`);

const shownText = (raw: Buffer): readonly string[] => [
  'It would go out as',
  '',
  ...piped(raw.toString('utf8').replace(/\n$/, '').split('\n')),
];

/** In the subject of the mail that asks, and of an answer to it. */
export const markOf = (id: string) => `held-${id.slice(0, 12)}`;

export interface Asked {
  readonly settings: Sender;
  readonly why: string;
  readonly now: Date;
  /** Moderators. */
  readonly recipients: readonly string[];
  /** How many mails have asked about the reply before: each has an id of its own. */
  readonly sequence: number;
}

export async function composeRequest(
  held: Held,
  { settings, why, now, recipients, sequence }: Asked,
): Promise<AsideMail> {
  const digested = createHash('sha256').update(held.raw).digest('hex');
  const messageId = `${digest('moderation', held.messageId, digested, String(sequence))}@${settings.domain}`;
  const { subject } = await readMessage(held.raw);
  const text = [
    'A reply waits for you. Answer this mail with a line that begins with',
    '',
    '    #scenario approve',
    '',
    'and it goes out, or with',
    '',
    '    #scenario reject: REASON',
    '',
    'and it never does. The line stands alone, unquoted, and your mail has the',
    'DKIM signature of your domain. What comes of it is answered to you alone.',
    '',
    ...piped([
      `why: ${why}`,
      `answers: <${held.parent}>`,
      settings.archive.replace('{msgid}', encodeURIComponent(held.parent)),
      `to: ${held.recipients.join(', ')}`,
    ]),
    '',
    ...shownText(held.raw),
  ];
  return outgoing(settings, {
    ...{ messageId, recipients, now, autoSubmitted: 'auto-generated', answers: null },
    subject: `[${markOf(messageId)}] ${harmless(subject)}`,
    text,
  });
}

/** What came of an answer, to whoever gave it. */
export function composeOutcome(
  answer: Message,
  { settings, to, outcome, now }: { settings: Sender; to: string; outcome: string; now: Date },
): AsideMail {
  return outgoing(settings, {
    ...{ messageId: outcomeId(answer.id, settings.domain), recipients: [to], now, autoSubmitted: 'auto-replied' },
    ...{ answers: answer, subject: `Re: ${harmless(answer.subject.replace(/^(re:\s*)+/i, ''))}`, text: [outcome] },
  });
}

/** One for each answer: given twice, it is answered once. */
export const outcomeId = (answer: string, domain: string) => `${digest('moderation answer', answer)}@${domain}`;

interface Parts {
  readonly messageId: string;
  readonly recipients: readonly string[];
  readonly now: Date;
  readonly autoSubmitted: 'auto-replied' | 'auto-generated';
  readonly answers: Message | null;
  readonly subject: string;
  readonly text: readonly string[];
}

function outgoing({ from }: Sender, { answers, text, ...parts }: Parts): AsideMail {
  return asideMail({
    ...{ ...parts, from, belongs: answers === null ? [] : threading(answers) },
    text: [...text, '', '-- ', `${from.name}, a program; to its moderators alone`, ''].join('\n'),
  });
}

/** Its `[PATCH …]` would make it one. */
const harmless = (subject: string) => subject.replaceAll('[', '(').replaceAll(']', ')');

const piped = (lines: readonly string[]): readonly string[] =>
  lines.flatMap((line) =>
    (line.match(new RegExp(`.{1,${lineLength}}`, 'gsu')) ?? ['']).map((part) => (part === '' ? '|' : `| ${part}`)),
  );

const digest = (...parts: readonly string[]) =>
  createHash('sha256')
    .update([version, ...parts].join('\n'))
    .digest('hex')
    .slice(0, 40);
