/**
 * Brings a database to this program's schema: each migration in a transaction of its own, recorded with it, under a lock so
 * that two processes that start together make one change. A database of a newer program is left alone, and named.
 */
import { type Kysely, sql } from 'kysely';
import type { Problem } from '../../analyzers/source/place.ts';
import { lockUntilCommit } from './locks.ts';
import { migrations } from './migrations/all.ts';
import type { Migration } from './migrations/migration.ts';
import type { Tables } from './tables.ts';

/** @returns why it cannot be used; null where it now has the newest of the given schemas */
export async function migrate(
  db: Kysely<Tables>,
  now: Date,
  steps: readonly Migration[] = migrations,
): Promise<Problem | null> {
  const known = steps.at(-1)?.number ?? 0;
  for (;;) {
    const found = await db.transaction().execute(async (tx) => {
      await lockUntilCommit(tx, 'migrate');
      const version = await versionOf(tx);
      const next = steps.find(({ number }) => number === version + 1);
      if (next === undefined) return version;
      for (const statement of next.statements) await sql.raw(statement).execute(tx);
      const { number, name } = next;
      await tx.insertInto('schema_versions').values({ version: number, name, applied_at: now }).execute();
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

async function versionOf(tx: Kysely<Tables>): Promise<number> {
  await sql`create table if not exists schema_versions (
    version integer primary key, name text not null, applied_at timestamptz not null)`.execute(tx);
  const row = await tx
    .selectFrom('schema_versions')
    .select(({ fn }) => fn.max('version').as('newest'))
    .executeTakeFirst();
  return row?.newest ?? 0;
}
