/**
 * Real threads with known answers, read where they lie in ../shared/threads, on kernel trees of the folder that DIGEST_TREES names
 * (v5.2, v5.4, …): one digest for each week of their dates, and in each exactly the findings of the threads' README. It takes
 * minutes; without threads or trees it skips, and says so.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { takeMail } from '../intake/take.ts';
import { readMbox } from '../mail/mbox.ts';
import { readMessage } from '../mail/message.ts';
import { analyseThread } from '../serve/analyse-thread.ts';
import { openLog } from '../serve/log.ts';
import { lookAtThread } from '../serve/look.ts';
import { newMetrics } from '../serve/metrics.ts';
import { openTree } from '../sources/tree.ts';
import type { Store } from '../store/store.ts';
import { onPglite } from '../store/testing/engines.ts';
import { threadsOfIds } from '../store/threads.ts';
import { isQuiet } from './digest.ts';
import { everything, readDigest } from './read.ts';
import { judgeOn } from './testing/judge.ts';
import { settings } from './testing/weeks.ts';
import { dueBeside, lastDue, weekOf } from './week.ts';

const threads = join(import.meta.dirname, '../../../shared/threads');
const { DIGEST_TREES = '' } = process.env;
const skip =
  (!existsSync(threads) && 'no ../shared/threads') || (DIGEST_TREES === '' && 'DIGEST_TREES names no folder of trees');
const schedule = settings.digest;
const hourMs = 3_600_000;

interface Row {
  readonly thread: string;
  /** Those that its patches may be made on. */
  readonly trees: readonly string[];
  readonly week: string;
  readonly findings: readonly string[];
  readonly fixed: readonly string[];
}

const mflr = 'powerpc/ftrace: Additionally nop out the preceding mflr with -mprofile-kernel';
const rows: readonly Row[] = [
  {
    ...{ thread: '20190518-rfc', trees: ['v5.2'], week: '2019-W20', fixed: [] },
    findings: [
      `v1 4/4 sequential return-address module-load-tracing: ${mflr}`,
      `v1 4/4 stale return-address disable: ${mflr}`,
      `v1 4/4 stale return-address enable: ${mflr}`,
    ],
  },
  {
    ...{ thread: '20190618-v1', trees: ['v5.2'], week: '2019-W25', fixed: [] },
    findings: [
      `v1 4/7 sequential ftrace-bug enable: ${mflr}`,
      `v1 4/7 stale return-address disable: ${mflr}`,
      `v1 4/7 stale return-address enable: ${mflr}`,
      // Of a patch that the README does not rate: a function at the beginning of a page of records cannot be live patched.
      'v1 5/7 sequential ftrace-disabled livepatch-on: powerpc/ftrace: Update ftrace_location() for powerpc -mprofile-kernel',
    ],
  },
  {
    ...{ thread: '20190627-seed-v2', trees: ['v5.2'], week: '2019-W26' },
    findings: [`v2 4/7 sequential ftrace-bug enable: ${mflr}`, `v2 4/7 stale return-address disable: ${mflr}`],
    fixed: [
      `v1 4/7 stale return-address enable: ${mflr}`,
      'v1 5/7 sequential ftrace-disabled livepatch-on: powerpc/ftrace: Update ftrace_location() for powerpc -mprofile-kernel',
    ],
  },
  { thread: '20200423-printk-formats', trees: ['v5.4'], week: '2020-W17', findings: [], fixed: [] },
  { thread: '20220627-stable-backports', trees: ['v5.15'], week: '2022-W26', findings: [], fixed: [] },
  {
    ...{ thread: '20230621-dummy-stackframe', trees: ['v6.4'], week: '2023-W25', fixed: [] },
    findings: ['v1 sequential stack-pointer call: powerpc/ftrace: Create a dummy stackframe to fix stack unwind'],
  },
  { thread: '20231130-no-trace-teardown', trees: ['v6.6'], week: '2023-W48', findings: [], fixed: [] },
  { thread: '20240610-withdrawn-claim', trees: ['v6.7'], week: '2024-W24', findings: [], fixed: [] },
];

onPglite((bench) => {
  test('a digest a week of the archive, each with exactly the findings of its threads', { skip }, async () => {
    const { store } = bench();
    for (const row of rows) await take(store, row);
    const { rows: dates } = {
      rows: await store.db.selectFrom('series').select('sent_at').orderBy('sent_at').execute(),
    };
    const dues = dates.map(({ sent_at }) => dueBeside(lastDue(sent_at, schedule), 1, schedule));
    const weeks = [...new Map(dues.map((due) => [due.getTime(), due])).values()];
    assert.deepEqual(
      weeks.map((due) => weekOf(due, schedule.zone)),
      rows.map(({ week }) => week),
    );
    for (const [at, until] of weeks.entries()) {
      const { week, findings, fixed } = rows[at]!;
      const since = dueBeside(until, -1, schedule);
      const digest = await readDigest(store.db, {
        group: everything,
        settings,
        week,
        weeks: 1,
        since,
        until,
        judged: null,
      });
      assert.deepEqual(digest.findings.map(lineOf).sort(), [...findings].sort(), week);
      assert.deepEqual(digest.fixed.map(lineOf).sort(), [...fixed].sort(), week);
      // What a later series has taken up waits for nobody.
      assert.deepEqual(digest.waiting.map(lineOf), [], week);
      assert.deepEqual([digest.disputed, digest.withdrawn], [[], []], week);
      if (findings.length > 0) assert.equal(isQuiet(digest), false);
      if (process.env.DIGEST_SHOWN !== undefined) {
        const { digestText } = await import('./mail.ts');
        console.log(digestText(digest, settings));
      }
    }
  });
});

const lineOf = ({
  finding,
  about,
}: {
  finding: { level: string; check: string; entryPoint: string };
  about: { part: string; title: string };
}) => `${about.part} ${finding.level} ${finding.check} ${finding.entryPoint}: ${about.title}`;

/** As if it came then: each mail when it was sent, and judged an hour after the last patch. */
async function take(store: Store, { thread, trees }: Row): Promise<void> {
  const opened = trees.flatMap((name) => openTree(join(DIGEST_TREES, name)).tree ?? []);
  assert.equal(opened.length, trees.length, `${trees} in ${DIGEST_TREES}`);
  const queue = { enqueue: async () => {} };
  const intake = { store, look: { queue, settleMs: 0, soonMs: 0 } };
  let last = new Date(0);
  let threadIds: readonly number[] = [];
  const mails = readMbox(readFileSync(join(threads, `${thread}.mbox`))).mails;
  const dated = await Promise.all(mails.map(async (raw) => ({ raw, message: await readMessage(raw) })));
  for (const { raw, message } of dated) {
    const at = message.date ?? last;
    await takeMail(intake, { raw, source: 'test', position: { kind: 'id' }, problem: null }, at);
    if (!/^re:/i.test(message.subject) && at > last) last = at;
  }
  threadIds = [
    ...new Set(
      (
        await threadsOfIds(
          store.db,
          dated.map(({ message }) => message.id),
        )
      ).values(),
    ),
  ];
  const now = () => new Date(last.getTime() + hourMs);
  const common = { store, queue, settings, log: openLog('error'), now };
  for (const threadId of threadIds) {
    await lookAtThread(threadId, common);
    await analyseThread(threadId, { ...common, metrics: newMetrics(), pool: { run: judgeOn(opened, settings) } });
  }
}
