/** Processes as others see them: what all have counted, who lives, and what is left of those that ended. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { foldProcesses, processesOf } from '../store/processes.ts';
import { onBothEngines } from '../store/testing/engines.ts';
import { newMetrics } from './metrics.ts';
import { Presence, processLines, sumCounted } from './presence.ts';
import type { Role } from './roles.ts';
import { Scene } from './testing/scene.ts';

onBothEngines((bench) => {
  const begin = async (scene: Scene, ...roles: readonly Role[]) => {
    // A name has its time.
    scene.pass(1);
    const metrics = newMetrics();
    const presence = new Presence({ ...scene, now: scene.now, metrics, roles: new Set(roles), version: '1.0' });
    await presence.told;
    return { metrics, presence };
  };

  test('what one says is what all have counted, also those that have ended, and it only grows', async () => {
    const scene = new Scene(bench().store);
    const http = await begin(scene, 'http');
    const other = await begin(scene, 'analyse');
    for (const { metrics } of [http, other, other]) {
      metrics.analysisSeconds.observe(2);
    }
    http.metrics.parked.set({ what: 'threads' }, 3);
    other.metrics.parked.set({ what: 'threads' }, 3);
    await other.presence.end();
    const said = async () => (await http.presence.registry()).metrics();
    const wanted = [
      /analysis_seconds_count 3$/m,
      /analysis_seconds_bucket\{le="3"\} 3$/m,
      /parked\{what="threads"\} 3$/m,
    ];
    for (const words of wanted) assert.match(await said(), words);
    for (const hours of [12, 13, 1]) {
      scene.pass(hours * 3_600_000);
      await foldProcesses(scene.store.db, scene.time, sumCounted);
      for (const words of wanted) assert.match(await said(), words);
    }
    await http.presence.end();
    scene.pass(48 * 3_600_000);
    await foldProcesses(scene.store.db, scene.time, sumCounted);
    assert.deepEqual(
      (await processesOf(scene.store.db)).map(({ name }) => name),
      ['before'],
    );
    const next = await begin(scene, 'http');
    assert.match(await (await next.presence.registry()).metrics(), /analysis_seconds_count 3$/m);
    await next.presence.end();
  });

  test('a role that no living process has is missing', async () => {
    const scene = new Scene(bench().store);
    const http = await begin(scene, 'http', 'post');
    const other = await begin(scene, 'analyse');
    const missing = () => http.presence.missing(['analyse', 'post']);
    assert.deepEqual(await missing(), []);
    const lines = await processLines(scene.store.db, scene.time);
    assert.deepEqual(
      lines.map(({ pid, roles, isLiving, version }) => [pid, roles.join(), isLiving, version]),
      [
        [process.pid, 'http,post', true, '1.0'],
        [process.pid, 'analyse', true, '1.0'],
      ],
    );
    await other.presence.end();
    assert.deepEqual(await missing(), ['analyse']);
    scene.pass(61_000);
    assert.deepEqual(await missing(), ['analyse', 'post']);
    assert.deepEqual(
      (await processLines(scene.store.db, scene.time)).map(({ isLiving }) => isLiving),
      [false],
    );
    await http.presence.end();
  });
});
