/** What is known of a patch, for whoever asks by mail: the versions of its work, each with its answer, and what was said of them. */
import type { Kysely } from 'kysely';
import type { Settings } from '../settings/schema.ts';
import { disputesOfWork } from '../store/disputes.ts';
import { leftStates, repliesOfWork } from '../store/replies.ts';
import { lastReview } from '../store/reviews.ts';
import { type SeriesRow, versionsOf } from '../store/series.ts';
import type { Tables, ThreadState } from '../store/tables.ts';
import { readThread } from '../store/threads.ts';
import type { About } from './about.ts';
import type { Said } from './answer.ts';

const threadStates: Readonly<Record<ThreadState, string>> = {
  quiet: 'Nothing in its thread is for the bot to judge.',
  waiting: 'Its thread is judged when it has settled.',
  analysing: 'Its thread is being judged.',
  analysed: 'Its thread has been judged.',
  parked: 'Its analysis failed, and waits for a person.',
  ignored: 'The bot stays out of its thread.',
};

export async function statusText(db: Kysely<Tables>, { threadId, series }: About, settings: Settings): Promise<Said> {
  const thread = await readThread(db, threadId);
  const state = threadStates[thread?.state ?? 'quiet'];
  if (series === null) return { prose: [state], lines: [] };
  const versions = await versionsOf(db, { ...series, changeId: null });
  const replies = (await repliesOfWork(db, series)).filter(({ state }) => leftStates.has(state));
  const disputed = new Set((await disputesOfWork(db, series)).map(({ fingerprint }) => fingerprint));
  const lines: string[] = [`${series.name}`, ''];
  for (const version of versions) {
    lines.push(
      `v${version.version}, ${await answerOf(db, version)}`,
      `    ${linkTo(settings, version.first_message_id)}`,
    );
    for (const { message_id, kind, sent_at, fingerprints } of replies.filter((one) => one.series_id === version.id)) {
      const note = fingerprints.some((one) => disputed.has(one)) ? ', disputed' : '';
      lines.push(`    answered with a ${kind} on ${dayOf(sent_at)}${note}`, `    ${linkTo(settings, message_id)}`);
    }
  }
  return { prose: [state], lines };
}

async function answerOf(db: Kysely<Tables>, { id, total }: SeriesRow): Promise<string> {
  const review = await lastReview(db, id);
  const of = total === 1 ? '' : ` of ${total} patches`;
  return review === null ? `not judged yet${of}` : `judged on ${dayOf(review.created_at)}${of}`;
}

const dayOf = (at: Date | null) => at?.toISOString().slice(0, 10) ?? 'an unknown day';
const linkTo = ({ archive }: Settings, id: string) =>
  archive.replace('{msgid}', encodeURIComponent(id).replaceAll('%40', '@'));
