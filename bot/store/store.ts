/**
 * Where everything is kept: PGlite in a data directory, or a PostgreSQL server, by the same code. Nothing above this file knows
 * which.
 *
 *     const { store, problem } = await openStore(placeOf('data'), { holder: 'serve' });
 *
 * PGlite is one connection in this process: a transaction holds everybody else up, so it waits for nothing but the database.
 */
import { mkdirSync } from 'node:fs';
import { type Kysely, sql } from 'kysely';
import type { ConstructorOptions } from 'pg-boss';
import type { Problem } from '../../analyzers/source/place.ts';
import { lockDirectory } from './directory-lock.ts';
import { forgetVerdicts } from './kept-verdicts.ts';
import { migrate } from './migrate.ts';
import { openPglite } from './pglite.ts';
import { openPostgres } from './postgres.ts';
import type { Tables } from './tables.ts';

export interface Store {
  readonly db: Kysely<Tables>;
  readonly engine: Engine;
  /** For people: the directory, or the server without its password. */
  readonly name: string;
  /** How pg-boss gets at the same database. */
  readonly jobs: Pick<ConstructorOptions, 'db' | 'backend' | 'connectionString' | 'max' | 'options'>;
  close(): Promise<void>;
}
export type Engine = 'PGlite' | 'PostgreSQL';

/** What the two engines hand over before the schema is looked at. */
export type Opened =
  | { readonly store: Store; readonly problem: null }
  | { readonly store: null; readonly problem: Problem };

export type Place =
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'server'; readonly url: string };

/** Of what a person wrote: `postgres://…` is a server, all else a directory. */
export const placeOf = (text: string): Place =>
  /^postgres(ql)?:\/\//.test(text) ? { kind: 'server', url: text } : { kind: 'directory', path: text };

/** Opens it, makes it where it is not there yet, and brings its schema up to date. Never throws over what it finds there. */
export async function openStore(place: Place, { holder }: { readonly holder: string }): Promise<Opened> {
  const opened = place.kind === 'server' ? await openPostgres(place.url) : await openDirectory(place.path, holder);
  if (opened.store === null) return opened;
  const { store } = opened;
  try {
    const problem = await migrate(store.db, new Date());
    if (problem === null) return opened;
    await store.close();
    return { store: null, problem: { ...problem, text: `${store.name}: ${problem.text}` } };
  } catch (error) {
    await store.close();
    return { store: null, problem: { kind: 'store-unusable', text: `${store.name}: ${(error as Error).message}` } };
  }
}

async function openDirectory(path: string, holder: string): Promise<Opened> {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    const text = `${path} cannot be made (${(error as NodeJS.ErrnoException).code}): give another directory`;
    return { store: null, problem: { kind: 'store-unusable', text } };
  }
  const { lock, problem } = await lockDirectory(path, holder);
  if (problem !== null) return { store: null, problem };
  const opened = await openPglite(path);
  if (opened.store === null) {
    await lock.release();
    return opened;
  }
  const { store } = opened;
  const close = async () => {
    await store.close();
    await lock.release();
  };
  return { store: { ...store, close }, problem: null };
}

/**
 * What a server does by itself and PGlite does not: takes back the room of rows that are gone, and counts those that are there.
 * And what is kept only to be quick goes where nobody has use of it. From time to time, and after many mails at once; it takes
 * seconds.
 */
export async function maintain({ db, engine }: Store): Promise<void> {
  await forgetVerdicts(db);
  await sql.raw(engine === 'PGlite' ? 'vacuum (analyze)' : 'analyze').execute(db);
}

const insufficientPrivilege = '42501';

/**
 * Why nothing can be kept there, in words; null where it answers and takes what it is given. A full disk shows only where a file
 * grows, so that a row is written into an empty table of this session alone, which is empty again at once.
 */
export async function whyNothingIsKept({ db, name }: Store): Promise<string | null> {
  try {
    await db.transaction().execute(async (tx) => {
      await sql`create temporary table if not exists room (taken int) on commit delete rows`.execute(tx);
      await sql`insert into room values (1)`.execute(tx);
    });
    return null;
  } catch (error) {
    const { code, severity, message } = error as Error & { code?: string; severity?: string };
    // A server may allow nobody temporary tables: it answers, and more is not known.
    if (code === insufficientPrivilege) return null;
    return severity === undefined ? `${name} does not answer` : `${name} keeps nothing: ${message}`;
  }
}
