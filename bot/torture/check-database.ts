/** Is a database whole? amcheck's word on it (PostgreSQL's appendix F): every heap, and every B-tree against its heap. */
import { PGlite } from '@electric-sql/pglite';
import { amcheck } from '@electric-sql/pglite/contrib/amcheck';
import pg from 'pg';
import { databaseIn, pgliteOptions } from '../store/pglite.ts';
import type { Place } from '../store/store.ts';

type Query = (text: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;

export interface DatabaseCheck {
  readonly tables: number;
  readonly indexes: number;
  readonly problems: readonly string[];
}

export async function checkDatabase(place: Place): Promise<DatabaseCheck> {
  if (place.kind === 'directory') {
    const extensions = { amcheck };
    const pglite = await PGlite.create({ ...pgliteOptions, dataDir: databaseIn(place.path), extensions });
    try {
      return await check(async (text) => (await pglite.query<Readonly<Record<string, unknown>>>(text)).rows);
    } finally {
      await pglite.close();
    }
  }
  const client = new pg.Client(place.url);
  await client.connect();
  try {
    return await check(async (text) => (await client.query(text)).rows);
  } finally {
    await client.end();
  }
}

async function check(query: Query): Promise<DatabaseCheck> {
  await query('create extension if not exists amcheck');
  const problems: string[] = [];
  const relations = async (kinds: string, method: string) =>
    (
      await query(
        `select c.oid::int as oid, c.relname as name from pg_class c join pg_am a on a.oid = c.relam
         where c.relkind in (${kinds}) and a.amname = '${method}' and c.relpersistence = 'p' order by c.oid`,
      )
    ).map(({ oid, name }) => ({ oid: Number(oid), name: String(name) }));
  const tables = await relations("'r', 't', 'm'", 'heap');
  for (const { oid, name } of tables)
    for (const { blkno, msg } of await query(`select blkno, msg from verify_heapam(${oid}::regclass)`))
      problems.push(`${name}, block ${blkno}: ${msg}`);
  const indexes = await relations("'i'", 'btree');
  for (const { oid, name } of indexes)
    await query(`select bt_index_parent_check(${oid}::regclass, true, true)`).catch((error: Error) =>
      problems.push(`${name}: ${error.message}`),
    );
  return { tables: tables.length, indexes: indexes.length, problems };
}
