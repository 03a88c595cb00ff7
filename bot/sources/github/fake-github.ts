/**
 * The fake server (fake-server.ts) over a git repository on disk, in a process of its own: those who ask it wait with their thread.
 * It can be told to fail in the ways that GitHub does.
 */
import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import type { Context } from 'openapi-backend';
import { fakeServer, type Handler, notFound, type Reply } from './fake-server.ts';

/** An answer in place of the true one. */
interface Disturbance {
  /** Requests whose path holds this. */
  readonly path: string;
  /** How many of them, from the next on. */
  readonly times: number;
  readonly reply: Reply | 'hang up';
}

export interface FakeGithub {
  readonly api: string;
  /** Paths with queries that were asked for since the last call, in order, and how many were answered 304. */
  asked(): Promise<{ readonly paths: readonly string[]; readonly unchanged: number }>;
  disturb(by: Disturbance | null): Promise<void>;
  close(): void;
}

const repository = 'example/linux';
const token = 'let-me-in';

/**
 * Starts it as a process of its own: those who ask wait for the answer with their thread.
 *
 * @param gitDir a repository that git can read; served as example/linux
 */
export async function fakeGithub(gitDir: string): Promise<FakeGithub> {
  const child = fork(import.meta.filename, [gitDir]);
  const died = once(child, 'exit').then(() => Promise.reject(new Error('the fake GitHub ended by itself')));
  const [api] = (await Promise.race([once(child, 'message'), died])) as [string];
  died.catch(() => {});
  const tell = async (message: unknown) => {
    child.send(message as Disturbance);
    return (await once(child, 'message'))[0];
  };
  return {
    api,
    asked: () => tell('asked'),
    disturb: (by) => tell({ disturb: by }),
    close: () => child.kill(),
  };
}

async function main(gitDir: string): Promise<void> {
  let asked: string[] = [];
  let unchanged = 0;
  let disturbance: Disturbance | null = null;
  process.on('message', (message: 'asked' | { disturb: Disturbance | null }) => {
    if (message === 'asked') {
      process.send?.({ paths: asked, unchanged });
      [asked, unchanged] = [[], 0];
    } else {
      disturbance = message.disturb;
      process.send?.('done');
    }
  });
  const { api } = await fakeServer({
    handlers: gitHandlers(gitDir),
    refuse: ({ headers }) =>
      headers.authorization === undefined || headers.authorization === `token ${token}`
        ? null
        : { status: 401, body: { message: 'Bad credentials' } },
    script: ({ path, search }) => {
      asked.push(`${path}${search}`);
      if (disturbance === null || !path.includes(disturbance.path)) return null;
      const { reply, times } = disturbance;
      disturbance = times > 1 ? { ...disturbance, times: times - 1 } : null;
      return reply;
    },
    onUnchanged: () => unchanged++,
  });
  process.on('disconnect', () => process.exit());
  process.send?.(api);
}

/** What a repository on disk answers, as example/linux. */
export function gitHandlers(gitDir: string): Readonly<Record<string, Handler>> {
  const git = (...args: string[]): Buffer | null => {
    const run = spawnSync('git', ['-C', gitDir, ...args], { maxBuffer: 64 << 20, stdio: ['ignore', 'pipe', 'ignore'] });
    return run.status === 0 ? run.stdout : null;
  };
  const text = (...args: string[]) =>
    git(...args)
      ?.toString('utf8')
      .trim() ?? null;
  const ours = ({ request: { params } }: Context) => `${params.owner}/${params.repo}` === repository;
  const full = (id: unknown) => /^[0-9a-f]{40}$/.test(String(id));
  /** A handler for our repository alone. */
  const handler = (answerOf: (context: Context) => Reply | null) => (context: Context) =>
    ours(context) ? (answerOf(context) ?? notFound) : notFound;
  return {
    'rate-limit/get': () => limits(5000),
    'git/get-commit': handler(({ request: { params } }) => {
      const id = String(params.commit_sha);
      const found = full(id) ? text('log', '-1', '--format=%T %cI', id) : null;
      if (found === null) return null;
      const [tree = '', date = ''] = found.split(' ');
      return { status: 200, body: gitCommit(id, tree, date) };
    }),
    'repos/compare-commits-with-basehead': handler(({ request: { params } }) => {
      const [base = '', head = ''] = decodeURIComponent(String(params.basehead)).split('...');
      const counts = text('rev-list', '--left-right', '--count', `${base}...${head}`);
      const [shared = ''] = text('merge-base', base, head)?.split('\n') ?? [];
      if (counts === null || shared === '') return null;
      const [behind = 0, ahead = 0] = counts.split('\t').map(Number);
      const status =
        ahead > 0 && behind > 0 ? 'diverged' : ahead > 0 ? 'ahead' : behind > 0 ? 'behind' : ('identical' as const);
      const commitOf = (id: string) => {
        const [tree = '', date = ''] = text('log', '-1', '--format=%T %cI', id)?.split(' ') ?? [];
        return listedCommit(id, tree, date);
      };
      const urls = { url, html_url: url, permalink_url: url, diff_url: url, patch_url: url };
      const ends = { base_commit: commitOf(base), merge_base_commit: commitOf(shared) };
      const far = { ahead_by: ahead, behind_by: behind, total_commits: ahead };
      return { status: 200, body: { ...urls, ...ends, status, ...far, commits: [] } };
    }),
    'repos/list-commits': handler(({ request: { query } }) => {
      const [page, size] = [Number(query.page ?? 1), Number(query.per_page ?? 30)];
      const log = text('log', '--format=%H %T %cI', `--until=${query.until}`, 'HEAD', '--', String(query.path)) ?? '';
      const commits = log.split('\n').filter((line) => line !== '');
      return {
        status: 200,
        body: commits.slice((page - 1) * size, page * size).map((line) => {
          const [id = '', tree = '', date = ''] = line.split(' ');
          return listedCommit(id, tree, date);
        }),
      };
    }),
    'git/get-tree': handler(({ request: { params, query } }) => {
      const id = String(params.tree_sha);
      const listed = git('ls-tree', ...(query.recursive === undefined ? [] : ['-r', '-t']), id)?.toString('utf8');
      if (listed === undefined) return null;
      return { status: 200, body: { sha: id, truncated: false, tree: listed.split('\n').flatMap(treeEntry) } };
    }),
    'git/get-blob': handler(({ request: { params } }) => {
      const id = String(params.file_sha);
      const bytes = full(id) ? git('cat-file', 'blob', id) : null;
      if (bytes === null) return null;
      const content = bytes.toString('base64').replace(/.{60}/g, '$&\n');
      return { status: 200, body: { sha: id, node_id: 'b', size: bytes.length, url, content, encoding: 'base64' } };
    }),
    'repos/get-content': handler(({ request: { params, query } }) => {
      const path = decodeURIComponent(String(params.path));
      const id = text('rev-parse', `${query.ref}:${path}`);
      if (id === null) return null;
      const bytes = git('cat-file', 'blob', id);
      const named = { name: path.split('/').at(-1) ?? '', path, sha: id, size: bytes?.length ?? 0, url };
      const links = { git_url: url, html_url: url, download_url: url, _links: { git: url, html: url, self: url } };
      if (bytes === null) return { status: 200, body: [] };
      const content = bytes.toString('base64');
      return { status: 200, body: { type: 'file', encoding: 'base64', ...named, ...links, content } };
    }),
  };
}

const url = 'https://api.github.com/x';
const person = (date: string) => ({ name: 'A', email: 'a@example.org', date });
const verification = { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null };

const gitCommit = (id: string, tree: string, date: string) => ({
  ...{ sha: id, node_id: 'c', url, html_url: url, message: 'm', parents: [], verification },
  author: person(date),
  committer: person(date),
  tree: { sha: tree, url },
});

const listedCommit = (id: string, tree: string, date: string) => ({
  ...{ sha: id, node_id: 'c', url, html_url: url, comments_url: url, author: {}, committer: {}, parents: [] },
  commit: {
    ...{ url, message: 'm', comment_count: 0, verification },
    author: person(date),
    committer: person(date),
    tree: { sha: tree, url },
  },
});

function treeEntry(line: string) {
  const [, mode = '', type = '', id = '', path = ''] = /^(\d+) (\w+) ([0-9a-f]+)\t(.*)$/.exec(line) ?? [];
  return path === '' ? [] : [{ path, mode, type, sha: id, url }];
}

/** The answer of /rate_limit. */
function limits(remaining: number): Reply {
  const rate = { limit: 5000, remaining, reset: 1_900_000_000, used: 5000 - remaining };
  return { status: 200, body: { resources: { core: rate, search: rate }, rate } };
}

if (import.meta.main) await main(process.argv[2] ?? '.');
