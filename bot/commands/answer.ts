/**
 * The one mail that answers all orders of a mail, each under its own line, quoted. It goes to whoever asked and to nobody else, and
 * of a mail that nobody proves to be his it repeats nothing but verbs: who forges an author sends him no words of his own.
 */
import { createHash } from 'node:crypto';
import type { Message } from '../mail/message.ts';
import { type AsideMail, asideMail } from '../reply/aside-mail.ts';
import { threading, version } from '../reply/headers.ts';
import { render } from '../reply/template.ts';
import type { Settings } from '../settings/schema.ts';
import type { Order, Unclear } from './verbs.ts';

/** What is said of one order. */
export interface Said {
  /** Paragraphs, which are wrapped. */
  readonly prose: readonly string[];
  /** Below them, as they stand; behind `| `, so that b4 takes none for a trailer. */
  readonly lines: readonly string[];
}

type Quotable = Pick<Order, 'written' | 'verb'> | Pick<Unclear, 'written' | 'verb' | 'meant'>;

export interface AnswerParts {
  readonly settings: Pick<Settings, 'from' | 'domain'>;
  readonly to: string;
  readonly isProved: boolean;
  readonly said: readonly (Said & { readonly order: Quotable })[];
  readonly now: Date;
  readonly which: 'orders' | 'trial';
}

const limits = { quoteLength: 200, asciiLength: 900, lineLength: 240, lines: 2_000 } as const;

/** One for each mail, and one for what it had tried: asked by it twice, it is answered once. */
const answerId = (asking: string, domain: string, which: AnswerParts['which']) =>
  `${createHash('sha256').update([version, which, asking].join('\n')).digest('hex').slice(0, 40)}@${domain}`;

export function composeAnswer(asking: Message, { settings, to, isProved, said, now, which }: AnswerParts): AsideMail {
  const { from, domain } = settings;
  const text = render('answer', {
    parts: said.map(({ order, prose, lines }) => ({
      quote: `> ${quoted(order, isProved)}`,
      prose,
      lines: bounded(lines).map((line) => (line === '' ? '|' : `| ${line}`)),
    })),
    signature: `${from.name} <${from.address}>\nSent by a program, to you alone. A person reads what you answer.`,
  });
  const messageId = answerId(asking.id, domain, which);
  const subject = isProved ? asking.subject.replace(/^(re:\s*)+/i, '') : 'what you asked';
  return asideMail({
    ...{ from, messageId, recipients: [to], subject: `Re: ${subject}`, now, belongs: threading(asking) },
    ...{ autoSubmitted: 'auto-replied', text },
  });
}

function quoted({ written, verb, ...order }: Quotable, isProved: boolean): string {
  const meant = verb ?? ('meant' in order ? order.meant : null);
  if (!isProved) return meant === null ? '#scenario [ ... ]' : `#scenario ${meant}`;
  const line = written.replace(/\p{Cc}+/gu, ' ').toWellFormed();
  return line.length <= limits.quoteLength ? line : `${line.slice(0, limits.quoteLength)} [ ... ]`;
}

function bounded(lines: readonly string[]): readonly string[] {
  const mostOf = (line: string) => (/[^\p{ASCII}]/u.test(line) ? limits.lineLength : limits.asciiLength);
  const parts = lines.flatMap((line) => line.match(new RegExp(`.{1,${mostOf(line)}}`, 'gsu')) ?? ['']);
  if (parts.length <= limits.lines) return parts;
  return [...parts.slice(0, limits.lines), `and ${parts.length - limits.lines} lines more`];
}
