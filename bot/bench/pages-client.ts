/**
 * Who asks for pages while they are measured: a process of its own, so that its waiting is its own. Told a server and what to ask
 * for, it asks one after the other, and says of each how many milliseconds its first byte took.
 */
import { get } from 'node:http';
import { setTimeout } from 'node:timers/promises';

/** Somebody reads what he is given. */
const pauseMs = 100;

export interface Asking {
  readonly base: string;
  readonly paths: readonly string[];
  readonly rounds: number;
}
/** By path. */
export type Asked = Readonly<Record<string, readonly number[]>>;

process.once('message', async ({ base, paths, rounds }: Asking) => {
  const taken: Record<string, number[]> = Object.fromEntries(paths.map((path) => [path, []]));
  for (let round = 0; round < rounds; round++)
    for (const path of paths) {
      taken[path]?.push(await firstByteMs(base + path));
      await setTimeout(pauseMs);
    }
  process.send?.(taken satisfies Asked, () => process.disconnect());
});

const firstByteMs = (url: string) =>
  new Promise<number>((resolve, reject) => {
    const started = performance.now();
    get(url, { agent: false }, (response) => {
      response.once('data', () => resolve(performance.now() - started));
      response.resume();
      if (response.statusCode !== 200) reject(new Error(`${url}: ${response.statusCode}`));
    }).once('error', reject);
  });
