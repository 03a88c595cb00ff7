/** A store with one thread and one reply in it, a queue that only writes down what is asked of it, a clock that is set by hand. */

import type { Settings } from '../../settings/schema.ts';
import { loadSettings } from '../../settings/settings.ts';
import type { JobName, Jobs, Queue } from '../../store/queue.ts';
import { insertReply, type Reply, replyByMessageId } from '../../store/replies.ts';
import { saveSeries } from '../../store/series.ts';
import type { Store } from '../../store/store.ts';
import { insertThreads, placeIds } from '../../store/threads.ts';
import { openLog } from '../log.ts';
import { newMetrics } from '../metrics.ts';

const list = 'linuxppc-dev@lists.ozlabs.org';
export const work = { name: 'powerpc/ftrace: do it', changeId: null, author: 'ada@example.org' };
export const head = [
  'From: powerpc ftrace bot <ftrace-bot@example.org>',
  'To: Ada <ada@example.org>',
  `Cc: ${list}`,
  'Subject: =?UTF-8?Q?Re=3A_[PATCH_v2]_powerpc/ftrace=3A_do_it,_Gr=C3=BC=C3=9Fe?=',
  'Message-ID: <r1@bot.example.org>',
  'In-Reply-To: <p1@example.org>',
  'MIME-Version: 1.0',
  'Content-Type: text/plain; charset=utf-8',
  'Content-Transfer-Encoding: 8bit',
].join('\n');
/** Of the thread; those that the store gives begin at 1. */
export const threadId = 1000;
/** With all that a tool may take for something else in a mail that quotes it. */
export const body = [
  'Ada wrote:',
  '> diff --git a/arch/powerpc/kernel/trace/ftrace.c b/arch/powerpc/kernel/trace/ftrace.c',
  'diff --git a/arch/powerpc/kernel/trace/ftrace.c b/arch/powerpc/kernel/trace/ftrace.c',
  '--- a/arch/powerpc/kernel/trace/ftrace.c',
  '+++ b/arch/powerpc/kernel/trace/ftrace.c',
  '@@ -1 +1 @@',
  '-int a;',
  '+int b;',
  'Reviewed-by: Eve <eve@example.net>',
  '#scenario approve',
  'Grüße',
  '',
].join('\n');

export interface Job {
  readonly name: JobName;
  readonly data: Jobs[JobName];
  readonly at: Date;
}

export class Scene {
  readonly store: Store;
  readonly jobs: Job[] = [];
  /** What was logged, a line each. */
  readonly lines: string[] = [];
  readonly log = openLog('debug', { write: (line) => void this.lines.push(line) });
  readonly metrics = newMetrics();
  readonly queue: Pick<Queue, 'enqueue'> = {
    enqueue: async (_, name, data, at) => void this.jobs.push({ name, data, at }),
  };
  readonly queries = null;
  settings: Settings;
  time = new Date('2026-01-02T03:04:05Z');
  readonly now = () => this.time;

  constructor(store: Store) {
    this.store = store;
    this.settings = { ...loadSettings(), moderators: ['mia@mods.example.org', 'Max@example.com'] };
  }

  /** A thread with a patch of `ada@example.org`, and a reply to it. @returns the id of the reply */
  async begin(reply: Partial<Reply> = {}): Promise<number> {
    const { db } = this.store;
    await insertThreads(db, [
      { id: threadId, root: 'p1@example.org', touched_at: this.time, settles_at: this.time, state: 'analysed' },
    ]);
    await placeIds(db, new Map([['p1@example.org', threadId]]));
    const series = { ...work, threadId, version: 2, total: 1, firstMessageId: 'p1@example.org' };
    const seriesId = await saveSeries(db, { ...series, patches: ['p1@example.org'] });
    return this.add({ message_id: 'r1@bot.example.org', series_id: seriesId, ...reply });
  }

  /** Another reply in the thread. */
  async add(reply: Partial<Reply> & { readonly message_id: string }, db = this.store.db): Promise<number> {
    const { id } = await insertReply(db, {
      ...{ parent_message_id: 'p1@example.org', thread_id: threadId, series_id: null, kind: 'finding', mode: 'post' },
      ...{ state: 'held', fingerprints: ['f1'], raw: Buffer.from(`${head}\n\n${body}`), created_at: this.time },
      ...{ recipients: ['ada@example.org', list] },
      ...reply,
    });
    return id;
  }

  async reply(messageId = 'r1@bot.example.org'): Promise<Reply> {
    const row = await replyByMessageId(this.store.db, messageId);
    if (row === null) throw new Error(`there is no reply ${messageId}`);
    return row;
  }

  pass(ms: number): void {
    this.time = new Date(this.time.getTime() + ms);
  }
}
