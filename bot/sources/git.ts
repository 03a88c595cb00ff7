/**
 * A tree in a git clone at a revision, and what the clone's history tells of where a patch was made: the commit that the mail
 * names, or the newest one whose files have the blob ids of the mail's `index` lines. Read through git without a shell and
 * without a checkout; git is kept from fetching anything and from taking a repository further up for the one that was named.
 */
import { spawnSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import type { Problem } from '../../analyzers/source/place.ts';
import { fileBytesMax, isSafePath } from './file.ts';
import type { FoundHow, FoundTrees, MadeOn, Tree } from './tree.ts';

/** `listing` is in bytes; `candidates` of one abbreviated id, `trees` that a history gives; a walk ends after `walkMs`. */
const limits = { listing: 128 << 20, candidates: 16, files: 16, trees: 4, links: 8, walkMs: 120_000 } as const;

/** @returns the tree, or in words why it cannot be opened */
export function gitTree(clone: string, revision: string): { tree: Tree | null; problem: string | null } {
  if (revision.startsWith('-')) return { tree: null, problem: `--tree: "${revision}" is no revision` };
  const root = git(clone, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{tree}`]);
  if (root.text === null) {
    const why = root.error === '' ? 'git does not know this revision there' : root.error;
    return { tree: null, problem: `--tree ${clone}@${revision}: ${why}` };
  }
  return { tree: treeAt(clone, { id: root.text.trim(), name: revision, start: revision }), problem: null };
}

/** What a clone tells besides the files of one revision. */
export function gitHistory(clone: string, start: string): Pick<Tree, 'blob' | 'bases'> {
  return {
    blob: (id) => {
      const [blob] = blobsOf(clone, id);
      return blob === undefined ? null : git(clone, ['cat-file', 'blob', blob]).text;
    },
    bases: (made) => basesIn(clone, start, made),
  };
}

interface Entry {
  readonly mode: string;
  readonly id: string;
}

function treeAt(clone: string, { id, name, start }: { id: string; name: string; start: string }): Tree {
  const texts = new Map<string, string | null>();
  const problems: Problem[] = [];
  let listing: ReadonlyMap<string, Entry> | null = null;
  const read = (path: string): string | null => {
    listing ??= listingOf(clone, id, (text) => problems.push({ kind: 'unreadable-tree', text: `${name}: ${text}` }));
    const tell = (why: string) =>
      problems.push({ kind: 'unreadable-file', text: `${path} is in ${name}, but cannot be read: ${why}` });
    const entry = isSafePath(path) ? followed(clone, listing, path, tell) : undefined;
    if (entry === undefined) return null;
    const blob = git(clone, ['cat-file', 'blob', entry.id]);
    if (blob.text === null) tell(blob.error);
    return blob.text;
  };
  return {
    name,
    read(path) {
      let text = texts.get(path);
      if (text === undefined) {
        text = read(path);
        texts.set(path, text);
      }
      return text;
    },
    problems: () => problems,
    ...gitHistory(clone, start),
  };
}

/** Every file of a tree: so that a file that is not there is known without asking git. */
function listingOf(clone: string, tree: string, tell: (problem: string) => void): ReadonlyMap<string, Entry> {
  const listed = git(clone, ['ls-tree', '-r', '-z', '--full-tree', tree], { bytesMax: limits.listing });
  if (listed.text === null) tell(`its files cannot be listed: ${listed.error}`);
  const entries = new Map<string, Entry>();
  for (const line of (listed.text ?? '').split('\0')) {
    const match = /^(\d+) blob ([0-9a-f]+)\t(.*)$/s.exec(line);
    if (match !== null) entries.set(match[3] ?? '', { mode: match[1] ?? '', id: match[2] ?? '' });
  }
  return entries;
}

/** The file at a path, or where links of the tree lead from it; undefined where there is none. */
function followed(
  clone: string,
  listing: ReadonlyMap<string, Entry>,
  path: string,
  tell: (problem: string) => void,
): Entry | undefined {
  let at = path;
  for (let links = 0; links < limits.links; links++) {
    const entry = listing.get(at);
    if (entry?.mode !== '120000') return entry;
    const { text, error } = git(clone, ['cat-file', 'blob', entry.id]);
    if (text === null) return void tell(error);
    at = join(dirname(at), text);
    if (isAbsolute(text) || !isSafePath(at)) return void tell('a link leads out of the tree');
  }
  return void tell(`it is behind more than ${limits.links} links`);
}

function basesIn(clone: string, start: string, made: MadeOn): FoundTrees {
  const problems: Problem[] = [];
  const commits = new Map<string, FoundHow>();
  for (const named of new Set(made.commits)) {
    const commit = commitOf(clone, named);
    if (commit !== null) commits.set(commit, 'base-commit');
    else problems.push({ kind: 'no-base-commit', text: `the mail's base-commit ${named} is not in this clone` });
  }
  const files = made.files.filter(({ path, blob }) => isSafePath(path) && isObjectName(blob)).slice(0, limits.files);
  const matches = (commit: string) => matchesAt(clone, commit, files);
  const isBase = () => [...commits.keys()].some((commit) => files.length > 0 && matches(commit) === files.length);
  if (!isBase()) {
    for (const file of files)
      for (const commit of commitsWith(clone, start, file, (text) => problems.push({ kind: 'history', text })))
        if (!commits.has(commit)) commits.set(commit, 'history');
  }
  const ranked = [...commits]
    .map(([commit, found]) => ({ commit, found, matched: matches(commit) }))
    .sort((a, b) => b.matched - a.matched)
    .slice(0, limits.trees);
  if (ranked.length === 0 && files.length > 0 && isShallow(clone))
    problems.push({ kind: 'shallow-clone', text: 'the clone is shallow: its history may lack the base of the patch' });
  const trees = ranked.map(({ commit, found }) => ({
    tree: treeAt(clone, { id: `${commit}^{tree}`, name: `commit ${commit.slice(0, 12)}`, start: commit }),
    found,
  }));
  return { trees, problems };
}

const isObjectName = (id: string) => /^[0-9a-f]{7,40}$/.test(id);
const isShallow = (clone: string) => git(clone, ['rev-parse', '--is-shallow-repository']).text?.trim() === 'true';

function commitOf(clone: string, id: string): string | null {
  if (!isObjectName(id)) return null;
  return git(clone, ['rev-parse', '--verify', '--quiet', `${id}^{commit}`]).text?.trim() ?? null;
}

/** How many of the files have the mail's blobs in a commit. */
function matchesAt(clone: string, commit: string, files: MadeOn['files']): number {
  if (files.length === 0) return 0;
  const paths = files.map(({ path }) => path);
  const { text } = git(clone, ['--literal-pathspecs', 'ls-tree', '-z', '--full-tree', commit, '--', ...paths]);
  const ids = new Map(
    (text ?? '').split('\0').map((line) => {
      const [head = '', path = ''] = line.split('\t');
      return [path, head.split(' ')[2] ?? ''];
    }),
  );
  return files.filter(({ path, blob }) => ids.get(path)?.startsWith(blob)).length;
}

/**
 * The newest commit whose tree has the blob at the path: in the history of the revision, else of any ref. What git finds is
 * the newest commit that brought it or took it away; in the latter case it is the parent.
 */
function commitsWith(
  clone: string,
  start: string,
  file: MadeOn['files'][number],
  tell: (problem: string) => void,
): readonly string[] {
  for (const blob of blobsOf(clone, file.blob)) {
    for (const revisions of [[start], ['--all']]) {
      const log = ['log', '-1', '--raw', '--no-abbrev', '--no-renames', '--format=%H %P', `--find-object=${blob}`];
      const found = git(clone, ['--literal-pathspecs', ...log, ...revisions, '--', file.path], { ms: limits.walkMs });
      if (found.text === null) tell(`the history of ${file.path} cannot be read: ${found.error}`);
      const match = /^([0-9a-f]+) ?([0-9a-f]*)[^\n]*\n+:\d+ \d+ [0-9a-f]+ ([0-9a-f]+) /.exec(found.text ?? '');
      if (match !== null) return [(match[3] === blob ? match[1] : match[2]) ?? ''];
    }
  }
  return [];
}

/** Full ids of the blobs that an abbreviated id can mean. */
function blobsOf(clone: string, id: string): readonly string[] {
  if (!isObjectName(id)) return [];
  const ids = git(clone, ['rev-parse', `--disambiguate=${id}`]).text?.split('\n') ?? [];
  const known = ids.filter((line) => line !== '').slice(0, limits.candidates);
  if (known.length === 0) return [];
  const checked = git(clone, ['cat-file', '--batch-check=%(objectname) %(objecttype)'], { input: known.join('\n') });
  return (checked.text ?? '').split('\n').flatMap((line) => (line.endsWith(' blob') ? [line.slice(0, -5)] : []));
}

interface Run {
  readonly text: string | null;
  /** The first line of what git says; '' where it says nothing. */
  readonly error: string;
}

function git(
  clone: string,
  args: readonly string[],
  { bytesMax = fileBytesMax, ms, input = '' }: { bytesMax?: number; ms?: number; input?: string } = {},
): Run {
  const result = spawnSync('git', ['-C', clone, ...args], {
    encoding: 'utf8',
    input,
    maxBuffer: bytesMax,
    ...(ms !== undefined && { timeout: ms }),
    env: {
      ...process.env,
      LC_ALL: 'C',
      // A clone that lacks objects would fetch them; a folder within another repository would be taken for that.
      GIT_ALLOW_PROTOCOL: 'none',
      GIT_NO_LAZY_FETCH: '1',
      GIT_NO_REPLACE_OBJECTS: '1',
      GIT_CEILING_DIRECTORIES: dirname(realpathSync(clone)),
    },
  });
  if (result.status === 0) return { text: result.stdout, error: '' };
  const code = (result.error as NodeJS.ErrnoException | undefined)?.code;
  const spoken: Readonly<Record<string, string>> = {
    ENOENT: 'git is not installed',
    ENOBUFS: `it has more than ${bytesMax} bytes`,
    ETIMEDOUT: `it took more than ${(ms ?? 0) / 1000} s`,
  };
  const said = (result.stderr ?? '').trim().split('\n')[0] ?? '';
  return { text: null, error: code === undefined ? said : (spoken[code] ?? code) };
}
