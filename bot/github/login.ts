/**
 * Who writes: an app's installation, or whoever a token is of. The secret is read again whenever something is written, so that one
 * that is renewed needs no restart; what is made of it lasts as long as it stays the same.
 */
import { App, Octokit } from 'octokit';
import { z } from 'zod';
import type { Settings } from '../settings/schema.ts';
import { readKey, readSecret } from '../settings/secret.ts';
import { fetchWithin } from '../sources/github/fetch-within.ts';
import { type Answered, failed } from './answer.ts';
import { type ClientOptions, GithubClient } from './client.ts';
import { Mirror } from './mirror.ts';
import { Tracker } from './tracker.ts';

type Auth = NonNullable<Settings['github']['auth']>;

/** Everything about GitHub that is one account's. */
export interface Account {
  readonly client: GithubClient;
  /** Of an app, whose marks are check runs; else they are commit statuses. */
  readonly isApp: boolean;
  /** As its issues name it. */
  login(): Promise<Answered<string>>;
  tracker(repository: string): Tracker;
  mirror(repository: string): Mirror;
}

export type Opened =
  | { readonly account: Account; readonly problem: null }
  | { readonly account: null; readonly problem: string };

const quiet = () => {};

export class Accounts {
  readonly #auth: Auth;
  readonly #options: Omit<ClientOptions, 'octokit'>;
  #opened: { readonly secret: string; readonly account: Account } | null = null;

  constructor(auth: Auth, options: Omit<ClientOptions, 'octokit'>) {
    this.#auth = auth;
    this.#options = options;
  }

  async open(signal: AbortSignal): Promise<Opened> {
    const auth = this.#auth;
    const read = 'token' in auth ? await readSecret(auth.token, signal) : await readKey(auth.app.key, signal);
    if (read.problem !== null) return { account: null, problem: `github.auth: ${read.problem.text}` };
    if (this.#opened?.secret !== read.value) {
      try {
        this.#opened = { secret: read.value, account: await this.#accountOf(read.value) };
      } catch {
        // A library may put what it was given into its error.
        return { account: null, problem: 'github.auth: the secret is no token, or no private key of an app' };
      }
    }
    return { account: this.#opened.account, problem: null };
  }

  async #accountOf(secret: string): Promise<Account> {
    const auth = this.#auth;
    const base = Octokit.defaults({
      baseUrl: this.#options.api,
      userAgent: 'scenario-bot',
      request: { fetch: fetchWithin(this.#options.api) },
      log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
      // Ours are kept by lanes.ts and the rows, over restarts.
      retry: { enabled: false },
      throttle: { enabled: false },
    });
    if ('token' in auth) {
      const client = new GithubClient({ ...this.#options, octokit: new base({ auth: secret }) });
      const shape = z.object({ login: z.string() }).transform(({ login }) => login);
      return this.#account(client, false, () => client.read('GET /user', {}, shape));
    }
    const app = new App({ appId: auth.app.id, privateKey: secret, Octokit: base });
    const itself = new GithubClient({ ...this.#options, octokit: app.octokit });
    const shape = z.object({ slug: z.string() }).transform(({ slug }) => `${slug}[bot]`);
    const octokit = await app.getInstallationOctokit(auth.app.installation);
    return this.#account(new GithubClient({ ...this.#options, octokit }), true, () =>
      itself.read('GET /app', {}, shape),
    );
  }

  #account(client: GithubClient, isApp: boolean, ask: () => Promise<Answered<string>>): Account {
    let known: Answered<string> = failed({ kind: 'lost', why: 'not asked yet' });
    const login = async () => {
      if (known.trouble !== null) known = await ask();
      return known;
    };
    const trackers = new Map<string, Tracker>();
    const tracker = (repository: string) => {
      const made = trackers.get(repository) ?? new Tracker(repository, { client, login, now: this.#options.now });
      trackers.set(repository, made);
      return made;
    };
    const mirrors = new Map<string, Mirror>();
    const mirror = (repository: string) => {
      const made = mirrors.get(repository) ?? new Mirror(repository, { client, now: this.#options.now });
      mirrors.set(repository, made);
      return made;
    };
    return { client, isApp, login, tracker, mirror };
  }
}
