/** What goes wrong between us and GitHub, at random: a seed is a run. */
import type { Disturbed, Reply } from '../../sources/github/fake-server.ts';

/** A small generator (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** @returns one of them */
export function troubleAt(random: () => number, now: Date): Disturbed {
  const all: readonly Disturbed[] = [
    'hang up',
    'lose the answer',
    'lose the answer',
    { status: 502, body: '<html>Bad gateway</html>' },
    { status: 409, body: { message: 'Conflict' } },
    limited('You have exceeded a secondary rate limit.', { 'retry-after': '30' }),
    limited('You have exceeded a secondary rate limit.', {}),
    limited('API rate limit exceeded', {
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': String(now.getTime() / 1000 + 900),
    }),
  ];
  return all[Math.floor(random() * all.length)] ?? null;
}

const limited = (message: string, headers: Reply['headers'] & {}): Reply => ({
  status: 403,
  body: { message },
  headers,
});
