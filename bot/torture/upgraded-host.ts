/** A host of the upgrade test, with a process for every role: here, each with its settings and its log. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MailSystem } from '../serve/testing/mail-system.ts';
import type { Settings } from '../settings/schema.ts';
import type { Place } from '../store/store.ts';
import { DaemonProcess } from './daemon-process.ts';
import type { Version } from './older.ts';
import { type Age, logOf } from './told.ts';
import { settingsOf } from './torture.ts';

export const roles = ['fetch', 'analyse', 'post', 'http'] as const;

interface Installing {
  readonly number: number;
  readonly port: number;
  readonly folder: string;
  readonly list: MailSystem;
  readonly url: string;
  readonly versions: Readonly<Record<Age, Version>>;
}

/** A host of the guide: its processes are stopped, the other version comes in their place, and they are started. */
export class UpgradedHost {
  readonly #installing: Installing;
  readonly gone: DaemonProcess[] = [];
  readonly stopped: (number | null)[] = [];
  processes: readonly DaemonProcess[] = [];
  age: Age = 'old';

  constructor(installing: Installing) {
    this.#installing = installing;
  }

  get name(): string {
    return `host ${this.#installing.number + 1}`;
  }

  async stop(): Promise<void> {
    const processes = this.processes;
    this.processes = [];
    this.stopped.push(...(await Promise.all(processes.map((process) => process.stop()))));
    this.gone.push(...processes);
  }

  start(age: Age): void {
    const { number, port, folder, list, url, versions } = this.#installing;
    const { program, defaults } = versions[age];
    const place: Place = { kind: 'server', url };
    const settings = join(folder, `${number}.${age}.yaml`);
    const own = settingsOf(list, place, join(folder, `data ${number}`), defaults);
    const http: Settings['http'] = defaults.http && { ...defaults.http, host: '127.0.0.1', port };
    writeFileSync(settings, JSON.stringify({ ...own, http }));
    this.age = age;
    this.processes = roles.map((role) => {
      const log = join(folder, logOf(number, age, role));
      return new DaemonProcess({ settings, log, roles: [role], program });
    });
    for (const process of this.processes) process.start();
  }

  /** @returns its status and text; null where nobody answers */
  async get(path: string): Promise<{ readonly status: number; readonly text: string } | null> {
    try {
      const answer = await fetch(`http://127.0.0.1:${this.#installing.port}${path}`, {
        signal: AbortSignal.timeout(10_000),
      });
      return { status: answer.status, text: (await answer.text()).trim() };
    } catch {
      return null;
    }
  }
}
