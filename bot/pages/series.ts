/**
 * What is known of a mail, as the values of its series' page: all versions side by side, what became of each finding from one
 * to the next, what was said and what was not, and why.
 */
import type { Known } from '../ask/known.ts';
import type { FindingKnown, VersionKnown } from '../ask/versions.ts';
import { leftStates } from '../store/replies.ts';
import { aboutOf, reasonsOf, titleOf } from './lists.ts';
import { archiveOf, type Site } from './site.ts';
import { whenOf } from './verdict.ts';
import { replyWords, threadWords } from './words.ts';

/** @param version of the known ones the one that the page is about */
export function seriesPage(known: Known, version: VersionKnown, site: Site) {
  const { versions, mail } = known;
  return {
    title: titleOf(version.subject === '' ? version.name : version.subject),
    author:
      mail !== null && mail.author.address === version.author ? mail.author.name || version.author : version.author,
    about: aboutOf(version.version, version.total),
    answer: version.review?.answer ?? 'none',
    archive: archiveOf(site, version.messageId),
    state: [threadWords[version.state], version.reason ?? ''].filter((text) => text !== '').join(': '),
    asked: askedFor(known, version),
    replies: repliesOf(known, site),
    versions: versions.map((one) => ({ ...one, isHere: one === version })),
    patches: patchRows(versions),
    findings: findingRows(known),
    decisions: known.decisions,
  };
}

/** Of a mail that is not the series' first, what it is. */
function askedFor({ mail }: Known, { messageId }: VersionKnown): string | null {
  if (mail === null || mail.messageId === messageId) return null;
  const what = { cover: '', patch: 'patch', reply: 'answer', ours: 'mail of this bot', other: 'mail' }[mail.role];
  return what === '' ? null : `You asked for the ${what} “${mail.subject}”: it belongs to this series.`;
}

const repliesOf = ({ replies }: Known, site: Site) =>
  replies.map((reply) => ({
    what: `${reply.kind}${reply.version === null ? '' : ` on v${reply.version}`}`,
    ...replyWords[reply.state],
    at: reply.sentAt ?? reply.createdAt,
    why: reasonsOf(reply),
    archive: leftStates.has(reply.state) ? archiveOf(site, reply.messageId) : null,
  }));

/** A row for each title that a patch has in any version, in the order of the newest. */
function patchRows(versions: readonly VersionKnown[]) {
  const judged = versions.map(({ review }) => review?.patches ?? []);
  const titles = new Map(
    judged.toReversed().flatMap((patches) => patches.map(({ subject }) => [keyOf(subject), titleOf(subject)])),
  );
  return [...titles].map(([key, title]) => ({
    title,
    cells: versions.map((version, at) => {
      const patch = judged[at]?.find(({ subject }) => keyOf(subject) === key);
      if (patch !== undefined) {
        const { messageId, answer, why } = patch;
        return { messageId, answer, why, version: version.version };
      }
      return version.review === null
        ? { messageId: null, why: 'not judged' }
        : { messageId: null, why: 'no such patch' };
    }),
  }));
}
const keyOf = (subject: string) => titleOf(subject).toLowerCase();

const changes = {
  ...{
    new: 'new',
    still: 'still there',
    again: 'back again',
    fixed: 'fixed',
    gone: '',
    before: '',
    unknown: 'not judged',
  },
} as const;

/** Over the versions, each finding by what it is known again by. */
function findingRows({ versions, disputes }: Known) {
  const all = versions.map(({ review }) =>
    (review?.patches ?? []).flatMap(({ messageId, findings }) =>
      findings.map((finding, number) => ({ finding, href: { messageId, number: number + 1 } })),
    ),
  );
  // The newest version's come first, with the lines as they are there.
  const rows = new Map(
    all.toReversed().flatMap((own) => own.toReversed().map((one) => [one.finding.fingerprint, one])),
  );
  return [...rows.values()].toReversed().map(({ finding, href }) => ({
    href,
    words: `${whenOf(finding)}: ${finding.check}`,
    place: `${finding.file}:${finding.line}`,
    disputes: disputes.filter(({ fingerprint }) => fingerprint === finding.fingerprint),
    cells: versions.map(({ review }, at) => {
      const own = all[at]?.find((one) => one.finding.fingerprint === finding.fingerprint)?.finding;
      const kind = kindOf(own, review, finding);
      return { kind, word: changes[kind] };
    }),
  }));
}

function kindOf(
  own: FindingKnown | undefined,
  review: VersionKnown['review'],
  { fingerprint }: FindingKnown,
): keyof typeof changes {
  if (review === null) return 'unknown';
  if (own !== undefined) return own.since;
  return review.fixed.some((one) => one.fingerprint === fingerprint) ? 'fixed' : 'gone';
}
