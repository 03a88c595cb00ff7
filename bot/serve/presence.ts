/**
 * What others know of this process: that it lives, its roles, and what it has counted. So the metrics of any process that serves
 * HTTP are those of all, and a host without a port is seen as well.
 */
import { AggregatorRegistry, type MetricObjectWithValues, type MetricValue, type Registry } from 'prom-client';
import { isSameProcess, processName } from '../store/process-name.ts';
import { isLiving, processesOf, tellProcess } from '../store/processes.ts';
import { holdersOf } from '../store/singletons.ts';
import type { Store } from '../store/store.ts';
import { json } from '../store/tables.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { Role } from './roles.ts';

interface PresenceContext {
  readonly store: Store;
  readonly roles: ReadonlySet<Role>;
  readonly version: string;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly now: () => Date;
}

type Counted = readonly MetricObjectWithValues<MetricValue<string>>[];

const tellMs = 15_000;

export class Presence {
  readonly #context: PresenceContext;
  readonly #startedAt: Date;
  readonly #name: string;
  readonly #telling: NodeJS.Timeout;
  #told: Promise<void>;

  constructor(context: PresenceContext) {
    this.#context = context;
    this.#startedAt = context.now();
    this.#name = `${processName()} ${this.#startedAt.getTime()}`;
    this.#told = this.#tell(false);
    this.#telling = setInterval(() => {
      this.#told = this.#told.then(() => this.#tell(false));
    }, tellMs);
  }

  /** Until all is said that was to be said by now: at first, that this process lives. */
  get told(): Promise<void> {
    return this.#told;
  }

  /** Of all processes, those that have ended as well. */
  async registry(): Promise<Registry> {
    const { store, metrics } = this.#context;
    const others = (await processesOf(store.db)).filter(({ name }) => name !== this.#name);
    return sumOf([await metrics.registry.getMetricsAsJSON(), ...others.map(({ counted }) => counted as Counted)]);
  }

  /** Roles that no process has. */
  async missing(wanted: readonly Role[]): Promise<readonly Role[]> {
    const { store, now } = this.#context;
    const living = (await processesOf(store.db)).filter((row) => isLiving(row, now()));
    return wanted.filter((role) => !living.some(({ roles }) => roles.includes(role)));
  }

  async end(): Promise<void> {
    clearInterval(this.#telling);
    await this.#told;
    await this.#tell(true);
  }

  async #tell(ended: boolean): Promise<void> {
    const { store, roles, version, metrics, log, now } = this.#context;
    const counted = (await metrics.registry.getMetricsAsJSON()).filter(({ type }) => `${type}` !== 'gauge');
    const row = { name: this.#name, roles: [...roles], version, started_at: this.#startedAt, told_at: now(), ended };
    await tellProcess(store.db, { ...row, counted: json(counted) }).catch((error: Error) =>
      log.debug({ why: error.message }, 'that this process lives cannot be said'),
    );
  }
}

const sumOf = (all: readonly Counted[]): Registry => AggregatorRegistry.aggregate(all.map((one) => [...one]));

/** As one process would have counted it. */
export const sumCounted = (all: readonly unknown[]): Promise<unknown> =>
  sumOf(all as readonly Counted[]).getMetricsAsJSON();

/** Those that have not ended as they were told to, for people. */
export async function processLines(db: Store['db'], now: Date) {
  const holders = await holdersOf(db);
  return (await processesOf(db))
    .filter(({ ended }) => !ended)
    .map((row) => {
      const [host, pid] = row.name.split(' ');
      const alone = holders.filter(({ holder }) => isSameProcess(holder, row.name)).map(({ name }) => name);
      return {
        ...{ host, pid: Number(pid), roles: row.roles, alone, version: row.version },
        ...{ since: row.started_at, seen: row.told_at, isLiving: isLiving(row, now) },
      };
    });
}
