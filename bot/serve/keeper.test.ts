/** What a start asks for, and what it leaves to the process that is at it. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { sql } from 'kysely';
import { Queue } from '../store/queue.ts';
import { onPglite } from '../store/testing/engines.ts';
import { insertThreads } from '../store/threads.ts';
import { keepWhile } from './keeper.ts';
import { Scene } from './testing/scene.ts';

onPglite((bench) => {
  test('what is analysed by a process is left to it, and what no process is at is asked for', async () => {
    const scene = new Scene(bench().store);
    const { store } = scene;
    const queue = await Queue.open(store, () => {});
    const thread = { root: 'a', touched_at: scene.time, settles_at: scene.time, state: 'analysing' as const };
    await insertThreads(store.db, [
      { ...thread, id: 1 },
      { ...thread, id: 2 },
    ]);
    let end = () => {};
    const running = new Promise<void>((resolve) => {
      end = resolve;
    });
    let begun = () => {};
    const isBegun = new Promise<void>((resolve) => {
      begun = resolve;
    });
    await queue.enqueue(store.db, 'analyse', { threadId: 1 }, new Date());
    const stop = await queue.work('analyse', {
      atOnce: 1,
      run: () => {
        begun();
        return running;
      },
    });
    await isBegun;
    const signal = AbortSignal.abort();
    const holding = { ending: signal, lost: signal, isHeld: () => true, check: async () => {} };
    await keepWhile(holding, { store, queue, log: scene.log, now: () => new Date() });
    const { rows } = await sql`select singleton_key as key, state::text as state from pgboss.job
      where name = 'analyse' order by singleton_key`.execute(store.db);
    assert.deepEqual(rows, [
      { key: '1', state: 'active' },
      { key: '2', state: 'created' },
    ]);
    end();
    await stop();
    await queue.stop(0);
  });

  test('what lost its job is asked for within the hour: the keeper may be another than who is started anew', async () => {
    const scene = new Scene(bench().store);
    const id = await scene.begin({ state: 'due' });
    const queue = { ...scene.queue, running: async () => new Set<string>() } as unknown as Queue;
    const end = new AbortController();
    const holding = { ending: end.signal, lost: end.signal, isHeld: () => true, check: async () => {} };
    const keeping = keepWhile(holding, { store: scene.store, queue, log: scene.log, now: scene.now, everyMs: 1 });
    for (const by = performance.now() + 20_000; scene.jobs.length < 3 && performance.now() < by; ) await wait(5);
    end.abort();
    await keeping;
    assert.deepEqual(
      scene.jobs.slice(0, 3).map(({ data }) => data),
      [1, 2, 3].map(() => ({ replyId: id })),
    );
  });
});
