/**
 * GitHub as the bot writes to it: one request after the other, a pause between those that make something, none while GitHub has
 * asked for quiet. It never throws: what became of a request is an Answered.
 *
 * What may be asked again is (reads); of what makes something that is for the caller to say, who knows how to find it.
 */
import type { Octokit } from 'octokit';
import type { z } from 'zod';
import { type Answered, failed, type Trouble, troubleOf } from './answer.ts';

export interface ClientOptions {
  readonly octokit: Octokit;
  /** Base of the REST API, without a slash at the end. */
  readonly api: string;
  readonly lanes: Lanes;
  readonly now: () => Date;
  readonly sleep: (ms: number) => Promise<void>;
}

type Lane = <T>(run: () => Promise<T>) => Promise<T>;
export interface Lanes {
  readonly read: Lane;
  /** Spaced. */
  readonly write: Lane;
}

/** A value of GitHub's path or query, or of the body. */
export type Parameters = Readonly<Record<string, unknown>>;

const timeoutMs = 15_000;
/** Of a read; then it is for later. */
const attempts = 3;
const redirectsMax = 3;

/** `owner/name`, as paths have it. */
export function placeOf(repository: string): { readonly owner: string; readonly repo: string } {
  const [owner = '', repo = ''] = repository.split('/');
  return { owner, repo };
}

export class GithubClient {
  readonly #options: ClientOptions;
  #quietUntil = new Date(0);

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** @param shape what of the answer is used; one without it is as good as lost */
  async read<T>(route: string, parameters: Parameters, shape: z.ZodType<T>): Promise<Answered<T>> {
    const { lanes, sleep } = this.#options;
    for (let attempt = 1; ; attempt++) {
      const answer = await lanes.read(() => this.#ask(route, parameters, shape));
      if (answer.trouble?.kind !== 'lost' || attempt === attempts) return answer;
      await sleep(1_000 * 2 ** (attempt - 1));
    }
  }

  /** Asked once. */
  async write<T>(route: string, parameters: Parameters, shape: z.ZodType<T>): Promise<Answered<T>> {
    return this.#options.lanes.write(() => this.#ask(route, parameters, shape));
  }

  async #ask<T>(route: string, parameters: Parameters, shape: z.ZodType<T>): Promise<Answered<T>> {
    const { octokit, api, now } = this.#options;
    if (now() < this.#quietUntil)
      return failed({ kind: 'limited', until: this.#quietUntil, why: 'GitHub has asked for quiet' });
    try {
      const { method, url, body } = octokit.request.endpoint(route, parameters);
      const signal = AbortSignal.timeout(timeoutMs);
      let asked = octokit.request(route, { ...parameters, request: { redirect: 'manual', signal } });
      for (let redirects = 0; redirects <= redirectsMax; redirects++) {
        const { status, headers, data } = await asked;
        if (status < 300) return answerOf(data, shape, redirects > 0);
        // Of what was renamed or moved GitHub tells the new place; another host is told no token.
        const place = headers.location ?? '';
        if (!place.startsWith(`${api}/`)) return failed({ kind: 'invalid', why: `${status} to another place` });
        asked = octokit.request({
          ...{ method, url: place.includes('?') ? place : place + (/\?.*$/.exec(url)?.[0] ?? '') },
          ...(body === undefined ? {} : { data: body }),
          request: { redirect: 'manual', signal },
        });
      }
      return failed({ kind: 'invalid', why: 'it moves on and on' });
    } catch (error) {
      const trouble = troubleOf(error, now());
      if (trouble.kind === 'limited') this.#quietUntil = trouble.until;
      return failed(trouble);
    }
  }
}

function answerOf<T>(data: unknown, shape: z.ZodType<T>, moved: boolean): Answered<T> {
  const read = shape.safeParse(data);
  if (read.success) return { data: read.data, moved, trouble: null };
  const why = `its answer has no ${read.error.issues[0]?.path.join('.') || 'body'}`;
  return failed({ kind: 'lost', why } satisfies Trouble);
}
