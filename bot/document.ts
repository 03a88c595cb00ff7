/**
 * The review as one JSON document: what `review --json` prints. Field names are an interface others read; nothing is
 * worded here.
 */
import type { Profile } from '../analyzers/protocol/profiles.ts';
import type { Finding, PatchVerdict } from '../analyzers/verdict/verdict.ts';
import { fingerprintOf } from './outbox/fingerprint.ts';
import type { PatchReview, SeriesReview } from './review.ts';

/** One document for all series of a thread: the first one's heading, every series' patches. */
export function documentOf(reviews: readonly SeriesReview[]): unknown {
  const first = reviews[0]?.series;
  return {
    series: { version: first?.version ?? null, total: first?.total ?? null, root: first?.root ?? null },
    patches: reviews.flatMap(({ patches }) => patches.map(patchOf)),
  };
}

function patchOf({ patch, base, verdict }: PatchReview): unknown {
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
function kernelOf({ id, base, preemptions, derived }: Profile): unknown {
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

function findingOf(finding: Finding, body: string): unknown {
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

/** The primitive that is made to fail where it breaks. */
function failureOf({ protocol: { scenario } }: Finding): object {
  const { fault } = scenario;
  return fault === undefined ? {} : { failing: { primitive: fault.primitive, nth: fault.nth, ignored: fault.ignored } };
}

function problemOf({ kind, text, at }: PatchVerdict['problems'][number]): unknown {
  return { kind, text, ...(at && { file: at.file, line: at.line }) };
}
