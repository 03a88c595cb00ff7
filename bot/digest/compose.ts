/**
 * What was collected → the digest of a window: a pure function. A version belongs to the window in which it was sent, or, where it
 * was judged only after the digest of that one was made, to the one in which it was judged. What came after the window is not known to it, so that
 * the digest of a past week is the same whenever it is asked for.
 */
import type { Known } from '../ask/known.ts';
import type { FindingKnown, PatchKnown, VersionKnown } from '../ask/versions.ts';
import type { FindingDocument } from '../document.ts';
import { oneLine } from '../github/public-text.ts';
import { leftStates } from '../store/replies.ts';
import { type Window, type WorkMaterial, waitsMs } from './collect.ts';
import type { About, Digest, Facts, Figures, Finding, RankedFinding, Unread, Withdrawn } from './digest.ts';
import { reachOf } from './reach.ts';
import { pointsOf, ranked } from './risk.ts';
import { isJudged, unreadIn } from './unread.ts';

interface Filter {
  /** What modifies text; empty for all. */
  readonly subjects: readonly string[];
  /** At which findings break; empty for all. */
  readonly levels: readonly string[];
}

export interface Asked extends Window {
  readonly group: string;
  readonly week: string | null;
  readonly zone: string;
  readonly weeks: number;
  /** When what came before the window is to be judged, to be told of now. */
  readonly judged: Window;
  readonly filter: Filter;
}

const dayMs = 24 * 3_600_000;
/** For so long what came late is still told of. */
const lateMs = 28 * dayMs;

export function composeDigest(works: readonly WorkMaterial[], asked: Asked): Digest {
  const parts = works.map((work) => partOf(work, asked));
  const isTakenUp = takenUpIn(works, asked);
  const { group, week, zone, weeks, since, until } = asked;
  return {
    ...{ group, week, zone, weeks, since: since.toISOString(), until: until.toISOString() },
    findings: ranked(parts.flatMap(({ findings }) => findings)),
    fixed: parts.flatMap(({ fixed }) => fixed),
    disputed: parts.flatMap(({ disputed }) => disputed),
    withdrawn: parts.flatMap(({ withdrawn }) => withdrawn),
    waiting: ranked(parts.flatMap(({ waiting }) => waiting).filter(({ about }) => !isTakenUp(about))),
    unread: parts.flatMap(({ unread }) => unread),
    figures: figuresOf(
      parts.flatMap(({ counted }) => counted),
      works,
      asked,
    ),
  };
}

/** Has the author sent a patch of the same title later, though in a series that is called something else? Then that one counts. */
function takenUpIn(works: readonly WorkMaterial[], { until }: Window): (about: About) => boolean {
  const last = new Map<string, string>();
  const keyOf = (about: About) => `${about.author}\n${about.title.toLowerCase()}`;
  for (const work of works)
    for (const version of work.known.versions.filter(({ sentAt }) => sentAt < until))
      for (const patch of version.review?.patches ?? []) {
        const about = aboutPatch(patch, version, work);
        if (about.sentAt > (last.get(keyOf(about)) ?? '')) last.set(keyOf(about), about.sentAt);
      }
  return (about) => about.sentAt < (last.get(keyOf(about)) ?? '');
}

type Part = Pick<Digest, 'findings' | 'fixed' | 'disputed' | 'withdrawn' | 'waiting' | 'unread'> & {
  /** Versions in the window. */
  readonly counted: readonly VersionKnown[];
};

function partOf(work: WorkMaterial, asked: Asked): Part {
  const { since, until, filter } = asked;
  const { known } = work;
  const versions = known.versions.filter(({ sentAt, state }) => sentAt < until && state !== 'ignored');
  const inWindow = versions.filter((version) => isIn(version, work, asked));
  const judged = versions.filter(({ review }) => review !== null);
  const last = judged.at(-1);
  const said = replyStates(known, until);
  const disputes = known.disputes.filter(({ at }) => at < until);
  const retraction = work.authorMails.find(
    ({ at, isRetraction }) => isRetraction && last !== undefined && at >= last.sentAt && at < until,
  );
  const isTold = ({ fingerprint, subject, level }: FindingDocument) =>
    !disputes.some((dispute) => dispute.fingerprint === fingerprint) &&
    !said.isKept(fingerprint) &&
    (filter.subjects.length === 0 || filter.subjects.includes(subject)) &&
    (filter.levels.length === 0 || filter.levels.includes(level));
  const rank = (version: VersionKnown, only: (finding: FindingKnown) => boolean) =>
    retraction === undefined ? rankedOf(version, { work, asked, isTold: (one) => isTold(one) && only(one) }) : [];

  const standing = last === undefined ? [] : rank(last, () => true);
  const isNew = last !== undefined && inWindow.includes(last);
  const isWaiting = last !== undefined && !isNew && since.getTime() - last.sentAt.getTime() < waitsMs;
  const gone = inWindow.flatMap((version) => goneIn(version, judged));
  const isThere = (fingerprint: string) => standing.some((one) => one.finding.fingerprint === fingerprint);
  const unclear = gone.filter(({ by, finding }) => unreadIn(by).length > 0 && !isThere(finding.fingerprint));
  const fixed = gone.filter(
    ({ by, finding }) => unreadIn(by).length === 0 && !isThere(finding.fingerprint) && isTold(finding),
  );
  return {
    counted: inWindow,
    findings: isNew ? standing : [],
    waiting: [
      ...(isWaiting ? standing : []),
      ...unclear.flatMap(({ finding, from }) => rank(from, ({ fingerprint }) => fingerprint === finding.fingerprint)),
    ],
    fixed: fixed.map(({ finding, patch, from, by }) => ({
      finding: findingOf(finding, patch),
      about: aboutPatch(patch, from, work),
      by: aboutVersion(by, work),
    })),
    disputed: disputedOf(work, { versions: judged, asked, isKept: said.isKept }),
    withdrawn: withdrawnOf(work, { last, retraction, asked }),
    unread: inWindow.flatMap((version) => unreadOf(version, work)),
  };
}

function isIn(
  { messageId, sentAt }: VersionKnown,
  { firstReviews }: WorkMaterial,
  { since, until, judged }: Asked,
): boolean {
  if (sentAt >= since) return sentAt < until;
  const at = firstReviews.get(messageId);
  return since.getTime() - sentAt.getTime() < lateMs && at !== undefined && at >= judged.since && at < judged.until;
}

/** What became of our mails about a finding. */
function replyStates({ replies }: Known, until: Date) {
  const before = replies.filter(({ createdAt }) => createdAt < until);
  return {
    /** The newest one waits for a moderator, or he kept it from leaving: nobody else is told first. */
    isKept: (fingerprint: string) => {
      const state = before.findLast(({ fingerprints }) => fingerprints.includes(fingerprint))?.state;
      return state === 'held' || state === 'rejected';
    },
  };
}

interface Ranking {
  readonly work: WorkMaterial;
  readonly asked: Asked;
  readonly isTold: (finding: FindingKnown) => boolean;
}

function rankedOf(version: VersionKnown, { work, asked, isTold }: Ranking): readonly RankedFinding[] {
  const seen = new Set<string>();
  return (version.review?.patches ?? []).flatMap((patch) =>
    patch.findings.flatMap((finding): RankedFinding[] => {
      const { fingerprint, since } = finding;
      if (seen.has(fingerprint) || !isTold(finding)) return [];
      seen.add(fingerprint);
      const facts = factsOf(finding, { patch, version, work, asked });
      const answer = work.known.replies.findLast(
        (one) =>
          one.version === version.version &&
          one.createdAt < asked.until &&
          one.fingerprints.includes(fingerprint) &&
          leftStates.has(one.state),
      );
      return [
        {
          ...{ finding: findingOf(finding, patch), about: aboutPatch(patch, version, work), since, facts },
          ...{ points: pointsOf(facts), answer: answer?.messageId ?? null },
        },
      ];
    }),
  );
}

interface Place {
  readonly patch: PatchKnown;
  readonly version: VersionKnown;
  readonly work: WorkMaterial;
  readonly asked: Asked;
}

function factsOf(finding: FindingKnown, { patch, version, work, asked }: Place): Facts {
  const { level, entryPoint, subject, profiles, schedule } = finding;
  const runs = patch.runs.filter((run) => run.entryPoint === entryPoint && run.subject === subject);
  const hit = runs.filter(({ profile }) => profiles.includes(profile));
  const isOpen = runs.some(({ after }) => after.sequential === 'unread' || after.sequential === 'limit');
  const said = work.authorMails.findLast(({ at }) => at >= version.sentAt && at < asked.until);
  return {
    ...{ level, isAsked: patch.answer !== 'finding', reach: reachOf(schedule) },
    isLive: hit.length === 0 ? null : hit.some(({ live }) => live),
    profiles: { hit: new Set(profiles).size, run: new Set(runs.map(({ profile }) => profile)).size },
    isPartUnread: isOpen || patch.notes.some((note) => note === 'unjudged' || note === 'assembly-unread'),
    authorSaid: said === undefined ? null : { messageId: said.messageId, at: said.at.toISOString() },
    days: Math.max(0, Math.floor((asked.until.getTime() - version.sentAt.getTime()) / dayMs)),
    isMerged: null,
  };
}

/** Of the version before that was judged, with the patch that had it. */
function goneIn(by: VersionKnown, judged: readonly VersionKnown[]) {
  const before = judged[judged.indexOf(by) - 1];
  return (by.review?.fixed ?? []).flatMap((finding) => {
    const patch = before?.review?.patches.find(({ findings }) =>
      findings.some(({ fingerprint }) => fingerprint === finding.fingerprint),
    );
    return before === undefined || patch === undefined ? [] : [{ finding, patch, from: before, by }];
  });
}

function disputedOf(
  work: WorkMaterial,
  {
    versions,
    asked,
    isKept,
  }: {
    readonly versions: readonly VersionKnown[];
    readonly asked: Asked;
    readonly isKept: (fingerprint: string) => boolean;
  },
): Digest['disputed'] {
  const all = versions.flatMap((version) =>
    (version.review?.patches ?? []).flatMap((patch) => patch.findings.map((finding) => ({ finding, patch, version }))),
  );
  return work.known.disputes
    .filter(({ at, fingerprint }) => at >= asked.since && at < asked.until && !isKept(fingerprint))
    .flatMap(({ fingerprint, reason, messageId }) => {
      const found = all.findLast(({ finding }) => finding.fingerprint === fingerprint);
      if (found === undefined) return [];
      const { finding, patch, version } = found;
      return [
        {
          ...{ finding: findingOf(finding, patch), about: aboutPatch(patch, version, work), messageId },
          reason: oneLine(reason, reasonMax),
        },
      ];
    });
}
const reasonMax = 190;

interface Back {
  readonly last: VersionKnown | undefined;
  readonly retraction: WorkMaterial['authorMails'][number] | undefined;
  readonly asked: Asked;
}

function withdrawnOf(work: WorkMaterial, { last, retraction, asked: { since, until } }: Back): readonly Withdrawn[] {
  const own = work.known.replies.flatMap(({ kind, state, createdAt, messageId, version }): Withdrawn[] => {
    if (kind !== 'correction' || !leftStates.has(state) || createdAt < since || createdAt >= until) return [];
    const about = work.known.versions.find((one) => one.version === version);
    return about === undefined ? [] : [{ about: aboutVersion(about, work), messageId, by: 'us' }];
  });
  if (last === undefined || retraction === undefined || retraction.at < since) return own;
  return [...own, { about: aboutVersion(last, work), messageId: retraction.messageId, by: 'author' }];
}

function unreadOf(version: VersionKnown, work: WorkMaterial): readonly Unread[] {
  if (version.review === null)
    return version.state === 'parked'
      ? [{ about: aboutVersion(version, work), why: oneLine(version.reason ?? '', reasonMax) }]
      : [];
  return unreadIn(version).map((patch) => ({
    about: aboutPatch(patch, version, work),
    why: oneLine(patch.why, reasonMax),
  }));
}

function findingOf(finding: FindingDocument, { answer }: PatchKnown): Finding {
  const { fingerprint, level, check, entryPoint, file, fn, line, subject, sources } = finding;
  const code = sources.find((one) => one.file === file && one.line === line)?.text ?? null;
  return {
    ...{ fingerprint, level, check, entryPoint, file: oneLine(file), fn: oneLine(fn), subject },
    ...{ code: code === null ? null : oneLine(code), isAsked: answer !== 'finding' },
  };
}

const titleOf = (subject: string) => oneLine(subject.replace(/^(\s*\[[^\]]{0,200}\])+\s*/, '')) || '(no title)';

function aboutPatch({ subject, index, messageId }: PatchKnown, version: VersionKnown, { author }: WorkMaterial): About {
  const part = version.total > 1 && index !== null ? ` ${index}/${version.total}` : '';
  return {
    ...{ title: titleOf(subject), part: `v${version.version}${part}`, author: oneLine(author, 60), messageId },
    sentAt: version.sentAt.toISOString(),
  };
}

const aboutVersion = (
  { subject, name, version, messageId, sentAt }: VersionKnown,
  { author }: WorkMaterial,
): About => ({
  ...{ title: titleOf(subject || name), part: `v${version}`, author: oneLine(author, 60), messageId },
  sentAt: sentAt.toISOString(),
});

function figuresOf(
  versions: readonly VersionKnown[],
  works: readonly WorkMaterial[],
  { since, until }: Window,
): Figures {
  const patches = versions.flatMap(({ review }) => (review?.patches ?? []).filter(isJudged));
  const written = works.flatMap(({ known }) =>
    known.replies
      .filter(({ createdAt }) => createdAt >= since && createdAt < until)
      .map((reply) => ({ reply, version: known.versions.find(({ version }) => version === reply.version) })),
  );
  const left = written.filter(({ reply }) => leftStates.has(reply.state));
  const delays = left.flatMap(({ reply: { sentAt }, version }) =>
    sentAt === null || version === undefined ? [] : [(sentAt.getTime() - version.sentAt.getTime()) / 60_000],
  );
  return {
    series: versions.filter(({ review }) => (review?.patches ?? []).some(isJudged)).length,
    run: patches.filter(({ runs }) => runs.length > 0).length,
    held: patches.filter(({ answer }) => answer === 'pass').length,
    answered: left.length,
    confirmed: left.filter(({ reply }) => reply.state === 'confirmed').length,
    kept: written.filter(({ reply: { state } }) => state === 'dry' || state === 'held').length,
    disputed: works.flatMap(({ known }) => known.disputes).filter(({ at }) => at >= since && at < until).length,
    medianMinutes: median(delays),
  };
}

function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const at = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[sorted.length % 2 === 0 ? at - 1 : at], sorted[at]];
  return low === undefined || high === undefined ? null : Math.max(0, Math.round((low + high) / 2));
}
