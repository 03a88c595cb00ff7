/**
 * What should stand on the commits of a patch, once its series is judged: one value a patch. A pure function. What
 * accuses is set after the mail that tells of it has left, and not without one; silence says nothing, and takes
 * nothing back. What a mirror's commits say is no mail: of what held there may be none, and then a moderator has not
 * seen it, so in `moderate` it is a dry run.
 */
import { z } from 'zod';
import type { SeriesOutcome } from '../analysis/analyse.ts';
import { checkLine, shortened } from '../reply/check-line.ts';
import type { Mode, Settings } from '../settings/schema.ts';
import { archiveUrl, oneLine } from './public-text.ts';

const commit = { title: z.string(), changes: z.string().nullable() };
export const wantedMark = z.object({
  messageId: z.string(),
  ...commit,
  before: z.array(z.object(commit)).nullable(),
  /** taken back: it replaces what stands there, and is nowhere else. */
  says: z.enum(['pass', 'question', 'finding', 'taken back']),
  as: z.enum(['status', 'check']),
  /** The context of a status, the name of a check run. */
  context: z.string(),
  findings: z.enum(['neutral', 'failure']),
  text: z.string(),
  url: z.string().nullable(),
  /** Of the series, and of the mail that has to leave first. */
  seriesId: z.int(),
  replyId: z.int().nullable(),
  fingerprints: z.array(z.string()),
});
export type WantedMark = z.infer<typeof wantedMark>;
export type MarkSettings = NonNullable<Settings['github']['marks']>;

export interface MarkCircumstances {
  readonly settings: Pick<Settings, 'archive' | 'analysis'>;
  readonly marks: MarkSettings;
  readonly seriesId: number;
  /** That of the decision, or an earlier one of this version. */
  readonly reply: { readonly id: number; readonly messageId: string } | null;
  /** What is wanted there so far. */
  readonly before: WantedMark | null;
}

export type MarkDecision =
  | { readonly kind: 'nothing'; readonly why: string }
  | { readonly kind: 'mark'; readonly isPosted: boolean; readonly wanted: WantedMark };

/** A series with more is found by its trailers alone. */
const beforeMax = 50;

/** @param at of the patch in its series */
export function decideMark(outcome: SeriesOutcome, at: number, circumstances: MarkCircumstances): MarkDecision {
  const { settings, marks, seriesId, reply, before } = circumstances;
  const { patches, mode, told, total } = outcome;
  const patch = patches[at];
  const nothing = (why: string): MarkDecision => ({ kind: 'nothing', why });
  if (patch === undefined || patch.answer === 'silence') return nothing(patch?.why ?? 'it is no patch');
  const { messageId, title, changes, fingerprints, answer } = patch;
  if (changes === null) return nothing('its diff cannot be told from others');
  if (mode === null || mode === 'off') return nothing('no list that it went to wants it, or not its author');
  const isAccusing = answer !== 'pass';
  if (isAccusing && !fingerprints.some((one) => told.includes(one)))
    return before === null
      ? nothing('what was found is disputed')
      : { kind: 'mark', isPosted: isLeaving(mode, marks), wanted: takenBack(before, 'what was found is disputed') };
  if (isAccusing && reply === null) return nothing('no mail tells of it');
  const isProof = patch.base.how === 'tree' && patch.base.doubt === null;
  const wasAccused = before !== null && (before.says === 'finding' || before.says === 'question');
  if (!isAccusing && wasAccused && !isProof)
    return nothing('it held on a base that proves nothing against what was said before');
  const text = oneLine(checkLine(patch, settings.analysis.level), textCharsMax);
  if (!marks.answers.includes(answer))
    return wasAccused && !isAccusing
      ? { kind: 'mark', isPosted: isLeaving(mode, marks), wanted: takenBack(before, 'it holds') }
      : nothing(`github.marks.answers has no ${answer}`);
  const isUnseen = mode === 'moderate' && reply === null;
  return {
    kind: 'mark',
    isPosted: isLeaving(mode, marks) && !isUnseen,
    wanted: {
      ...{ messageId, title, changes, before: beforeOf(patches, at, total), says: answer, seriesId, text },
      ...{ as: marks.as, context: marks.context, findings: marks.findings, fingerprints: [...fingerprints] },
      replyId: reply?.id ?? null,
      url: reply === null ? null : archiveUrl(settings.archive, reply.messageId),
    },
  };
}

/** Of GitHub's texts the description of a status is the shortest; a check run has room for all of it. */
const textCharsMax = 255;
const isLeaving = (mode: Mode, marks: MarkSettings) => mode !== 'dry-run' && marks.mode === 'post';

/** In the place of what was said: green or neutral, and why. */
export const takenBack = (mark: WantedMark, why: string): WantedMark => ({
  ...mark,
  ...{ says: 'taken back', text: shortened(`Taken back: ${why}.`, textCharsMax), replyId: null },
});

function beforeOf(patches: SeriesOutcome['patches'], at: number, total: number): WantedMark['before'] {
  if (patches.length !== Math.max(1, total) || at > beforeMax) return null;
  return patches.slice(0, at).map(({ title, changes }) => ({ title, changes }));
}
