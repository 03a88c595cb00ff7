/**
 * Mutants over processes: each gets the next task when it has told of its last. A process that dies takes its task with it,
 * and that is told as what it is.
 */
import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { Task, Told } from './worker.ts';

export type Failed = Task & { readonly failure: string };

/** Calls `done` with each outcome as it comes; ends when there are no more. */
export async function runTasks(
  tasks: readonly Task[],
  processes: number,
  done: (told: Told | Failed) => void,
): Promise<void> {
  const pending = [...tasks];
  const work = () =>
    new Promise<void>((resolve) => {
      const child = fork(join(import.meta.dirname, 'worker.ts'), { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
      let task: Task | undefined;
      let complaint = '';
      const next = () => {
        task = pending.shift();
        if (task === undefined) child.disconnect();
        else child.send(task);
      };
      child.stderr?.on('data', (text: Buffer) => {
        complaint = `${complaint}${text}`.slice(-2000);
      });
      child.on('message', (told: Told) => {
        done(told);
        next();
      });
      child.on('exit', (code) => {
        if (task === undefined) resolve();
        else {
          done({ ...task, failure: `its process ended with status ${code}: ${complaint.trim()}` });
          void work().then(resolve);
        }
      });
      next();
    });
  await Promise.all(Array.from({ length: Math.max(1, Math.min(processes, tasks.length)) }, work));
}
