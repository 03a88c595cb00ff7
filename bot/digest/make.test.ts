/** What is made when: once a group and week whoever comes second, missed weeks once, in the mode of the list, to whom it should go. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { postReply } from '../outbox/post.ts';
import { Scene, threadId } from '../serve/testing/scene.ts';
import type { Mode, Settings } from '../settings/schema.ts';
import { itemsIn } from '../store/github-items.ts';
import { optOut } from '../store/opt-outs.ts';
import { type Reply, repliesIn } from '../store/replies.ts';
import { saveReview } from '../store/reviews.ts';
import type { Store } from '../store/store.ts';
import { subscribe } from '../store/subscribers.ts';
import { onBothEngines } from '../store/testing/engines.ts';
import { makeDue } from './make.ts';
import { startDigest } from './part.ts';

const list = 'linuxppc-dev@lists.ozlabs.org';
const all = ['dry', 'held', 'due', 'sending', 'sent', 'confirmed', 'withdrawn', 'rejected', 'parked'] as const;

/** A patch of 5 January 2026 that could not be read: something to tell in the week that ends on the 12th. */
async function begin(store: Store, mode: Mode = 'post', more: Partial<Settings> = {}): Promise<Scene> {
  const scene = new Scene(store);
  scene.settings = {
    ...scene.settings,
    lists: [{ address: list, mode, passes: false }],
    digest: {
      ...{ day: 'monday', time: '08:00', zone: 'UTC' },
      groups: [{ name: 'weekly', list, to: ['list', 'subscribers'], sentTo: [], subjects: [], levels: [] }],
      issue: { repository: 'a/b', mode: 'dry-run', labels: [] },
    },
    ...more,
  };
  await scene.begin({ state: 'withdrawn' });
  await store.db
    .updateTable('series')
    .set({ sent_at: new Date('2026-01-06T12:00:00Z') })
    .execute();
  await store.db.updateTable('threads').set({ state: 'parked', reason: 'it took too long' }).execute();
  for (const address of ['sue@example.org', 'out@example.org'])
    await subscribe(store.db, { address, list, at: scene.time, message_id: 'on@example.org' });
  await optOut(store.db, { address: 'out@example.org', at: scene.time, message_id: 'out' });
  return scene;
}

const making = (scene: Scene) => ({ store: scene.store, queue: scene.queue, settings: scene.settings, now: scene.now });
const at = (scene: Scene, time: string) => {
  scene.time = new Date(time);
  return scene;
};
const digests = async ({ store }: Scene): Promise<readonly Reply[]> =>
  (await repliesIn(store.db, all)).filter(({ kind }) => kind === 'digest' || kind === 'command-digest');
const weeks = async ({ store }: Scene) =>
  (await store.db.selectFrom('digests').select(['week', 'state']).orderBy('until').execute()).map(
    ({ week, state }) => `${week} ${state}`,
  );

onBothEngines((bench) => {
  test('a new group begins with the next one; then one a week, and none of a week without anything', async () => {
    const scene = await begin(bench().store);
    await makeDue(making(at(scene, '2026-01-07T00:00:00Z')));
    await makeDue(making(at(scene, '2026-01-12T07:59:59Z')));
    assert.deepEqual(await weeks(scene), ['2026-W01 begun']);
    await makeDue(making(at(scene, '2026-01-12T08:00:00Z')));
    await makeDue(making(at(scene, '2026-01-13T08:00:00Z')));
    await makeDue(making(at(scene, '2026-01-19T08:00:00Z')));
    assert.deepEqual(await weeks(scene), ['2026-W01 begun', '2026-W02 made', '2026-W03 quiet']);
    assert.deepEqual(
      (await digests(scene)).map(({ kind, state, recipients }) => `${kind} ${state} ${recipients}`),
      [`digest due ${list}`, 'command-digest due sue@example.org'],
    );
    assert.deepEqual(
      (await itemsIn(scene.store.db, ['dry'])).map(({ key }) => key),
      ['digest weekly 2026-W02'],
    );
  });

  test('what was judged between the end of a week and its digest is in that one alone; what came later, in the next', async () => {
    const scene = await begin(bench().store);
    const { id: seriesId } = await scene.store.db.selectFrom('series').select('id').executeTakeFirstOrThrow();
    const judge = (time: string) =>
      saveReview(
        scene.store.db,
        {
          ...{ threadId, seriesId, analyzer: '1', inputs: {}, verdicts: [] },
          document: { patches: [{ ...patch, messageId: 'p1@example.org' }] },
        },
        new Date(time),
      );
    const patch = { subject: '[PATCH v2] powerpc: Do it', index: 1, answer: 'silence', why: 'the macro is not known' };
    await makeDue(making(at(scene, '2026-01-05T09:00:00Z')));
    await judge('2026-01-12T08:30:00Z');
    await makeDue(making(at(scene, '2026-01-12T09:00:00Z')));
    await makeDue(making(at(scene, '2026-01-19T08:00:00Z')));
    assert.deepEqual(await weeks(scene), ['2026-W01 begun', '2026-W02 made', '2026-W03 quiet']);
    await scene.store.db
      .updateTable('series')
      .set({ sent_at: new Date('2026-01-13T12:00:00Z') })
      .execute();
    await scene.store.db
      .updateTable('reviews')
      .set({ created_at: new Date('2026-01-19T08:30:00Z') })
      .execute();
    await makeDue(making(at(scene, '2026-01-26T09:00:00Z')));
    assert.equal((await weeks(scene)).at(-1), '2026-W04 made');
  });

  test('weeks that were missed are made up by one digest, once', async () => {
    const scene = await begin(bench().store);
    await makeDue(making(at(scene, '2026-01-05T09:00:00Z')));
    await Promise.allSettled([1, 2, 3, 4].map(() => makeDue(making(at(scene, '2026-02-04T00:00:00Z')))));
    await makeDue(making(scene));
    assert.deepEqual(await weeks(scene), ['2026-W01 begun', '2026-W05 made']);
    assert.equal((await digests(scene)).length, 2);
    const [mail] = await digests(scene);
    assert.match(mail!.raw.toString(), /This covers 4 weeks: for the 3 before the last no digest was made/);
  });

  test('a crash in the middle leaves nothing, and the next one makes all of it under the same ids', async () => {
    const scene = await begin(bench().store);
    await makeDue(making(at(scene, '2026-01-05T09:00:00Z')));
    at(scene, '2026-01-12T09:00:00Z');
    let jobs = 0;
    const crashing = {
      enqueue: async () => {
        if (++jobs === 2) throw new Error('killed');
      },
    };
    await assert.rejects(makeDue({ ...making(scene), queue: crashing }), /killed/);
    assert.deepEqual([await weeks(scene), await digests(scene)], [['2026-W01 begun'], []]);
    await makeDue(making(scene));
    const made = await digests(scene);
    assert.deepEqual([made.length, scene.jobs.length], [2, 2]);
    const ids = made.map(({ message_id }) => message_id);
    assert.equal(new Set(ids).size, 2);
    assert.ok(ids.every((id) => /^[\da-f]{40}@ftrace-bot\.example\.org$/.test(id)));
  });

  for (const [mode, state, jobs] of [
    ['dry-run', 'dry', 0],
    // Moderators are asked about each.
    ['moderate', 'held', 2],
    ['post', 'due', 2],
  ] as const)
    test(`a list in ${mode}: its digest is ${state}`, async () => {
      const scene = await begin(bench().store, mode);
      await makeDue(making(at(scene, '2026-01-05T09:00:00Z')));
      await makeDue(making(at(scene, '2026-01-12T09:00:00Z')));
      assert.deepEqual(
        (await digests(scene)).map((reply) => reply.state),
        [state, state],
      );
      assert.equal(scene.jobs.filter(({ name }) => name === 'post').length, jobs);
    });

  test('a list that is off gets none', async () => {
    const scene = await begin(bench().store, 'off');
    await makeDue(making(at(scene, '2026-01-05T09:00:00Z')));
    await makeDue(making(at(scene, '2026-01-12T09:00:00Z')));
    assert.deepEqual(await digests(scene), []);
  });

  test('it leaves by the outbox, each once', async () => {
    const scene = await begin(bench().store);
    await makeDue(making(at(scene, '2026-01-05T09:00:00Z')));
    await makeDue(making(at(scene, '2026-01-12T09:00:00Z')));
    const sent: string[] = [];
    const posting = {
      ...{
        ...making(scene),
        log: scene.log,
        metrics: scene.metrics,
        readSince: async () => null,
        check: async () => {},
      },
      send: async ({ recipients }: Reply) => {
        sent.push(...recipients);
        return { kind: 'sent', response: '250', rejected: [] } as const;
      },
    };
    for (const { id } of [...(await digests(scene)), ...(await digests(scene))]) await postReply(id, posting);
    assert.deepEqual(sent, [list, 'sue@example.org']);
  });

  test('one click where there is https and a key: an address of its own for each subscriber, none for the list', async () => {
    const http = { ...new Scene(bench().store).settings.http!, url: 'https://bot.example.org' };
    const dkim = { domain: 'example.org', selector: 's', key: { file: '/nowhere' } };
    const scene = await begin(bench().store, 'post', { http, dkim });
    await subscribe(scene.store.db, { address: 'tom@example.org', list, at: scene.time, message_id: 'on' });
    await makeDue(making(at(scene, '2026-01-05T09:00:00Z')));
    await makeDue(making(at(scene, '2026-01-12T09:00:00Z')));
    const [toList = '', ...others] = (await digests(scene)).map(({ raw }) => raw.toString().replace(/\n /g, ' '));
    assert.doesNotMatch(toList, /List-Unsubscribe-Post|unsubscribe\//);
    const links = others.map((raw) => {
      assert.match(raw, /^List-Unsubscribe-Post: List-Unsubscribe=One-Click$/m);
      return /^List-Unsubscribe: <(https:\/\/bot\.example\.org\/digest\/unsubscribe\/[\w-]{32})>, <mailto:/m.exec(
        raw,
      )?.[1];
    });
    assert.deepEqual([links.length, new Set(links).size, links.includes(undefined)], [2, 2, false]);
  });

  test('the daemon waits for what came before, but not for ever', async () => {
    const scene = await begin(bench().store);
    await makeDue(making(at(scene, '2026-01-05T09:00:00Z')));
    at(scene, '2026-01-12T07:59:00Z');
    await scene.store.db.updateTable('threads').set({ state: 'waiting', touched_at: scene.time }).execute();
    const stop = new AbortController();
    const made: number[] = [];
    const part = startDigest({
      ...{ ...making(scene), log: scene.log, readSince: async () => null, signal: stop.signal },
      sleep: async () => {
        made.push((await digests(scene)).length);
        if (scene.time >= new Date('2026-01-12T15:00:00Z')) stop.abort();
        scene.pass(3_600_000);
      },
    });
    await part.stopped();
    assert.deepEqual(await weeks(scene), ['2026-W01 begun', '2026-W02 quiet']);
    assert.equal(
      scene.lines.some((line) => line.includes('cannot be made')),
      false,
    );
  });
});
