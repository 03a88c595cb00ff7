/**
 * The daemon as an operator runs it: a process with a settings file, which is killed and started again; here, or on a host that a
 * command enters.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { childrenOf } from '../servers/hosts.ts';

const program = join(import.meta.dirname, '../main.ts');

interface DaemonFiles {
  readonly settings: string;
  readonly log: string;
  /** All where there is none. */
  readonly roles?: readonly string[];
  readonly program?: string;
}

/** Its exit statuses, such as without its database; older versions have the first for that as well. */
const cannotStart: readonly (number | null)[] = [2, 3];

export class DaemonProcess {
  /** Times that it could not start. */
  refusals = 0;
  /** Times that it ended by itself otherwise, which it never should. */
  crashes = 0;
  readonly #files: DaemonFiles;
  #child: ChildProcess | null = null;
  #isEntered = false;

  constructor(files: DaemonFiles) {
    this.#files = files;
  }

  start(enter: readonly string[] = []): void {
    const { settings, log: logFile, roles = [], program: own = program } = this.#files;
    const log = openSync(logFile, 'a');
    const words = ['serve', '--settings', settings, ...roles.flatMap((role) => ['--role', role])];
    // It ends with whoever started it, whatever ends that.
    const led = [...enter, 'setpriv', '--pdeathsig', 'KILL', '--', process.execPath, own, ...words];
    this.#child = spawn(led[0] ?? '', led.slice(1), { stdio: ['ignore', log, log] });
    this.#isEntered = enter.length > 0;
    closeSync(log);
  }

  /** What has ended by itself is begun again, as whatever runs it would. */
  look(enter: readonly string[] = []): void {
    const status = this.#child?.exitCode ?? null;
    if (status === null) return;
    if (cannotStart.includes(status)) this.refusals++;
    else this.crashes++;
    this.start(enter);
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** @returns its exit status */
  stop(): Promise<number | null> {
    return this.#end('SIGTERM');
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child;
    if (child === null) return null;
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      // What has entered a host waits there for the daemon, and ends as that does.
      const pids = this.#isEntered ? childrenOf(child.pid ?? 0) : [child.pid ?? 0];
      for (const pid of pids) process.kill(pid, signal);
      await ended;
    }
    return child.exitCode;
  }
}
