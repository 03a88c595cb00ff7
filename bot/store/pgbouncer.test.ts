/** A PgBouncer before the server: by sessions it is as if it were not there, by anything less it is refused. */
import assert from 'node:assert/strict';
import test from 'node:test';
import pg from 'pg';
import { pgbouncerAbsent, startPgbouncer } from '../servers/pgbouncer.ts';
import { Postgres, postgresAbsent } from '../servers/postgres.ts';
import { LockSession } from './lock-session.ts';
import { openStore } from './store.ts';

const ignoring = 'ignore_startup_parameters = options';
const rows: readonly (readonly [what: string, lines: readonly string[], refused: RegExp | null])[] = [
  ['by sessions', ['pool_mode = session', ignoring], null],
  [
    'by sessions, without our settings',
    ['pool_mode = session'],
    /unsupported startup parameter: options\): .* PgBouncer/,
  ],
  ['by transactions', ['pool_mode = transaction', ignoring], /sessions are shared\): .* `pool_mode = session`/],
  [
    'by transactions, servers in turn',
    ['pool_mode = transaction', 'server_round_robin = 1', ignoring],
    /sessions are shared\): .* `pool_mode = session`/,
  ],
  ['by statements', ['pool_mode = statement', ignoring], /statement pooling mode\): .* `pool_mode = session`/],
];
/** Others were there before, so that PgBouncer has several sessions to choose from. */
async function openServers(url: string): Promise<void> {
  const clients = [1, 2, 3].map(() => new pg.Client(url));
  for (const client of clients) await client.connect();
  for (const words of ['begin', 'rollback']) for (const client of clients) await client.query(words);
  for (const client of clients) await client.end();
}

for (const [what, lines, refused] of rows)
  test(`PgBouncer ${what}`, { skip: postgresAbsent || pgbouncerAbsent, timeout: 60_000 }, async (t) => {
    const postgres = await Postgres.start();
    const bouncer = await startPgbouncer(postgres, lines);
    t.after(async () => {
      await bouncer.stop();
      await postgres.stop();
    });
    const url = (await postgres.database()).replace(`:${postgres.port}`, `:${bouncer.port}`);
    if (lines[0] !== 'pool_mode = statement') await openServers(url);
    const { store, problem } = await openStore({ kind: 'server', url }, { holder: 'test' });
    if (refused !== null) return assert.match(problem?.text ?? '', refused);
    assert.equal(problem, null);
    const ends: string[] = [];
    const open = () => LockSession.open(url, { silentMs: 20_000, onEnd: (why) => ends.push(why) });
    const [one, other] = [await open(), await open()];
    assert.equal((await one.take('x', 'one'))?.epoch, 1);
    assert.equal(await other.take('x', 'other'), null);
    assert.equal((await one.confirm()).held.size, 1);
    one.destroy();
    for (;;) {
      const taken = await other.take('x', 'other');
      if (taken === null) continue;
      assert.deepEqual(taken, { epoch: 2, before: 'one' }, 'who goes leaves no lock behind');
      break;
    }
    other.destroy();
    await store?.close();
    assert.deepEqual(ends, []);
  });
