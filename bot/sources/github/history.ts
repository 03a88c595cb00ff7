/**
 * The kernel's history on GitHub as where a base is looked for: whether it can be reached, which commit a series starts
 * from, and that commit as a tree. What stands in the way is a problem with a name.
 */
import type { FoundTrees, History, MadeOn } from '../tree.ts';
import type { GithubOptions } from './answers.ts';
import { findBase } from './find-base.ts';
import { askGithub } from './remote.ts';
import { githubTree } from './tree.ts';

/** @param progress told what is being looked for or fetched */
export function githubHistory(options: GithubOptions, progress: (text: string) => void): History {
  return { bases: (made) => basesIn(options, made, progress) };
}

function basesIn(options: GithubOptions, made: MadeOn, progress: (text: string) => void): FoundTrees {
  const ask = askGithub(options);
  const place = `${options.repository} at ${options.api}`;
  progress(`asking ${place} for the base`);
  // Not counted, and quick to fail: without it a machine that has no network would wait for every question.
  const reached = ask({ kind: 'limits' });
  if (reached.problem !== null) return { trees: [], problems: [reached.problem] };
  const { bases, problem, tried } = findBase(ask, made);
  if (bases.length === 0) {
    const text = `${place} has no commit that the patch was made on: looked for ${tried || 'nothing, as the mail names no blob'}`;
    return { trees: [], problems: [problem ?? { kind: 'github-no-base', text }] };
  }
  const trees = bases.map(({ commit, found }) => ({
    tree: githubTree(ask, commit, (path) => progress(`fetching ${path}`)),
    found,
  }));
  return { trees, problems: [] };
}
