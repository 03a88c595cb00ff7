/**
 * Work to be done, as jobs of pg-boss in the same database: a row that asks for work and its job are committed together, or
 * not at all. A job names a row, and the row decides: a job that comes twice, or late, finds that nothing is left to do.
 *
 * One job of a kind a row waits at a time; asked for again, the later time counts. One that runs does not hold up the next.
 */
import { type Kysely, sql } from 'kysely';
import { fromKysely, PgBoss, type QueueResult, type Queue as QueueSettings } from 'pg-boss';
import type { Store } from './store.ts';
import type { Tables } from './tables.ts';

/** What a job of each kind is about. */
export interface Jobs {
  /** Has the thread settled, and is there something to analyse? */
  readonly look: { readonly threadId: number };
  readonly analyse: { readonly threadId: number };
  readonly post: { readonly replyId: number };
  /** An answer to a mail that asked moderators. */
  readonly moderate: { readonly mailId: number };
  /** A mail that holds orders. */
  readonly obey: { readonly mailId: number };
  /** Something on GitHub is not as it should be. */
  readonly github: { readonly itemId: number };
  /** A mail with a patch that somebody wants tried. */
  readonly try: { readonly mailId: number };
  /** A check on a patch of a patchwork instance. */
  readonly patchwork: { readonly checkId: number };
}
export type JobName = keyof Jobs;

/**
 * `short`: one waits a key. A job whose process died is seen by its heart that stopped. Retries are many, for a process that
 * dies says nothing of the job: what fails by itself is counted in its row, and parked there with a reason.
 */
const settings: Omit<QueueSettings, 'name'> = {
  ...{ policy: 'short', notify: true, retryLimit: 20, retryDelay: 1, retryBackoff: true, retryDelayMax: 300 },
  ...{
    heartbeatSeconds: 20,
    expireInSeconds: 4 * 3600,
    retentionSeconds: 365 * 24 * 3600,
    deleteAfterSeconds: 24 * 3600,
  },
};
const { policy: _, ...changeable } = settings;
const keyOf: { readonly [Name in JobName]: (data: Jobs[Name]) => string } = {
  look: ({ threadId }) => String(threadId),
  analyse: ({ threadId }) => String(threadId),
  post: ({ replyId }) => String(replyId),
  moderate: ({ mailId }) => String(mailId),
  obey: ({ mailId }) => String(mailId),
  github: ({ itemId }) => String(itemId),
  try: ({ mailId }) => String(mailId),
  patchwork: ({ checkId }) => String(checkId),
};
const names = Object.keys(keyOf) as readonly JobName[];

export interface Work<Name extends JobName> {
  /** How many run at once. */
  readonly atOnce: number;
  /** Throwing makes it run again, later. */
  readonly run: (data: Jobs[Name]) => Promise<void>;
}

export class Queue {
  readonly #boss: PgBoss;
  readonly #db: Kysely<Tables>;

  private constructor(boss: PgBoss, db: Kysely<Tables>) {
    this.#boss = boss;
    this.#db = db;
  }

  /**
   * @param onError of what goes on in the background, such as a connection that is lost
   * @throws Error where the database is away
   */
  static async open(store: Store, onError: (error: Error) => void): Promise<Queue> {
    const boss = new PgBoss({
      ...store.jobs,
      useListenNotify: true,
      superviseIntervalSeconds: 10,
      monitorIntervalSeconds: 10,
    });
    boss.on('error', onError);
    const queue = new Queue(boss, store.db);
    try {
      await boss.start();
      // Their settings are read here, once: within a transaction of PGlite there is no asking beside it.
      for (const name of names) {
        await boss.createQueue(name, settings);
        await boss.updateQueue(name, changeable);
      }
      if (store.engine === 'PGlite') await queue.#takeBack();
      return queue;
    } catch (error) {
      // What it has begun in the background would go on, and hold the process.
      await queue.stop(0).catch(() => {});
      throw error;
    }
  }

  /** With the transaction that writes the row: rolled back, there is no job. */
  async enqueue<Name extends JobName>(
    tx: Kysely<Tables>,
    name: Name,
    data: Jobs[Name],
    startAfter: Date,
  ): Promise<void> {
    await this.#boss.upsert(name, data, { singletonKey: keyOf[name](data), startAfter, db: fromKysely(tx) });
  }

  /** @returns begins no more of them, and waits for those that run */
  async work<Name extends JobName>(name: Name, { atOnce, run }: Work<Name>): Promise<() => Promise<void>> {
    // Each fetches alone: a job that takes long must hold up no other of its batch.
    const id = await this.#boss.work<Jobs[Name]>(
      name,
      {
        ...{ batchSize: 1, localConcurrency: atOnce, pollingIntervalSeconds: 0.5, notifyPollingIntervalSeconds: 1 },
        // While others wait, the next one is fetched at once.
        burstWhenReadyExceeds: 1,
      },
      async ([job]) => {
        if (job !== undefined) await run(job.data);
      },
    );
    return () => this.#boss.offWork(name, { id });
  }

  /** Keys of the jobs of a kind that some process has taken, and not ended. */
  async running(name: JobName): Promise<ReadonlySet<string>> {
    const { rows } = await sql<{ key: string }>`
      select singleton_key as key from pgboss.job where name = ${name} and state = 'active'`.execute(this.#db);
    return new Set(rows.map(({ key }) => key));
  }

  /** Counts of waiting and running jobs, as of the last look a few seconds ago. */
  counts(): Promise<readonly QueueResult[]> {
    return this.#boss.getQueues([...names]);
  }

  /** No new jobs; those that run are waited for, and run again at the next start where that takes too long. */
  async stop(timeoutMs: number): Promise<void> {
    await this.#boss.stop({ graceful: timeoutMs > 0, timeout: Math.max(1_000, timeoutMs), close: true });
  }

  /** Nobody else can run a job of a locked directory: those that a process left running wait again at once. */
  async #takeBack(): Promise<void> {
    const { rows } = await sql<{
      name: string;
      id: string;
    }>`select name, id from pgboss.job where state = 'active'`.execute(this.#db);
    for (const { name, id } of rows) await this.#boss.fail(name, id, { message: 'the process that ran it ended' });
  }
}
