/**
 * Brings a database to this program's schema: each migration in a transaction of its own, recorded with it, under a lock so
 * that two processes that start together make one change. A database of a newer program is worked on where every migration that
 * is not known here says that it can be, so that hosts are upgraded one after the other; else it is left alone, and named.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import type { Problem } from '../../analyzers/source/place.ts';
import { lockUntilCommit } from './locks.ts';
import { migrations } from './migrations/all.ts';
import type { Migration } from './migrations/migration.ts';
import type { Tables } from './tables.ts';

const waitMs = 2_000;
/** For about ten minutes: an export reads for some. */
const triesMax = 150;

/** @returns why it cannot be used; null where it now has the newest of the given schemas, or a newer one on which this program works */
export async function migrate(
  db: Kysely<Tables>,
  now: Date,
  steps: readonly Migration[] = migrations,
): Promise<Problem | null> {
  const known = steps.at(-1)?.number ?? 0;
  for (;;) {
    const found = await inTurn(db, async (tx) => {
      await lockUntilCommit(tx, 'migrate');
      // Who waits for a table holds up all that come after: whoever works there goes first.
      await sql`set local lock_timeout = ${sql.lit(waitMs)}`.execute(tx);
      const version = await versionOf(tx);
      const next = steps.find(({ number }) => number === version + 1);
      if (next === undefined) return version > known && (await oldestOf(tx, known)) <= known ? known : version;
      for (const statement of next.statements) await sql.raw(statement).execute(tx);
      const { number, name, oldest = number } = next;
      await tx.insertInto('schema_versions').values({ version: number, name, applied_at: now, oldest }).execute();
      return null;
    });
    if (found === null) continue;
    if (found === known) return null;
    return {
      kind: 'newer-schema',
      text: `the database has schema ${found}, and this program knows schema ${known}: it belongs to a newer version; run that one`,
    };
  }
}

/** Again where somebody works on a table for longer. */
async function inTurn<Value>(db: Kysely<Tables>, run: (tx: Kysely<Tables>) => Promise<Value>): Promise<Value> {
  for (let tried = 1; ; tried++) {
    try {
      return await db.transaction().execute(run);
    } catch (error) {
      if ((error as { code?: string }).code !== '55P03' || tried === triesMax) throw error;
      await sleep(waitMs);
    }
  }
}

async function versionOf(tx: Kysely<Tables>): Promise<number> {
  await sql`create table if not exists schema_versions (
    version integer primary key, name text not null, applied_at timestamptz not null)`.execute(tx);
  // Asked for whether it is there or not, it would wait for whoever reads the table, such as an export that does for minutes.
  const { rows } = await sql`select 1 from pg_attribute
    where attrelid = 'schema_versions'::regclass and attname = 'oldest'`.execute(tx);
  if (rows.length === 0) await sql`alter table schema_versions add column oldest integer`.execute(tx);
  const row = await tx
    .selectFrom('schema_versions')
    .select(({ fn }) => fn.max('version').as('newest'))
    .executeTakeFirst();
  return row?.newest ?? 0;
}

/** Which schema a program must know at least, by the migrations after the one given; one that does not say so needs itself. */
async function oldestOf(tx: Kysely<Tables>, known: number): Promise<number> {
  const rows = await tx
    .selectFrom('schema_versions')
    .select(['version', 'oldest'])
    .where('version', '>', known)
    .execute();
  return Math.max(...rows.map(({ version, oldest }) => oldest ?? version));
}
