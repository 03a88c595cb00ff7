/**
 * A PostgreSQL server, by URL. Only store.ts calls this.
 *
 * Where the network falls silent TCP gives up after a quarter of an hour, or never. So a connection on which neither side says a
 * word for some minutes is given up; nothing of ours makes a server think for so long.
 */
import { Socket } from 'node:net';
import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { sessionOptions } from './lock-session.ts';
import type { Opened } from './store.ts';
import type { Tables } from './tables.ts';

const int8 = 20;
const oldestServer = 130_000;
const silentMostMs = 300_000;
/** What is temporary in a session is as old as it, and keeps a server from forgetting old transactions. */
const sessionSecondsMax = 3_600;
const connections = { ours: 10, ofJobs: 5 } as const;

export async function openPostgres(url: string, silentMs = silentMostMs): Promise<Opened> {
  const name = withoutPassword(url);
  const unusable = (text: string): Opened => ({ store: null, problem: { kind: 'store-unusable', text } });
  const connection = {
    ...{ connectionString: url, options: sessionOptions, stream: () => impatientSocket(silentMs) },
    ...{ keepAlive: true, keepAliveInitialDelayMillis: 10_000 },
  };
  const pool = new pg.Pool({
    ...connection,
    max: connections.ours,
    maxLifetimeSeconds: sessionSecondsMax,
    connectionTimeoutMillis: 10_000,
    types: {
      getTypeParser: (oid: number, format?: 'text' | 'binary') =>
        oid === int8 ? Number : pg.types.getTypeParser(oid, format as 'text'),
    } as pg.CustomTypesConfig,
  });
  // A connection that breaks while nobody uses it: the next query gets another.
  pool.on('error', () => {});
  // Or while it is used and no query of it runs, as within a transaction: the next query of it fails.
  pool.on('connect', (client) => client.on('error', () => {}));
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  try {
    const { rows } = await sql<{ number: number; text: string }>`select
      current_setting('server_version_num')::int as number, current_setting('server_version') as text`.execute(db);
    const version = rows[0] ?? { number: 0, text: '?' };
    if (version.number < oldestServer) {
      await db.destroy();
      return unusable(`${name} is PostgreSQL ${version.text}; 13 or newer is needed`);
    }
    if (await isSessionShared(pool)) throw new Error('its sessions are shared');
  } catch (error) {
    await db.destroy();
    const why = reasonOf(error);
    const cure = /startup parameter|sessions are shared|pooling mode/.test(why)
      ? 'name the server itself; a PgBouncer before it needs `pool_mode = session` and `ignore_startup_parameters = options`'
      : 'is the server running, and are the URL and its password right?';
    return unusable(`${name} cannot be used (${why}): ${cure}`);
  }
  return {
    store: {
      ...{ db, engine: 'PostgreSQL', name },
      jobs: { ...connection, max: connections.ofJobs },
      close: () => db.destroy(),
    },
    problem: null,
  };
}

/**
 * Behind a PgBouncer that pools by transactions, one that asks again and again meets several sessions, or whoever asks next has the
 * session that one has asked in before: locks of a session are nobody's there.
 */
async function isSessionShared(pool: pg.Pool): Promise<boolean> {
  const sessionOf = async (client: pg.PoolClient): Promise<unknown> =>
    (await client.query('select pg_backend_pid() as pid')).rows[0]?.pid;
  const one = await pool.connect();
  try {
    const sessions = new Set<unknown>();
    for (let asked = 0; asked < 8; asked++) sessions.add(await sessionOf(one));
    const other = await pool.connect();
    try {
      await other.query('begin');
      const isShared = sessions.size > 1 || sessions.has(await sessionOf(other));
      await other.query('rollback');
      return isShared;
    } finally {
      other.release();
    }
  } finally {
    one.release();
  }
}

function impatientSocket(silentMs: number): Socket {
  const socket = new Socket();
  return socket.setTimeout(silentMs, () => socket.destroy(new Error(`no word for ${silentMs / 1000} s`)));
}

function withoutPassword(url: string): string {
  try {
    const { protocol, username, host, pathname } = new URL(url);
    return `${protocol}//${username === '' ? '' : `${username}@`}${host}${pathname}`;
  } catch {
    return 'the PostgreSQL URL';
  }
}

/** Where several addresses were tried, the message is empty and its parts are not. */
function reasonOf(error: unknown): string {
  const { message, code, errors } = error as Error & { code?: string; errors?: Error[] };
  return message || errors?.[0]?.message || code || 'no reason given';
}
