/**
 * Every mail of the real threads, where they lie outside the repository, asked for by its Message-ID with the mboxes as its only
 * source: which series and version it is of, and which patch an answer is about. What is expected stands in the subjects: the
 * table below was written down from them by hand. Without the threads it skips.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { readMbox } from '../mail/mbox.ts';
import { readMessage } from '../mail/message.ts';
import { onPglite } from '../store/testing/engines.ts';
import { Queries, type QueryAnswer } from './queries.ts';
import { Scene } from './testing/scene.ts';

const folder = join(import.meta.dirname, '../../../shared/threads');

interface Row {
  readonly mails: number;
  readonly version: number;
  readonly total: number;
  /** Of the cover letter, or of the patch where it is alone. */
  readonly first: string;
}
const naveen = 'git.naveen.n.rao@linux.vnet.ibm.com';
const rows: Readonly<Record<string, Row>> = {
  '20190518-rfc': { mails: 12, version: 1, total: 4, first: `cover.1558115654.${naveen}` },
  '20190618-v1': { mails: 23, version: 1, total: 7, first: `cover.1560868106.${naveen}` },
  '20190627-seed-v2': { mails: 21, version: 2, total: 7, first: `cover.1561634177.${naveen}` },
  '20200423-printk-formats': { mails: 5, version: 1, total: 3, first: `cover.1587652966.${naveen}` },
  // Four backports in one thread, each a series of its own; which one says the tree in the subject.
  '20220627-stable-backports': { mails: 5, version: 1, total: 1, first: '' },
  '20230621-dummy-stackframe': { mails: 2, version: 1, total: 1, first: '20230621051349.759567-1-naveen@kernel.org' },
  '20231130-no-trace-teardown': { mails: 2, version: 1, total: 1, first: '20231130065947.2188860-1-naveen@kernel.org' },
  '20240610-withdrawn-claim': { mails: 16, version: 2, total: 5, first: 'cover.1718008093.git.naveen@kernel.org' },
};
const backport = (number: number) => `20220627173930.133620-${number}-naveen.n.rao@linux.vnet.ibm.com`;
const trees: Readonly<Record<string, string>> = {
  ...{ 'v5.10': backport(1), 'v5.15': backport(2), 'v5.18': backport(3), 'v5.4': backport(4) },
};
/** What is expected of a thread besides: an earlier version of the work that another of the threads holds. */
const earlier: Readonly<Record<string, number>> = { '20190627-seed-v2': 1 };

onPglite((bench) => {
  const skip = existsSync(folder) ? false : `${folder} is not here`;
  test('every mail of the shared threads', { skip }, async () => {
    const scene = new Scene(bench().store);
    const sources = Object.keys(rows).map((name) => ({
      ...{ name, kind: 'mbox' as const, path: join(folder, `${name}.mbox`), pollSeconds: 30 },
    }));
    const queries = new Queries({
      ...{ ...scene, now: scene.now, signal: new AbortController().signal, settings: { ...scene.settings, sources } },
      pool: { run: () => Promise.reject(new Error('nothing is to be analysed')) },
    });
    const ask = async (messageId: string): Promise<Extract<QueryAnswer, { kind: 'known' }>> => {
      for (;;) {
        const answer = await queries.answer({ messageId, thread: null, analyse: false });
        if (answer.kind === 'known') return answer;
        await queries.ended();
      }
    };
    for (const [name, { mails: count, version, total, first }] of Object.entries(rows)) {
      const { mails } = readMbox(readFileSync(join(folder, `${name}.mbox`)));
      assert.equal(mails.length, count, name);
      const messages = await Promise.all(mails.map(readMessage));
      // From the last to the first: what begins the thread is not what is asked for first.
      for (const { id, subject } of messages.toReversed()) {
        const what = `${name} ${subject}`;
        const { known } = await ask(id);
        const tree = /\bv5\.\d+/.exec(subject)?.[0] ?? null;
        const own = known.versions[known.series ?? -1];
        assert.deepEqual(
          [own?.messageId, own?.version, own?.total, own?.tree],
          [tree === null ? first : trees[tree], version, total, tree],
          what,
        );
        const number = Number(/\b(\d)\/\d\]/.exec(subject)?.[1] ?? 1);
        const about = messages.find((message) => message.id === known.mail?.about);
        assert.equal(about?.subject, subject.replace(/^Re: /, ''), what);
        const role = /^Re: /.test(subject) ? 'reply' : number === 0 ? 'cover' : 'patch';
        assert.deepEqual([known.mail?.role, known.mail?.messageId], [role, id], what);
        assert.equal(known.versions.filter((one) => one.version < version).length, earlier[name] ?? 0, what);
      }
    }
    assert.deepEqual(scene.jobs, [], 'nobody is told of old mails');
  });
});
