/**
 * A store with all that the API can tell of: two versions of a series with their verdicts, what was said and what waits, a
 * dispute, a parked thread, and Message-IDs that are hard to put into an address.
 */
import { documentOf } from '../../document.ts';
import { modelTree, reviewFixture } from '../../fixture.ts';
import { takeMails } from '../../intake/take.ts';
import { fixtureMails } from '../../serve/testing/model-tree.ts';
import { recordDecision } from '../../store/decisions.ts';
import { recordDispute } from '../../store/disputes.ts';
import { insertReply } from '../../store/replies.ts';
import { saveReview } from '../../store/reviews.ts';
import { answerSeries, saveSeries } from '../../store/series.ts';
import type { Store } from '../../store/store.ts';
import type { ReplyState } from '../../store/tables.ts';
import { threadsOfIds } from '../../store/threads.ts';

export const at = new Date('2026-03-05T00:00:00Z');
/** Of a mail that is held; nobody reads it without a token. */
export const heldText = 'TEXT-THAT-IS-HELD';
export const sentText = 'TEXT-THAT-WAS-SENT';
export const oddIds = [
  ...['a/b@odd.example', '100%@odd.example', '%2F@odd.example', 'a+b@odd.example', 'a?b#c@odd.example', '..'],
  ...['../../etc/passwd@odd.example', '__proto__', 'constructor', "'--@odd.example", 'openapi.json'],
] as const;
export const parkedId = 'parked@odd.example';
export const patchId = '20260303.in-ipi@example.org';

export async function fillStore(store: Store): Promise<void> {
  const { db } = store;
  const odd = [...oddIds, parkedId].map((id) =>
    Buffer.from(`From: Eve <eve@secret.example>\nMessage-ID: <${id}>\nSubject: odd, by eve@secret.example\n\ntext\n`),
  );
  const mails = [...fixtureMails('mflr-in-ipi'), ...odd];
  const items = mails.map((raw) => ({ raw, source: 's', position: { kind: 'id' as const }, problem: null }));
  await takeMails({ store, look: null }, items, at);
  const threads = await threadsOfIds(db, [patchId, parkedId]);
  const threadId = threads.get(patchId)!;
  const { series } = await reviewFixture('mflr-in-ipi', modelTree);
  const document = documentOf(series);
  const work = { name: 'powerpc/ftrace: do it', author: 'ada@secret.example', changeId: null, threadId, total: 1 };
  for (const version of [1, 2]) {
    const seriesId = await saveSeries(db, { ...work, version, firstMessageId: patchId, patches: [patchId] });
    const verdicts = document.patches.map(({ messageId, answer, findings }) => ({ messageId, answer, findings }));
    await saveReview(
      db,
      { threadId, seriesId, analyzer: '1', inputs: { version }, document, verdicts: verdicts as never },
      at,
    );
    await answerSeries(db, seriesId, { answer: 'finding', at });
    for (const [state, text] of [
      ['held', heldText],
      ['dry', heldText],
      ['withdrawn', heldText],
      ['sent', sentText],
      ['parked', heldText],
    ] as const satisfies readonly (readonly [ReplyState, string])[])
      await insertReply(db, {
        ...{ message_id: `${state}-${version}@bot.example`, parent_message_id: patchId, thread_id: threadId },
        ...{ series_id: seriesId, kind: 'finding', mode: 'post', state, fingerprints: ['f'], created_at: at },
        ...{ recipients: ['ada@secret.example'], error: 'refused by ada@secret.example' },
        raw: Buffer.from(`From: bot@bot.example\nTo: Ada <ada@secret.example>\n\n${text}\n`),
      });
    await recordDispute(db, {
      ...{ thread_id: threadId, series_id: seriesId, fingerprint: 'f', by_address: 'eve@secret.example' },
      ...{ reason: 'as <bob@secret.example> says', message_id: 'd@odd.example', at },
    });
  }
  await insertReply(db, {
    ...{ message_id: 'moderation@bot.example', parent_message_id: patchId, thread_id: threadId, series_id: null },
    ...{ kind: 'moderation', mode: 'moderate', state: 'sent', recipients: [], created_at: at },
    raw: Buffer.from(`To: moderators\n\n${heldText}\n`),
  });
  for (const what of ['finding', 'nothing'])
    await recordDecision(db, { thread_id: threadId, at, what, why: 'told by mia@secret.example', by: 'analysis' });
  await db
    .updateTable('threads')
    .set({ state: 'parked', reason: 'it took too long for pat@secret.example' })
    .where('id', '=', threads.get(parkedId)!)
    .execute();
}
