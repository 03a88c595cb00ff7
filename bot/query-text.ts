/**
 * What is known of a mail, for a terminal or a pipe: the mail, its series, what was concluded of each patch and why, what was said
 * or would be, what was decided, and the other versions. Lines, labels on the left, nothing that a pipe cannot take.
 */
import type { QueryAnswer } from './serve/queries.ts';

type KnownAnswer = Extract<QueryAnswer, { kind: 'known' }>;
type Known = KnownAnswer['known'];
type Version = Known['versions'][number];
type Review = NonNullable<Version['review']>;
type Patch = Review['patches'][number];
type Finding = Patch['findings'][number];

export function queryText(messageId: string, { known, texts }: KnownAnswer): string {
  const { mail, series, versions } = known;
  const own = series === null ? null : (versions[series] ?? null);
  return [
    ...(mail === null ? [row('mail', `<${messageId}>, ${ownText(messageId, known)}`)] : mailLines(mail)),
    ...threadLines(known),
    ...(own === null ? [row('series', 'none that a mail of this thread says it is of')] : versionLines(own)),
    ...others(known),
    ...replyLines(known, texts),
    ...known.decisions.map(({ at, what, why, by }) => row('decided', `${minute(at)} ${what}, by ${by}: ${why}`)),
    ...known.disputes.map(({ fingerprint, by, at, reason }) =>
      row('disputed', `${fingerprint} by ${by}, ${minute(at)}: ${reason}`),
    ),
    '',
  ].join('\n');
}

/** Values that came over HTTP are texts. */
const minute = (at: Date | string) => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')}Z`;
const labelColumns = 10;

/** A mail's text may hold anything; a terminal obeys control characters. */
const shown = (text: string) =>
  text
    .replace(/[^\P{C}\u200d]/gu, ' ')
    .replace(/ +/g, ' ')
    .trim();
const row = (label: string, text: string) => `${label.padEnd(labelColumns)}${shown(text)}`;
const more = (text: string, depth = 0) => `${' '.repeat(labelColumns + 2 * depth)}${shown(text)}`;

const ownText = (messageId: string, { replies }: Known) =>
  replies.some((reply) => reply.messageId === messageId)
    ? 'a reply of ours, see below'
    : 'which never came: others name it';

function mailLines({
  messageId,
  subject,
  author,
  sentAt,
  receivedAt,
  role,
  about,
  damage,
}: NonNullable<Known['mail']>) {
  const roles = {
    ...{ cover: 'the cover letter of its series', patch: 'a patch of its series', ours: 'a mail of a bot like this' },
    ...{ reply: about === null ? 'an answer' : `an answer about <${about}>`, other: 'of no series' },
  } as const;
  return [
    row('mail', `<${messageId}>`),
    more(subject),
    more(`${author.name} <${author.address}>, ${minute(sentAt ?? receivedAt)}; ${roles[role]}`),
    ...(damage === null ? [] : [more(`damaged: ${damage}`)]),
  ];
}

function threadLines({ thread: { root, state, reason, settlesAt } }: Known): readonly string[] {
  const until = state === 'waiting' && settlesAt !== null ? `: parts may still come until ${minute(settlesAt)}` : '';
  const why = reason === null ? until : `: ${reason}`;
  const next = state === 'parked' ? `; retry <${root}> analyses it again` : '';
  return [row('thread', `<${root}>, ${state === 'quiet' ? 'not analysed' : state}${why}${next}`)];
}

function versionLines(version: Version): readonly string[] {
  const { review } = version;
  const tree = version.tree === null ? '' : `, for ${version.tree}`;
  return [
    row(
      'series',
      `version ${version.version}, ${version.total} ${version.total === 1 ? 'patch' : 'patches'}${tree}, by ${version.author}, ${minute(version.sentAt)}`,
    ),
    more(`<${version.messageId}>`),
    more(version.subject === '' ? version.name : version.subject),
    ...(review === null
      ? [row('answer', 'none: this version was not judged')]
      : [
          row('answer', `${review.answer}, by version ${review.analyzer} of the analyzers, ${minute(review.at)}`),
          ...review.patches.flatMap(patchLines),
          ...(review.fixed.length === 0 ? [] : [row('fixed', 'since the version before')]),
          ...review.fixed.map((one) => more(`${one.fingerprint} ${one.level}, ${one.check} at ${one.entryPoint}`)),
          boundsLine(review),
        ]),
  ];
}

function patchLines({ messageId, subject, answer, why, base, findings, notes, assumptions, problems }: Patch) {
  const doubt = base.doubt === null ? '' : `; ${base.doubt}`;
  const decisive = assumptions.filter((one) => one.decisive);
  return [
    row('patch', `<${messageId}>`),
    more(subject),
    more(`${answer}: ${why}`),
    more(`base: ${base.ref}, by ${base.how}${base.found === null ? '' : `, ${base.found}`}${doubt}`),
    ...findings.flatMap(findingLines),
    ...(notes.length === 0 ? [] : [more(`notes: ${notes.join(', ')}`)]),
    ...(decisive.length === 0 ? [] : [more(`unknown, and it decides: ${decisive.map(({ text }) => text).join('; ')}`)]),
    ...problems.map(({ kind, text }) => more(`problem: ${kind}: ${text}`)),
  ];
}

function findingLines(finding: Finding): readonly string[] {
  const { fingerprint, level, check, entryPoint, file, line, mailLine, fn, since, isDisputed, repair, schedule } =
    finding;
  const known = { new: 'new', still: 'still there', again: 'there again' }[since];
  return [
    more(
      `finding ${fingerprint}, ${known}${isDisputed ? ', disputed' : ''}: ${check} at ${entryPoint}, level ${level}`,
    ),
    more(
      `${file}:${line}${fn === '' ? '' : ` in ${fn}()`}${mailLine === null ? '' : `, line ${mailLine} of the mail`}`,
      1,
    ),
    ...(repair === null ? [] : [more(`repair: ${repair.text}`, 1)]),
    ...(schedule === '' ? [] : [more(`replay '${schedule}'`, 1)]),
  ];
}

function boundsLine({ bounds }: Review): string {
  const { pairs, unfinished, tasks, cpus, states } = bounds;
  if (pairs === 0) return row('bounds', 'nothing was run');
  const gaps = unfinished === 0 ? '' : `; ${unfinished} of them not to the end`;
  return row(
    'bounds',
    `${pairs} pairs of entry point and profile${gaps}; ${tasks} tasks on ${cpus} CPUs, ${states} states`,
  );
}

/** Earlier and later versions. */
function others({ series, versions }: Known): readonly string[] {
  return versions.flatMap((version, index) =>
    index === series
      ? []
      : [
          row(
            index < (series ?? 0) ? 'earlier' : 'later',
            `version ${version.version}, ${minute(version.sentAt)}: ${answerText(version)}`,
          ),
          more(`<${version.messageId}>`),
        ],
  );
}

function answerText({ review, state }: Version): string {
  if (review === null) return state === 'parked' ? 'parked' : 'not judged';
  const findings = review.patches.flatMap((patch) => patch.findings);
  const fixed = review.fixed.length === 0 ? '' : `, ${review.fixed.length} fixed`;
  return `${review.answer}${findings.length === 0 ? '' : `, ${findings.length} found`}${fixed}`;
}

function replyLines({ replies }: Known, texts: KnownAnswer['texts']): readonly string[] {
  return replies.flatMap(({ messageId, parent, kind, state, why, reason, version, sentAt, createdAt }) => {
    const reasons = [why, reason].filter((one) => one !== null).join('; ');
    const text = texts.find((one) => one.messageId === messageId)?.raw.replace(/^[\s\S]*?\n\n/, '') ?? '';
    return [
      row(
        'reply',
        `${kind}, ${state}${version === null ? '' : `, to version ${version}`}, ${minute(sentAt ?? createdAt)}${reasons === '' ? '' : `: ${reasons}`}`,
      ),
      more(`<${messageId}> to <${parent}>`),
      ...text
        .trimEnd()
        .split('\n')
        .map((line) => `  | ${line.replace(/[^\P{C}\t]/gu, ' ')}`.trimEnd()),
    ];
  });
}
