/** The daemon as an operator runs it: a process with a settings file, which is killed and started again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';

const program = join(import.meta.dirname, '../main.ts');

export class DaemonProcess {
  readonly #settingsFile: string;
  readonly #logFile: string;
  #child: ChildProcess | null = null;

  constructor(files: { readonly settings: string; readonly log: string }) {
    this.#settingsFile = files.settings;
    this.#logFile = files.log;
  }

  start(): void {
    const log = openSync(this.#logFile, 'a');
    // It ends with whoever started it, whatever ends that.
    const words = ['--pdeathsig', 'KILL', '--', process.execPath, program, 'serve', '--settings', this.#settingsFile];
    this.#child = spawn('setpriv', words, { stdio: ['ignore', log, log] });
    closeSync(log);
  }

  /** The exit status of one that ended by itself: 2 where it could not start, such as without its database; null while it runs. */
  get endedWith(): number | null {
    return this.#child?.exitCode ?? null;
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
      child.kill(signal);
      await ended;
    }
    return child.exitCode;
  }
}
