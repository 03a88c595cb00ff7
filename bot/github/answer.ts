/**
 * What became of a request to GitHub, as a value. The one that matters most is `lost`: nobody knows whether it was done, so what
 * it would have made is looked for before it is made again.
 */
import { RequestError } from 'octokit';

export type Trouble =
  /** Not done, and nothing more is to be asked until then. */
  | { readonly kind: 'limited'; readonly until: Date; readonly why: string }
  | { readonly kind: 'lost'; readonly why: string }
  /** 404 or 410. */
  | { readonly kind: 'absent'; readonly status: number; readonly why: string }
  | { readonly kind: 'refused'; readonly why: string }
  /** GitHub does not take what was sent. */
  | { readonly kind: 'invalid'; readonly why: string }
  | { readonly kind: 'conflict'; readonly why: string };

export type Answered<T> = { readonly data: T; readonly moved: boolean; readonly trouble: null } | Failed;
export interface Failed {
  readonly data: null;
  readonly trouble: Trouble;
}
export const answered = <T>(data: T) => ({ data, moved: false, trouble: null }) as const;
export const failed = (trouble: Trouble): Failed => ({ data: null, trouble });

/** GitHub names no time for some of its limits: "wait for at least one minute". */
const pauseMs = 60_000;
/** No limit of GitHub's lasts longer. */
const pauseMostMs = 3_600_000;

export function troubleOf(error: unknown, now: Date): Trouble {
  if (!(error instanceof RequestError) || error.response === undefined) return { kind: 'lost', why: rootOf(error) };
  const { status, response } = error;
  const why = `${status} ${wordsOf(response.data)}`.trim();
  const until = limitOf(status, response.headers, why, now);
  if (until !== null) return { kind: 'limited', until, why };
  if (status >= 500) return { kind: 'lost', why };
  if (status === 404 || status === 410) return { kind: 'absent', status, why };
  if (status === 401 || status === 403) return { kind: 'refused', why };
  if (status === 409) return { kind: 'conflict', why };
  return { kind: 'invalid', why };
}

type Headers = Readonly<Record<string, string | number | undefined>>;

/** Until when nothing is to be asked; null where it was no limit. */
function limitOf(status: number, headers: Headers, why: string, now: Date): Date | null {
  if (status !== 403 && status !== 429) return null;
  const after = headers['retry-after'];
  if (after !== undefined) {
    const ms = Number(after) * 1000;
    return later(now, Number.isFinite(ms) ? ms : Date.parse(String(after)) - now.getTime());
  }
  if (headers['x-ratelimit-remaining'] === '0')
    return later(now, Number(headers['x-ratelimit-reset']) * 1000 - now.getTime());
  return status === 429 || /rate limit|abuse/i.test(why) ? later(now, pauseMs) : null;
}

const later = (now: Date, ms: number) =>
  new Date(now.getTime() + Math.min(pauseMostMs, Math.max(1_000, Number.isFinite(ms) ? ms : pauseMs)));

/** GitHub's own words; a proxy's page is none. */
function wordsOf(data: unknown): string {
  if (typeof data !== 'object' || data === null || !('message' in data)) return '';
  const errors = 'errors' in data ? ` ${JSON.stringify(data.errors)}` : '';
  return `${String(data.message)}${errors}`.slice(0, 300);
}

/** What a failure comes down to: fetch() says only that it failed, the network's own words are its cause. */
function rootOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : rootOf(error.cause);
}
