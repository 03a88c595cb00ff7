/** The checks that a judged series asks for: their rows and their jobs, in the transaction that keeps the verdicts. */
import type { Kysely } from 'kysely';
import type { SeriesOutcome } from '../analysis/analyse.ts';
import type { Log } from '../serve/log.ts';
import type { Settings } from '../settings/schema.ts';
import { changeCheck, checksOn, insertCheck } from '../store/patchwork-checks.ts';
import type { Queue } from '../store/queue.ts';
import { mailsTelling } from '../store/replies.ts';
import type { Tables } from '../store/tables.ts';
import { type Circumstances, wantedCheck } from './wanted.ts';

export interface Kept {
  readonly outcome: SeriesOutcome;
  readonly seriesId: number;
  readonly reviewId: number;
  /** Of the reply that was decided on; null where none was. */
  readonly reply: Circumstances['reply'];
}

interface Keeping {
  readonly queue: Pick<Queue, 'enqueue'>;
  readonly settings: Settings;
  readonly log: Log;
  readonly now: Date;
}

export async function keepChecks(
  tx: Kysely<Tables>,
  { outcome, seriesId, reviewId, reply: decided }: Kept,
  { queue, settings, log, now }: Keeping,
): Promise<void> {
  const { patchwork } = settings;
  if (patchwork === null) return;
  const { context } = patchwork;
  const tells = await mailsTelling(tx, outcome, decided);
  for (const patch of outcome.patches) {
    const { messageId } = patch;
    const before = await checksOn(tx, { message_id: messageId, context });
    const reply = tells(patch);
    const said = before[0] ?? null;
    const wanted = wantedCheck(patch, { settings, patchwork, mode: outcome.mode, told: outcome.told, reply, said });
    if (wanted.kind === 'nothing') {
      log.debug({ messageId, why: wanted.why }, 'no check is wanted');
      continue;
    }
    for (const row of before)
      if (row.state !== 'posted')
        await changeCheck(tx, row, { state: 'withdrawn', error: 'a later analysis has taken its place' });
    const { state, result, description, targetUrl, why } = wanted;
    const { id } = await insertCheck(tx, {
      ...{ message_id: messageId, context, series_id: seriesId, review_id: reviewId, reply_id: reply?.id ?? null },
      ...{ result, description, target_url: targetUrl, state, error: why, created_at: now },
    });
    if (state === 'due') await queue.enqueue(tx, 'patchwork', { checkId: id }, now);
    log.info({ messageId, result, state, description, why }, 'a check is wanted');
  }
}
