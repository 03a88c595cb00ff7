/** One request at a time, and a pause between those that make something, as GitHub's guide to its REST API asks (MAIL.md, 10). */
import Bottleneck from 'bottleneck';
import type { Lanes } from './client.ts';

/** @param mayWrite asked right before: where it says no the job ends as if its process had died over it */
export function lanesOf(gapMs: number, mayWrite: () => boolean): Lanes {
  const all = new Bottleneck({ maxConcurrent: 1 });
  const writes = new Bottleneck({ maxConcurrent: 1, minTime: gapMs });
  return {
    read: (run) => all.schedule(run),
    write: (run) =>
      writes.schedule(() =>
        all.schedule(() => {
          if (!mayWrite()) throw new Error('another process may be the one that writes by now');
          return run();
        }),
      ),
  };
}
