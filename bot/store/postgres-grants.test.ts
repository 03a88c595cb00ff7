/** A server that grants a role less than we would like: it is said, or done without. */
import assert from 'node:assert/strict';
import test, { after } from 'node:test';
import { sql } from 'kysely';
import pg from 'pg';
import { Postgres, postgresAbsent } from '../servers/postgres.ts';
import { openStore, whyNothingIsKept } from './store.ts';

const skip = { skip: postgresAbsent, timeout: 60_000 };
const postgres = postgresAbsent === false ? await Postgres.start() : null;
after(() => postgres?.stop());

/** A database of a role of its own. @returns its URL for that role */
async function granted(role: string, ...statements: readonly string[]): Promise<string> {
  const url = await postgres!.database();
  const client = new pg.Client(url);
  await client.connect();
  const name = new URL(url).pathname.slice(1);
  await client.query(`create role ${role}; grant create on database ${name} to ${role}`);
  for (const statement of statements) await client.query(statement.replace('NAME', name));
  await client.end();
  return url.replace('//test@', `//${role}@`);
}

test('one connection is too few, and says so', skip, async () => {
  const url = await granted('one', 'alter role one login connection limit 1');
  const { problem } = await openStore({ kind: 'server', url }, { holder: 'test' });
  assert.match(problem?.text ?? '', /too many connections for role "one"/);
});

test('without temporary tables it is ready', skip, async () => {
  const url = await granted(
    'plain',
    'alter role plain login',
    'grant all on schema public to plain',
    'revoke temp on database NAME from public',
  );
  const { store, problem } = await openStore({ kind: 'server', url }, { holder: 'test' });
  assert.equal(problem, null);
  await assert.rejects(sql`create temporary table x (y int)`.execute(store.db), { code: '42501' });
  assert.equal(await whyNothingIsKept(store), null);
  await store.close();
});
