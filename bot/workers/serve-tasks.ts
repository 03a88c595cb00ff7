/**
 * The other end of a worker pool, in a process of its own: takes a task, tells what it finds as it finds it, says when it is
 * done, and takes the next. An error that is thrown ends the process; what it printed is told by the pool as the reason.
 */

/** What a process says of its task. */
export type Said<Told> = { readonly kind: 'told'; readonly told: Told } | { readonly kind: 'done' };

/** @param work resolves when the task is done; each `tell` resolves when what it told has left the process */
export function serveTasks<Task, Told>(work: (task: Task, tell: (told: Told) => Promise<void>) => Promise<void>): void {
  const say = (said: Said<Told>) =>
    new Promise<void>((resolve) => {
      process.send?.(said, () => resolve());
    });
  // Without the pool there is nobody to work for; an interrupt of the terminal is the pool's to handle.
  process.on('disconnect', () => process.exit());
  process.on('SIGINT', () => {});
  process.on('message', async ({ task }: { readonly task: Task }) => {
    await work(task, (told) => say({ kind: 'told', told }));
    await say({ kind: 'done' });
  });
}
