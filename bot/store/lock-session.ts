/**
 * A session of its own with PostgreSQL, whose advisory locks say what this process alone does (singletons.ts). Every question has a
 * bounded time; where one is not answered the session is given up, for nobody knows then what it still holds.
 *
 * The server gives the locks of a host that has vanished free soon: it ends a session from which it hears nothing.
 */
import { createHash } from 'node:crypto';
import { Socket } from 'node:net';
import pg from 'pg';

export const lockClass = 0x5ce0_0100;
const askMs = 4_000;

/** What the server is told of every session of ours, so that what a vanished host has locked is free soon. */
export const sessionOptions = [
  'tcp_keepalives_idle=10',
  'tcp_keepalives_interval=5',
  'tcp_keepalives_count=3',
  'tcp_user_timeout=25000',
  'idle_in_transaction_session_timeout=60000',
]
  .map((setting) => `-c ${setting}`)
  .join(' ');

/** Of the lock of a name, as pg_locks has it. */
export const keyOf = (name: string) => createHash('sha256').update(name).digest().readUInt32BE(0);

interface Taken {
  /** Counts who has had it. */
  readonly epoch: number;
  /** Who had it before; null where nobody did, or gave it back. */
  readonly before: string | null;
}

export class LockSession {
  readonly #client: pg.Client;
  readonly #socket = new Socket();
  #asking: Promise<unknown> = Promise.resolve();

  /** @param silentMs after so long without a question the server ends it. @throws Error where there is no server */
  static async open(
    url: string,
    { silentMs, onEnd }: { readonly silentMs: number; readonly onEnd: (why: string) => void },
  ): Promise<LockSession> {
    const session = new LockSession(url, onEnd);
    try {
      await session.#client.connect();
      // A server that is older than 14 has no such setting: there TCP has to tell, which does not see that a process is frozen.
      await session.#client.query(
        `select set_config('lock_timeout', '1000', false), set_config('statement_timeout', '${askMs}', false), (select set_config(name, $1, false)
          from pg_settings where name = 'idle_session_timeout')`,
        [String(silentMs)],
      );
      return session;
    } catch (error) {
      session.destroy();
      throw error;
    }
  }

  private constructor(url: string, onEnd: (why: string) => void) {
    this.#client = new pg.Client({
      ...{ connectionString: url, options: sessionOptions, application_name: 'scenario-bot singletons' },
      ...{ connectionTimeoutMillis: askMs, query_timeout: askMs },
      ...{ keepAlive: true, keepAliveInitialDelayMillis: 5_000, stream: () => this.#socket },
    });
    this.#client.on('error', (error) => onEnd(error.message));
    this.#client.on('end', () => onEnd('the session with the database has ended'));
  }

  /** Which locks it holds, by the server's word, and the server's time. */
  async confirm(): Promise<{ readonly held: ReadonlySet<number>; readonly atMs: number }> {
    const { rows } = await this.#ask<{ held: string[] | null; at: string }>(
      `select extract(epoch from clock_timestamp()) * 1000 as at, (select array_agg(objid::bigint) from pg_locks
        where locktype = 'advisory' and pid = pg_backend_pid() and classid = ${lockClass} and objsubid = 2) as held`,
    );
    return { held: new Set((rows[0]?.held ?? []).map(Number)), atMs: Number(rows[0]?.at) };
  }

  /** @returns null where another has it */
  async take(name: string, holder: string): Promise<Taken | null> {
    const { rows: locked } = await this.#ask<{ is: boolean }>(`select pg_try_advisory_lock(${lockClass}, $1) as is`, [
      keyOf(name) | 0,
    ]);
    if (locked[0]?.is !== true) return null;
    try {
      const before = await this.#ask<{ holder: string; released: boolean }>(
        'select holder, released from singletons where name = $1',
        [name],
      );
      const { rows } = await this.#ask<{ epoch: string }>(
        `insert into singletons as had (name, holder, epoch, taken_at, released)
          values ($1, $2, 1, clock_timestamp(), false)
          on conflict (name) do update set holder = $2, epoch = had.epoch + 1, taken_at = clock_timestamp(), released = false
          returning epoch`,
        [name, holder],
      );
      const last = before.rows[0];
      return { epoch: Number(rows[0]?.epoch), before: last === undefined || last.released ? null : last.holder };
    } catch (error) {
      // What the one before has begun holds the row until it is done.
      if ((error as { code?: string }).code !== '55P03') throw error;
      await this.#unlock(name);
      return null;
    }
  }

  /** Whoever takes it next need not wait. */
  async release(name: string, epoch: number): Promise<void> {
    await this.#ask('update singletons set released = true where name = $1 and epoch = $2', [name, epoch]);
    await this.#unlock(name);
  }

  /** The locks go with it. */
  destroy(): void {
    this.#client
      .removeAllListeners('end')
      .removeAllListeners('error')
      .on('error', () => {});
    this.#socket.destroy();
  }

  /** One question after the other, whoever has them. */
  async #ask<Row extends pg.QueryResultRow>(
    text: string,
    values: readonly unknown[] = [],
  ): Promise<pg.QueryResult<Row>> {
    const before = this.#asking;
    const answer = before.then(() => this.#client.query<Row>(text, [...values]));
    this.#asking = answer.catch(() => {});
    return answer;
  }

  async #unlock(name: string): Promise<void> {
    await this.#ask(`select pg_advisory_unlock(${lockClass}, $1)`, [keyOf(name) | 0]);
  }
}
