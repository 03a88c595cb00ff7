/**
 * A patch that somebody wants tried on top of a series, before anybody posts it: what it mends, what it leaves broken, what it
 * breaks. It is judged as one more patch of the series; nothing of it is kept.
 */
import type { Levels, Run } from '../../analyzers/verdict/verdict.ts';
import { Kept } from '../kept.ts';
import type { Message } from '../mail/message.ts';
import { composeReply } from '../reply/reply.ts';
import { type PatchReview, type ReviewOptions, reviewPatches } from '../review.ts';
import type { Settings } from '../settings/schema.ts';
import { MailsAtHand } from '../sources/prerequisites.ts';
import { everyVersion, readSeries, type Series, type SeriesPatch } from '../thread/series.ts';
import { readSubject } from '../thread/subject.ts';
import { firstIdOf } from '../thread/work.ts';

interface TrialContext extends Pick<ReviewOptions, 'trees' | 'limits' | 'verdicts' | 'progress'> {
  readonly histories: NonNullable<ReviewOptions['histories']>;
  readonly settings: Settings;
  readonly now: Date;
}

export interface Tried {
  /** In paragraphs what came of it. */
  readonly prose: readonly string[];
  /** What would be said of it as of a patch. */
  readonly text: string;
}

/** @param first Message-ID of the series' cover letter or first patch */
export function tryPatch(
  messages: readonly Message[],
  { first, message }: { readonly first: string; readonly message: Message },
  context: TrialContext,
): Tried {
  const none = (why: string): Tried => ({ prose: [`Your patch was not judged: ${why}.`], text: '' });
  const series = everyVersion(readSeries(messages)).find((one) => firstIdOf(one) === first);
  if (series === undefined) return none('its series is not in the thread any more');
  const { settings, trees, histories, limits, verdicts, progress, now } = context;
  const extra = patchOn(series, message);
  const whole: Series = { ...series, total: series.total + 1, patches: [...series.patches, extra] };
  const [row] = reviewPatches(whole, {
    ...{
      trees,
      histories,
      limits,
      progress,
      ...(verdicts && { verdicts }),
      level: settings.analysis.level,
      kept: new Kept(),
    },
    ...{ atHand: new MailsAtHand(messages), wanted: (patch) => patch === extra },
  });
  if (row === undefined || row.verdict.runs.length === 0) return none(row?.verdict.why ?? 'it holds no patch');
  const reply = composeReply({ series: whole, rows: [row], config: settings, date: now });
  return { prose: summaryOf(row, series), text: reply?.body.replace(/\n-- \n.*$/s, '\n') ?? '' };
}

/** Whatever its subject says, it is the next. */
function patchOn({ total }: Series, message: Message): SeriesPatch {
  const subject = { ...readSubject(message.subject), isPatch: true, index: total + 1, total: total + 1 };
  return { message, subject, author: message.from, silence: null };
}

const isBroken = ({ sequential, preemption, stale }: Levels) => [sequential, preemption, stale].includes('broken');

function summaryOf({ base, verdict }: PatchReview, { version, patches }: Series): readonly string[] {
  const named = (runs: readonly Run[]) =>
    [...new Set(runs.map(({ entryPoint, profile }) => `${entryPoint} (${profile.split('/')[0]})`))].join(', ');
  const { runs } = verdict;
  const mended = runs.filter(({ before, after }) => isBroken(before) && !isBroken(after));
  const left = runs.filter(({ before, after }) => isBroken(before) && isBroken(after));
  const from = base.how === 'tree' ? `run on ${base.ref}` : "read from the diff's own lines";
  return [
    `Your patch on top of the ${patches.length === 1 ? 'patch' : `${patches.length} patches`} of v${version}, ${from}.`,
    ...(mended.length === 0 ? [] : [`What broke with the series alone and holds with your patch: ${named(mended)}.`]),
    ...(left.length === 0 ? [] : [`What breaks with the series alone and with your patch as well: ${named(left)}.`]),
    verdict.findings.length > 0
      ? 'What your patch breaks stands below.'
      : verdict.answer === 'silence'
        ? `No more is said of it: ${verdict.why}.`
        : 'No run breaks because of your patch. What was run stands below.',
  ];
}
