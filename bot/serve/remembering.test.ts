/** Two processes on one store: what one judges the other finds, also where both are asked at the same moment. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { sql } from 'kysely';
import type { AnalysisTask, AnalysisTold } from '../analysis/worker.ts';
import { claimPatches, keepVerdict, keptVerdictsOf, releasePatches } from '../store/kept-verdicts.ts';
import { type Engine, maintain } from '../store/store.ts';
import { onBothEngines } from '../store/testing/engines.ts';
import { patchIdsOf } from '../verdicts/patches.ts';
import { remembering } from './remembering.ts';
import { Scene } from './testing/scene.ts';

const path = 'arch/powerpc/kernel/trace/ftrace.c';
const bodyOf = (text: string) =>
  [
    `diff --git a/${path} b/${path}`,
    `--- a/${path}`,
    `+++ b/${path}`,
    '@@ -1 +1 @@',
    '-int a;',
    `+int ${text};`,
    '',
  ].join('\n');
const mailOf = (text: string) =>
  Buffer.from(`Subject: [PATCH] ${text}\nMessage-ID: <${text}@example.org>\n\n---\n${bodyOf(text)}`).toString('base64');
const taskOf = (...texts: readonly string[]): AnalysisTask => ({
  ...{ mails: texts.map(mailOf), said: {}, own: [], asked: [], disputed: {}, optedOut: [], nowMs: 0 },
});
const idOf = (text: string) => patchIdsOf([bodyOf(text)])[0] ?? '';

onBothEngines((bench) => {
  /** A host of its own, whose worker judges what it does not find, and takes some time for it. */
  const hostOf = (log: string[], { waitSecondsMax = 20, engine = 'PostgreSQL' as Engine } = {}) => {
    const { log: lines, metrics } = new Scene(bench().store);
    const pool = {
      run: async ({ mails, verdicts = [] }: AnalysisTask, onTold: (told: AnalysisTold) => void) => {
        for (const mail of mails) {
          const text = /int (\w+);\n$/.exec(Buffer.from(mail, 'base64').toString())?.[1] ?? '';
          const patch = idOf(text);
          const found = verdicts.find((one) => one.patch === patch);
          log.push(`${text} ${found === undefined ? 'judged' : 'found'}`);
          if (found === undefined) await wait(100);
          const kept = found ?? { patch, key: `key of ${text}`, content: 'AAAA' };
          onTold({ kind: 'verdict', from: found === undefined ? 'judged' : 'found', kept });
        }
        return { kind: 'done' } as const;
      },
    };
    const signal = new AbortController().signal;
    return remembering(pool, { store: { ...bench().store, engine }, log: lines, metrics, signal, waitSecondsMax });
  };

  test('what was judged is found, by whatever process', async () => {
    const log: string[] = [];
    for (const task of [taskOf('b'), taskOf('b', 'c'), taskOf('c')]) await hostOf(log).run(task, () => {});
    assert.deepEqual(log, ['b judged', 'b found', 'c judged', 'c found']);
    const { rows } = await sql`select patch from patch_claims`.execute(bench().store.db);
    assert.deepEqual(rows, []);
  });

  test('asked at the same moment, it is judged once', async () => {
    const log: string[] = [];
    const tasks = [taskOf('b', 'c'), taskOf('c', 'b'), taskOf('b')];
    const ended = await Promise.all(tasks.map((task) => hostOf(log).run(task, () => {})));
    assert.deepEqual(new Set(ended.map(({ kind }) => kind)), new Set(['done']));
    assert.deepEqual(log.filter((line) => line.endsWith('judged')).toSorted(), ['b judged', 'c judged']);
    assert.equal(log.length, 5);
  });

  test('nobody is waited for longer than it may take', async () => {
    const { db } = bench().store;
    assert.ok(await claimPatches(db, [idOf('b')], { holder: 'somebody', seconds: 60 }));
    const log: string[] = [];
    await hostOf(log, { waitSecondsMax: 0.1 }).run(taskOf('b'), () => {});
    assert.deepEqual(log, ['b judged']);
  });

  // It would wait for an hour.
  test('of a directory that was locked there is nobody else', { timeout: 300_000 }, async () => {
    const { db } = bench().store;
    assert.ok(await claimPatches(db, [idOf('b')], { holder: 'somebody', seconds: 3_600 }));
    const log: string[] = [];
    await hostOf(log, { engine: 'PGlite', waitSecondsMax: 3_600 }).run(taskOf('b'), () => {});
    assert.deepEqual(log, ['b judged']);
  });

  test('who vanished holds nothing up for long', async () => {
    const { db } = bench().store;
    const claim = (holder: string, patches: readonly string[], seconds = 60) =>
      claimPatches(db, patches, { holder, seconds });
    assert.ok(await claim('first', ['a', 'b'], -1));
    assert.ok(await claim('second', ['b', 'c']));
    // All or nothing, so that no two wait for each other.
    assert.ok(!(await claim('third', ['d', 'c'])));
    assert.ok(await claim('fourth', ['d']));
    await releasePatches(db, { holder: 'second', patch: 'c' });
    assert.ok(await claim('third', ['c', 'a']));
    assert.ok(!(await claim('fifth', ['b'])));
    await releasePatches(db, { holder: 'second' });
    assert.ok(await claim('fifth', ['b']));
  });

  test('of many of a patch those that were of use last are looked at, and what nobody uses goes', async () => {
    const { db } = bench().store;
    for (let nth = 0; nth < 12; nth++) await keepVerdict(db, { key: `k${nth}`, patch: 'p', content: 'AAAA' });
    await sql`update kept_verdicts set used_at = now() - interval '61 days' where key in ('k1', 'k2')`.execute(db);
    await keepVerdict(db, { key: 'k2', patch: 'p', content: 'AAAA' });
    const found = await keptVerdictsOf(db, ['p', 'q']);
    assert.deepEqual([found.length, found[0]], [8, { key: 'k2', patch: 'p', content: 'AAAA' }]);
    await maintain(bench().store);
    const { rows } = await sql<{ key: string }>`select key from kept_verdicts`.execute(db);
    assert.deepEqual([rows.length, rows.some(({ key }) => key === 'k1')], [11, false]);
  });

  test('where it cannot be looked up, it is judged', async () => {
    const { db } = bench().store;
    await sql`alter table kept_verdicts rename to elsewhere`.execute(db);
    const log: string[] = [];
    await hostOf(log).run(taskOf('b'), () => {});
    await sql`alter table elsewhere rename to kept_verdicts`.execute(db);
    assert.deepEqual(log, ['b judged']);
  });
});
