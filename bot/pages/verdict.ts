/** What a verdict says, as the values of its page: findings in words, the matrices, bounds, and what it rests on. */
import { checks } from '../../analyzers/checks/checks.ts';
import type { EntryPoint, SubjectId } from '../../analyzers/protocol/protocol.ts';
import type { FindingKnown, PatchKnown, ReviewKnown, VersionKnown } from '../ask/versions.ts';
import { boundsText } from '../reply/bounds.ts';
import { profileText } from '../reply/finding.ts';
import { subjectWords } from '../reply/subjects.ts';
import { leadOf, repairOf } from '../reply/wording.ts';
import { titleOf } from './lists.ts';
import { levelsIn, type Matrix, matricesOf, type Worst } from './matrix.ts';
import { archiveOf, type Site } from './site.ts';

export interface Judged {
  readonly version: VersionKnown;
  readonly review: ReviewKnown;
  readonly patch: PatchKnown;
}

export function verdictPage({ version, review, patch }: Judged, site: Site) {
  const { runs, answer } = patch;
  const levels = levelsIn(runs);
  const { tables, worst } = matricesOf(runs, levels);
  return {
    ...{ answer, why: patch.why, title: titleOf(patch.subject), ...baseView(patch) },
    series: { messageId: version.messageId, title: titleOf(version.subject === '' ? version.name : version.subject) },
    version: version.version,
    siblings: review.patches.map(({ messageId, index, subject }, at) => ({
      ...{
        messageId,
        title: titleOf(subject),
        name: `${index ?? at + 1}/${version.total}`,
        isHere: messageId === patch.messageId,
      },
    })),
    ...{ messageId: patch.messageId, archive: archiveOf(site, patch.messageId) },
    findings: patch.findings.map((finding) => findingView(finding, { answer, replay: site.replay })),
    tables: tables.map((table) => ({ ...table, name: subjectNameOf(table) })),
    levelNames: levels.join(', '),
    hasArchitecture: levels.includes('architecture'),
    worst: worstText(worst),
    bounds: runs.length === 0 ? null : boundsText([{ verdict: patch }], 'Tried'),
    lists: listsOf(patch),
    kernels: patch.kernels.map((kernel) => ({ ...kernel, preemption: kernel.preemption.join(', ') })),
    reviewedAt: review.at,
    analyzer: review.analyzer,
  };
}

const listsOf = ({ notes, assumptions, problems }: PatchKnown) => [
  { name: 'Notes', items: notes.map((id) => ({ text: noteWords[id] ?? id, place: null })) },
  {
    name: 'Assumed',
    items: assumptions.map(({ text, file, line }) => ({ text, place: placeOf(file, line) })),
  },
  {
    name: 'Problems',
    items: problems.map(({ kind, text, file, line }) => ({
      text: text === '' ? kind : text,
      place: placeOf(file ?? null, line ?? null),
    })),
  },
];

const placeOf = (file: string | null, line: number | null) =>
  file === null || file === '' ? null : line === null ? file : `${file}:${line}`;

function baseView({ base, answer }: PatchKnown) {
  const asked = answer === 'question' ? ', so that what breaks is a question' : '';
  const { applied, absent } = base.prerequisites;
  const under = applied.length === 0 ? '' : ` Under it: ${applied.join(', ')}.`;
  const without = absent.length === 0 ? '' : ` Not at hand: ${absent.join(', ')}.`;
  const what = base.how === 'tree' ? `Run on ${base.ref}` : "Read from the diff's own lines";
  return { base: `${what}${asked}.${under}${without}`, doubt: base.doubt };
}

interface Wording {
  readonly answer: PatchKnown['answer'];
  /** A command with {schedule} in it. */
  readonly replay: string;
}

function findingView(finding: FindingKnown, { answer, replay }: Wording) {
  const { level, check, repair, schedule, file, line, fn, mailLine, since, isDisputed } = finding;
  return {
    lead: leadOf(finding, answer),
    setting: settingText(finding),
    ...{ isDisputed, since: sinceWords[since] },
    consequence: `What goes wrong: ${checks.get(check)?.text ?? check}.`,
    ...{ level, check, fn, mailLine },
    place: placeOf(file, line) ?? 'no line of the source',
    kernels: profileText(finding.profiles),
    repair: repair === null ? null : repairOf(repair, ''),
    also: alsoText(finding),
    fingerprint: finding.fingerprint,
    replay: schedule === '' ? null : replay.replace('{schedule}', schedule),
  };
}

const sinceWords = {
  new: null,
  still: 'It was there in the version before.',
  again: 'An earlier version had it.',
} as const;

/** A document of another program may name what this one does not know. */
const wordsOf = (subject: SubjectId) => subjectWords[subject] ?? subjectWords.ftrace;
export const whenOf = ({ subject, entryPoint }: { readonly subject: SubjectId; readonly entryPoint: EntryPoint }) =>
  wordsOf(subject).entries[entryPoint] ?? entryPoint;

function settingText(finding: FindingKnown): string {
  const { failing } = finding;
  return `${whenOf(finding)}${failing === undefined ? '' : ` and ${failing.primitive}() fails once`}.`;
}

function alsoText({ alsoAt, file, line }: FindingKnown): string | null {
  const texts = alsoAt.map((also) => {
    const when = whenOf(also);
    const place = also.line === line && also.file === file ? '' : ` (${also.file}:${also.line})`;
    return `${when.charAt(0).toLowerCase()}${when.slice(1)}${place}`;
  });
  return texts.length === 0 ? null : [...new Set(texts)].join('; ');
}

const subjectNameOf = ({ subject }: Matrix) => wordsOf(subject).name || 'ftrace';

function worstText(worst: Worst | null): string {
  if (worst === null) return 'No run broke, and all were completed.';
  const others = worst.count - worst.columns.length;
  const more = others === 0 ? '' : ` ${others} more ${others === 1 ? 'is' : 'are'} as bad.`;
  return `Worst: ${worst.entryPoint} ${worst.word}, on ${worst.columns.join('; ')}.${more}`;
}

/** The document has their ids alone. */
const noteWords: Readonly<Record<string, string>> = {
  'outside-cmodx':
    'Outside CMODX: a word that is not of the patch class of the ISA is modified while it may run; the runs take it as the old word or the new one.',
  'idle-task':
    'An idle task that RCU does not watch is not waited for by the grace period: interrupted in the function, it would break.',
  'own-exception':
    'The CPU that runs the stop_machine() handler breaks if it takes an exception between two of its stores and comes through the function there.',
  'stale-freed': 'Text that is freed is reached by a stale fetch after the grace period only.',
  unjudged: 'The patch changes C as well that no run executes: that is not covered.',
  'assembly-unread': 'The patch changes assembly as well that no run executes: that is not covered.',
  'unordered-publish':
    'Data that the entry code reads is stored without an ordering barrier before the modification that leads to it.',
  'pre-existing-gone': 'The unpatched source breaks, and with the patch that is gone.',
  'pre-existing': 'A run breaks with the patch and without it: that is not mailed.',
  'diff-only': 'Judged from the lines that the diff shows.',
};
