/** The hosts test in short (`npm run torture -- --hosts` is the long one): one fault of each kind, with a fresh seed that it prints. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { mailSystemAbsent } from '../serve/testing/mail-system.ts';
import { hostsAbsent } from '../servers/hosts.ts';
import { postgresAbsent } from '../servers/postgres.ts';
import { tortureOnHosts } from './on-hosts.ts';

const seed = Number(process.env.HOSTS_SEED ?? 1 + Math.floor(Math.random() * 2 ** 31));

test(`links are cut and slow, hosts are killed and stand still, the database fails over: each thread is answered once (HOSTS_SEED=${seed})`, {
  ...{ skip: mailSystemAbsent || postgresAbsent || hostsAbsent(), timeout: 500_000 },
}, async (t) => {
  const said: string[] = [];
  const figures = await tortureOnHosts({ layout: 'together', pace: 'quick', faults: 6, seed }, (text) =>
    said.push(text),
  );
  t.diagnostic(`${figures.threads} threads, ${figures.seconds} s`);
  const { faults, lost, twice, database, crashes, stopped } = figures;
  assert.deepEqual(
    { ...{ lost, twice, crashes, stopped }, problems: database.problems },
    {
      ...{ lost: [], twice: [], crashes: 0, stopped: [0, 0, 0] },
      problems: [],
    },
    said.join('\n'),
  );
  assert.deepEqual(new Set(Object.values(faults)), new Set([1]));
  assert.ok(figures.threads > 1 && figures.answeredOnce === figures.threads);
});
