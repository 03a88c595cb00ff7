/**
 * A digest in words: what mail, issue and page say alike, each in its own shape. Lists are cut where they are longer than anybody
 * reads, and say so.
 */
import { subjectWords } from '../reply/subjects.ts';
import { leadOf } from '../reply/wording.ts';
import type { About, Digest, Figures, Finding, RankedFinding } from './digest.ts';
import { reasonsOf } from './risk.ts';
import { dayText, spanText } from './week.ts';

interface ToldAbout {
  readonly title: string;
  /** `v2 4/7 by Ada, 27 June 2019`. */
  readonly head: string;
  readonly messageId: string;
}

export interface ToldFinding extends ToldAbout {
  /** What breaks, when, and for whom; a sentence or two. */
  readonly what: string;
  /** Where the line below stands. */
  readonly where: string;
  readonly code: string | null;
  readonly why: string;
  /** Message-ID of our answer; null where none has left. */
  readonly answer: string | null;
}

export interface ToldItem extends ToldAbout {
  /** Ours; '' for none. */
  readonly text: string;
  /** What may hold a stranger's words; '' for none. */
  readonly foreign: string;
  /** Another mail to look at, and what it is. */
  readonly see: { readonly name: string; readonly messageId: string } | null;
}

interface Listed<Item> {
  readonly heading: string;
  readonly items: readonly Item[];
  /** Of those that are not listed; '' where all are. */
  readonly more: string;
}

export interface Told {
  /** `2 findings, 1 fixed`. */
  readonly summary: string;
  readonly intro: readonly string[];
  readonly findings: readonly Listed<ToldFinding>[];
  readonly others: readonly Listed<ToldItem>[];
  readonly figures: string;
}

const listedMax = { findings: 25, waiting: 10, others: 25 } as const;

export function tellDigest(digest: Digest): Told {
  const { zone, findings, fixed, disputed, withdrawn, waiting, unread } = digest;
  const about = (one: About) => tellAbout(one, zone);
  const ranked = (list: readonly RankedFinding[]) => list.map((one) => tellRanked(one, zone));
  return {
    summary: summaryOf(digest),
    intro: introOf(digest),
    findings: [
      listed('Findings, the riskiest first', ranked(findings), listedMax.findings),
      listed('Still waiting, the riskiest first', ranked(waiting), listedMax.waiting),
    ].filter(({ items }) => items.length > 0),
    others: [
      listed(
        'Fixed',
        fixed.map(({ finding, about: had, by }) => ({
          ...about(by),
          text: `Gone since ${had.part}: "${whatOf(finding)}"`,
          foreign: '',
          see: { name: 'It had been in', messageId: had.messageId },
        })),
        listedMax.others,
      ),
      listed(
        'Disputed',
        disputed.map(({ finding, about: has, reason, messageId }) => ({
          ...about(has),
          text: `${whatOf(finding)} Somebody says that it is none. It is not told again, and a person looks at it.`,
          foreign: `"${reason}"`,
          see: { name: 'Said in', messageId },
        })),
        listedMax.others,
      ),
      listed(
        'Withdrawn',
        withdrawn.map(({ about: back, by, messageId }) => ({
          ...about(back),
          text: by === 'us' ? 'We were wrong about it, and said so.' : 'Its author took it back.',
          foreign: '',
          see: { name: 'Said in', messageId },
        })),
        listedMax.others,
      ),
      listed(
        'Could not be read',
        unread.map(({ about: patch, why }) => ({
          ...about(patch),
          text: '',
          foreign: sentence(readerWords(why)),
          see: null,
        })),
        listedMax.others,
      ),
    ].filter(({ items }) => items.length > 0),
    figures: figuresText(digest.figures),
  };
}

function listed<Item>(heading: string, items: readonly Item[], most: number): Listed<Item> {
  const more = items.length - most;
  return { heading, items: items.slice(0, most), more: more > 0 ? `And ${more} more, of lower rank.` : '' };
}

function summaryOf({ findings, fixed, disputed, withdrawn, waiting, unread }: Digest): string {
  const parts = [
    findings.length > 0 ? counted(findings.length, 'finding') : '',
    ...[
      [fixed, 'fixed'] as const,
      [disputed, 'disputed'] as const,
      [withdrawn, 'withdrawn'] as const,
      [waiting, 'waiting'] as const,
      [unread, 'unread'] as const,
    ].map(([list, name]) => (list.length > 0 ? `${list.length} ${name}` : '')),
  ];
  return parts.filter(Boolean).join(', ') || 'nothing new';
}

function introOf(digest: Digest): readonly string[] {
  const { since, until, zone, week, weeks, figures } = digest;
  const { series } = figures;
  const span = spanText({ since: new Date(since), until: new Date(until) }, zone);
  const came = series === 0 ? 'no series came' : `${series} series came`;
  return [
    `Patches to code that modifies powerpc instructions, ${span}${week === null ? '' : ` (${week})`}: ${came}; ${summaryOf(digest)}.`,
    ...(weeks > 1
      ? [
          `This covers ${weeks} weeks: for ${weeks === 2 ? 'the one' : `the ${weeks - 1}`} before the last no digest was made, for the bot was not running.`,
        ]
      : []),
  ];
}

const newsWords: Readonly<Record<RankedFinding['since'], string>> = {
  new: '',
  still: 'An earlier version had it as well.',
  again: 'An earlier version had it, the one before this did not.',
};

function tellRanked({ finding, about, since, facts, answer }: RankedFinding, zone: string): ToldFinding {
  const reasons = reasonsOf(facts).flatMap(({ words }) => words ?? []);
  return {
    ...tellAbout(about, zone),
    what: [whatOf(finding), newsWords[since]].filter(Boolean).join(' '),
    where: `${finding.fn === '' ? 'In' : `In ${finding.fn}(),`} ${finding.file}${finding.code === null ? '.' : ':'}`,
    code: finding.code,
    why: `Why it stands here: ${reasons.join('; ')}.`,
    answer,
  };
}

/** `When tracing is disabled: a CPU that …`. */
function whatOf(finding: Finding): string {
  const { subject, entryPoint, isAsked } = finding;
  const when = subjectWords[subject].entries[entryPoint] ?? `At ${entryPoint}`;
  return `${when}: ${lowered(leadOf(finding, isAsked ? 'question' : 'finding'))}`;
}

const tellAbout = ({ title, part, author, messageId, sentAt }: About, zone: string): ToldAbout => ({
  ...{ title, messageId, head: `${part} by ${author}, ${dayText(new Date(sentAt), zone)}` },
});

function figuresText(figures: Figures): string {
  const { run, held, answered, confirmed, kept, disputed, medianMinutes } = figures;
  const delay = medianMinutes === null ? '' : `, in the median ${spanOf(medianMinutes)} after the patch`;
  return [
    run === 0
      ? 'No patch was run.'
      : `${counted(run, 'patch', 'patches')} ${run === 1 ? 'was' : 'were'} run; ${held === 0 ? 'none' : held} held.`,
    answered === 0
      ? 'No answer was mailed.'
      : `${counted(answered, 'answer')} ${answered === 1 ? 'was' : 'were'} mailed${delay}; ${confirmed === answered ? (answered === 1 ? 'it came' : 'all came') : `${confirmed} came`} back by the list.`,
    kept === 0
      ? ''
      : `${counted(kept, 'answer')} ${kept === 1 ? 'is' : 'are'} kept here (dry run, or a moderator looks).`,
    disputed === 0 ? '' : `${counted(disputed, 'finding')} ${disputed === 1 ? 'was' : 'were'} disputed.`,
  ]
    .filter(Boolean)
    .join(' ');
}

const counted = (count: number, one: string, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

function spanOf(minutes: number): string {
  if (minutes < 60) return counted(minutes, 'minute');
  if (minutes < 48 * 60) return counted(Math.round(minutes / 60), 'hour');
  return counted(Math.round(minutes / 1440), 'day');
}

/** But for a name such as IPI. */
const lowered = (text: string) => (/^\p{Lu}(?!\p{Lu})/u.test(text) ? text[0]!.toLowerCase() + text.slice(1) : text);
/** Without what only whoever runs a review can do about it. */
const readerWords = (why: string) => why.replace(/[;:,] give (it|the source) with --tree.*$/, '');
/** What begins with a name, such as a path, stays. */
const sentence = (text: string) =>
  `${/^[a-z]+ /.test(text) ? (text[0]?.toUpperCase() ?? '') : text.slice(0, 1)}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
