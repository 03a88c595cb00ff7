/** One request at a time, and a pause between those that make something, as GitHub's guide to its REST API asks (MAIL.md, 10). */
import Bottleneck from 'bottleneck';
import type { Lanes } from './client.ts';

export function lanesOf(gapMs: number): Lanes {
  const all = new Bottleneck({ maxConcurrent: 1 });
  const writes = new Bottleneck({ maxConcurrent: 1, minTime: gapMs });
  return {
    read: (run) => all.schedule(run),
    write: (run) => writes.schedule(() => all.schedule(run)),
  };
}
