/**
 * A commit on GitHub as a kernel tree: directories are listed once, a file is fetched when it is read. What GitHub did not
 * give must not look like a file that is not there: the first problem ends the tree, and stays with it.
 */
import { isSafePath } from '../file.ts';
import type { Tree } from '../tree.ts';
import type { Commit, Entries, GithubProblem } from './answers.ts';
import type { Ask } from './remote.ts';

/** Listed with everything below it: most of what is read lies there, and each listing is a request. */
const listedWhole: ReadonlySet<string> = new Set(['arch/powerpc']);

interface Entry {
  readonly type: string;
  readonly id: string;
}

interface Listing {
  readonly entries: ReadonlyMap<string, Entry>;
  readonly whole: boolean;
}

/** @param progress told the path of each file that is fetched */
export function githubTree(ask: Ask, commit: Commit, progress: (path: string) => void): Tree {
  const listings = new Map<string, Listing | null>();
  const texts = new Map<string, string | null>();
  const problems: GithubProblem[] = [];
  const get: Ask = (question) => {
    const [stopped] = problems;
    if (stopped !== undefined) return { value: null, problem: stopped };
    const answer = ask(question);
    if (answer.problem !== null) problems.push(answer.problem);
    return answer;
  };
  const list = (directory: string, id: string): Listing | null => {
    const recursive = listedWhole.has(directory);
    const all = get({ kind: 'tree', id, recursive }).value;
    // What was cut off is listed level by level.
    const cut = recursive && all?.truncated === true;
    return listingOf(cut ? get({ kind: 'tree', id, recursive: false }).value : all, recursive && !cut);
  };
  const listed = (directory: string, id: string | undefined): Listing | null => {
    let listing = listings.get(directory);
    if (listing === undefined) {
      listing = id === undefined ? null : list(directory, id);
      listings.set(directory, listing);
    }
    return listing;
  };
  const entryOf = (path: string): Entry | undefined => {
    const parts = path.split('/');
    let listing = listed('', commit.tree);
    for (let depth = 1; depth < parts.length; depth++) {
      if (listing?.whole === true) return listing.entries.get(parts.slice(depth - 1).join('/'));
      const entry = listing?.entries.get(parts[depth - 1] ?? '');
      listing = listed(parts.slice(0, depth).join('/'), entry?.type === 'tree' ? entry.id : undefined);
    }
    return listing?.entries.get(parts.at(-1) ?? '');
  };
  return {
    name: `commit ${commit.id.slice(0, 12)}`,
    read(path) {
      let text = texts.get(path);
      if (text === undefined) {
        const entry = isSafePath(path) ? entryOf(path) : undefined;
        if (entry?.type === 'blob') progress(path);
        text = entry?.type === 'blob' ? get({ kind: 'blob', id: entry.id }).value : null;
        texts.set(path, text);
      }
      return text;
    },
    // GitHub finds no blob by an abbreviated id.
    blob: () => null,
    problems: () => problems,
  };
}

function listingOf(all: Entries | null, whole: boolean): Listing | null {
  return all === null
    ? null
    : { entries: new Map(all.entries.map(({ path, type, id }) => [path, { type, id }])), whole };
}
