/**
 * Which commit of the mirror a patch was made on: the one its mail names, where that is of the repository's history, else the
 * newest one whose files have the blob ids of the patch's `index` lines, looked for along the history of those paths up to the
 * mail's date. A commit that the mail names and that is of a fork comes last: its author may be the patch's.
 *
 * Example: a patch of ftrace.c with `index 517662a56bdc..` mailed in June 2019 → the commit that brought that blob.
 */
import type { FoundHow, MadeOn } from '../tree.ts';
import type { Commit, GithubProblem } from './answers.ts';
import type { Ask } from './remote.ts';

export interface BaseSearch {
  /** The best one first. */
  readonly bases: readonly { readonly commit: Commit; readonly found: FoundHow }[];
  readonly problem: GithubProblem | null;
  /** What was looked for in vain, for people. */
  readonly tried: string;
}

/** Along how many commits of a path a blob is looked for, and along how many paths: each commit is a request. */
const commitsMax = 60;
const pathsMax = 4;

export function findBase(ask: Ask, made: MadeOn): BaseSearch {
  const tried: string[] = [];
  const bases: BaseSearch['bases'][number][] = [];
  const stopped = (problem: GithubProblem): BaseSearch => ({ bases: [], problem, tried: '' });
  for (const id of made.commits) {
    const { value: commit, problem } = ask({ kind: 'commit', id });
    if (problem !== null) return stopped(problem);
    if (commit === null) {
      tried.push(`base-commit ${id}`);
      continue;
    }
    const merged = ask({ kind: 'is-merged', id: commit.id });
    if (merged.problem !== null) return stopped(merged.problem);
    if (merged.value === true) return { bases: [{ commit, found: 'base-commit' }], problem: null, tried: '' };
    bases.push({ commit, found: 'unmerged' });
  }
  const found: Commit[] = [];
  for (const { path, blob } of made.files.slice(0, pathsMax)) {
    const walked = walk(ask, { path, blob, until: made.date });
    if (walked.problem !== null) return stopped(walked.problem);
    if (walked.commit !== null) found.push(walked.commit);
    else tried.push(`blob ${blob} among ${walked.commits} commits of ${path}`);
  }
  // Each commit brought one file to what the patch names; the last of them may have them all.
  const [newest] = found.sort((a, b) => Date.parse(b.date) - Date.parse(a.date));
  if (newest !== undefined) bases.unshift({ commit: newest, found: 'history' });
  return { bases, problem: null, tried: tried.join(', ') };
}

interface Walked {
  readonly commit: Commit | null;
  readonly commits: number;
  readonly problem: GithubProblem | null;
}

function walk(ask: Ask, { path, blob, until }: { path: string; blob: string; until: Date | null }): Walked {
  let commits = 0;
  for (let page = 1; commits < commitsMax; page++) {
    const history = ask({ kind: 'history', path, until: until?.toISOString() ?? null, page });
    if (history.problem !== null) return { commit: null, commits, problem: history.problem };
    if (history.value === null || history.value.length === 0) break;
    for (const commit of history.value.slice(0, commitsMax - commits)) {
      commits++;
      const id = ask({ kind: 'blob-id', path, commit: commit.id });
      if (id.problem !== null) return { commit: null, commits, problem: id.problem };
      if (id.value?.startsWith(blob)) return { commit, commits, problem: null };
    }
  }
  return { commit: null, commits, problem: null };
}
