/** The marks that a judged series asks for: their rows and their jobs, in the transaction that keeps the verdicts. */
import { createHash } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { SeriesOutcome } from '../analysis/analyse.ts';
import type { Log } from '../serve/log.ts';
import type { Settings } from '../settings/schema.ts';
import { disputesOfWork } from '../store/disputes.ts';
import { itemsOfWork, type NewItem, readItem, wantItem } from '../store/github-items.ts';
import type { Queue } from '../store/queue.ts';
import { mailsTelling, readReply } from '../store/replies.ts';
import { seriesById } from '../store/series.ts';
import type { ReplyState, Tables } from '../store/tables.ts';
import { decideMark, type MarkCircumstances, takenBack, type WantedMark, wantedMark } from './wanted-mark.ts';

interface Marked {
  readonly outcome: SeriesOutcome;
  readonly seriesId: number;
  /** Of the reply that was decided on; null where none was. */
  readonly reply: MarkCircumstances['reply'];
}
interface Keeping {
  readonly queue: Pick<Queue, 'enqueue'>;
  readonly settings: Settings;
  readonly log: Log;
  readonly now: Date;
}

const keyCharsMax = 200;

/** One a patch, however often it is judged. */
function keyOf(messageId: string): string {
  const key = `mark ${messageId}`;
  return key.length <= keyCharsMax ? key : `mark ${createHash('sha256').update(messageId).digest('hex')}`;
}

export async function keepMarks(
  tx: Kysely<Tables>,
  { outcome, seriesId, reply: decided }: Marked,
  { queue, settings, log, now }: Keeping,
): Promise<void> {
  const { marks } = settings.github;
  if (marks === null) return;
  const work = { author: outcome.author, name: outcome.name, fingerprint: null };
  const items = await itemsOfWork(tx, work);
  const tells = await mailsTelling(tx, outcome, decided);
  for (const [at, patch] of outcome.patches.entries()) {
    const { messageId } = patch;
    const key = keyOf(messageId);
    const row = items.find((one) => one.kind === 'mark' && one.repository === marks.repository && one.key === key);
    const decision = decideMark(outcome, at, {
      ...{ settings, marks, seriesId, reply: tells(patch) },
      before: row === undefined ? null : wantedMark.parse(row.wanted),
    });
    if (decision.kind === 'nothing') {
      log.debug({ messageId, why: decision.why }, 'no mark is wanted');
      continue;
    }
    const { wanted, isPosted } = decision;
    await wantMark(tx, { repository: marks.repository, key, work, wanted, isPosted }, { queue, now });
    log.info({ messageId, says: wanted.says, isPosted }, 'a mark is wanted');
  }
}

/** What was said of a work and is disputed since is taken back on its commits, too, before anybody analyses anything. */
export async function takeBackMarks(
  tx: Kysely<Tables>,
  work: { readonly author: string; readonly name: string },
  { queue, now }: Pick<Keeping, 'queue' | 'now'>,
): Promise<void> {
  const items = (await itemsOfWork(tx, work)).filter(({ kind, state }) => kind === 'mark' && state !== 'dry');
  if (items.length === 0) return;
  const disputed = new Set((await disputesOfWork(tx, work)).map(({ fingerprint }) => fingerprint));
  for (const { repository, key, wanted: kept } of items) {
    const mark = wantedMark.parse(kept);
    const isAccusing = mark.says === 'finding' || mark.says === 'question';
    if (!isAccusing || !mark.fingerprints.every((one) => disputed.has(one))) continue;
    const wanted = takenBack(mark, 'what was found is disputed');
    const row = { repository, key, work: { ...work, fingerprint: null }, wanted, isPosted: true };
    await wantMark(tx, row, { queue, now });
  }
}

async function wantMark(
  tx: Kysely<Tables>,
  row: Omit<NewItem, 'kind'>,
  { queue, now }: Pick<Keeping, 'queue' | 'now'>,
): Promise<void> {
  const { id, isDue } = await wantItem(tx, { ...row, kind: 'mark' }, now);
  if (isDue) await queue.enqueue(tx, 'github', { itemId: id }, now);
}

const waitMs = { least: 60_000, most: 15 * 60_000 } as const;
const waiting: ReadonlySet<ReplyState> = new Set(['held', 'due', 'sending', 'parked']);

/** @returns when to look again at a mark whose mail has not gone out; null where none is waited for */
export async function mailAwaited(db: Kysely<Tables>, itemId: number, now: Date): Promise<Date | null> {
  const item = await readItem(db, itemId);
  if (item?.kind !== 'mark' || item.state !== 'due') return null;
  const { replyId } = wantedMark.parse(item.wanted);
  const reply = replyId === null ? null : await readReply(db, replyId);
  if (reply === null || !waiting.has(reply.state)) return null;
  // Soon at first: a mail leaves within minutes, or a moderator takes days.
  const sinceMs = now.getTime() - item.updated_at.getTime();
  return new Date(now.getTime() + Math.min(waitMs.most, Math.max(waitMs.least, sinceMs / 4)));
}

/** As things are now, whatever they were when it was wanted: a mail that was held back is not told of here. */
export async function currentMark(
  db: Kysely<Tables>,
  mark: WantedMark,
): Promise<{ readonly wanted: WantedMark; readonly isSuperseded: boolean }> {
  const series = await seriesById(db, mark.seriesId);
  const isSuperseded = series !== null && series.superseded_by !== null;
  if (mark.replyId === null) return { wanted: mark, isSuperseded };
  const state = (await readReply(db, mark.replyId))?.state ?? 'withdrawn';
  if (state === 'sent' || state === 'confirmed') return { wanted: mark, isSuperseded };
  const why = { rejected: 'a moderator did not let the mail about it out', dry: 'its mail was a dry run' };
  const words = why[state as keyof typeof why] ?? 'the mail about it was withdrawn before it left';
  return { wanted: takenBack(mark, words), isSuperseded };
}
