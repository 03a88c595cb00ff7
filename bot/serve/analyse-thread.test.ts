/** What becomes of an analysis: rows, jobs and decisions, written together; a worker is what the test says it does. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { SeriesOutcome } from '../analysis/analyse.ts';
import type { Decision } from '../outbox/decide.ts';
import { decisionsOf } from '../store/decisions.ts';
import { checksIn } from '../store/patchwork-checks.ts';
import { moveReply, repliesOfThread } from '../store/replies.ts';
import { onPglite } from '../store/testing/engines.ts';
import { readThread, touchThread, waitAgain } from '../store/threads.ts';
import { type Analysing, analyseQuiet, analyseThread } from './analyse-thread.ts';
import { Scene, threadId, work } from './testing/scene.ts';

type Run = Analysing['pool']['run'];
const finding = (
  mode: 'dry-run' | 'moderate' | 'post',
  withdraws: readonly string[] = [],
  reply: 'finding' | 'pass' = 'finding',
): Decision => ({ kind: 'reply', reply, mode, corrects: null, withdraws, why: 'it breaks' });
const outcome = (decision: Decision): SeriesOutcome => ({
  ...{ name: work.name, author: work.author, version: 2, total: 1, first: 'p1@example.org', answer: 'finding' },
  patches: [
    {
      ...{ messageId: 'p1@example.org', subject: 'x', title: 'x', changes: null },
      ...{ answer: 'finding', why: 'it breaks' },
      ...{ fingerprints: ['f9'], findings: [], levels: ['stale'], base: { how: 'tree', ref: 'v6.1', doubt: null } },
    },
  ],
  ...{ told: ['f9'], document: {}, decision },
  mode: decision.kind === 'reply' ? decision.mode : null,
  reply: {
    ...{ messageId: 'r9@bot.example.org', parent: 'p1@example.org', recipients: ['ada@example.org'] },
    raw: 'Subject: Re: [PATCH] x\n\ntext\n',
  },
});

onPglite((bench) => {
  const begin = async () => {
    const scene = new Scene(bench().store);
    await scene.begin({ state: 'dry' });
    await waitAgain(scene.store.db, threadId, scene.time);
    const analyse = (run: Run) => analyseThread(threadId, { ...scene, now: scene.now, pool: { run } });
    return { scene, analyse };
  };
  const says =
    (...outcomes: readonly SeriesOutcome[]): Run =>
    async (_, tell) => {
      tell({ kind: 'outcomes', outcomes });
      return { kind: 'done' };
    };
  const rowsOf = async ({ store }: Scene) =>
    (await repliesOfThread(store.db, threadId)).slice(1).map(({ kind, state }) => `${kind} ${state}`);

  /** @param expected rows of the outbox, and how many of them have a job */
  function check(mode: 'dry-run' | 'moderate' | 'post', expected: readonly string[], jobs: number): void {
    test(`a finding in ${mode}`, async () => {
      const { scene, analyse } = await begin();
      await analyse(says(outcome(finding(mode))));
      assert.deepEqual(await rowsOf(scene), expected);
      assert.equal(scene.jobs.filter(({ name }) => name === 'post').length, jobs);
      const [decision] = await decisionsOf(scene.store.db, threadId);
      assert.deepEqual([decision?.what, decision?.why], ['finding', 'it breaks']);
      assert.equal((await readThread(scene.store.db, threadId))?.state, 'analysed');
      assert.match(await scene.metrics.registry.metrics(), /findings_total\{level="stale"\} 1/);
      // The same once more is no second mail, to anybody.
      await waitAgain(scene.store.db, threadId, scene.time);
      await analyse(says(outcome(finding(mode))));
      assert.deepEqual(await rowsOf(scene), expected);
    });
  }
  check('dry-run', ['finding dry'], 0);
  check('moderate', ['finding held', 'moderation due'], 1);
  check('post', ['finding due'], 1);

  /** @param expected checks and how many of them have a job, with patchwork set */
  function checkChecks(
    name: string,
    outcomes: readonly SeriesOutcome[],
    expected: readonly string[],
    jobs: number,
  ): void {
    test(`checks of ${name}`, async () => {
      const { scene, analyse } = await begin();
      const token = { env: 'NONE' };
      const patchwork = { url: 'http://127.0.0.1:1', project: 'p', token, context: 'c', findings: 'warning' } as const;
      scene.settings = { ...scene.settings, patchwork };
      for (const one of outcomes) {
        await waitAgain(scene.store.db, threadId, scene.time);
        await analyse(says(one));
      }
      const rows = await checksIn(scene.store.db, ['dry', 'due', 'withdrawn']);
      assert.deepEqual(
        rows.map(({ result, state, target_url }) => `${result} ${state} ${target_url}`),
        expected,
      );
      const due = rows.filter(({ state }) => state === 'due').map(({ id }) => id);
      const asked = scene.jobs.flatMap(({ name: kind, data }) => (kind === 'patchwork' ? [data] : []));
      assert.equal(asked.length, jobs);
      for (const id of due) assert.ok(asked.some((data) => 'checkId' in data && data.checkId === id));
    });
  }
  const told = 'https://lore.kernel.org/linuxppc-dev/r9@bot.example.org/';
  const held = (decision: Decision): SeriesOutcome => {
    const one = outcome(decision);
    const patches = one.patches.map((patch) => ({
      ...{ ...patch, answer: 'pass' as const, why: 'holds in 2 runs', fingerprints: [], levels: [] },
    }));
    return { ...one, answer: 'pass', patches, mode: 'post' };
  };
  const nothing: Decision = { kind: 'nothing', why: 'nobody asked', withdraws: [] };
  checkChecks('a dry run', [outcome(finding('dry-run'))], [`warning dry ${told}`], 0);
  checkChecks('a finding', [outcome(finding('post'))], [`warning due ${told}`], 1);
  checkChecks('a finding that is moderated', [outcome(finding('moderate'))], [`warning due ${told}`], 1);
  checkChecks('the same twice', [outcome(finding('post')), outcome(finding('post'))], [`warning due ${told}`], 1);
  checkChecks('what held, without a mail', [{ ...held(nothing), reply: null }], ['success due null'], 1);
  checkChecks(
    'the same said of this version',
    [outcome(finding('post')), { ...outcome(nothing), mode: 'post', reply: null }],
    [`warning due ${told}`],
    1,
  );
  const more = outcome(nothing).patches.map((patch) => ({
    ...{ ...patch, messageId: 'p2@example.org', fingerprints: ['f8'] },
  }));
  const untold = { told: ['f9', 'f8'], patches: [...outcome(nothing).patches, ...more] };
  checkChecks(
    'a finding that no mail told of, beside one that was mailed',
    [outcome(finding('post')), { ...outcome(nothing), ...untold, mode: 'post', reply: null }],
    [`warning due ${told}`],
    1,
  );
  checkChecks(
    'a finding that does not stand',
    [outcome(finding('post')), { ...held(nothing), reply: null }],
    [`warning withdrawn ${told}`, 'success due null'],
    2,
  );

  test('what is judged over a question is posted to no patch', async () => {
    const { scene } = await begin();
    const token = { env: 'NONE' };
    const patchwork = { url: 'http://127.0.0.1:1', project: 'p', token, context: 'c', findings: 'warning' } as const;
    scene.settings = { ...scene.settings, patchwork };
    await scene.store.db.updateTable('threads').set({ state: 'quiet' }).where('id', '=', threadId).execute();
    const run = says({ ...held(nothing), reply: null });
    assert.equal(await analyseQuiet(threadId, { ...scene, now: scene.now, pool: { run } }, () => {}), null);
    const rows = await checksIn(scene.store.db, ['dry', 'due']);
    assert.deepEqual([rows.map(({ result, state }) => `${result} ${state}`), scene.jobs], [['success dry'], []]);
  });

  test('nobody moderates by mail', async () => {
    const { scene, analyse } = await begin();
    scene.settings = { ...scene.settings, moderators: [] };
    await analyse(says(outcome(finding('moderate'))));
    assert.deepEqual([await rowsOf(scene), scene.jobs], [['finding held'], []]);
  });

  test('silence is a decision', async () => {
    const { scene, analyse } = await begin();
    await analyse(says({ ...outcome({ kind: 'nothing', why: 'unread', withdraws: [] }), reply: null }));
    assert.deepEqual(await rowsOf(scene), []);
    const [decision] = await decisionsOf(scene.store.db, threadId);
    assert.deepEqual([decision?.what, decision?.why], ['nothing', 'unread']);
  });

  test('what is not borne out is withdrawn', async () => {
    const { scene, analyse } = await begin();
    await analyse(says(outcome(finding('post', ['r1@bot.example.org']))));
    assert.equal((await scene.reply()).state, 'withdrawn');
  });

  test('what left meanwhile cannot be withdrawn: it is analysed again, as said', async () => {
    const { scene, analyse } = await begin();
    const { id } = await scene.reply();
    await moveReply(scene.store.db, id, { from: ['dry'], state: 'due' });
    const pass = outcome(finding('post', ['r1@bot.example.org'], 'pass'));
    const said: unknown[] = [];
    const run: Run = async (task, tell) => {
      said.push(...Object.values(task.said).flatMap((rows) => rows.map(({ isSent }) => isSent)));
      await moveReply(scene.store.db, id, { from: ['due'], state: 'sent' });
      return says(pass)(task, tell);
    };
    await assert.rejects(analyse(run), /has left meanwhile/);
    assert.deepEqual([await rowsOf(scene), scene.jobs], [[], []]);
    assert.deepEqual(await decisionsOf(scene.store.db, threadId), []);
    assert.equal((await readThread(scene.store.db, threadId))?.state, 'analysing');
    assert.equal((await scene.reply()).state, 'sent');
    // The job comes again.
    await analyse(says(outcome(finding('post'))));
    assert.deepEqual(await rowsOf(scene), ['finding due']);
  });

  test('a worker that fails is tried again, and then the thread is parked', async () => {
    const { scene, analyse } = await begin();
    let runs = 0;
    await analyse(async () => {
      runs++;
      return { kind: 'limit', why: 'it took more than 900 CPU seconds' };
    });
    assert.equal(runs, scene.settings.analysis.retries + 1);
    const thread = await readThread(scene.store.db, threadId);
    assert.deepEqual([thread?.state, thread?.reason], ['parked', 'it took more than 900 CPU seconds']);
    assert.deepEqual(await rowsOf(scene), []);
  });

  test('a mail that comes meanwhile makes it nothing', async () => {
    const { scene, analyse } = await begin();
    await analyse(async (_, tell) => {
      const later = new Date(scene.time.getTime() + 1);
      await touchThread(scene.store.db, threadId, { now: later, waits: { settlesAt: later }, isIgnored: false });
      tell({ kind: 'outcomes', outcomes: [outcome(finding('post'))] });
      return { kind: 'done' };
    });
    assert.deepEqual([await rowsOf(scene), scene.jobs], [[], []]);
    assert.equal((await readThread(scene.store.db, threadId))?.state, 'waiting');
  });

  test('one that two processes run at once is stored once, by whoever began it last', async () => {
    const { scene, analyse } = await begin();
    await analyse(async (_, tell) => {
      // Its heart was not heard: another has the job as well, and is done first.
      await analyse(says(outcome(finding('post'))));
      // Somebody wants it once more, which changes nothing of the thread but its state.
      await waitAgain(scene.store.db, threadId, scene.time);
      await analyse(async () => {
        tell({ kind: 'outcomes', outcomes: [outcome(finding('dry-run'))] });
        return { kind: 'stopped' };
      }).catch(() => {});
      return { kind: 'done' };
    });
    assert.deepEqual(await rowsOf(scene), ['finding due']);
    assert.equal((await readThread(scene.store.db, threadId))?.state, 'analysing');
    assert.equal(scene.jobs.filter(({ name }) => name === 'analyse').length, 0);
    await analyse(says(outcome(finding('post'))));
    assert.equal((await decisionsOf(scene.store.db, threadId)).length, 2);
  });

  test('a daemon that stops leaves the thread for the next', async () => {
    const { scene, analyse } = await begin();
    await assert.rejects(
      analyse(async () => ({ kind: 'stopped' })),
      /analysed after the next start/,
    );
    assert.equal((await readThread(scene.store.db, threadId))?.state, 'analysing');
  });
});
