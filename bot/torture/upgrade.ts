/**
 * The upgrade test: two real versions of the program side by side. Two hosts, each with a process for every role, are taken from an
 * older version to this one, one host after the other as the deployment guide says, back again, and to this one for good, while
 * threads stream in. While the versions are mixed, a process of each role is killed. Every thread is answered, and once.
 *
 * Who judged a thread and who sent its reply is read from the logs, and so is all that a process of either version complains of.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MailSystem } from '../serve/testing/mail-system.ts';
import { Postgres } from '../servers/postgres.ts';
import { freePort } from '../servers/server.ts';
import { loadSettings } from '../settings/settings.ts';
import type { DaemonProcess } from './daemon-process.ts';
import { ListStream } from './list-stream.ts';
import { olderVersion } from './older.ts';
import { isOpen, isWhole, type Outcome, outcomeOf } from './outcome.ts';
import { type Random, seeded } from './random.ts';
import { variedThread } from './stream.ts';
import { type Age, type Told, toldIn, type What } from './told.ts';
import { roles, UpgradedHost } from './upgraded-host.ts';

/** With each host, which version it gets; the first two begin. */
const turns = [
  [0, 'new'],
  [1, 'new'],
  [0, 'old'],
  [1, 'old'],
  [0, 'new'],
  [1, 'new'],
] as const;

export interface UpgradeOptions {
  /** For settings, logs, and the older version. */
  readonly folder: string;
  readonly from: string;
  readonly seed: number;
  /** From one turn to the next. */
  readonly dwellMs: number;
}

export interface UpgradeFigures extends Outcome, Told {
  readonly from: string;
  readonly kills: number;
  /** What `/readyz` said besides ready, by who said it; asked for once a second. */
  readonly notReady: Readonly<Record<string, number>>;
  /** Answers about all threads, from processes of both versions, that were none. */
  readonly unanswered: readonly string[];
  readonly refusals: number;
  readonly crashes: number;
  readonly stopped: readonly (number | null)[];
  readonly seconds: number;
}

export const isSoundUpgrade = (figures: UpgradeFigures): boolean =>
  isWhole(figures) &&
  figures.crashes + figures.refusals + figures.unanswered.length === 0 &&
  figures.stopped.every((status) => status === 0);

const threadMs = 4_000;
const drainMs = { least: 120_000, perThread: 4_000 } as const;

export async function tortureUpgrade(
  options: UpgradeOptions,
  progress: (text: string) => void,
): Promise<UpgradeFigures> {
  const { folder, from } = options;
  const older = olderVersion(from, join(folder, 'old'));
  const versions = {
    old: older,
    new: { name: 'this', program: join(import.meta.dirname, '../main.ts'), defaults: loadSettings() },
  };
  const list = await MailSystem.start();
  const postgres = await Postgres.start();
  try {
    const url = await postgres.database();
    const hosts = [0, 1].map(
      async (number) => new UpgradedHost({ number, port: await freePort(), folder, list, url, versions }),
    );
    return await new Run({ ...options, progress, list, url, hosts: await Promise.all(hosts) }).toTheEnd();
  } finally {
    await postgres.stop();
    await list.stop();
  }
}

interface Scene extends UpgradeOptions {
  readonly progress: (text: string) => void;
  readonly list: MailSystem;
  readonly url: string;
  readonly hosts: readonly UpgradedHost[];
}

class Run {
  readonly #scene: Scene;
  readonly #random: Random;
  readonly #notReady: Record<string, number> = {};
  readonly #unanswered: string[] = [];
  /** In turn, and since when. */
  readonly #happened: [What, number][] = [['nothing', 0]];
  #kills = 0;
  #isOver = false;

  constructor(scene: Scene) {
    this.#scene = scene;
    this.#random = seeded(scene.seed);
  }

  async toTheEnd(): Promise<UpgradeFigures> {
    const { hosts, list, url, seed, folder, from } = this.#scene;
    const begun = performance.now();
    for (const host of hosts) host.start('old');
    await this.#untilReady();
    const watching = [this.#look(), this.#ask()];
    const stream = new ListStream(list, { seed: seed + 1, gapMs: threadMs, thread: variedThread });
    await this.#dwell(stream.sent);
    for (const [number, age] of turns) await this.#turn(hosts[number]!, age, stream.sent);
    await stream.stop();
    await this.#drain(stream.sent);
    await this.#askOfAll(stream.sent);
    this.#isOver = true;
    await Promise.all(watching);
    for (const host of hosts) await host.stop();
    const processes = hosts.flatMap(({ gone }) => gone);
    const sum = (of: (process: DaemonProcess) => number) => processes.reduce((all, process) => all + of(process), 0);
    return {
      ...{ from, kills: this.#kills, notReady: this.#notReady, unanswered: this.#unanswered },
      ...{ refusals: sum(({ refusals }) => refusals), crashes: sum(({ crashes }) => crashes) },
      stopped: hosts.flatMap(({ stopped }) => stopped),
      ...(await outcomeOf(list, stream.sent, { kind: 'server', url })),
      ...toldIn(folder, this.#happened),
      seconds: Math.round((performance.now() - begun) / 1000),
    };
  }

  async #turn(host: UpgradedHost, age: Age, sent: readonly string[]): Promise<void> {
    const { progress, hosts } = this.#scene;
    const [begun, before] = [performance.now(), sent.length];
    this.#happened.push(['a host upgraded', Date.now()]);
    await host.stop();
    const stopped = performance.now();
    host.start(age);
    await this.#untilReady();
    const seconds = (from: number, to: number) => Math.round((to - from) / 100) / 10;
    progress(
      `${host.name} has the ${age} version: stopped in ${seconds(begun, stopped)} s, ready in ${seconds(stopped, performance.now())} s; ${sent.length} threads`,
    );
    await this.#dwell(sent);
    if (hosts.some((other) => other.age !== age)) {
      this.#happened.push(['processes killed', Date.now()]);
      await this.#killSome();
      await this.#dwell(sent);
    }
    await this.#askOfAll(sent.slice(before));
  }

  /** A process of every role, of one host or the other. */
  async #killSome(): Promise<void> {
    const { hosts, dwellMs } = this.#scene;
    for (const at of roles.keys()) {
      await sleep((this.#random() * dwellMs) / roles.length);
      const process = hosts[this.#random() < 0.5 ? 0 : 1]?.processes[at];
      if (process === undefined) continue;
      await process.kill();
      process.start();
      this.#kills++;
    }
  }

  /** And until there are threads that came in meanwhile and have their answers, or will not have them. */
  async #dwell(sent: readonly string[]): Promise<void> {
    const { dwellMs, list } = this.#scene;
    const before = sent.length;
    await sleep(dwellMs);
    const until = performance.now() + drainMs.least;
    const isWaiting = async () => sent.length < before + 2 || isOpen(list, sent.slice(before, before + 2));
    while (performance.now() < until && (await isWaiting())) await sleep(500);
  }

  async #untilReady(): Promise<void> {
    const until = performance.now() + drainMs.least;
    for (const host of this.#scene.hosts)
      while (performance.now() < until && (await host.get('/readyz')) === null) await sleep(200);
  }

  async #look(): Promise<void> {
    while (!this.#isOver) {
      for (const { processes } of this.#scene.hosts) for (const process of processes) process.look();
      await sleep(200);
    }
  }

  async #ask(): Promise<void> {
    while (!this.#isOver) {
      for (const host of this.#scene.hosts) {
        const answer = await host.get('/readyz');
        if (answer === null || answer.status === 200) continue;
        const key = `${host.age}: ${answer.text.replaceAll('\n', '; ')}`;
        this.#notReady[key] = (this.#notReady[key] ?? 0) + 1;
      }
      await sleep(1_000);
    }
  }

  /** What one version has kept the other can tell of. */
  async #askOfAll(sent: readonly string[]): Promise<void> {
    await this.#untilReady();
    for (const host of this.#scene.hosts)
      for (const id of sent)
        for (const path of [`/api/mails/${id}`, `/${id}/`]) {
          const answer = await host.get(path);
          if (answer?.status !== 200) this.#unanswered.push(`${host.age}: ${path} ${answer?.status ?? 'no answer'}`);
        }
  }

  async #drain(sent: readonly string[]): Promise<void> {
    const until = performance.now() + drainMs.least + drainMs.perThread * sent.length;
    while (performance.now() < until && (await isOpen(this.#scene.list, sent))) await sleep(1_000);
    await sleep(20_000);
  }
}
