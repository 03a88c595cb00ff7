/**
 * What is asked of a GitHub repository and what comes back, as values that a worker can send: the part of GitHub's REST
 * API that finding a base needs. `value: null` is GitHub's own "there is none"; a problem is never taken for that.
 */
import { z } from 'zod';

export interface GithubOptions {
  /** `owner/name` of the mirror. */
  readonly repository: string;
  /** Base of the REST API, without a slash at the end: https://api.github.com. */
  readonly api: string;
  /** Raises the limit of requests an hour; null to ask as a stranger. */
  readonly token: string | null;
  /** Directory of what was fetched before. */
  readonly cache: string;
}

export type Question =
  /** The limits: answers without being counted itself, so it tells whether GitHub can be reached. */
  | { readonly kind: 'limits' }
  | { readonly kind: 'commit'; readonly id: string }
  /** Is the commit of the default branch's history? GitHub also gives commits of forks and pull requests by their ids. */
  | { readonly kind: 'is-merged'; readonly id: string }
  /** Commits that touch a path, newest first, up to a date (ISO 8601) if given; pages count from 1. */
  | { readonly kind: 'history'; readonly path: string; readonly until: string | null; readonly page: number }
  | { readonly kind: 'tree'; readonly id: string; readonly recursive: boolean }
  | { readonly kind: 'blob'; readonly id: string }
  /** Blob id of a path at a commit. */
  | { readonly kind: 'blob-id'; readonly path: string; readonly commit: string };

export interface Commit {
  readonly id: string;
  readonly tree: string;
  /** When it was committed, ISO 8601. */
  readonly date: string;
}

/** Of a tree: names below it (with slashes where it was asked for recursively). */
export interface Entries {
  readonly entries: readonly { readonly path: string; readonly type: string; readonly id: string }[];
  /** GitHub left some out. */
  readonly truncated: boolean;
}

export interface Values {
  readonly limits: { readonly remaining: number; readonly limit: number };
  readonly commit: Commit;
  readonly 'is-merged': boolean;
  readonly history: readonly Commit[];
  readonly tree: Entries;
  readonly blob: string;
  readonly 'blob-id': string;
}

export interface GithubProblem {
  readonly kind: 'github-unreachable' | 'github-limit' | 'github-refused' | 'github-answer';
  readonly text: string;
}

export type Answer<K extends Question['kind'] = Question['kind']> =
  | { readonly value: Values[K] | null; readonly problem: null }
  | { readonly value: null; readonly problem: GithubProblem };

const id = z.string().regex(/^[0-9a-f]{40}$/);
const commit = z.object({
  sha: id,
  commit: z.object({ tree: z.object({ sha: id }), committer: z.object({ date: z.string() }) }),
});
const toCommit = ({ sha, commit: { tree, committer } }: z.infer<typeof commit>): Commit => ({
  id: sha,
  tree: tree.sha,
  date: committer.date,
});

/** What of an answer's body is used: a body without it is no answer. */
export const shapes = {
  limits: z
    .object({ resources: z.object({ core: z.object({ limit: z.number(), remaining: z.number() }) }) })
    .transform(({ resources }): Values['limits'] => resources.core),
  commit: z
    .object({ sha: id, tree: z.object({ sha: id }), committer: z.object({ date: z.string() }) })
    .transform(({ sha, tree, committer }): Commit => ({ id: sha, tree: tree.sha, date: committer.date })),
  // Of the branch against the commit: it has all of it.
  'is-merged': z
    .object({ status: z.enum(['diverged', 'ahead', 'behind', 'identical']) })
    .transform(({ status }) => status === 'ahead' || status === 'identical'),
  history: z.array(commit).transform((list): readonly Commit[] => list.map(toCommit)),
  tree: z
    .object({
      tree: z.array(z.object({ path: z.string(), type: z.string(), mode: z.string(), sha: id })),
      truncated: z.boolean(),
    })
    .transform(
      ({ tree, truncated }): Entries => ({
        // The text of a symbolic link is where it leads.
        entries: tree.map(({ path, type, mode, sha }) => ({ path, type: mode === '120000' ? 'link' : type, id: sha })),
        truncated,
      }),
    ),
  blob: z.object({ content: z.string(), encoding: z.literal('base64') }).transform(({ content }) => content),
  // A directory answers with a list, a link or a submodule with another type: neither is a file's text.
  'blob-id': z.object({ type: z.literal('file'), sha: id }).transform(({ sha }) => sha),
} as const;
