/** An order where no daemon has the store: what it says reads as it does where one has. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { loadSettings } from '../settings/settings.ts';
import { openStore } from '../store/store.ts';
import { newDirectory } from '../store/testing/engines.ts';
import { beginAnalysis, endAnalysis, waitAgain } from '../store/threads.ts';
import { ask } from './ask.ts';
import { Scene, threadId } from './testing/scene.ts';

test('times are text, as they come from a daemon', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'ask-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const directory = join(folder, 'data');
  const { store } = await openStore(await newDirectory(directory), { holder: 'test' });
  assert.ok(store !== null);
  const scene = new Scene(store);
  await scene.begin({ state: 'dry' });
  await waitAgain(store.db, threadId, scene.time);
  const thread = await beginAnalysis(store.db, threadId);
  await endAnalysis(store.db, thread!, { state: 'parked', reason: 'it took too long' });
  await store.close();
  const { value, problem } = await ask({ ...loadSettings(), store: { directory, url: null } }, 'parked', {});
  assert.equal(problem, null);
  const [parked] = (value as { threads: { since: unknown }[] }).threads;
  assert.match(String(parked?.since), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});
