/** Processes of the bot with the role to analyse, as on hosts of their own, all on one database; and what they spend. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const program = join(import.meta.dirname, '../main.ts');

export class ScaleWorkers {
  readonly #processes: ChildProcess[] = [];

  /** @returns when all say that they have started */
  static async start(count: number, settingsFile: string): Promise<ScaleWorkers> {
    const workers = new ScaleWorkers();
    // They end with whoever started them, whatever ends that.
    const words = ['--pdeathsig', 'KILL', '--', process.execPath, program, 'serve', '--settings', settingsFile];
    words.push('--role', 'analyse');
    await Promise.all(
      Array.from({ length: count }, async () => {
        const child = spawn('setpriv', words, { stdio: ['ignore', 'ignore', 'pipe'] });
        workers.#processes.push(child);
        const said: string[] = [];
        for await (const line of createInterface({ input: child.stderr })) {
          said.push(line);
          if (line.includes('"started"')) break;
        }
        if (child.exitCode !== null) throw new Error(`a process ended: ${said.join('\n')}`);
        child.stderr.resume();
      }),
    );
    return workers;
  }

  /** Of the processes, and of those that they have started and that still run. */
  cpuSeconds(): number {
    return this.#processes.reduce((sum, { pid }) => sum + cpuSecondsOf(pid ?? 0), 0);
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.#processes.map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const ended = once(child, 'exit');
        child.kill('SIGTERM');
        await ended;
      }),
    );
  }
}

/** proc(5): fields 14 to 17 of stat, in ticks of 10 ms. */
function cpuSecondsOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const own = [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0) / 100;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return children.split(' ').reduce((sum, child) => sum + (child === '' ? 0 : cpuSecondsOf(Number(child))), own);
  } catch {
    return 0;
  }
}
