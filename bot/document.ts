/**
 * The review as one JSON document: what `review --json` prints. Field names are an interface others read; nothing is
 * worded here.
 */
import type { Profile } from '../analyzers/protocol/profiles.ts';
import type { Assumption, SubjectId } from '../analyzers/protocol/protocol.ts';
import type { Finding, PatchVerdict, Run, Spot } from '../analyzers/verdict/verdict.ts';
import { fingerprintOf } from './outbox/fingerprint.ts';
import type { PatchReview, SeriesReview } from './review.ts';
import type { Base } from './sources/base.ts';

/** What is kept of a review. A document of an older program may lack a field: bot/ask/versions.ts reads it so. */
export interface ReviewDocument {
  readonly series: { readonly version: number | null; readonly total: number | null; readonly root: string | null };
  readonly patches: readonly PatchDocument[];
}

export interface PatchDocument {
  readonly messageId: string;
  readonly subject: string;
  readonly index: number | null;
  readonly base: Pick<Base, 'how' | 'ref' | 'found' | 'fits' | 'prerequisites' | 'doubt'>;
  readonly answer: PatchVerdict['answer'];
  readonly why: string;
  readonly runs: readonly Run[];
  readonly findings: readonly FindingDocument[];
  /** Ids of notes, such as `outside-cmodx`. */
  readonly notes: readonly string[];
  readonly assumptions: readonly Assumption[];
  readonly problems: readonly {
    readonly kind: string;
    readonly text: string;
    readonly file?: string;
    readonly line?: number;
  }[];
  readonly kernels: readonly KernelDocument[];
}

interface KernelDocument {
  readonly profile: string;
  readonly base: Profile['base'];
  readonly flags: Profile['derived']['flags'];
  readonly flagsBy: Profile['derived']['flagsBy'];
  readonly preemption: readonly string[];
  readonly symbols: object;
}

export interface FindingDocument
  extends Pick<
    Finding,
    | 'level'
    | 'evidence'
    | 'check'
    | 'entryPoint'
    | 'profiles'
    | 'file'
    | 'line'
    | 'mailLine'
    | 'fn'
    | 'alsoAt'
    | 'schedule'
    | 'repair'
  > {
  /** The same in every version of the patch (bot/outbox/fingerprint.ts). */
  readonly fingerprint: string;
  /** What modifies text: ftrace, jump labels, … */
  readonly subject: SubjectId;
  /** Of each step of the schedule's model, the line that made it. */
  readonly sources: readonly (Spot & { readonly text: string | null })[];
  /** The primitive that is made to fail where it breaks. */
  readonly failing?: { readonly primitive: string; readonly nth: number; readonly ignored: boolean };
}

/** One document for all series of a thread: the first one's heading, every series' patches. */
export function documentOf(reviews: readonly SeriesReview[]): ReviewDocument {
  const first = reviews[0]?.series;
  return {
    series: { version: first?.version ?? null, total: first?.total ?? null, root: first?.root ?? null },
    patches: reviews.flatMap(({ patches }) => patches.map(patchOf)),
  };
}

function patchOf({ patch, base, verdict }: PatchReview): PatchDocument {
  return {
    messageId: patch.message.id,
    subject: patch.message.subject,
    index: patch.subject.index,
    base,
    answer: verdict.answer,
    why: verdict.why,
    runs: verdict.runs,
    findings: verdict.findings.map((finding) => findingOf(finding, patch.message.body)),
    notes: verdict.notes.map((note) => note.id),
    assumptions: verdict.assumptions,
    problems: verdict.problems.map(problemOf),
    kernels: (verdict.kernels ?? []).map(kernelOf),
  };
}

/** Who decided what a kernel is: of Kconfig's symbols, those that the tree does not decide. */
function kernelOf({ id, base, preemptions, derived }: Profile): KernelDocument {
  const { kconfig, nobody, ...others } = derived.symbols;
  return {
    profile: id,
    base,
    flags: derived.flags,
    flagsBy: derived.flagsBy,
    preemption: preemptions.map((way) => way.id),
    symbols: { byKconfig: kconfig.length, ...others },
  };
}

function findingOf(finding: Finding, body: string): FindingDocument {
  const { level, evidence, check, entryPoint, profiles, file, line, mailLine, alsoAt, schedule, repair } = finding;
  return {
    fingerprint: fingerprintOf(finding),
    level,
    evidence,
    check,
    subject: finding.protocol.scenario.subject,
    entryPoint,
    profiles,
    file,
    line,
    mailLine,
    fn: finding.fn,
    ...failureOf(finding),
    alsoAt,
    schedule,
    sources: finding.sources.map((spot) => ({ ...spot, text: lineOf(body, spot.mailLine) })),
    repair,
  };
}

/** The line as the patched source has it; null where the mail does not show it. */
function lineOf(body: string, mailLine: number | null): string | null {
  const line = mailLine === null ? undefined : body.split('\n')[mailLine - 1];
  return line === undefined ? null : line.slice(1).trim().slice(0, lineMax);
}
const lineMax = 200;

function failureOf({ protocol: { scenario } }: Finding): Pick<FindingDocument, 'failing'> {
  const { fault } = scenario;
  return fault === undefined ? {} : { failing: { primitive: fault.primitive, nth: fault.nth, ignored: fault.ignored } };
}

function problemOf({ kind, text, at }: PatchVerdict['problems'][number]): PatchDocument['problems'][number] {
  return { kind, text, ...(at && { file: at.file, line: at.line }) };
}
