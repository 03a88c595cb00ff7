/**
 * A store with something on every page, from our own fixtures through the real analysis: a work in three versions of which the
 * first two break and the third holds, with a reply that was sent, one that is held and a dispute; a pass, a silence, a thread
 * that is parked, and a stranger whose mail is full of markup.
 */
import { defaults } from '../../../analyzers/explore/explore.ts';
import { analyse } from '../../analysis/analyse.ts';
import type { AnalysisTask, AnalysisTold } from '../../analysis/worker.ts';
import { modelTree } from '../../fixture.ts';
import { takeMail } from '../../intake/take.ts';
import { readMessage } from '../../mail/message.ts';
import { analyseThread } from '../../serve/analyse-thread.ts';
import { openLog } from '../../serve/log.ts';
import { lookAtThread } from '../../serve/look.ts';
import { newMetrics } from '../../serve/metrics.ts';
import { fixtureMails } from '../../serve/testing/model-tree.ts';
import type { Settings } from '../../settings/schema.ts';
import { loadSettings } from '../../settings/settings.ts';
import { recordDispute } from '../../store/disputes.ts';
import { moveReply, repliesIn } from '../../store/replies.ts';
import { verdictsOn } from '../../store/reviews.ts';
import { seriesOfThread } from '../../store/series.ts';
import type { Store } from '../../store/store.ts';
import { threadsOfIds } from '../../store/threads.ts';

export const hostile = '<script>alert(1)</script> & "><img src=x onerror=alert(2)>';
export const ids = {
  ...{
    v1: '20260301.in-nothing@example.org',
    v2: '20260303.in-ipi@example.org',
    v3: '20260304.two-steps.0@example.org',
    v3Patch: '20260304.two-steps.2@example.org',
  },
  ...{ answer: 'answer+1/2@example.org', silent: 'silent@example.org', parked: 'parked@example.org' },
} as const;

export const settings: Settings = {
  ...loadSettings(),
  github: { ...loadSettings().github, repository: null },
  lists: [{ address: 'linuxppc-dev@lists.ozlabs.org', mode: 'moderate', passes: true }],
};

type Run = (
  task: AnalysisTask,
  tell: (told: AnalysisTold) => void,
) => Promise<{ kind: 'done' } | { kind: 'limit'; why: string }>;

export async function fill(store: Store): Promise<void> {
  let time = new Date('2026-03-05T09:00:00Z');
  const queue = { enqueue: async () => {} };
  const common = { store, settings, log: openLog('error'), now: () => time };
  const take = async (mails: readonly string[], run: Run = judge) => {
    const intake = { store, look: { queue, settleMs: 0, soonMs: 0 } };
    let id = '';
    for (const text of mails) {
      const raw = Buffer.from(text);
      id = (await readMessage(raw)).id;
      await takeMail(intake, { raw, source: 'test', position: { kind: 'id' }, problem: null }, time);
    }
    const threadId = (await threadsOfIds(store.db, [id])).get(id)!;
    await lookAtThread(threadId, { ...common, queue });
    await analyseThread(threadId, { ...common, queue, metrics: newMetrics(), pool: { run } });
    time = new Date(time.getTime() + 3_600_000);
    return threadId;
  };
  const first = await take([version(1, 'mflr-in-nothing', ids.v1)]);
  for (const { id } of await repliesIn(store.db, ['held']))
    await moveReply(store.db, id, { from: ['held'], state: 'confirmed', sent_at: time, confirmed_at: time });
  await take([version(2, 'mflr-in-ipi', ids.v2)]);
  await take(
    fixtureMails('mflr-two-steps').map((mail) => mail.toString().replaceAll(' in functions that are not traced', '')),
  );
  await take([answer]);
  const printk = fixtureMails('printk-only')[0]!.toString();
  await take([
    named(
      printk.replace(/^Subject: .*$/m, () => `Subject: [PATCH] ${hostile}`),
      ids.silent,
    ),
  ]);
  const limit = async () => ({ kind: 'limit', why: `it took more than 900 CPU seconds over ${hostile}` }) as const;
  await take([named(fixtureMails('toc-two-nops')[0]!.toString(), ids.parked)], limit);
  const [series] = await seriesOfThread(store.db, first);
  const [verdict] = await verdictsOn(store.db, ids.v1);
  await recordDispute(store.db, {
    ...{ thread_id: first, series_id: series!.id, by_address: 'ben@example.org', message_id: ids.answer, at: time },
    ...{ fingerprint: verdict!.findings[0]!.fingerprint, reason: `ask eve@example.net: ${hostile}` },
  });
}

const named = (mail: string, id: string) => mail.replace(/^Message-ID: .*$/m, `Message-ID: <${id}>`);
const version = (number: number, fixture: string, id: string) =>
  named(fixtureMails(fixture)[0]!.toString(), id).replace(
    /^Subject: .*$/m,
    `Subject: [PATCH v${number}] powerpc/ftrace: Leave no mflr behind`,
  );
const answer = [
  ...['From: Ben <ben@example.org>', 'To: linuxppc-dev@lists.ozlabs.org', `Message-ID: <${ids.answer}>`],
  ...[`In-Reply-To: <${ids.v2}>`, `Subject: Re: ${hostile}`, 'Date: Wed, 4 Mar 2026 10:00:00 +0000', '', 'No.', ''],
].join('\n');

/** In this process, on the tree that the fixtures are made for. */
const judge: Run = async ({ mails, said, own, asked, disputed, nowMs }, tell) => {
  const read = (all: readonly string[]) => Promise.all(all.map((mail) => readMessage(Buffer.from(mail, 'base64'))));
  const outcomes = analyse(await read(mails), {
    ...{ settings, trees: [modelTree], histories: [], progress: () => {}, limits: defaults },
    said: new Map(Object.entries(said)),
    own: new Map((await read(own)).map((mail) => [mail.id, mail])),
    asked: new Set(asked),
    disputed: new Map(Object.entries(disputed)),
    now: new Date(nowMs),
  });
  tell({ kind: 'outcomes', outcomes });
  return { kind: 'done' };
};
