/**
 * Verdicts on a series → the one reply of the series, or none. With findings or questions it answers the guilty patch, or the
 * cover letter where several are; without, the patch that was found to hold. What it says is put together here as values;
 * templates/ lays them out.
 */

import type { PatchVerdict } from '../../analyzers/verdict/verdict.ts';
import type { Message } from '../mail/message.ts';
import type { PatchReview } from '../review.ts';
import type { Settings } from '../settings/schema.ts';
import type { Series } from '../thread/series.ts';
import { boundsText, reachesStale, unique } from './bounds.ts';
import { findingValue } from './finding.ts';
import { type Addressed, formatHeaders, headersOf } from './headers.ts';
import { attribution } from './quote.ts';
import { type SinceThen, sinceText } from './since.ts';
import { render } from './template.ts';
import { noteText } from './wording.ts';

export interface ReplyInput {
  readonly series: Series;
  readonly rows: readonly PatchReview[];
  readonly config: Settings;
  readonly date: Date;
  /** What became of what was said of an earlier version; null where nothing was. */
  readonly since?: SinceThen | null;
  /** How many mails of ours about this version there are: each has an id of its own. */
  readonly sequence?: number;
}
export interface Reply {
  /** Message-ID of the mail that is answered. */
  readonly parent: string;
  /** Ours, without angle brackets. */
  readonly messageId: string;
  /** Of the envelope. */
  readonly recipients: readonly string[];
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
  /** Headers, an empty line, the body: as it is sent. */
  readonly raw: string;
}

/** null where there is nothing to say. */
export function composeReply({ series, rows, config, date, since = null, sequence = 0 }: ReplyInput): Reply | null {
  const guilty = rows.filter(({ verdict }) => verdict.findings.length > 0);
  const held = rows.filter(({ verdict }) => verdict.answer === 'pass');
  const spoken = guilty.length > 0 ? guilty : held;
  const first = spoken[0];
  if (first === undefined) return null;
  const answered = spoken.length > 1 && series.cover !== null ? series.cover : first.patch.message;
  const author = answered === first.patch.message ? first.patch.author : answered.from;
  const body = render('reply', {
    ...(guilty.length > 0
      ? findingValues(guilty, held, config)
      : passValues(held, config, answered === series.cover && held.length < series.total)),
    attribution: attribution(answered.date, author.name || author.address),
    since: since === null ? null : sinceText(since),
    notes: unique(spoken.flatMap(({ verdict }) => verdict.notes.map(noteText))).map((text) => `Note: ${text}`),
    assumptions: unique(spoken.flatMap(({ verdict }) => assumptionsOf(verdict))).map((text) => `Assumed: ${text}`),
    signature: signatureOf(config, answered),
    newline: '\n',
  });
  const kind = `${guilty.length > 0 ? 'finding' : 'pass'} ${spoken.map(({ patch }) => patch.message.id).join(' ')}`;
  const which = sequence === 0 ? kind : `${kind} ${sequence}`;
  return asReply(headersOf({ config, parent: answered, author, date, kind: which }), { body, parent: answered.id });
}

/**
 * To a mail of ours: what it said of this version does not stand.
 * @param corrected our own mail, as it went out
 */
export function composeCorrection(
  corrected: Message,
  { series, rows, config, date, sequence = 0 }: ReplyInput,
): Reply | null {
  const held = rows.filter(({ verdict }) => verdict.answer === 'pass');
  const author = held[0]?.patch.author;
  if (author === undefined) return null;
  const body = render('correction', {
    ...passValues(held, config, held.length < series.total),
    assumptions: unique(held.flatMap(({ verdict }) => assumptionsOf(verdict))).map((text) => `Assumed: ${text}`),
    signature: signatureOf(config, corrected),
  });
  const kind = `correction ${sequence}`;
  return asReply(headersOf({ config, parent: corrected, author, date, kind }), { body, parent: corrected.id });
}

function asReply(
  { messageId, recipients, headers: bare }: Addressed,
  { body, parent }: { readonly body: string; readonly parent: string },
): Reply {
  const headers: Reply['headers'] = [
    ...bare,
    ['Content-Transfer-Encoding', /[^\p{ASCII}]/u.test(body) ? '8bit' : '7bit'],
  ];
  return { parent, messageId, recipients, headers, body, raw: `${formatHeaders(headers)}\n\n${body}` };
}

function findingValues(guilty: readonly PatchReview[], held: readonly PatchReview[], config: Settings) {
  return {
    finding: true,
    base: guilty.map(baseText).join(' '),
    findings: guilty.flatMap((row) => row.verdict.findings.map((finding) => findingValue(row, finding, config.replay))),
    held: held.map(({ patch }) => `${tag(patch)} was run in the same way, and held.`),
    bounds: boundsText(guilty, 'Tried'),
    trailer: null,
  };
}

/** @param beyond the tag would stand for patches that did not pass too: b4 takes one on a cover letter for all of them */
function passValues(held: readonly PatchReview[], config: Settings, beyond: boolean) {
  const untagged = whyUntagged(held, beyond);
  const { name, address } = config.from;
  return {
    finding: false,
    quotes: held.flatMap(({ patch }) => (patch.message.body === '' ? [] : [`> ${patch.message.subject}`])),
    base: held.map(baseText).join(' '),
    bounds: boundsText(held, 'Run'),
    verdict:
      untagged === null
        ? 'No run broke within these bounds, with the patch or because of it.'
        : `No run broke within these bounds. As ${untagged}.`,
    trailer: untagged === null ? `${config.passTrailer}: ${name} <${address}>` : null,
  };
}

/** What was not seen that the tag would stand for; null where it was all seen. */
function whyUntagged(held: readonly PatchReview[], beyond: boolean): string | null {
  const unread = held.some(({ verdict }) =>
    verdict.notes.some(({ id }) => id === 'assembly-unread' || id === 'unjudged'),
  );
  if (!reachesStale(held)) return 'CPUs with old words were not run, there is no tag';
  if (unread) return 'a part of the patch is not covered, there is no tag';
  if (held.some(({ verdict }) => verdict.notes.some(({ id }) => id === 'stale-freed')))
    return 'a stale fetch reaches text that is freed, there is no tag';
  if (held.some(({ base }) => base.how === 'diff'))
    return 'the source around the patch is not at hand, there is no tag';
  if (held.some(({ base }) => base.found === 'unmerged'))
    return 'the base-commit is not in the history of the repository, there is no tag';
  if (held.some(({ base }) => base.doubt !== null)) return "the tree is not the author's, there is no tag";
  return beyond ? 'other patches of the series were not run, there is no tag on the whole' : null;
}

/** `v2 4/7`, `3/5`, or the title. */
function tag({ subject }: PatchReview['patch']): string {
  const number = subject.index === null ? `"${subject.title}"` : `${subject.index}/${subject.total}`;
  return subject.version > 1 ? `v${subject.version} ${number}` : `Patch ${number}`;
}

function baseText({ patch, base, verdict }: PatchReview): string {
  const asked = verdict.answer === 'question' ? ', so this is a question' : '';
  return base.how === 'tree'
    ? `${tag(patch)}, run on ${base.ref}${asked}.`
    : `${tag(patch)}, read from the diff's own lines${asked}.`;
}

/** What the answer rests on that was not in front of us. */
function assumptionsOf({ assumptions }: PatchVerdict): string[] {
  const general = assumptions.filter(({ file, decisive }) => file === null && !decisive).map(({ text }) => text);
  const hidden = unique(assumptions.filter(({ text }) => /are not in the mail$/.test(text)).map(({ text }) => text));
  return [...general, ...hidden].map((text) => `${text}.`);
}

function signatureOf(config: Settings, answered: Message): string {
  return [
    `${config.from.name} <${config.from.address}>`,
    'Sent by a program; it may be wrong. A person reads what you answer.',
    `To be left alone, say so to ${config.from.address}.`,
    // Quoted, wrapped or not, it begins no line with an order.
    'What you can ask it: answer with the line "#scenario help".',
    config.archive.replace('{msgid}', encodeURIComponent(answered.id).replaceAll('%40', '@')),
  ].join('\n');
}
