/**
 * One thread as the daemon has it: its mails in; for each series of the newest version what was judged, what is decided, and the
 * mail that would say it. Nothing is stored or sent here: the outcome is a value that goes from a worker process to the store.
 */
import type { Level } from '../../analyzers/verdict/verdict.ts';
import { changesOfMail } from '../changes.ts';
import { documentOf } from '../document.ts';
import type { Message } from '../mail/message.ts';
import { type Decision, decide, modeFor } from '../outbox/decide.ts';
import { fingerprintOf } from '../outbox/fingerprint.ts';
import { isAnswerable } from '../reply/headers.ts';
import { composeCorrection, composeReply, type Reply } from '../reply/reply.ts';
import { type Said, sinceThen } from '../reply/since.ts';
import { type ToldFinding, toldOf } from '../reply/told.ts';
import type { PatchReview, ReviewOptions, SeriesReview } from '../review.ts';
import { review } from '../review.ts';
import type { Mode, Settings } from '../settings/schema.ts';
import type { Series } from '../thread/series.ts';
import { firstIdOf, keyText, seriesKey, type WorkKey } from '../thread/work.ts';

export interface AnalysisContext {
  readonly settings: Settings;
  readonly trees: ReviewOptions['trees'];
  readonly histories: NonNullable<ReviewOptions['histories']>;
  readonly limits: ReviewOptions['limits'];
  readonly verdicts?: NonNullable<ReviewOptions['verdicts']>;
  /** What was said before, by keyText() of the work. */
  readonly said: ReadonlyMap<string, readonly Said[]>;
  /** Mails of ours that may have to be corrected, by Message-ID, as they went out. */
  readonly own: ReadonlyMap<string, Message>;
  /** Works whose author asked for an answer whatever it is, by keyText(). */
  readonly asked: ReadonlySet<string>;
  /** Fingerprints of findings that somebody says are none, by keyText() of the work. */
  readonly disputed: ReadonlyMap<string, readonly string[]>;
  readonly now: Date;
  readonly progress: (text: string) => void;
}

interface PatchOutcome {
  readonly messageId: string;
  readonly subject: string;
  /** What a commit of it is known by: its title, and what its diff changes. */
  readonly title: string;
  readonly changes: string | null;
  readonly answer: PatchReview['verdict']['answer'];
  readonly why: string;
  readonly fingerprints: readonly string[];
  /** A row each, in words for where there is no mail. */
  readonly findings: readonly (ToldFinding & { readonly fingerprint: string })[];
  /** At which level each finding breaks. */
  readonly levels: readonly Level[];
  /** How the base was found, which one it is. */
  readonly base: { readonly how: string; readonly ref: string; readonly doubt: string | null };
}

export interface SeriesOutcome extends WorkKey {
  readonly version: number;
  readonly total: number;
  /** Of the cover letter or the first patch. */
  readonly first: string;
  readonly answer: PatchOutcome['answer'];
  readonly patches: readonly PatchOutcome[];
  /** Fingerprints of the findings that are told: not of those that are disputed. */
  readonly told: readonly string[];
  /** As `review --json` prints it. */
  readonly document: unknown;
  /** Of the lists that it went to; null where it went to none of ours, or its author wants nothing of us. */
  readonly mode: Mode | null;
  readonly decision: Decision;
  readonly reply: OutgoingReply | null;
}

interface OutgoingReply {
  readonly messageId: string;
  readonly parent: string;
  readonly recipients: readonly string[];
  readonly raw: string;
}

export function analyse(messages: readonly Message[], context: AnalysisContext): readonly SeriesOutcome[] {
  const { trees, histories, limits, verdicts, progress, settings } = context;
  const { series } = review(messages, {
    ...{ trees, histories, limits, progress, ...(verdicts && { verdicts }) },
    level: settings.analysis.level,
    patch: null,
  });
  return series.map((one) => outcomeOf(one, context));
}

function outcomeOf({ series, patches: rows }: SeriesReview, context: AnalysisContext): SeriesOutcome {
  const { settings, now } = context;
  const key = seriesKey(series);
  const disputed = new Set(context.disputed.get(keyText(key)));
  // As if nobody had told of what is disputed: else it would be called fixed.
  const said = (context.said.get(keyText(key)) ?? []).map((one) => ({
    ...one,
    fingerprints: one.fingerprints.filter((fingerprint) => !disputed.has(fingerprint)),
  }));
  const patches = rows.map((row) => patchOutcome(row, settings.replay));
  const found = [...new Set(patches.flatMap((patch) => patch.fingerprints))];
  const told = rows.map((row) => withoutDisputed(row, disputed));
  const fingerprints = found.filter((fingerprint) => !disputed.has(fingerprint));
  // What was taken back had a Message-ID as well: found again, it needs another.
  const sequence = said.filter(({ version }) => version === series.version).length;
  const reply = composeReply({
    ...{ series, rows: told, config: settings, date: now, sequence },
    since: sinceThen({ version: series.version, fingerprints }, said),
  });
  const answer = gravest(told);
  const spoken = told.filter(({ verdict }) => verdict.answer === answer);
  const recipients = addressesOf(series);
  const judged = decide(
    {
      ...{ answer, fingerprints, version: series.version },
      disputed: found.filter((fingerprint) => disputed.has(fingerprint)),
      isOptedOut: isOptedOut(series, settings),
      why: spoken[0]?.verdict.why ?? 'it holds no patch',
      isProof: spoken.every(({ base }) => base.how === 'tree' && base.doubt === null),
      recipients,
      isAsked: context.asked.has(keyText(key)),
    },
    settings.lists,
    said,
  );
  const decision: Decision =
    judged.kind === 'reply' && reply !== null && !isAnswerable(reply.parent)
      ? { kind: 'nothing', why: 'the mail has no Message-ID that can be answered', withdraws: judged.withdraws }
      : judged;
  return {
    ...{ ...key, answer: gravest(rows), patches, told: fingerprints, decision },
    mode: isOptedOut(series, settings) ? null : modeFor(recipients, settings.lists),
    version: series.version,
    total: series.total,
    first: firstIdOf(series),
    document: documentOf([{ series, patches: rows }]),
    reply: outgoing(decision, reply, () => {
      const own =
        decision.kind === 'reply' && decision.corrects !== null ? context.own.get(decision.corrects) : undefined;
      return own === undefined ? null : composeCorrection(own, { series, rows, config: settings, date: now, sequence });
    }),
  };
}

/** Of the patches of a series the gravest counts. */
const answers = ['finding', 'question', 'pass'] as const;
const gravest = (rows: readonly PatchReview[]) =>
  answers.find((answer) => rows.some(({ verdict }) => verdict.answer === answer)) ?? 'silence';

/** The patch as it is told of; what is kept of the review has all of it. */
function withoutDisputed(row: PatchReview, disputed: ReadonlySet<string>): PatchReview {
  const { verdict } = row;
  const findings = verdict.findings.filter((finding) => !disputed.has(fingerprintOf(finding)));
  if (findings.length === verdict.findings.length) return row;
  const answer = findings.length === 0 ? 'silence' : verdict.answer;
  return { ...row, verdict: { ...verdict, findings, answer } };
}

/** Whoever wrote any of it. */
function isOptedOut({ cover, patches }: Series, { optedOut }: Settings): boolean {
  const authors = [...(cover === null ? [] : [cover.from]), ...patches.map(({ author }) => author)];
  const out = new Set(optedOut.map((address) => address.toLowerCase()));
  return authors.some(({ address }) => out.has(address.toLowerCase()));
}

function patchOutcome(row: PatchReview, replay: string): PatchOutcome {
  const { patch, base, verdict } = row;
  return {
    messageId: patch.message.id,
    subject: patch.message.subject,
    title: patch.subject.title,
    changes: changesOfMail(patch.message.body),
    answer: verdict.answer,
    why: verdict.why,
    fingerprints: [...new Set(verdict.findings.map(fingerprintOf))],
    findings: verdict.findings.map((finding) => ({
      fingerprint: fingerprintOf(finding),
      ...toldOf(row, finding, replay),
    })),
    levels: verdict.findings.map(({ level }) => level),
    base: { how: base.how, ref: base.ref, doubt: base.doubt },
  };
}

/** To and Cc of all its mails. */
function addressesOf({ cover, patches }: Series): readonly string[] {
  const mails = [...(cover === null ? [] : [cover]), ...patches.map(({ message }) => message)];
  return [...new Set(mails.flatMap(({ to, cc }) => [...to, ...cc]).map(({ address }) => address))];
}

function outgoing(decision: Decision, reply: Reply | null, correction: () => Reply | null): OutgoingReply | null {
  if (decision.kind === 'nothing') return null;
  const mail = decision.reply === 'correction' ? correction() : reply;
  return mail === null
    ? null
    : { messageId: mail.messageId, parent: mail.parent, recipients: mail.recipients, raw: mail.raw };
}
