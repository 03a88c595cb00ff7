/**
 * Repositories with issues, as GitHub has them, for tests: renamed, locked, deleted and transferred as people do it; lists that lag
 * behind; a name for whoever has the token. One server holds many repositories, so that a thousand runs need one.
 */
import type { Context } from 'openapi-backend';
import type { Asked, Handler, Reply } from '../../sources/github/fake-server.ts';
import { notFound } from '../../sources/github/fake-server.ts';
import { sampleOf } from './sample.ts';

export interface FakeIssue {
  readonly number: number;
  readonly author: string;
  title: string;
  body: string;
  labels: string[];
  state: 'open' | 'closed';
  stateReason: string | null;
  locked: boolean;
  /** Where it is now. */
  fate: 'here' | 'deleted' | { readonly to: string; readonly number: number };
  readonly createdAt: Date;
  updatedAt: Date;
}
export interface FakeRepository {
  /** `owner/name`. */
  name: string;
  readonly id: number;
  readonly issues: FakeIssue[];
  hasIssues: boolean;
  /** What is locked is for people. */
  lockedIsClosed: boolean;
}

export const login = 'scenario-bot-user[bot]';
export const token = 'let-me-in';

export class FakeIssues {
  /** By every name that they had. */
  readonly #named = new Map<string, FakeRepository>();
  readonly #now: () => Date;
  /** Lists lack what is younger. */
  lagMs = 0;
  api = '';

  constructor(now: () => Date) {
    this.#now = now;
  }

  add(name: string): FakeRepository {
    const made = { name, id: this.#named.size + 1, issues: [], hasIssues: true, lockedIsClosed: false };
    this.#named.set(name, made);
    return made;
  }

  rename(repository: FakeRepository, name: string): void {
    this.#named.set(name, repository);
    repository.name = name;
  }

  /** As somebody makes one by hand. */
  make(repository: FakeRepository, made: Pick<FakeIssue, 'author' | 'title' | 'body' | 'labels'>): FakeIssue {
    const at = this.#now();
    const issue: FakeIssue = {
      ...{ ...made, number: repository.issues.length + 1, state: 'open', stateReason: null },
      ...{ locked: false, fate: 'here', createdAt: at, updatedAt: at },
    };
    repository.issues.push(issue);
    return issue;
  }

  /** Under an old name there is only the way to the new one. */
  readonly redirect = ({ method, path, search }: Asked): Reply | null => {
    const [, owner = '', name = '', rest = ''] = /^\/repos\/([^/]+)\/([^/]+)(.*)$/.exec(path) ?? [];
    const repository = this.#named.get(`${owner}/${name}`);
    if (repository === undefined || repository.name === `${owner}/${name}`) return null;
    return this.#movedTo(`/repositories/${repository.id}${rest}${search}`, method);
  };

  /** GitHub takes an id for a name. */
  readonly rewrite = (path: string): string => {
    const [, id, rest = ''] = /^\/repositories\/(\d+)(.*)$/.exec(path) ?? [];
    const found = [...this.#named.values()].find((one) => one.id === Number(id));
    return found === undefined ? path : `/repos/${found.name}${rest}`;
  };

  readonly handlers: Readonly<Record<string, Handler>> = {
    'users/get-authenticated': () => ({ status: 200, body: { ...sampleOf('public-user'), login } }),
    'repos/get': this.#of((repository) => ({ status: 200, body: repositoryBody(repository) })),
    'issues/list-for-repo': this.#of((repository, { request: { query } }) => {
      const [page, size] = [Number(query.page ?? 1), Number(query.per_page ?? 30)];
      const since = query.since === undefined ? 0 : Date.parse(String(query.since));
      const shown = repository.issues.filter(
        ({ fate, updatedAt, createdAt }) =>
          fate === 'here' && updatedAt.getTime() >= since && createdAt.getTime() <= this.#now().getTime() - this.lagMs,
      );
      const body = shown.slice((page - 1) * size, page * size).map((issue) => issueBody(repository, issue));
      return { status: 200, body };
    }),
    'issues/create': this.#of((repository, { request }) => {
      if (!repository.hasIssues) return turnedOff;
      const { title, body = '', labels = [] } = request.requestBody;
      if (String(body).length > 65_536 || String(title).length > 256) return invalid;
      const made = this.make(repository, { author: login, title, body, labels });
      return { status: 201, body: issueBody(repository, made) };
    }),
    'issues/get': this.#issue((repository, issue) => ({ status: 200, body: issueBody(repository, issue) })),
    'issues/update': this.#issue((repository, issue, { request }) => {
      if (issue.locked && repository.lockedIsClosed)
        return { status: 403, body: { message: 'Must have admin rights to Repository.' } };
      const { title, body, labels, state, state_reason } = request.requestBody;
      Object.assign(issue, { title: title ?? issue.title, body: body ?? issue.body, labels: labels ?? issue.labels });
      if (state !== undefined) Object.assign(issue, { state, stateReason: state_reason ?? null });
      issue.updatedAt = this.#now();
      return { status: 200, body: issueBody(repository, issue) };
    }),
  };

  #of(answer: (repository: FakeRepository, context: Context) => Reply): Handler {
    return (context) => {
      const { owner, repo } = context.request.params;
      const found = this.#named.get(`${owner}/${repo}`);
      return found === undefined ? notFound : answer(found, context);
    };
  }

  #issue(answer: (repository: FakeRepository, issue: FakeIssue, context: Context) => Reply): Handler {
    return this.#of((repository, context) => {
      if (!repository.hasIssues) return turnedOff;
      const issue = repository.issues[Number(context.request.params.issue_number) - 1];
      if (issue === undefined) return notFound;
      if (issue.fate === 'deleted') return { status: 410, body: { message: 'This issue was deleted' } };
      if (issue.fate === 'here') return answer(repository, issue, context);
      const to = this.#named.get(issue.fate.to);
      return this.#movedTo(`/repositories/${to?.id}/issues/${issue.fate.number}`, context.request.method);
    });
  }

  #movedTo(path: string, method: string): Reply {
    const status = method.toUpperCase() === 'GET' ? 301 : 307;
    return { status, body: { message: 'Moved Permanently' }, headers: { location: `${this.api}${path}` } };
  }
}

const turnedOff: Reply = { status: 410, body: { message: 'Issues has been disabled in this repository.' } };
const invalid: Reply = { status: 422, body: { message: 'Validation Failed' } };

const repositoryBody = ({ name, id, hasIssues }: FakeRepository) => ({
  ...sampleOf('full-repository'),
  ...{ id, full_name: name, name: name.split('/')[1], has_issues: hasIssues, archived: false },
});

const issueBody = ({ name }: FakeRepository, issue: FakeIssue) => ({
  ...sampleOf('issue'),
  ...{ number: issue.number, title: issue.title, body: issue.body, state: issue.state, locked: issue.locked },
  ...{ state_reason: issue.stateReason, user: { ...sampleOf('simple-user'), login: issue.author } },
  labels: issue.labels.map((label) => ({ name: label })),
  created_at: issue.createdAt.toISOString(),
  updated_at: issue.updatedAt.toISOString(),
  html_url: `https://github.com/${name}/issues/${issue.number}`,
  repository_url: `https://api.github.com/repos/${name}`,
});
