/**
 * The kill test: a daemon at a list, a stream of threads, and kill -9 at random moments of the daemon itself and of all that it
 * leans on. Whatever is killed, every thread is answered in the end, and once. What counts is what a subscriber of the list
 * finds in his mailbox.
 *
 * Killed is every second time the daemon, else IMAP, SMTP or PostgreSQL in turn; now and then SMTP takes a mail and drops the
 * connection instead of saying so. A mail that the stream could not hand over it sends again, as a list does, under the same
 * Message-ID.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fixtureFolder } from '../fixture.ts';
import { listAddress, MailSystem } from '../serve/testing/mail-system.ts';
import { Postgres } from '../servers/postgres.ts';
import type { Settings } from '../settings/schema.ts';
import { loadSettings } from '../settings/settings.ts';
import type { Engine, Place } from '../store/store.ts';
import { newDirectory } from '../store/testing/engines.ts';
import { DaemonProcess } from './daemon-process.ts';
import { ListStream } from './list-stream.ts';
import { isOpen, isWhole, type Outcome, outcomeOf } from './outcome.ts';
import { type Random, seeded } from './random.ts';

export interface TortureOptions {
  readonly engine: Engine;
  readonly kills: number;
  readonly seed: number;
  readonly progress: (text: string) => void;
}

export interface Figures extends Outcome {
  readonly engine: Engine;
  readonly kills: Readonly<Record<string, number>>;
  /** Mails that SMTP took without saying so. */
  readonly drops: number;
  /** Times that the daemon could not start, its database being away. */
  readonly refusals: number;
  /** Times that it ended by itself otherwise, which it never should. */
  readonly crashes: number;
  readonly stopStatus: number | null;
  readonly seconds: number;
}

/** Nothing lost, nothing said twice, the database whole, and a daemon that stops when it is told to. */
export const isSound = (figures: Figures): boolean =>
  isWhole(figures) && figures.crashes === 0 && figures.stopStatus === 0;

/** Lives of the daemon, in ms: from one that ends before it has opened its store to one that gets things done. */
const lifeMs = 6_000;
const drainMs = { least: 120_000, perThread: 4_000 } as const;

export async function torture(options: TortureOptions): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), 'torture-'));
  const list = await MailSystem.start();
  const postgres = options.engine === 'PostgreSQL' ? await Postgres.start() : null;
  const log = join(folder, 'daemon.log');
  let isSoundRun = false;
  try {
    const place = postgres === null ? await newDirectory(join(folder, 'data')) : await databaseOf(postgres);
    const settings = join(folder, 'settings.yaml');
    writeFileSync(settings, JSON.stringify(settingsOf(list, place, join(folder, 'data'))));
    const daemon = new DaemonProcess({ settings, log });
    const run = new Run({ ...options, list, postgres, daemon });
    const figures = await run.toTheEnd(place);
    isSoundRun = isSound(figures);
    return figures;
  } finally {
    await postgres?.stop();
    await list.stop();
    if (isSoundRun) rmSync(folder, { recursive: true, force: true });
    else options.progress(`what the daemon said is in ${log}`);
  }
}

const databaseOf = async (postgres: Postgres): Promise<Place> => ({ kind: 'server', url: await postgres.database() });

export function settingsOf(
  list: MailSystem,
  place: Place,
  directory: string,
  defaults: Settings = loadSettings(),
): Settings {
  mkdirSync(directory, { recursive: true });
  return {
    ...{ ...defaults, ...list.settings, trees: [join(fixtureFolder, '../tree')], http: null, logLevel: 'debug' },
    lists: [{ address: listAddress, mode: 'post', passes: true }],
    github: { ...defaults.github, repository: null },
    analysis: { ...defaults.analysis, level: 'stale' },
    store: { directory, url: place.kind === 'server' ? place.url : null },
    ...{ settleMinutes: 0.01, confirmMinutes: 0.15, retryMinutes: 0.02 },
    caps: { perHour: 1000, perDay: 10_000, perThread: 100, perRecipient: 1000 },
  };
}

interface Scene extends TortureOptions {
  readonly list: MailSystem;
  readonly postgres: Postgres | null;
  readonly daemon: DaemonProcess;
}

class Run {
  readonly #scene: Scene;
  readonly #random: Random;
  readonly #kills: Record<string, number> = {};
  #drops = 0;

  constructor(scene: Scene) {
    this.#scene = scene;
    this.#random = seeded(scene.seed);
  }

  async toTheEnd(place: Place): Promise<Figures> {
    const { list, daemon, engine, seed, progress } = this.#scene;
    const begun = performance.now();
    daemon.start();
    const stream = new ListStream(list, { seed: seed + 1, gapMs: lifeMs });
    await this.#killAll(stream.sent);
    await stream.stop();
    progress(`killed; ${stream.sent.length} threads went in, and what is left of them is waited for`);
    await this.#drain(stream.sent);
    const stopStatus = await daemon.stop();
    return {
      ...{ engine, kills: this.#kills, drops: this.#drops, stopStatus },
      ...{ refusals: daemon.refusals, crashes: daemon.crashes },
      ...(await outcomeOf(list, stream.sent, place)),
      seconds: Math.round((performance.now() - begun) / 1000),
    };
  }

  async #killAll(sent: readonly string[]): Promise<void> {
    const { kills, progress } = this.#scene;
    for (let killed = 0; killed < kills; killed++) {
      await this.#watch(this.#random() * lifeMs);
      const name = killed % 2 === 0 ? 'daemon' : this.#others[((killed - 1) / 2) % this.#others.length]!;
      await this.#kill[name]();
      this.#kills[name] = (this.#kills[name] ?? 0) + 1;
      if ((killed + 1) % 10 === 0) progress(`${killed + 1} of ${kills} kills, ${sent.length} threads`);
    }
  }

  get #others(): readonly ('IMAP' | 'SMTP' | 'PostgreSQL')[] {
    return this.#scene.postgres === null ? ['IMAP', 'SMTP'] : ['IMAP', 'SMTP', 'PostgreSQL'];
  }

  readonly #kill = {
    daemon: async () => {
      await this.#scene.daemon.kill();
      this.#scene.daemon.start();
    },
    IMAP: () => again(this.#scene.list.dovecot),
    SMTP: async () => {
      if (this.#random() < 0.5) {
        this.#scene.list.smtp.dropNextAnswers(1);
        this.#drops++;
        await this.#watch(this.#random() * lifeMs);
      }
      await again(this.#scene.list.smtp);
    },
    PostgreSQL: async () => {
      if (this.#scene.postgres !== null) await again(this.#scene.postgres);
    },
  };

  /** Lets time pass, and looks at the daemon meanwhile. */
  async #watch(ms: number): Promise<void> {
    const until = performance.now() + ms;
    do {
      this.#scene.daemon.look();
      await sleep(Math.max(0, Math.min(200, until - performance.now())));
    } while (performance.now() < until);
  }

  /** Until every thread has an answer, or so long that none is to be expected; and then some, for one that is too much. */
  async #drain(sent: readonly string[]): Promise<void> {
    const until = performance.now() + drainMs.least + drainMs.perThread * sent.length;
    while (performance.now() < until && (await isOpen(this.#scene.list, sent))) await this.#watch(1_000);
    await this.#watch(15_000);
  }
}

async function again(server: { kill(): Promise<void>; restart(): Promise<void> }): Promise<void> {
  await server.kill();
  await server.restart();
}
