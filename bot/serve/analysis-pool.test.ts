/** What others on the machine see of the processes that analyse. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { loadSettings } from '../settings/settings.ts';
import { analysisPool } from './analysis-pool.ts';

test('no secret is on a command line', async () => {
  const settings = loadSettings();
  const url = 'postgres://bot:hunter2@db.example.org/bot';
  const pool = analysisPool({ ...settings, store: { ...settings.store, url } }, new AbortController().signal);
  const nothing = { mails: [], said: {}, own: [], asked: [], disputed: {}, optedOut: [], nowMs: 0 };
  assert.equal((await pool.run(nothing, () => {})).kind, 'done');
  const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').trim().split(' ');
  const lines = children.map((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
  pool.close();
  assert.equal(lines.filter((line) => line.includes('analysis/worker.ts')).length, 1);
  assert.doesNotMatch(lines.join(), /hunter2/);
});
