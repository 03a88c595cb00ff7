/**
 * What exactly one process does at a time, of all that work on a database: each such thing has a name, an advisory lock that a
 * session of its own holds (lock-session.ts), and a row that says who had it last. Whoever is told to `hold` a name runs its work
 * for as long as it has the lock; another one that wants it takes over by itself.
 *
 * Why two never do it at once. A holder asks the server every `confirmMs` which locks it holds, and takes itself for the holder
 * until `leaseMs` after it has *asked* the last time that was answered with yes, by its own clock; a process that was frozen, or
 * a machine that slept, finds that out when it looks at that clock, which it does right before what cannot be taken back. The
 * server gives the lock to another only at some moment T after it gave that last answer, so the lease has ended by T + `leaseMs`.
 * Who gets the lock begins `takeoverMs` > `leaseMs` after it got it, hence after T, and the difference is what is left for letting
 * go. It need not wait where the one before gave the lock back, is known to have ended, or was itself. So it counts how fast clocks go, and
 * never what they show.
 *
 * What writes to the database is held apart by that as well: `check`, in a transaction, fails once another has taken the row, and
 * holds up one who would until the transaction ends.
 *
 * A host that vanishes is followed after `vanishedMs` + `takeoverMs` and some seconds, one that is killed at once where it was
 * ours, else after `takeoverMs`.
 *
 * On PGlite there is one process, and it holds everything.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import { keyOf, LockSession, lockClass } from './lock-session.ts';
import { isEnded, processName } from './process-name.ts';
import type { Store } from './store.ts';
import type { Tables } from './tables.ts';

export interface SingletonTiming {
  readonly confirmMs: number;
  readonly leaseMs: number;
  readonly takeoverMs: number;
  /** The server ends a session that asks nothing for so long, where TCP does not say so before. */
  readonly vanishedMs: number;
}
const usual: SingletonTiming = { confirmMs: 2_000, leaseMs: 10_000, takeoverMs: 15_000, vanishedMs: 20_000 };
const watchMs = 250;

export interface Holding {
  /** Begin nothing more, and end what runs: it stops, or has lost it. */
  readonly ending: AbortSignal;
  /** Drop what runs: another may have it soon. */
  readonly lost: AbortSignal;
  readonly isHeld: () => boolean;
  /** Nobody else takes it before the transaction ends. @throws Error where somebody has */
  readonly check: (tx: Kysely<Tables>) => Promise<void>;
}

/** Ends when `ending` says so; where it ends or throws before, it is begun again. */
export type HeldWork = (holding: Holding) => Promise<void>;

export interface SingletonEvent {
  readonly name: string;
  readonly what: 'held' | 'given back' | 'lost' | 'failed';
  readonly why: string | null;
}

interface Term {
  readonly name: string;
  readonly epoch: number;
  readonly ending: AbortController;
  readonly lost: AbortController;
  confirmedAt: number;
  isOver: boolean;
  done: Promise<void>;
}

export class Singletons {
  readonly #url: string | null;
  readonly #timing: SingletonTiming;
  readonly #tell: (event: SingletonEvent) => void;
  readonly #wanted = new Map<string, HeldWork>();
  readonly #terms = new Map<string, Term>();
  readonly #elapsed = elapsedClock();
  readonly #name = `${processName()} ${randomBytes(8).toString('hex')}`;
  readonly #watch: NodeJS.Timeout;
  #session: LockSession | null = null;
  #offsetMs = 0;
  #isStopping = false;
  #isClosed = false;
  /** Something is to be taken now. */
  #isAsked = false;
  /** Who has lost something lets another have it first. */
  #takesFrom = 0;
  #wake = () => {};
  #looking: Promise<void>;

  /** @throws Error where the server cannot be asked */
  static async open(
    { jobs }: Pick<Store, 'jobs'>,
    tell: (event: SingletonEvent) => void,
    timing = usual,
  ): Promise<Singletons> {
    const singletons = new Singletons(jobs.connectionString ?? null, tell, timing);
    try {
      await singletons.#look();
    } catch (error) {
      await singletons.stop(0);
      throw error;
    }
    singletons.#looking = singletons.#lookOn();
    return singletons;
  }

  private constructor(url: string | null, tell: (event: SingletonEvent) => void, timing: SingletonTiming) {
    this.#url = url;
    this.#timing = timing;
    this.#tell = tell;
    this.#looking = Promise.resolve();
    this.#watch = setInterval(() => {
      if ([...this.#terms.values()].some((term) => !term.isOver && !this.#isHeld(term)))
        this.#lose(`not confirmed for ${timing.leaseMs / 1000} s`);
    }, watchMs);
  }

  /** Whenever this process is the one that does it, until the stop. */
  hold(name: string, work: HeldWork): void {
    this.#wanted.set(name, work);
    this.#isAsked = true;
    this.#wake();
  }

  /** By the database's clock, which is the one where those of several hosts meet. */
  readonly now = (): Date => new Date(Date.now() + this.#offsetMs);

  /** What runs has so long to end, and is confirmed meanwhile. */
  async stop(timeoutMs: number): Promise<void> {
    this.#isStopping = true;
    const terms = [...this.#terms.values()];
    for (const { ending } of terms) ending.abort();
    let late: NodeJS.Timeout | undefined;
    const time = new Promise((resolve) => {
      late = setTimeout(resolve, timeoutMs);
    });
    await Promise.race([time, Promise.all(terms.map(({ done }) => done))]);
    clearTimeout(late);
    this.#isClosed = true;
    this.#wake();
    await this.#looking;
    this.#lose('it takes too long to end');
    clearInterval(this.#watch);
  }

  async #lookOn(): Promise<void> {
    while (!this.#isClosed) {
      if (!this.#isAsked) {
        let timer: NodeJS.Timeout | undefined;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
          timer = setTimeout(resolve, this.#timing.confirmMs);
        });
        clearTimeout(timer);
      }
      this.#isAsked = false;
      await this.#look().catch((error: Error) => this.#lose(error.message));
    }
  }

  async #look(): Promise<void> {
    const asked = this.#elapsed();
    let session = this.#session;
    if (this.#url !== null) {
      session ??= await LockSession.open(this.#url, {
        silentMs: this.#timing.vanishedMs,
        onEnd: (why) => this.#lose(why),
      });
      this.#session = session;
      const { held, atMs } = await session.confirm();
      this.#setClock(atMs, this.#elapsed() - asked);
      for (const term of this.#terms.values()) {
        if (term.isOver) continue;
        if (!held.has(keyOf(term.name))) throw new Error(`the lock ${term.name} is not held any more`);
        term.confirmedAt = asked;
      }
    }
    for (const [name, work] of this.#wanted)
      if (this.#mayTake() && !this.#terms.has(name)) await this.#take(session, name, work);
  }

  #mayTake(): boolean {
    return !this.#isStopping && this.#elapsed() >= this.#takesFrom;
  }

  async #take(session: LockSession | null, name: string, work: HeldWork): Promise<void> {
    const asked = this.#elapsed();
    const taken = session === null ? { epoch: 0, before: null } : await session.take(name, this.#name);
    if (taken === null) return;
    const { epoch, before } = taken;
    const term: Term = {
      ...{ name, epoch, ending: new AbortController(), lost: new AbortController() },
      ...{ confirmedAt: asked, isOver: false, done: Promise.resolve() },
    };
    this.#terms.set(name, term);
    if (this.#session !== session) this.#end(term, 'the session has ended');
    // What was this process's own has ended: else it would be among the terms.
    const isFree = before === null || before === this.#name || isEnded(before);
    term.done = this.#serve(term, work, isFree ? 0 : this.#timing.takeoverMs);
  }

  async #serve(term: Term, work: HeldWork, waitMs: number): Promise<void> {
    const { name, epoch, ending, lost } = term;
    await pause(waitMs, ending.signal);
    try {
      if (!ending.signal.aborted) {
        this.#tell({ name, what: 'held', why: null });
        await work({
          ...{ ending: ending.signal, lost: lost.signal, isHeld: () => this.#isHeld(term) },
          check: (tx) => (this.#url === null ? Promise.resolve() : check(tx, { name, epoch })),
        });
      }
    } catch (error) {
      this.#tell({ name, what: 'failed', why: (error as Error).message });
      await pause(this.#timing.confirmMs, ending.signal);
    }
    if (!term.isOver) {
      term.isOver = true;
      await this.#session?.release(name, epoch).catch((error: Error) => this.#lose(error.message));
      this.#tell({ name, what: 'given back', why: null });
    }
    this.#terms.delete(name);
  }

  readonly #isHeld = ({ lost, confirmedAt }: Term): boolean =>
    !lost.signal.aborted && (this.#url === null || this.#elapsed() < confirmedAt + this.#timing.leaseMs);

  /** With the session go all of its locks. */
  #lose(why: string): void {
    if (this.#session !== null) this.#takesFrom = this.#elapsed() + 2 * this.#timing.confirmMs;
    this.#session?.destroy();
    this.#session = null;
    for (const term of this.#terms.values()) if (!term.isOver) this.#end(term, why);
  }

  #end(term: Term, why: string): void {
    term.isOver = true;
    term.lost.abort();
    term.ending.abort();
    this.#tell({ name: term.name, what: 'lost', why });
  }

  /** Within what the answer took nobody can tell them apart. */
  #setClock(atMs: number, tookMs: number): void {
    const differenceMs = atMs - (this.now().getTime() - tookMs / 2);
    if (Math.abs(differenceMs) > tookMs / 2 + 5) this.#offsetMs += differenceMs;
  }
}

async function check(tx: Kysely<Tables>, { name, epoch }: Pick<Term, 'name' | 'epoch'>): Promise<void> {
  const row = await tx
    .selectFrom('singletons')
    .select('name')
    .where('name', '=', name)
    .where('epoch', '=', epoch)
    .forShare()
    .executeTakeFirst();
  if (row === undefined) throw new Error(`another process is the ${name} since`);
}

/** Who had each the last time, and has not given it back. */
export async function holdersOf(
  db: Kysely<Tables>,
): Promise<readonly { readonly name: string; readonly holder: string }[]> {
  return db.selectFrom('singletons').select(['name', 'holder']).where('released', '=', false).orderBy('name').execute();
}

/** Of the names those that no process has. */
export async function freeOf({ db, engine }: Store, names: readonly string[]): Promise<readonly string[]> {
  if (engine === 'PGlite') return [];
  const { rows } = await sql<{ key: number }>`select objid::bigint as key from pg_locks
    where locktype = 'advisory' and classid = ${sql.lit(lockClass)} and objsubid = 2 and granted
      and database = (select oid from pg_database where datname = current_database())`.execute(db);
  const held = new Set(rows.map(({ key }) => key));
  return names.filter((name) => !held.has(keyOf(name)));
}

/** Ms that have passed, for a process that was frozen and a machine that slept as well; a clock that is set back takes none away. */
function elapsedClock(): () => number {
  let [steady, wall, elapsed] = [performance.now(), Date.now(), 0];
  return () => {
    const [steadyNow, wallNow] = [performance.now(), Date.now()];
    elapsed += Math.max(steadyNow - steady, wallNow - wall);
    [steady, wall] = [steadyNow, wallNow];
    return elapsed;
  };
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await wait(ms, undefined, { signal }).catch(() => {});
}
