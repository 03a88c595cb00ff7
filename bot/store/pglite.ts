/**
 * PGlite: PostgreSQL in this process, its files in a directory. Only store.ts calls this, with the directory locked.
 *
 * A new database is made by a process of its own: initdb in WebAssembly takes a gigabyte, which the daemon would keep. It is
 * made beside its place and moved there when it is whole: one that was cut short is made again.
 */
import { spawn } from 'node:child_process';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite, type PGliteOptions } from '@electric-sql/pglite';
import { Kysely, PGliteDialect } from 'kysely';
import { fromPglite } from 'pg-boss';
import type { Opened } from './store.ts';
import type { Tables } from './tables.ts';

/**
 * Options of node with which PGlite takes half the memory and is no slower for what we ask of it: optimizing its largest
 * functions takes hundreds of megabytes.
 */
const leanWebAssembly = ['--no-wasm-tier-up', '--no-wasm-dynamic-tiering'];

/** The database's files within the data directory. */
export const databaseIn = (directory: string) => join(directory, 'database');

const [int8, bytea] = [20, 17];
export const pgliteOptions = {
  postgresqlconf: ['shared_buffers=16MB'],
  parsers: { [int8]: Number, [bytea]: (text: string) => Buffer.from(text.slice(2), 'hex') },
  // As it is: bytes go over as bytes, not as hexadecimal.
  serializers: { [bytea]: (bytes: unknown) => bytes as string },
} satisfies PGliteOptions;

export async function openPglite(directory: string): Promise<Opened> {
  const database = databaseIn(directory);
  try {
    if (!existsSync(database)) await createDatabase(database);
    const pglite = await PGlite.create({ ...pgliteOptions, dataDir: database });
    const db = new Kysely<Tables>({ dialect: new PGliteDialect({ pglite }) });
    return {
      store: {
        ...{ db, engine: 'PGlite', name: directory },
        jobs: { db: fromPglite(pglite), backend: 'pglite' },
        close: () => db.destroy(),
      },
      problem: null,
    };
  } catch (error) {
    const text = `${database} cannot be opened (${(error as Error).message}): put a backup in its place, or move it away`;
    return { store: null, problem: { kind: 'store-unusable', text } };
  }
}

/** Made whole or not at all. */
export async function createDatabase(database: string): Promise<void> {
  const unfinished = `${database}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  await new Promise<void>((resolve, reject) => {
    const program = join(import.meta.dirname, 'create-database.ts');
    const child = spawn(process.execPath, [...leanWebAssembly, program, unfinished], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-2_000);
    });
    child.on('error', reject);
    child.on('close', (status) => {
      if (status === 0) resolve();
      else reject(new Error(`it could not be made: ${said.trim() || `status ${status}`}`));
    });
  });
  renameSync(unfinished, database);
}
