/**
 * Weeks made of our fixtures, through the real analysis, and the digests that the daemon would make of them: a busy one, a quiet one,
 * one with disputes, and one that ends an outage. `bless` writes them, the test compares.
 */

import { modelTree } from '../../fixture.ts';
import { serveHttp } from '../../http/server.ts';
import { httpOptions } from '../../http/testing/options.ts';
import { takeMail } from '../../intake/take.ts';
import { readMessage } from '../../mail/message.ts';
import { pagesOf } from '../../pages/pages.ts';
import { analyseThread } from '../../serve/analyse-thread.ts';
import { openLog } from '../../serve/log.ts';
import { lookAtThread } from '../../serve/look.ts';
import { newMetrics } from '../../serve/metrics.ts';
import { fixtureMails } from '../../serve/testing/model-tree.ts';
import type { Settings } from '../../settings/schema.ts';
import { loadSettings } from '../../settings/settings.ts';
import { recordDispute } from '../../store/disputes.ts';
import { itemsIn } from '../../store/github-items.ts';
import { moveReply, repliesIn } from '../../store/replies.ts';
import { verdictsOn } from '../../store/reviews.ts';
import { seriesOfThread } from '../../store/series.ts';
import type { Store } from '../../store/store.ts';
import { subscribe } from '../../store/subscribers.ts';
import { threadsOfIds } from '../../store/threads.ts';
import { isAnyDue, makeDue } from '../make.ts';
import { type Judge, judgeOn } from './judge.ts';

const list = 'linuxppc-dev@lists.ozlabs.org';
export const settings: Settings = {
  ...loadSettings(),
  github: { ...loadSettings().github, repository: null },
  lists: [{ address: list, mode: 'post', passes: true }],
  digest: {
    ...{ day: 'monday', time: '08:00', zone: 'Europe/Berlin' },
    groups: [{ name: 'weekly', list, to: ['list', 'subscribers'], sentTo: [], subjects: [], levels: [] }],
    issue: { repository: 'example/linux', mode: 'dry-run', labels: ['digest'] },
  },
};

export interface Golden {
  /** Below fixtures/digests. */
  readonly file: string;
  readonly text: string;
}

export async function goldenWeeks(store: Store): Promise<readonly Golden[]> {
  const scene = new Weeks(store);
  await subscribe(store.db, { address: 'sue@example.org', list, at: new Date(0), message_id: 'on@example.org' });
  await scene.at('2026-03-02T09:00:00Z').due('2026-W09');
  await busy(scene);
  await scene.at('2026-03-09T07:00:00Z').due('2026-W10-busy');
  await scene.at('2026-03-11T10:00:00Z').take([dated('printk-only', '2026-03-11T09:50:00Z')]);
  await scene.take([answer({ to: ids.toc, id: 'chat@example.org', from: 'Ben <ben@example.org>', text: 'Thanks.' })]);
  await scene.at('2026-03-16T07:00:00Z').due('2026-W11-quiet');
  await disputes(scene);
  await scene.at('2026-03-23T07:00:00Z').due('2026-W12-disputes');
  await outage(scene);
  await scene.due('2026-W14-after-an-outage');
  await scene.due('2026-W14-again');
  return [...scene.goldens, ...(await pages(store, scene.goldens))];
}

/** What a reader is shown at its address, without the frame of all pages. */
async function pages(store: Store, goldens: readonly Golden[]): Promise<readonly Golden[]> {
  const server = await serveHttp({ ...httpOptions, pages: pagesOf({ ...httpOptions, store, settings }) });
  const made: Golden[] = [];
  for (const { file } of goldens.filter((golden) => golden.file.endsWith('/mail.txt'))) {
    const response = await fetch(`http://127.0.0.1:${server.port}/digest/${file.slice(0, 8)}/`);
    const [main = ''] = /<main[\s\S]*<\/main>/.exec(await response.text()) ?? [];
    made.push({ file: file.replace('mail.txt', 'page.txt'), text: `${main}\n` });
  }
  await server.close();
  return made;
}

const ids = { toc: 'toc-1@example.org', entry: 'entry-1@example.org', mflr: 'mflr-1@example.org' } as const;

async function busy(scene: Weeks): Promise<void> {
  await scene.at('2026-03-03T10:20:00Z').take([dated('mflr-in-nothing', '2026-03-03T09:40:00Z', ids.mflr, mflr(1))]);
  await scene.at('2026-03-03T15:00:00Z').take([dated('toc-two-nops', '2026-03-03T14:00:00Z', ids.toc)]);
  await scene.at('2026-03-04T08:30:00Z').take([dated('entry-frame-forgotten', '2026-03-04T08:10:00Z', ids.entry)]);
  await scene.at('2026-03-04T12:00:00Z').take([dated('bpf-literal-cleared', '2026-03-04T11:00:00Z')]);
  await scene.at('2026-03-05T12:00:00Z').take([dated('toc-branch-over', '2026-03-05T11:00:00Z', 'toc-2@example.org')]);
  await scene.at('2026-03-05T13:00:00Z').take([dated('optprobe-freed-early', '2026-03-05T12:00:00Z')], { trees: [] });
  await scene
    .at('2026-03-06T13:00:00Z')
    .take([dated('label-plain-store', '2026-03-06T12:00:00Z')], { fails: 'it took more than 900 CPU seconds' });
  const text = 'Right, the ld must stay. I will think about it.';
  const from = /^From: (.*)$/m.exec(dated('toc-two-nops', '2026-03-06T16:00:00Z'))?.[1] ?? '';
  await scene.at('2026-03-06T16:00:00Z').take([answer({ to: ids.toc, id: 'toc-answer@example.org', from, text })]);
}

async function disputes(scene: Weeks): Promise<void> {
  await scene
    .at('2026-03-17T10:00:00Z')
    .dispute(ids.entry, 'the frame is given back in ftrace_return, ask eve@example.net. Link: it is all there');
  await scene
    .at('2026-03-18T10:00:00Z')
    .take([dated('mflr-in-ipi', '2026-03-18T09:00:00Z', 'mflr-2@example.org', mflr(2))]);
  const from = /^From: (.*)$/m.exec(dated('toc-two-nops', '2026-03-06T16:00:00Z'))?.[1] ?? '';
  await scene
    .at('2026-03-19T10:00:00Z')
    .take([answer({ to: ids.toc, id: 'toc-back@example.org', from, text: 'I withdraw this patch.' })]);
}

/** From 24 March to 8 April nothing ran. */
async function outage(scene: Weeks): Promise<void> {
  scene.at('2026-04-08T09:00:00Z');
  await scene.take([dated('static-call-literal-late', '2026-03-25T09:00:00Z')]);
  await scene.take([dated('mflr-module-forgotten', '2026-04-01T09:00:00Z', 'module-1@example.org')]);
  const series = fixtureMails('mflr-two-steps').map((mail) => mail.toString());
  await scene.take(
    series.slice(0, 3).map((mail) => mail.replace(/^Date: .*$/m, 'Date: Thu, 02 Apr 2026 09:00:00 +0000')),
  );
}

const mflr = (version: number) => `[PATCH v${version}] powerpc/ftrace: Leave no mflr behind`;

/** The fixture's mail as it is sent then; under its own Message-ID where no other is given. */
function dated(fixture: string, at: string, id: string | null = null, subject: string | null = null): string {
  const mail = fixtureMails(fixture)[0]!.toString();
  const headers: readonly (readonly [string, string | null])[] = [
    ['Date', new Date(at).toUTCString().replace('GMT', '+0000')],
    ['Message-ID', id === null ? null : `<${id}>`],
    ['Subject', subject],
  ];
  return headers.reduce(
    (text, [name, value]) =>
      value === null ? text : text.replace(new RegExp(`^${name}: .*$`, 'm'), () => `${name}: ${value}`),
    mail,
  );
}

interface Answering {
  readonly to: string;
  readonly id: string;
  readonly from: string;
  readonly text: string;
}

const answer = ({ to, id, from, text }: Answering): string =>
  [
    ...[`From: ${from}`, `To: ${list}`, `Message-ID: <${id}>`, `In-Reply-To: <${to}>`, `References: <${to}>`],
    ...['Subject: Re: the patch', '', text, ''],
  ].join('\n');

class Weeks {
  readonly goldens: Golden[] = [];
  readonly #store: Store;
  #time = new Date(0);

  constructor(store: Store) {
    this.#store = store;
  }

  at(time: string): this {
    this.#time = new Date(time);
    return this;
  }

  /** Mails of one thread come, are judged, and what is to be said of them leaves and comes back. */
  async take(
    mails: readonly string[],
    { trees = [modelTree], fails }: { readonly trees?: (typeof modelTree)[]; readonly fails?: string } = {},
  ): Promise<void> {
    const store = this.#store;
    const common = { store, settings, queue, log: openLog('error'), now: () => this.#time };
    let id = '';
    for (const text of mails) {
      const raw = Buffer.from(text);
      id = (await readMessage(raw)).id;
      const intake = { store, look: { queue, settleMs: 0, soonMs: 0 } };
      await takeMail(intake, { raw, source: 'test', position: { kind: 'id' }, problem: null }, this.#time);
    }
    const threadId = (await threadsOfIds(store.db, [id])).get(id)!;
    const run: Judge = fails === undefined ? judgeOn(trees, settings) : async () => ({ kind: 'limit', why: fails });
    await lookAtThread(threadId, common);
    await analyseThread(threadId, { ...common, metrics: newMetrics(), pool: { run } });
    await this.#sendAll();
  }

  async #sendAll(): Promise<void> {
    const sent = { sent_at: this.#time, confirmed_at: this.#time };
    for (const { id, kind } of await repliesIn(this.#store.db, ['due']))
      if (kind !== 'digest' && kind !== 'command-digest')
        await moveReply(this.#store.db, id, { from: ['due'], state: 'confirmed', ...sent });
  }

  async dispute(messageId: string, reason: string): Promise<void> {
    const { db } = this.#store;
    const threadId = (await threadsOfIds(db, [messageId])).get(messageId)!;
    const [series] = await seriesOfThread(db, threadId);
    const [verdict] = await verdictsOn(db, messageId);
    await recordDispute(db, {
      ...{ thread_id: threadId, series_id: series!.id, by_address: 'ben@example.org', at: this.#time, reason },
      ...{ message_id: 'dispute@example.org', fingerprint: verdict!.findings[0]!.fingerprint },
    });
  }

  /** The moment at which one is due: what is made is kept as goldens. */
  async due(name: string): Promise<void> {
    const making = { store: this.#store, queue, settings, now: () => this.#time };
    const isDue = await isAnyDue(making);
    const made = await makeDue(making);
    if (made.length === 0) {
      this.goldens.push({ file: `${name}/nothing.txt`, text: isDue ? 'nothing to tell\n' : 'nothing is due\n' });
      return;
    }
    for (const reply of await repliesIn(this.#store.db, ['due'])) {
      const to = reply.kind === 'digest' ? 'mail' : 'subscriber';
      this.goldens.push({ file: `${name}/${to}.txt`, text: reply.raw.toString('utf8') });
      const sent = { sent_at: this.#time, confirmed_at: this.#time };
      await moveReply(this.#store.db, reply.id, { from: ['due'], state: 'confirmed', ...sent });
    }
    const issues = (await itemsIn(this.#store.db, ['dry'])).map(({ wanted }) => wanted as Record<string, string>);
    const issue = issues.find(({ title }) => title?.includes(name.slice(0, 8)));
    const others = issues.filter((one) => one !== issue).map(({ title, state }) => `${state}: ${title}\n`);
    this.goldens.push({
      file: `${name}/issue.md`,
      text: `${others.join('')}${issue?.state}: ${issue?.title}\n\n${issue?.body}`,
    });
  }
}

const queue = { enqueue: async () => {} };
