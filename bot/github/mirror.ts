/**
 * A repository with a branch for each series, and which of its commits are a mailed patch. Taking one for another
 * would put a verdict on code that nobody judged, so two things are needed, and a doubt is a no:
 *
 * - The commit takes and adds the very lines that the mail does, at the same place (bot/changes.ts). What a maintainer
 *   touched up is another patch.
 * - It says so: the last trailer with a Message-ID holds it (`Link:` as b4 and maintainers write it, `Message-ID:` as
 *   git am does). Those before it came with the mail, whose author may name whatever he likes.
 *   Where no trailer of it holds any, its title has to be the mail's, and right below it the earlier patches of the
 *   series, each by title and lines.
 *
 * A commit never changes, and neither does what is below it: what was read once is kept, by id.
 */
import { z } from 'zod';
import { changesOfDiff } from '../changes.ts';
import { type Answered, answered, failed } from './answer.ts';
import { type GithubClient, placeOf } from './client.ts';

interface SoughtCommit {
  readonly title: string;
  /** Of its diff; null where it cannot be told from others. */
  readonly changes: string | null;
}
export interface SoughtPatch extends SoughtCommit {
  /** Without angle brackets. */
  readonly messageId: string;
  /** The patches before it in its series, first to last; null where not all of them are known. */
  readonly before: readonly SoughtCommit[] | null;
}

export interface MirrorCommit {
  readonly sha: string;
  readonly url: string;
}
interface Listed extends MirrorCommit {
  readonly title: string;
  readonly ids: readonly string[];
  /** Null of a merge, and of a first commit. */
  readonly parent: string | null;
}

/** `commits`: of a branch, from its head; series are shorter. */
const limits = { branchPages: 10, branches: 300, commits: 100, keptDiffs: 5_000 } as const;
const perPage = 100;
/** So that the patches of a series are not a list each. */
const branchesKeptMs = 60_000;

const sha = z.string().regex(/^[0-9a-f]{40}$/);
const branchShape = z
  .object({ name: z.string(), commit: z.object({ sha }) })
  .transform(({ name, commit }) => ({ name, head: commit.sha }));
const commitShape = z
  .object({
    ...{ sha, html_url: z.string(), commit: z.object({ message: z.string() }) },
    parents: z.array(z.object({ sha: z.string() })),
  })
  .transform(
    ({ sha: id, html_url, commit: { message }, parents }): Listed => ({
      ...{ sha: id, url: html_url, title: titleOf(message), ids: idsOf(message) },
      parent: parents.length === 1 ? (parents[0]?.sha ?? null) : null,
    }),
  );

export class Mirror {
  readonly #client: GithubClient;
  readonly #place: { readonly owner: string; readonly repo: string };
  readonly #now: () => Date;
  #branches: { readonly at: Date; readonly all: readonly z.infer<typeof branchShape>[] } | null = null;
  #heads = new Map<string, readonly Listed[]>();
  readonly #changes = new Map<string, string | null>();

  constructor(repository: string, { client, now }: { readonly client: GithubClient; readonly now: () => Date }) {
    this.#place = placeOf(repository);
    this.#client = client;
    this.#now = now;
  }

  /** Those on the branches that are the patch, each once. */
  async commitsOf(patch: SoughtPatch, patterns: readonly string[]): Promise<Answered<readonly MirrorCommit[]>> {
    const branches = await this.#series(patterns);
    if (branches.trouble !== null) return branches;
    const found = new Map<string, MirrorCommit>();
    for (const head of branches.data) {
      const commits = await this.#below(head);
      if (commits.trouble !== null) return commits;
      const byId = new Map(commits.data.map((one) => [one.sha, one]));
      for (const commit of commits.data) {
        if (found.has(commit.sha)) continue;
        const is = await this.#isPatch(commit, patch, byId);
        if (is.trouble !== null) return is;
        if (is.data) found.set(commit.sha, { sha: commit.sha, url: commit.url });
      }
    }
    return answered([...found.values()]);
  }

  async #isPatch(commit: Listed, patch: SoughtPatch, byId: ReadonlyMap<string, Listed>): Promise<Answered<boolean>> {
    if (commit.ids.length > 0)
      return commit.ids.at(-1) === patch.messageId ? this.#changesAre(commit.sha, patch.changes) : answered(false);
    if (patch.before === null) return answered(false);
    const down = [patch, ...patch.before.toReversed()];
    const chain: { readonly sha: string; readonly changes: string | null }[] = [];
    let at: Listed | undefined = commit;
    for (const { title, changes } of down) {
      if (at === undefined || at.ids.length > 0 || at.title !== titleOf(title)) return answered(false);
      chain.push({ sha: at.sha, changes });
      at = at.parent === null ? undefined : byId.get(at.parent);
    }
    for (const { sha: id, changes } of chain) {
      const is = await this.#changesAre(id, changes);
      if (is.trouble !== null || !is.data) return is;
    }
    return answered(true);
  }

  async #changesAre(id: string, changes: string | null): Promise<Answered<boolean>> {
    if (changes === null) return answered(false);
    const known = this.#changes.get(id);
    if (known !== undefined) return answered(known === changes);
    const diff = await this.#client.read(
      'GET /repos/{owner}/{repo}/commits/{ref}',
      { ...this.#place, ref: id, mediaType: { format: 'diff' } },
      z.string(),
    );
    // Just made, and not everywhere yet; or gone.
    if (diff.trouble?.kind === 'absent') return answered(false);
    // Too large for GitHub to print.
    if (diff.trouble !== null && diff.trouble.kind !== 'invalid') return diff;
    const read = diff.trouble === null ? changesOfDiff(diff.data) : null;
    if (this.#changes.size >= limits.keptDiffs) this.#changes.clear();
    this.#changes.set(id, read);
    return answered(read === changes);
  }

  /** Heads of the branches that the patterns name. */
  async #series(patterns: readonly string[]): Promise<Answered<readonly string[]>> {
    if (this.#branches === null || this.#now().getTime() - this.#branches.at.getTime() >= branchesKeptMs) {
      const all: z.infer<typeof branchShape>[] = [];
      for (let page = 1; ; page++) {
        if (page > limits.branchPages)
          return failed({
            kind: 'invalid',
            why: `over ${limits.branchPages * perPage} branches are not looked through`,
          });
        const listed = await this.#client.read(
          'GET /repos/{owner}/{repo}/branches',
          { ...this.#place, per_page: perPage, page },
          z.array(branchShape),
        );
        if (listed.trouble !== null) return listed;
        all.push(...listed.data);
        if (listed.data.length < perPage) break;
      }
      this.#branches = { at: this.#now(), all };
    }
    const named = patterns.map(expressionOf);
    const heads = this.#branches.all.filter(({ name }) => named.some((one) => one.test(name))).map(({ head }) => head);
    if (heads.length > limits.branches)
      return failed({ kind: 'invalid', why: `over ${limits.branches} branches match ${patterns.join(', ')}` });
    const current = new Set(this.#branches.all.map(({ head }) => head));
    this.#heads = new Map([...this.#heads].filter(([head]) => current.has(head)));
    return answered([...new Set(heads)]);
  }

  async #below(head: string): Promise<Answered<readonly Listed[]>> {
    const known = this.#heads.get(head);
    if (known !== undefined) return answered(known);
    const listed = await this.#client.read(
      'GET /repos/{owner}/{repo}/commits',
      { ...this.#place, sha: head, per_page: limits.commits },
      z.array(commitShape),
    );
    // The branch was taken away, or set anew, since it was listed.
    if (listed.trouble?.kind === 'absent') return answered([]);
    if (listed.trouble === null) this.#heads.set(head, listed.data);
    return listed;
  }
}

/** `*` within a part of a branch's name, `**` over parts. */
const expressionOf = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
      .replace(/\*+/g, (stars) => (stars.length > 1 ? '.*' : '[^/]*'))}$`,
  );

/** As git has it: the first paragraph, as a line. */
const titleOf = (message: string): string =>
  (
    message
      .replace(/\r\n?/g, '\n')
      .trim()
      .split(/\n\s*\n/, 1)[0] ?? ''
  )
    .replace(/\s+/g, ' ')
    .trim();

/** What the trailers hold that looks like a Message-ID, whole. */
function idsOf(message: string): readonly string[] {
  const trailers =
    message
      .replace(/\r\n?/g, '\n')
      .trim()
      .split(/\n\s*\n/)
      .slice(1)
      .at(-1) ?? '';
  return trailers.split('\n').flatMap((line) => {
    const [, name = '', value = ''] = /^(link|message-id):\s*(\S+)/i.exec(line) ?? [];
    const parts =
      name.toLowerCase() === 'message-id'
        ? [value.replace(/^<|>$/g, '')]
        : value.split(/[?#]/, 1).join('').split('/').map(decoded);
    return parts.filter((part) => /^[^@\s]+@[^@\s]+$/.test(part));
  });
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // an address that was cut
  }
}
