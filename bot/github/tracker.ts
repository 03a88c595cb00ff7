/**
 * The issues of a repository as the bot sees them: found by the mark in their body, read, made, changed. Only what we made ourselves
 * counts: a stranger can copy a mark into an issue of his own.
 */
import { z } from 'zod';
import { type Answered, answered, failed } from './answer.ts';
import { type GithubClient, placeOf } from './client.ts';
import type { FoundIssue, IssueChange } from './issue.ts';
import { partsOf } from './section.ts';

const label = z.union([z.string(), z.object({ name: z.string().nullish() }).transform(({ name }) => name ?? '')]);
const issueShape = z
  .object({
    ...{ number: z.int(), html_url: z.string(), title: z.string(), body: z.string().nullish() },
    ...{ labels: z.array(label), state: z.enum(['open', 'closed']), state_reason: z.string().nullish() },
    ...{ locked: z.boolean(), user: z.object({ login: z.string() }).nullable(), repository_url: z.string() },
    pull_request: z.unknown().optional(),
  })
  .transform((one) => ({
    ...{ number: one.number, url: one.html_url, title: one.title, body: one.body ?? '' },
    ...{ labels: one.labels.filter((name) => name !== ''), state: one.state, stateReason: one.state_reason ?? null },
    ...{ locked: one.locked, author: one.user?.login ?? '', isPull: one.pull_request !== undefined },
    /** `owner/name` that it is in now. */
    repository: one.repository_url.split('/').slice(-2).join('/'),
  }));
type Seen = z.infer<typeof issueShape>;
const repositoryShape = z
  .object({ full_name: z.string(), has_issues: z.boolean(), archived: z.boolean() })
  .transform(({ full_name, has_issues, archived }) => ({ name: full_name, hasIssues: has_issues, archived }));
export type Repository = z.infer<typeof repositoryShape>;

const perPage = 100;
const pagesMax = 200;
/** A list may lack what was made just before it, on another machine of GitHub's. */
const overlapMs = 600_000;

export class Tracker {
  readonly repository: string;
  readonly #client: GithubClient;
  readonly #place: { readonly owner: string; readonly repo: string };
  readonly #login: () => Promise<Answered<string>>;
  readonly #now: () => Date;
  /** Numbers of our issues by their keys, as of then. */
  readonly #known = new Map<string, number>();
  #knownAt: Date | null = null;

  constructor(
    repository: string,
    context: {
      readonly client: GithubClient;
      readonly login: () => Promise<Answered<string>>;
      readonly now: () => Date;
    },
  ) {
    this.repository = repository;
    this.#client = context.client;
    this.#login = context.login;
    this.#now = context.now;
    this.#place = placeOf(repository);
  }

  /** Under the name that it has now. */
  home(): Promise<Answered<Repository>> {
    return this.#client.read('GET /repos/{owner}/{repo}', this.#place, repositoryShape);
  }

  read(number: number): Promise<Answered<Seen>> {
    const route = 'GET /repos/{owner}/{repo}/issues/{issue_number}';
    return this.#client.read(route, { ...this.#place, issue_number: number }, issueShape);
  }

  create(issue: { readonly title: string; readonly body: string; readonly labels: readonly string[] }) {
    return this.#client.write('POST /repos/{owner}/{repo}/issues', { ...this.#place, ...issue }, issueShape);
  }

  change(number: number, change: IssueChange): Promise<Answered<FoundIssue>> {
    const route = 'PATCH /repos/{owner}/{repo}/issues/{issue_number}';
    return this.#client.write(route, { ...this.#place, issue_number: number, ...change }, issueShape);
  }

  /** The oldest of ours that has the key; `data: null` where there is none. */
  async find(key: string): Promise<Answered<number | null>> {
    const login = await this.#login();
    if (login.trouble !== null) return login;
    const began = this.#now();
    const since = this.#knownAt === null ? {} : { since: new Date(this.#knownAt.getTime() - overlapMs).toISOString() };
    for (let page = 1; ; page++) {
      if (page > pagesMax)
        return failed({ kind: 'invalid', why: `over ${pagesMax * perPage} issues are not looked through` });
      // Oldest first: what is made meanwhile comes at the end and shifts nothing.
      const listed = await this.#client.read(
        'GET /repos/{owner}/{repo}/issues',
        { ...this.#place, state: 'all', sort: 'created', direction: 'asc', per_page: perPage, page, ...since },
        z.array(issueShape),
      );
      if (listed.trouble !== null) return listed;
      for (const one of listed.data) this.#remember(one, login.data);
      if (listed.data.length < perPage) break;
    }
    this.#knownAt = began;
    return answered(this.#known.get(key) ?? null);
  }

  #remember(one: Seen, login: string): void {
    const mark = partsOf(one.body)?.mark;
    if (mark === undefined || one.isPull || one.author.toLowerCase() !== login.toLowerCase()) return;
    const known = this.#known.get(mark.key);
    if (known === undefined || one.number < known) this.#known.set(mark.key, one.number);
  }
}
