/**
 * A digest as a mail: plain text in short lines, from which b4 takes nothing as a trailer, and with the headers of a list of its own
 * (RFC 2369, RFC 2919, RFC 8058). A mail is to one mailbox, so that its way out is that one's, and nobody is shown who else reads.
 *
 * Its Message-ID follows from group, week and mailbox: made twice, it is one.
 */
import { createHash } from 'node:crypto';
import { escapeMessageId } from '../http/message-id.ts';
import { type AsideMail, asideMail } from '../reply/aside-mail.ts';
import { version } from '../reply/headers.ts';
import { render } from '../reply/template.ts';
import type { Settings } from '../settings/schema.ts';
import type { Digest } from './digest.ts';
import { type Told, type ToldFinding, type ToldItem, tellDigest } from './told.ts';

interface Addressed {
  readonly settings: Pick<Settings, 'from' | 'domain' | 'archive'> & {
    readonly http: { readonly url: string | null } | null;
  };
  readonly to: string;
  /** An https address by which a POST takes the mailbox off; null for mail alone. */
  readonly oneClick: string | null;
  readonly now: Date;
}

const columns = 72;

export function composeMail(digest: Digest, { settings, to, oneClick, now }: Addressed): AsideMail {
  const { from, domain, http } = settings;
  const { group, week, since, until } = digest;
  const told = tellDigest(digest);
  const messageId = `${createHash('sha256')
    .update([version, 'digest', group, week ?? `${since} ${until}`, to.toLowerCase()].join('\n'))
    .digest('hex')
    .slice(0, 40)}@${domain}`;
  const text = digestText(digest, settings, told);
  const order = (words: string) => `<mailto:${from.address}?subject=${encodeURIComponent(`#scenario ${words}`)}>`;
  const archived = http?.url ? `${http.url}/digest/` : archiveOf(settings, messageId);
  const oneClickHeader = ['List-Unsubscribe-Post', 'List-Unsubscribe=One-Click'] as const;
  return asideMail({
    ...{
      from,
      messageId,
      recipients: [to],
      subject: subjectOf(digest, told),
      now,
      autoSubmitted: 'auto-generated',
      text,
    },
    belongs: [
      ['List-Id', `${from.name}, weekly <${group}.digest.${domain}>`],
      ['List-Help', order('help')],
      ['List-Unsubscribe', [...(oneClick === null ? [] : [`<${oneClick}>`]), order('digest off')].join(', ')],
      ...(oneClick === null ? [] : [oneClickHeader]),
      ['List-Post', 'NO'],
      ['List-Archive', `<${archived}>`],
    ],
  });
}

const subjectOf = ({ week }: Digest, { summary }: Told) =>
  `ftrace digest${week === null ? '' : ` ${week}`}: ${summary}`;

/** The mail's text. */
export function digestText(digest: Digest, settings: Addressed['settings'], told: Told = tellDigest(digest)): string {
  const { from, http } = settings;
  const url = (id: string) => archiveOf(settings, id);
  const rule = (heading: string) => '='.repeat(heading.length);
  const page = http?.url && digest.week !== null ? `${http.url}/digest/${digest.week}/` : null;
  return render('digest', {
    newline: '\n',
    intro: told.intro,
    findings: told.findings.map(({ heading, items, more }) => ({
      ...{ heading, more, rule: rule(heading) },
      items: items.map((item, at) => ({ lines: harmless(findingLines(item, `${at + 1}.`, url)) })),
    })),
    others: told.others.map(({ heading, items, more }) => ({
      ...{ heading, more, rule: rule(heading) },
      items: items.map((item) => ({ lines: harmless(itemLines(item, url)) })),
    })),
    figures: told.figures,
    signature: [
      `${from.name} <${from.address}>`,
      'Sent by a program; it may be wrong. A person reads what you answer.',
      'Once a week, and not when nothing happened. To leave, mail the bot a',
      'line that says #scenario digest off; #scenario help lists the others.',
      ...(page === null ? [] : [page]),
    ].join('\n'),
  });
}

function findingLines(item: ToldFinding, number: string, url: (id: string) => string): readonly string[] {
  const inner = ' '.repeat(number.length + 1);
  return [
    ...wrapped(item.title, inner, `${number} `),
    ...wrapped(item.head, inner),
    '',
    ...wrapped(item.what, inner),
    ...wrapped(item.where, inner),
    ...(item.code === null ? [] : ['', `${inner}    ${item.code}`, '']),
    ...wrapped(item.why, inner),
    '',
    ...mailLines(item.messageId, inner, url),
    ...(item.answer === null ? [] : [`${inner}Answered in`, ...mailLines(item.answer, inner, url)]),
  ];
}

function itemLines(item: ToldItem, url: (id: string) => string): readonly string[] {
  return [
    ...wrapped(item.title, '  ', '* '),
    ...wrapped(item.head, '  '),
    ...(item.text === '' ? [] : wrapped(item.text, '  ')),
    ...(item.foreign === '' ? [] : wrapped(item.foreign, '  ')),
    ...mailLines(item.messageId, '  ', url),
    ...(item.see === null ? [] : [`  ${item.see.name}`, ...mailLines(item.see.messageId, '  ', url)]),
  ];
}

/** Indented: b4 joins an address at the beginning of a line to what looks like a trailer above. */
const mailLines = (id: string, inner: string, url: (id: string) => string): readonly string[] => [
  `${inner}<${id}>`,
  `${inner}${url(id)}`,
];

/** Lines of at most 72 columns; a word that is longer stands alone. */
function wrapped(text: string, inner: string, first = inner): readonly string[] {
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of text.split(/\s+/).filter(Boolean)) {
    if (!isEmpty && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = inner;
      isEmpty = true;
    }
    line += `${isEmpty ? '' : ' '}${word}`;
    isEmpty = false;
  }
  return [...lines, line];
}

/** What b4 might take for a trailer, whoever wrote it, begins with something else. */
const harmless = (lines: readonly string[]): readonly string[] =>
  lines.map((line) => (/^\s*\w\S*:\s+\S/.test(line) ? line.replace(/^\s*/, (blank) => `${blank.slice(2)}| `) : line));

const archiveOf = ({ archive }: Pick<Settings, 'archive'>, id: string) =>
  archive.replace('{msgid}', () => escapeMessageId(id));
