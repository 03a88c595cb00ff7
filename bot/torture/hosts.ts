/**
 * The hosts test: three hosts that work, one with the database and one with the mail, and a stream of threads, while links are cut
 * and slow, hosts are killed or stand still, and the database fails over. Whatever happens, every thread is answered in the end,
 * and once; and no process ends by itself.
 *
 * Faults overlap: each begins some seconds after the one before and lasts as long as a seed says, some of them longer than anybody
 * waits for an answer. A link that is cut drops what is sent on it, in one direction or in both, without a word.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { MailSystem } from '../serve/testing/mail-system.ts';
import { type Host, Network } from '../servers/hosts.ts';
import { Postgres } from '../servers/postgres.ts';
import { DaemonProcess } from './daemon-process.ts';
import { ListStream } from './list-stream.ts';
import { isOpen, isWhole, type Outcome, outcomeOf } from './outcome.ts';
import { type Random, seeded } from './random.ts';
import { settingsOf } from './torture.ts';

/** The processes of each host that works, by their roles; none means all. */
export const layouts = {
  together: [[[]], [[]], [[]]],
  apart: [
    [['fetch'], ['analyse']],
    [['analyse'], ['post']],
    [['post'], ['fetch']],
  ],
} as const satisfies Readonly<Record<string, readonly (readonly (readonly string[])[])[]>>;

/** The daemon that is run. */
const programs = {
  usual: join(import.meta.dirname, '../main.ts'),
  quick: join(import.meta.dirname, 'quick-daemon.ts'),
} as const;

/** How long things take. */
const paces = {
  usual: { gapMs: 8_000, briefMs: 10_000, longMs: [15_000, 50_000], threadMs: 6_000, afterMs: 20_000 },
  quick: { gapMs: 1_000, briefMs: 3_000, longMs: [4_000, 9_000], threadMs: 6_000, afterMs: 4_000 },
} as const;

export interface HostsOptions {
  /** For settings and logs. */
  readonly folder: string;
  readonly layout: keyof typeof layouts;
  readonly pace: keyof typeof paces;
  readonly faults: number;
  readonly seed: number;
}

export interface HostsFigures extends Outcome {
  readonly layout: keyof typeof layouts;
  readonly faults: Readonly<Record<string, number>>;
  /** Times that a process could not start, its database being away. */
  readonly refusals: number;
  /** Times that one ended by itself otherwise, which none ever should. */
  readonly crashes: number;
  /** How often who posts was another process. */
  readonly posters: number;
  /** Exit statuses of those that were told to stop. */
  readonly stopped: readonly (number | null)[];
  /** From the end of the last fault to the last answer. */
  readonly drainSeconds: number;
  readonly seconds: number;
}

export const isSoundOnHosts = (figures: HostsFigures): boolean =>
  isWhole(figures) && figures.crashes === 0 && figures.stopped.every((status) => status === 0);

const drainMs = { least: 240_000, perThread: 4_000 } as const;

class Worker {
  readonly host: Host;
  readonly processes: readonly DaemonProcess[];
  #isUp = false;

  constructor(host: Host, processes: readonly DaemonProcess[]) {
    this.host = host;
    this.processes = processes;
  }

  start(): void {
    for (const process of this.processes) process.start(this.host.enter);
    this.#isUp = true;
  }

  /** With its host. */
  async kill(): Promise<void> {
    this.#isUp = false;
    await this.host.kill();
  }

  look(): void {
    if (this.#isUp) for (const process of this.processes) process.look(this.host.enter);
  }

  stop(): Promise<(number | null)[]> {
    return Promise.all(this.processes.map((process) => process.stop()));
  }
}

interface Scene extends HostsOptions {
  readonly progress: (text: string) => void;
  readonly list: MailSystem;
  readonly mailHost: Host;
  readonly databaseHost: Host;
  readonly postgres: Postgres;
  readonly workers: readonly Worker[];
  readonly url: string;
}

/** To be called by the process that hosts.ts begins as the router. */
export async function tortureHosts(options: HostsOptions, progress: (text: string) => void): Promise<HostsFigures> {
  const { folder, layout, pace } = options;
  const network = new Network();
  const databaseHost = await network.host('database');
  const mailHost = await network.host('mail');
  const list = await MailSystem.start(mailHost.where);
  const postgres = await Postgres.start(databaseHost.where);
  const url = await postgres.database();
  const workers: Worker[] = [];
  for (const processes of layouts[layout]) {
    const host = await network.host(`worker ${workers.length + 1}`);
    const settings = join(folder, `${host.name}.yaml`);
    writeFileSync(settings, JSON.stringify(settingsOf(list, { kind: 'server', url }, join(folder, host.name))));
    const ofRoles = (roles: readonly string[]) =>
      new DaemonProcess({
        settings,
        log: join(folder, [host.name, ...roles, 'log'].join('.')),
        roles,
        program: programs[pace],
      });
    workers.push(new Worker(host, processes.map(ofRoles)));
  }
  const run = new Run({ ...options, progress, list, mailHost, databaseHost, postgres, workers, url });
  const figures = await run.toTheEnd();
  await postgres.stop();
  await list.stop();
  return figures;
}

const kinds = [
  ...(['database cut off', 'mail cut off', 'slow link'] as const),
  ...(['host killed', 'host frozen', 'database restarted'] as const),
] as const;
type Kind = (typeof kinds)[number];

interface Fault {
  /** What no two faults are at, at once. */
  readonly place: string;
  readonly text: string;
  /** @returns ends it */
  begin(): Promise<() => Promise<void> | void>;
}

class Run {
  readonly #scene: Scene;
  readonly #random: Random;
  readonly #faults: Record<string, number> = {};
  /** Of faults that last, by their place. */
  readonly #lasting = new Map<string, Promise<void>>();
  #isOver = false;

  constructor(scene: Scene) {
    this.#scene = scene;
    this.#random = seeded(scene.seed);
  }

  async toTheEnd(): Promise<HostsFigures> {
    const { layout, pace, list, workers, url, seed, progress } = this.#scene;
    const begun = performance.now();
    for (const worker of workers) worker.start();
    const watching = this.#watch();
    const stream = new ListStream(list, { seed: seed + 1, gapMs: paces[pace].threadMs });
    await this.#breakAll(stream.sent);
    await stream.stop();
    progress(`all is well again; ${stream.sent.length} threads went in, and what is left of them is waited for`);
    const healed = performance.now();
    await this.#drain(stream.sent);
    const drained = performance.now();
    await sleep(paces[pace].afterMs);
    this.#isOver = true;
    await watching;
    const posters = await postersIn(url);
    const stopped = (await Promise.all(workers.map((worker) => worker.stop()))).flat();
    const processes = workers.flatMap((worker) => worker.processes);
    const sum = (of: (process: DaemonProcess) => number) => processes.reduce((all, process) => all + of(process), 0);
    return {
      ...{ layout, faults: this.#faults, posters, stopped },
      ...{ refusals: sum(({ refusals }) => refusals), crashes: sum(({ crashes }) => crashes) },
      ...(await outcomeOf(list, stream.sent, { kind: 'server', url })),
      drainSeconds: Math.round((drained - healed) / 1000),
      seconds: Math.round((performance.now() - begun) / 1000),
    };
  }

  async #watch(): Promise<void> {
    while (!this.#isOver) {
      for (const worker of this.#scene.workers) worker.look();
      await sleep(200);
    }
  }

  async #breakAll(sent: readonly string[]): Promise<void> {
    const { faults, list, pace, progress } = this.#scene;
    const { gapMs } = paces[pace];
    let deck: readonly Kind[] = [];
    // All must be there before something happens to them.
    while (sent.length === 0 || (await isOpen(list, sent.slice(0, 1)))) await sleep(200);
    for (let broken = 0; broken < faults; broken++) {
      await sleep(this.#random() * gapMs);
      if (deck.length === 0) deck = this.#shuffled(kinds);
      const [kind, ...others] = deck;
      if (kind === undefined) break;
      deck = others;
      const fault = this.#kinds[kind]();
      const lastsMs = this.#lasts();
      await this.#lasting.get(fault.place);
      progress(
        `${broken + 1} of ${faults}, after ${sent.length} threads: ${fault.text}, for ${Math.round(lastsMs / 1000)} s`,
      );
      const end = await fault.begin();
      this.#faults[kind] = (this.#faults[kind] ?? 0) + 1;
      const lasting = sleep(lastsMs).then(end);
      this.#lasting.set(fault.place, lasting);
    }
    await Promise.all(this.#lasting.values());
  }

  #lasts(): number {
    const { briefMs, longMs } = paces[this.#scene.pace];
    const [least, most] = longMs;
    return this.#random() < 0.6 ? this.#random() * briefMs : least + this.#random() * (most - least);
  }

  readonly #kinds: Readonly<Record<Kind, () => Fault>> = {
    'database cut off': () => this.#cut('the database', this.#scene.databaseHost),
    'mail cut off': () => this.#cut('the mail', this.#scene.mailHost),
    'slow link': () => {
      const { host } = this.#worker();
      const rate = Math.round(32 * 8 ** this.#random());
      const text = `${host.name} has ${rate} kbit/s`;
      return { place: host.name, text, begin: async () => host.slow(rate) };
    },
    'host killed': () => {
      const worker = this.#worker();
      const begin = async () => {
        await worker.kill();
        return async () => {
          await worker.host.start();
          worker.start();
        };
      };
      return { place: worker.host.name, text: `${worker.host.name} is killed`, begin };
    },
    'host frozen': () => {
      const { host } = this.#worker();
      return { place: host.name, text: `${host.name} stands still`, begin: async () => host.freeze() };
    },
    'database restarted': () => {
      const { databaseHost, postgres, workers } = this.#scene;
      const isSilent = this.#random() < 0.5;
      const begin = async () => {
        const heal = isSilent ? workers.map(({ host }) => cutBoth(host, databaseHost)) : [];
        await postgres.kill();
        return async () => {
          for (const end of heal) end();
          await postgres.restart();
        };
      };
      const how = isSilent ? 'and says nothing' : 'and its connections end';
      return { place: 'database', text: `the database is gone, ${how}`, begin };
    },
  };

  #cut(name: string, other: Host): Fault {
    const { host } = this.#worker();
    const [text, cut] = this.#oneOf([
      [`between ${host.name} and ${name}`, cutBoth],
      [`from ${host.name} to ${name}`, (one: Host, two: Host) => one.cutTo(two)],
      [`from ${name} to ${host.name}`, (one: Host, two: Host) => two.cutTo(one)],
    ] as const);
    return { place: host.name, text: `nothing passes ${text}`, begin: async () => cut(host, other) };
  }

  #worker(): Worker {
    return this.#oneOf(this.#scene.workers);
  }

  #oneOf<Item>(items: readonly Item[]): Item {
    return items[Math.floor(this.#random() * items.length)]!;
  }

  #shuffled<Item>(items: readonly Item[]): Item[] {
    return items
      .map((item) => ({ item, at: this.#random() }))
      .sort((a, b) => a.at - b.at)
      .map(({ item }) => item);
  }

  /** Until every thread has an answer, or so long that none is to be expected. */
  async #drain(sent: readonly string[]): Promise<void> {
    const until = performance.now() + drainMs.least + drainMs.perThread * sent.length;
    while (performance.now() < until && (await isOpen(this.#scene.list, sent))) await sleep(1_000);
  }
}

function cutBoth(one: Host, two: Host): () => void {
  const ends = [one.cutTo(two), two.cutTo(one)];
  return () => {
    for (const end of ends) end();
  };
}

async function postersIn(url: string): Promise<number> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    const { rows } = await client.query("select epoch from singletons where name = 'poster'");
    return Number(rows[0]?.epoch ?? 0);
  } finally {
    await client.end();
  }
}
