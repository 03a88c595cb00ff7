/**
 * A suite on both engines: PGlite in a temporary directory, and a PostgreSQL server of its own. A database is made once a suite
 * and emptied before each test: making one takes seconds.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe } from 'node:test';
import { sql } from 'kysely';
import { Postgres, postgresAbsent } from '../../servers/postgres.ts';
import { createDatabase, databaseIn } from '../pglite.ts';
import { type Engine, openStore, type Place, type Store } from '../store.ts';

/** What a suite has of its engine, once it runs. */
interface Bench {
  readonly engine: Engine;
  readonly store: Store;
  /** Of another database, which is not there yet or has no tables. */
  emptyPlace(): Promise<Place>;
}

type Suite = (bench: () => Bench, engine: Engine) => void;

/** Where what is tested is not the queries. */
export function onPglite(suite: Suite): void {
  onEngine('PGlite', suite, false, async () => {
    const root = mkdtempSync(join(tmpdir(), 'pglite-'));
    let places = 0;
    return {
      place: async () => newDirectory(join(root, `data${++places}`)),
      stop: async () => rmSync(root, { recursive: true, force: true }),
    };
  });
}

export function onBothEngines(suite: Suite): void {
  onPglite(suite);
  onEngine('PostgreSQL', suite, postgresAbsent, async () => {
    const server = await Postgres.start();
    return { place: async () => ({ kind: 'server', url: await server.database() }), stop: () => server.stop() };
  });
}

interface Running {
  place(): Promise<Place>;
  stop(): Promise<void>;
}

function onEngine(engine: Engine, suite: Suite, skip: string | false, start: () => Promise<Running>): void {
  describe(engine, { skip }, () => {
    let running: Running | undefined;
    let bench: Bench | undefined;
    before(async () => {
      running = await start();
      const { store, problem } = await openStore(await running.place(), { holder: 'test' });
      if (store === null) throw new Error(problem.text);
      bench = { engine, store, emptyPlace: running.place };
    });
    beforeEach(() => emptied(bench!.store));
    after(async () => {
      await bench?.store.close();
      await running?.stop();
    });
    suite(() => bench!, engine);
  });
}

async function emptied({ db }: Store): Promise<void> {
  const { rows } = await sql<{ name: string }>`
    select quote_ident(schemaname) || '.' || quote_ident(tablename) as name from pg_tables
    where (schemaname = 'public' and tablename <> 'schema_versions') or (schemaname = 'pgboss' and tablename = 'job')`.execute(
    db,
  );
  await sql.raw(`truncate ${rows.map(({ name }) => name).join(', ')} restart identity cascade`).execute(db);
}

/** A data directory with an empty database: PGlite takes seconds to make one, so the first is kept and copied. */
export async function newDirectory(path: string): Promise<Place> {
  const modules = join(import.meta.dirname, '../../../node_modules');
  const { version } = JSON.parse(readFileSync(join(modules, '@electric-sql/pglite/package.json'), 'utf8'));
  const seed = join(modules, `.cache/pglite-${version}`);
  if (!existsSync(seed)) {
    mkdirSync(join(modules, '.cache'), { recursive: true });
    await createDatabase(`${seed}-${process.pid}`);
    // Another test may have been faster.
    if (existsSync(seed)) rmSync(`${seed}-${process.pid}`, { recursive: true });
    else renameSync(`${seed}-${process.pid}`, seed);
  }
  cpSync(seed, databaseIn(path), { recursive: true });
  return { kind: 'directory', path };
}
