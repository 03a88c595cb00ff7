/**
 * `bench scale`: threads through real processes of the bot on a PostgreSQL server of its own. How many a second with more
 * processes; how long threads wait when they come one by one and all at once, beside what the simulation says of the very same
 * mails; what a thread costs whose patches were judged before; and from all that, two deployments that no test machine is.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { cpuSeconds } from '../cpu-seconds.ts';
import { type Intake, takeMail } from '../intake/take.ts';
import { openLog } from '../serve/log.ts';
import { lookAtThread } from '../serve/look.ts';
import { modelTreeFolder } from '../serve/testing/model-tree.ts';
import { Postgres, postgresAbsent } from '../servers/postgres.ts';
import type { Settings } from '../settings/schema.ts';
import { loadSettings } from '../settings/settings.ts';
import { Queue } from '../store/queue.ts';
import { openStore, type Store } from '../store/store.ts';
import { threadsOfIds } from '../store/threads.ts';
import { seeded } from '../torture/random.ts';
import { printDeployments } from './scale-deployments.ts';
import { readInputs } from './scale-inputs.ts';
import { arrivalsOf, quantilesOf, serveInOrder } from './scale-simulation.ts';
import { threadMails } from './scale-threads.ts';
import { ScaleWorkers } from './scale-workers.ts';
import { printRow, short } from './table.ts';

export interface ScaleBench {
  readonly processes: readonly number[];
  /** Of each number of processes, this many threads. */
  readonly threads: number;
  /** For how long threads come one by one. */
  readonly seconds: number;
  readonly inputs: string | null;
  readonly seed: number;
}

/** What taking in the mails of a thread may take here. */
const giveMs = 200;
/** As bot/store/queue.ts has it. */
const gapSeconds = 1;

const tell = (text: string) => process.stderr.write(`${text}\n`);
const widths = [25, 8, 9, 10, 9, 7, 9, 9];
const print = (...cells: readonly string[]) => console.log(printRow(widths, cells));
const seconds = (...values: readonly number[]) => values.map((value) => `${short(value)} s`);

/** @returns the exit status */
export async function scaleBench(bench: ScaleBench): Promise<number> {
  if (postgresAbsent !== false) {
    tell(`bench: ${postgresAbsent}`);
    return 2;
  }
  const inputs = readInputs(bench.inputs);
  if (typeof inputs === 'string') {
    tell(`bench: ${inputs}`);
    return 2;
  }
  const folder = mkdtempSync(join(tmpdir(), 'scale-'));
  const tree = modelTreeFolder();
  const postgres = await Postgres.start();
  try {
    const scene = { folder, tree: tree.path, postgres };
    const cores = availableParallelism();
    console.log(
      `${cores} cores, load average ${loadavg()[0]?.toFixed(1)} at the start; a thread has ${threadMails(0).length} patches\n`,
    );
    print('processes', 'threads', 'wall', 'cores had', 'a second', 'to one', 'CPU each', 'found');
    let single: number | null = null;
    let [found, most] = [0, 0];
    for (const count of bench.processes) {
      const made = await throughput(scene, count, bench.threads);
      single ??= made.perSecond;
      const [times, had] = [made.perSecond / single, (made.judged * bench.threads) / made.wall];
      const rates = [had.toFixed(2), short(made.perSecond), times.toFixed(2)];
      print(`${count}`, `${bench.threads}`, ...seconds(made.wall), ...rates, ...seconds(made.judged, made.found));
      found ||= made.found;
      most = Math.max(most, made.perSecond);
    }
    const intake = await intakeCost(scene);
    console.log(
      `\n"CPU each" is of a thread, "found" of one whose patches were judged before. A mail that is taken in: ${(intake * 1000).toFixed(2)} ms.\n`,
    );
    await underLoad(scene, bench, most / 2);
    printDeployments(inputs, { intake, found, gapSeconds, seed: bench.seed });
    return 0;
  } finally {
    await postgres.stop();
    tree.remove();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Scene {
  readonly folder: string;
  readonly tree: string;
  readonly postgres: Postgres;
}

/** A database with processes of the bot on it. */
class Bot {
  readonly store: Store;
  readonly workers: ScaleWorkers;
  readonly #queue: Queue;
  readonly #settings: Settings;
  readonly #log = openLog('error');

  private constructor(store: Store, queue: Queue, settings: Settings, workers: ScaleWorkers) {
    this.store = store;
    this.#queue = queue;
    this.#settings = settings;
    this.workers = workers;
  }

  static async start({ folder, tree, postgres }: Scene, count: number): Promise<Bot> {
    const url = await postgres.database();
    const defaults = loadSettings();
    const settings: Settings = {
      ...{ ...defaults, trees: [tree], http: null, store: { directory: join(folder, 'data'), url } },
      github: { ...defaults.github, repository: null },
      analysis: { ...defaults.analysis, jobs: 1 },
      ...{ logLevel: 'info', settleMinutes: 0.01 },
    };
    const file = join(folder, 'settings.yaml');
    writeFileSync(file, JSON.stringify(settings));
    const { store, problem } = await openStore({ kind: 'server', url }, { holder: 'bench' });
    if (store === null) throw new Error(problem.text);
    const queue = await Queue.open(store, (error) => tell(error.message));
    tell(`${count} processes on a new database`);
    const bot = new Bot(store, queue, settings, await ScaleWorkers.start(count, file));
    // So that each has its process for analyses, with everything loaded.
    await bot.give(
      Array.from({ length: 3 * count }, (_, at) => threadMails(1_000_000 + at)),
      new Date(),
    );
    await bot.done(3 * count);
    return bot;
  }

  /** Threads come in, and are due then. */
  async give(threads: readonly (readonly string[])[], due: Date): Promise<void> {
    const { store } = this;
    const quiet = { enqueue: async () => {} };
    const intake: Intake = { store, look: { queue: quiet, settleMs: 0, soonMs: 0 } };
    for (const mails of threads) {
      let first = '';
      for (const mail of mails) {
        const raw = { raw: Buffer.from(mail), source: 'bench', position: { kind: 'id' } } as const;
        const { messageId } = await takeMail(intake, raw, new Date());
        first ||= messageId;
      }
      const threadId = (await threadsOfIds(store.db, [first])).get(first) ?? 0;
      const now = () => new Date(Math.max(due.getTime(), Date.now()));
      await lookAtThread(threadId, { store, queue: this.#queue, settings: this.#settings, log: this.#log, now });
    }
  }

  /** Waits until so many analyses have come to an end. */
  async done(count: number): Promise<void> {
    for (let told = 0; ; ) {
      const done = (await this.jobs()).filter(({ end }) => end !== null).length;
      if (done >= count) return;
      if (done >= told + 20) {
        told = done;
        tell(`${done} of ${count} threads`);
      }
      await sleep(300);
    }
  }

  /** Of all analyses, in the order in which they were due: times in seconds. */
  async jobs(): Promise<
    readonly { readonly due: number; readonly start: number | null; readonly end: number | null }[]
  > {
    const { rows } = await sql<{ due: number; start: number | null; end: number | null }>`
      select extract(epoch from greatest(created_on, start_after))::float as due,
             extract(epoch from started_on)::float as start, extract(epoch from completed_on)::float as end
        from pgboss.job where name = 'analyse' order by due, created_on`.execute(this.store.db);
    return rows;
  }

  async stop(): Promise<void> {
    await this.workers.stop();
    await this.#queue.stop(1_000);
    await this.store.close();
  }
}

/** All are due at once; then each once more, as somebody else's mail. */
async function throughput(scene: Scene, count: number, threads: number) {
  const bot = await Bot.start(scene, count);
  try {
    const numbers = Array.from({ length: threads }, (_, at) => at);
    const [judged, found] = [
      await round(
        bot,
        numbers.map((at) => threadMails(at)),
      ),
      await round(
        bot,
        numbers.map((at) => threadMails(at, 1)),
      ),
    ];
    return {
      wall: judged.wall,
      perSecond: threads / judged.wall,
      judged: judged.cpu / threads,
      found: found.cpu / threads,
    };
  } finally {
    await bot.stop();
  }
}

async function round(
  bot: Bot,
  threads: readonly (readonly string[])[],
): Promise<{ readonly wall: number; readonly cpu: number }> {
  const before = (await bot.jobs()).length;
  const due = new Date(Date.now() + giveMs * threads.length);
  await bot.give(threads, due);
  const cpu = bot.workers.cpuSeconds();
  await bot.done(before + threads.length);
  const jobs = (await bot.jobs()).slice(before);
  const wall = Math.max(...jobs.map(({ end }) => end ?? 0)) - Math.min(...jobs.map(({ start }) => start ?? 0));
  return { wall, cpu: bot.workers.cpuSeconds() - cpu };
}

/** CPU seconds of this process for a mail that is for nobody, from its bytes to its row. */
async function intakeCost({ postgres }: Scene): Promise<number> {
  const { store, problem } = await openStore({ kind: 'server', url: await postgres.database() }, { holder: 'bench' });
  if (store === null) throw new Error(problem.text);
  const count = 300;
  const text = (at: number) =>
    `From: Ada <ada@example.org>\nSubject: [PATCH] mm: do it\nMessage-ID: <${at}@example.org>\n\n${'A line of the mail.\n'.repeat(150)}`;
  const take = (at: number) =>
    takeMail(
      { store, look: null },
      { raw: Buffer.from(text(at)), source: 'bench', position: { kind: 'id' } },
      new Date(),
    );
  for (let at = 0; at < 50; at++) await take(at);
  const cpu = cpuSeconds();
  for (let at = 50; at < 50 + count; at++) await take(at);
  const spent = (cpuSeconds() - cpu) / count;
  await store.close();
  return spent;
}

/** One by one, at half of what they can do, with a burst in the middle; and the same mails in the simulation. */
async function underLoad(scene: Scene, { seconds: length, seed }: ScaleBench, perSecond: number): Promise<void> {
  const count = availableParallelism();
  const bot = await Bot.start(scene, count);
  try {
    const before = (await bot.jobs()).length;
    const steady = [...arrivalsOf({ perSecond, seconds: length, bursts: null }, seeded(seed))];
    const burst = Math.max(10, Math.round(10 * perSecond));
    tell(`${steady.length} threads within ${length} s, then ${burst} at once`);
    const begun = performance.now();
    for (const [at, time] of steady.entries()) {
      await sleep(Math.max(0, 1000 * time - (performance.now() - begun)));
      await bot.give([threadMails(2_000_000 + at)], new Date());
    }
    await bot.done(before + steady.length);
    const due = new Date(Date.now() + giveMs * burst);
    await bot.give(
      Array.from({ length: burst }, (_, at) => threadMails(3_000_000 + at)),
      due,
    );
    await bot.done(before + steady.length + burst);
    const jobs = (await bot.jobs()).slice(before);
    print('queue delay', 'threads', 'p50', 'p95', 'max');
    for (const [name, own] of [
      ['steady', jobs.slice(0, steady.length)],
      ['a burst', jobs.slice(steady.length)],
    ] as const) {
      const work = own.map(({ due: at, start, end }) => ({ at, seconds: (end ?? 0) - (start ?? 0) }));
      const rows = [
        [`${name}, ${count} processes`, own.map(({ due: at, start }) => (start ?? 0) - at)],
        [`${name}, simulated`, serveInOrder(work, { workers: count, gapSeconds }).delays],
      ] as const;
      for (const [title, delays] of rows) {
        const { p50, p95, max } = quantilesOf(delays);
        print(title, `${own.length}`, ...seconds(p50, p95, max));
      }
    }
  } finally {
    await bot.stop();
  }
}
