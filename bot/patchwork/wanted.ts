/**
 * What should stand on a patch in patchwork, once its series is judged: one value a patch, with its reason. What was found is a
 * `warning`; a question is one too, and never `fail`, for it is mailed as well and asks to be looked at. What held within its
 * bounds is `success`. Silence says nothing, and takes nothing back.
 *
 * A list's mode counts as for mail: what accuses is posted after the mail that tells of it has left, and not without one. Of
 * what held there may be no mail; then a moderator has not seen it, and in `moderate` it is kept as a dry run.
 */
import type { SeriesOutcome } from '../analysis/analyse.ts';
import { checkLine } from '../reply/check-line.ts';
import type { Mode, Settings } from '../settings/schema.ts';
import type { PatchworkCheck } from '../store/patchwork-checks.ts';
import type { CheckResult } from '../store/tables.ts';

type PatchOutcome = SeriesOutcome['patches'][number];

export interface Circumstances {
  readonly settings: Pick<Settings, 'archive' | 'analysis'>;
  readonly patchwork: Pick<NonNullable<Settings['patchwork']>, 'findings'>;
  /** The most careful of the lists that it went to; null where none of ours wants it, or its author. */
  readonly mode: Mode | null;
  /** Fingerprints of the findings that are told: not of those that are disputed. */
  readonly told: readonly string[];
  /** The mail that says so: that of the decision, or an earlier one of this version. */
  readonly reply: { readonly id: number; readonly messageId: string } | null;
  /** The newest of the patch. */
  readonly said: Pick<PatchworkCheck, 'result' | 'state' | 'reply_id'> | null;
}

export type Wanted =
  | { readonly kind: 'nothing'; readonly why: string }
  | {
      readonly kind: 'check';
      readonly state: 'dry' | 'due';
      readonly result: CheckResult;
      readonly description: string;
      readonly targetUrl: string | null;
      /** Why it is a dry run, where the list's mode alone does not say it. */
      readonly why: string | null;
    };

/** What patchwork takes. */
const urlCharsMax = 200;

export function wantedCheck(patch: PatchOutcome, circumstances: Circumstances): Wanted {
  const { settings, patchwork, mode, told, reply, said } = circumstances;
  const nothing = (why: string): Wanted => ({ kind: 'nothing', why });
  if (patch.answer === 'silence') return nothing(patch.why);
  if (mode === null || mode === 'off') return nothing('no list that it went to wants it, or not its author');
  const isAccusing = patch.answer !== 'pass';
  if (isAccusing && reply === null) return nothing('no mail tells of it');
  if (isAccusing && !patch.fingerprints.some((one) => told.includes(one))) return nothing('what was found is disputed');
  const isProof = patch.base.how === 'tree' && patch.base.doubt === null;
  if (!isAccusing && said !== null && said.result !== 'success' && !isProof)
    return nothing('it held on a base that proves nothing against the earlier check');
  const isUnseen = mode === 'moderate' && reply === null;
  const state = mode === 'dry-run' || isUnseen ? 'dry' : 'due';
  const result = isAccusing ? (patch.answer === 'finding' ? patchwork.findings : 'warning') : 'success';
  const isSame = said?.result === result && (!isAccusing || said.reply_id === reply?.id);
  if (isSame && (said.state !== 'dry' || state === 'dry')) return nothing('the same was said of this patch');
  return {
    ...{ kind: 'check', state, result, description: checkLine(patch, settings.analysis.level) },
    targetUrl: reply === null ? null : urlOf(reply.messageId, settings.archive),
    why: isUnseen ? 'no mail of it is there for a moderator to approve' : null,
  };
}

/** Where the archive has our mail; null where patchwork would not take that. */
function urlOf(messageId: string, archive: string): string | null {
  const url = archive.replace('{msgid}', encodeURIComponent(messageId).replaceAll('%40', '@'));
  return url.length <= urlCharsMax && URL.canParse(url) ? url : null;
}
