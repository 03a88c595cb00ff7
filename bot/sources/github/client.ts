/**
 * Asks GitHub through octokit: throttled, retried where that helps, with conditional requests over what is on disk. Every
 * way it can go wrong ends in a named problem that says what to do; none waits for an hour.
 */
import Bottleneck from 'bottleneck';
import { Octokit, RequestError } from 'octokit';
import { blobId } from '../file.ts';
import { type Answer, type GithubOptions, type GithubProblem, type Question, shapes, type Values } from './answers.ts';
import { GithubCache } from './cache.ts';
import { fetchWithin } from './fetch-within.ts';

/** As GitHub's guide to its REST API asks: few at a time, and a pause between them. */
const pace = { maxConcurrent: 2, minTime: 20 } as const;
const timeoutMs = 15_000;
/** A secondary limit that asks for a longer pause than this is told instead. */
const patienceSeconds = 20;
const retries = 2;
const historyPage = 30;

interface Request {
  readonly route: string;
  readonly parameters: Readonly<Record<string, string | number>>;
  /** What was answered once stays true: it is named by its content. */
  readonly immutable: boolean;
}

function requestOf(question: Question): Request {
  switch (question.kind) {
    case 'limits':
      return { route: 'GET /rate_limit', parameters: {}, immutable: false };
    case 'commit':
      return {
        route: 'GET /repos/{owner}/{repo}/git/commits/{commit_sha}',
        parameters: { commit_sha: question.id },
        immutable: true,
      };
    case 'is-merged':
      return {
        route: 'GET /repos/{owner}/{repo}/compare/{basehead}',
        // Beyond the first page no files are listed, and of what is listed nothing is asked.
        parameters: { basehead: `${question.id}...HEAD`, page: 2, per_page: 1 },
        immutable: false,
      };
    case 'history':
      return {
        route: 'GET /repos/{owner}/{repo}/commits',
        parameters: {
          path: question.path,
          ...(question.until === null ? {} : { until: question.until }),
          page: question.page,
          per_page: historyPage,
        },
        immutable: false,
      };
    case 'tree':
      return {
        route: 'GET /repos/{owner}/{repo}/git/trees/{tree_sha}',
        parameters: { tree_sha: question.id, ...(question.recursive ? { recursive: '1' } : {}) },
        immutable: true,
      };
    case 'blob':
      return {
        route: 'GET /repos/{owner}/{repo}/git/blobs/{file_sha}',
        parameters: { file_sha: question.id },
        immutable: true,
      };
    case 'blob-id':
      return {
        route: 'GET /repos/{owner}/{repo}/contents/{path}',
        parameters: { path: question.path, ref: question.commit },
        immutable: true,
      };
  }
}

export class GithubClient {
  readonly #options: GithubOptions;
  readonly #octokit: Octokit;
  readonly #limiter = new Bottleneck(pace);
  readonly #cache: GithubCache;

  constructor(options: GithubOptions) {
    this.#options = options;
    this.#cache = new GithubCache(options.cache);
    const quiet = () => {};
    this.#octokit = new Octokit({
      baseUrl: options.api,
      ...(options.token === null ? {} : { auth: options.token }),
      userAgent: 'scenario-bot',
      request: { fetch: fetchWithin(options.api) },
      log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
      retry: { enabled: false },
      throttle: { enabled: false },
    });
  }

  /** Never rejects. */
  async ask<Q extends Question>(question: Q): Promise<Answer<Q['kind']>> {
    try {
      const value = question.kind === 'blob' ? await this.#blob(question.id) : await this.#value(question);
      return { value, problem: null } as Answer<Q['kind']>;
    } catch (error) {
      return { value: null, problem: problemOf(error, this.#options) };
    }
  }

  async #blob(id: string): Promise<string | null> {
    const kept = this.#cache.blob(id);
    if (kept !== null) return kept.toString('utf8');
    const content = await this.#value({ kind: 'blob', id });
    if (content === null) return null;
    const bytes = Buffer.from(content, 'base64');
    if (blobId(bytes) !== id) throw new Unfit(`the bytes it gave as blob ${id} are not that blob`);
    this.#cache.keepBlob(id, bytes);
    return bytes.toString('utf8');
  }

  /** From disk where it is known to be still true; null where GitHub has no such thing. */
  async #value<Q extends Question>(question: Q): Promise<Values[Q['kind']] | null> {
    const { route, parameters, immutable } = requestOf(question);
    const key = JSON.stringify([this.#options.api, this.#options.repository, route, parameters]);
    // Blobs are kept as bytes, the limits not at all.
    const keeps = question.kind !== 'blob' && question.kind !== 'limits';
    const kept = keeps ? this.#cache.answer(key) : null;
    if (kept !== null && immutable) return valueIn(question, kept.body);
    const headers = kept?.etag == null ? {} : { 'if-none-match': kept.etag };
    const answer = await this.#request(route, { ...parameters, headers });
    if (answer === null) return null;
    if (answer === 'unchanged') return valueIn(question, kept?.body);
    const value = valueIn(question, answer.body);
    // Only what could be read: what a broken proxy says once would be its answer for ever.
    if (keeps) this.#cache.keepAnswer(key, answer);
    return value;
  }

  async #request(
    route: string,
    parameters: Record<string, unknown>,
    attempt = 0,
  ): Promise<{ etag: string | null; body: unknown } | 'unchanged' | null> {
    const [owner, repo] = this.#options.repository.split('/');
    const place = route.includes('{owner}') ? { owner, repo } : {};
    try {
      const { headers, data } = await this.#limiter.schedule(() =>
        this.#octokit.request(route, {
          ...place,
          ...parameters,
          request: { signal: AbortSignal.timeout(timeoutMs) },
        }),
      );
      return { etag: headers.etag ?? null, body: data };
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      if (error.status === 304) return 'unchanged';
      // 409 is an empty repository, 422 an id that is none there.
      if (error.status === 404 || error.status === 409 || error.status === 422) return null;
      const pause = pauseOf(error, attempt);
      if (pause === null) throw error;
      await new Promise((wake) => setTimeout(wake, pause * 1000));
      return this.#request(route, parameters, attempt + 1);
    }
  }
}

/** Seconds until another try is worth it; null where none is. */
function pauseOf(error: RequestError, attempt: number): number | null {
  if (attempt >= retries || error.response === undefined) return null;
  if (error.status >= 500) return 2 ** attempt;
  const after = Number(error.response.headers['retry-after'] ?? Number.NaN);
  const limited = error.status === 403 || error.status === 429;
  return limited && after <= patienceSeconds ? after : null;
}

class Unfit extends Error {}

/** @throws Unfit where the body has not what was asked for */
function valueIn<Q extends Question>(question: Q, body: unknown): Values[Q['kind']] | null {
  const read = shapes[question.kind].safeParse(body);
  if (read.success) return read.data as Values[Q['kind']];
  // A path that is a directory, a link or a submodule there has no text.
  if (question.kind === 'blob-id' && (Array.isArray(body) || hasType(body))) return null;
  throw new Unfit(`its answer about ${tell(question)} has no ${read.error.issues[0]?.path.join('.') || 'body'}`);
}

const hasType = (body: unknown) => typeof body === 'object' && body !== null && 'type' in body && body.type !== 'file';
const tell = (question: Question) =>
  'id' in question
    ? `${question.kind} ${question.id}`
    : `the ${question.kind}${'path' in question ? ` of ${question.path}` : ''}`;

/** What a failure comes down to: fetch() says only that it failed, the network's own words are its cause. */
function rootOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : rootOf(error.cause);
}

function problemOf(error: unknown, { repository, api, token }: GithubOptions): GithubProblem {
  const place = `${repository} at ${api}`;
  if (error instanceof Unfit) return { kind: 'github-answer', text: `${place}: ${error.message}` };
  if (!(error instanceof RequestError) || error.response === undefined) {
    const why = rootOf(error);
    return { kind: 'github-unreachable', text: `${place} cannot be reached: ${why}` };
  }
  const { status, response } = error;
  const { headers } = response;
  if ((status === 403 || status === 429) && (headers['x-ratelimit-remaining'] === '0' || 'retry-after' in headers)) {
    const reset = Number(headers['x-ratelimit-reset'] ?? Number.NaN) * 1000;
    const until = Number.isFinite(reset) ? ` until ${new Date(reset).toISOString()}` : '';
    const cure = token === null ? '; a token in GITHUB_TOKEN raises it, a --tree needs none' : '';
    return { kind: 'github-limit', text: `${place}: no more requests are allowed${until}${cure}` };
  }
  if (status === 401 || status === 403)
    return { kind: 'github-refused', text: `${place} refuses (${status}): is the token in GITHUB_TOKEN valid?` };
  return { kind: 'github-answer', text: `${place} answers ${status}: ${error.message}` };
}
