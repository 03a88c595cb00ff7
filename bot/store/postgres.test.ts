/** The connections to a PostgreSQL server: what becomes of a query where the network falls silent under it. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import pg from 'pg';
import { Postgres, postgresAbsent } from '../servers/postgres.ts';
import { Way } from '../servers/way.ts';
import { openPostgres } from './postgres.ts';

test('a way that falls silent under a query: the query fails, the next has a connection of its own', {
  ...{ skip: postgresAbsent, timeout: 60_000 },
}, async (t) => {
  const postgres = await Postgres.start();
  t.after(() => postgres.stop());
  const way = await Way.open(postgres.port);
  t.after(() => way.close());
  const silentMs = 1_000;
  const url = (await postgres.database()).replace(`:${postgres.port}`, `:${way.port}`);
  const { store } = await openPostgres(url, silentMs);
  assert.ok(store !== null);
  t.after(() => store.close());
  const jobs = new pg.Pool(store.jobs as pg.PoolConfig);
  jobs.on('error', () => {});
  t.after(() => jobs.end());
  const ask = () => Promise.allSettled([sql`select 1`.execute(store.db), jobs.query('select 1')]);
  const states = async () => (await ask()).map(({ status }) => status);
  assert.deepEqual(await states(), ['fulfilled', 'fulfilled']);
  // A connection that waits for nothing may go meanwhile, and takes nothing with it.
  await sleep(2 * silentMs);
  assert.deepEqual(await states(), ['fulfilled', 'fulfilled']);
  way.isCut = true;
  const asked = performance.now();
  assert.deepEqual(await states(), ['rejected', 'rejected']);
  assert.ok(performance.now() - asked < 10 * silentMs);
  way.isCut = false;
  assert.deepEqual(await states(), ['fulfilled', 'fulfilled']);
});
