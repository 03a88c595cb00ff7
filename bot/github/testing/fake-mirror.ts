/**
 * A mirror of series as GitHub has it, for tests: branches, commits with their diffs, statuses and check runs, also
 * those of others; lists of what was made lag behind. One server holds many repositories.
 */
import type { Context } from 'openapi-backend';
import { type Handler, notFound, type Reply } from '../../sources/github/fake-server.ts';
import { sampleOf } from './sample.ts';

export interface FakeCommit {
  readonly message: string;
  /** As GitHub prints it. */
  readonly diff: string;
}
interface Put {
  readonly at: Date;
  readonly body: Record<string, unknown>;
}
export interface FakeMirror {
  /** Their commits, oldest first. */
  readonly branches: Map<string, readonly FakeCommit[]>;
  /** Newest first, by commit. */
  readonly statuses: Map<string, Put[]>;
  readonly runs: Map<string, Put[]>;
}

export class FakeMirrors {
  readonly #named = new Map<string, FakeMirror>();
  readonly #commits = new Map<string, FakeCommit & { readonly parent: string | null }>();
  readonly #ids = new Map<string, string>();
  readonly #now: () => Date;
  readonly #login: string;
  #made = 0;
  /** Lists lack what is younger. */
  lagMs = 0;

  constructor(now: () => Date, login: string) {
    this.#now = now;
    this.#login = login;
  }

  add(name: string): FakeMirror {
    const made = { branches: new Map(), statuses: new Map(), runs: new Map() };
    this.#named.set(name, made);
    return made;
  }

  /** @returns ids of its commits, oldest first */
  push({ branches }: FakeMirror, branch: string, commits: readonly FakeCommit[]): readonly string[] {
    branches.set(branch, commits);
    return this.#idsOf(commits);
  }

  #idsOf(commits: readonly FakeCommit[]): readonly string[] {
    let parent: string | null = null;
    return commits.map((commit) => {
      const key = JSON.stringify([commit, parent]);
      const sha: string = this.#ids.get(key) ?? (this.#ids.size + 1).toString(16).padStart(40, '0');
      this.#ids.set(key, sha);
      this.#commits.set(sha, { ...commit, parent });
      parent = sha;
      return sha;
    });
  }

  readonly handlers: Readonly<Record<string, Handler>> = {
    'repos/list-branches': this.#of(({ branches }, { request: { query } }) => {
      const [page, size] = [Number(query.page ?? 1), Number(query.per_page ?? 30)];
      const all = [...branches].toSorted(([a], [b]) => (a < b ? -1 : 1)).slice((page - 1) * size, page * size);
      const body = all.map(([name, commits]) => ({
        ...{ name, protected: false },
        commit: { sha: this.#idsOf(commits).at(-1) ?? '', url },
      }));
      return { status: 200, body };
    }),
    'repos/list-commits': this.#of((_, { request: { query } }) => {
      const body: unknown[] = [];
      for (let at: string | null = String(query.sha); at !== null && body.length < Number(query.per_page); ) {
        const commit = this.#commits.get(at);
        if (commit === undefined) return notFound;
        body.push(this.#bodyOf(at));
        at = commit.parent;
      }
      return { status: 200, body };
    }),
    'repos/get-commit': this.#of((_, { request: { params } }) => {
      const commit = this.#commits.get(String(params.ref));
      return commit === undefined ? notFound : { status: 200, body: commit.diff };
    }),
    'repos/list-commit-statuses-for-ref': this.#of((mirror, { request: { params, query } }) => {
      const [page, size] = [Number(query.page ?? 1), Number(query.per_page ?? 30)];
      const body = this.#listed(mirror.statuses, params.ref).slice((page - 1) * size, page * size);
      return { status: 200, body };
    }),
    'repos/create-commit-status': this.#of((mirror, { request: { params, requestBody } }) => {
      if (!this.#commits.has(String(params.sha))) return { status: 422, body: { message: 'No commit found for SHA' } };
      const { description } = requestBody;
      if (String(description).length > 140) return { status: 422, body: { message: 'Validation Failed' } };
      const creator = { ...sampleOf('simple-user'), login: this.#login };
      return {
        status: 201,
        body: this.put(mirror.statuses, params.sha, { ...sampleOf('status'), ...requestBody, creator }),
      };
    }),
    'checks/list-for-ref': this.#of((mirror, { request: { params, query } }) => {
      const runs = this.#listed(mirror.runs, params.ref).filter(({ name }) => name === query.check_name);
      return { status: 200, body: { total_count: runs.length, check_runs: runs } };
    }),
    'checks/create': this.#of((mirror, { request: { requestBody } }) => {
      const app = { ...sampleOf('integration'), slug: this.#login.replace('[bot]', '') };
      const made = { ...sampleOf('check-run'), ...requestBody, app, output: outputOf(requestBody.output) };
      return { status: 201, body: this.put(mirror.runs, requestBody.head_sha, made) };
    }),
    'checks/update': this.#of((mirror, { request: { params, requestBody } }) => {
      const all = [...mirror.runs.values()].flat();
      const found = all.find(({ body }) => body.id === Number(params.check_run_id));
      if (found === undefined) return notFound;
      Object.assign(found.body, requestBody, { output: outputOf(requestBody.output) });
      return { status: 200, body: found.body };
    }),
  };

  /** As anybody makes one. */
  put(all: Map<string, Put[]>, sha: string, body: Record<string, unknown>): Record<string, unknown> {
    const made = { ...body, id: ++this.#made };
    all.set(sha, [{ at: this.#now(), body: made }, ...(all.get(sha) ?? [])]);
    return made;
  }

  #listed(all: ReadonlyMap<string, readonly Put[]>, sha: unknown): readonly Record<string, unknown>[] {
    const until = this.#now().getTime() - this.lagMs;
    return (all.get(String(sha)) ?? []).filter(({ at }) => at.getTime() <= until).map(({ body }) => body);
  }

  #of(answer: (mirror: FakeMirror, context: Context) => Reply): Handler {
    return (context) => {
      const { owner, repo } = context.request.params;
      const found = this.#named.get(`${owner}/${repo}`);
      return found === undefined ? notFound : answer(found, context);
    };
  }

  #bodyOf(sha: string): Record<string, unknown> {
    const { message = '', parent = null } = this.#commits.get(sha) ?? {};
    const { commit, ...sample } = sampleOf('commit');
    return {
      ...{ ...sample, sha, html_url: `https://github.com/x/commit/${sha}` },
      commit: { ...(commit as object), message },
      parents: parent === null ? [] : [{ sha: parent, url }],
    };
  }
}

const url = 'https://api.github.com/x';

/** GitHub answers with more of an output than it takes. */
const outputOf = (output: object) => ({
  ...{ text: null, annotations_count: 0, annotations_url: url },
  ...output,
});
