/**
 * A kernel source tree as the reader asks for it: text by path. What `--tree` names is opened here: a directory that may hold
 * only some of the kernel's files, a git clone at a revision (bare or not), or a tarball.
 *
 * Paths come out of mails: one that is absolute, climbs out, or leads out of the tree through a link is not there. A file that
 * is there and cannot be read never looks absent: `problems` names it.
 */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Problem } from '../../analyzers/source/place.ts';
import { directoryTree } from './directory.ts';
import { gitTree } from './git.ts';
import { tarballTree } from './tarball/tree.ts';

export interface Tree {
  /** As a reply names it: the directory's last component, the revision, or the commit that was found. */
  readonly name: string;
  /** null where there is no such file, or none that may be read. It is handed on without its tree. */
  readonly read: (path: string) => string | null;
  /** Text of a blob by (abbreviated) id; null where the tree cannot tell (a directory holds no history). */
  blob(id: string): string | null;
  /** Trees of its history that the mail says the patch was made on; absent where there is no history. */
  bases?(made: MadeOn): FoundTrees;
  /** What could not be read so far though it is there. */
  problems?(): readonly Problem[];
}

/** What a mail says of the tree that its patch was made on. */
export interface MadeOn {
  /** Of `base-commit:` lines. */
  readonly commits: readonly string[];
  /** Of `index` lines: the (abbreviated) blob of each file before the series. */
  readonly files: readonly { readonly path: string; readonly blob: string }[];
  /** When it was mailed: what was committed later is not its base. Null where no mail has a date. */
  readonly date: Date | null;
}

/** Where trees come from that nobody gave: they are looked for by what a mail says. */
export type History = Required<Pick<Tree, 'bases'>>;

/**
 * Named by the mail and of a history, found in one by the blob ids of the mail, or named by the mail and of none: a commit that
 * anybody may have made.
 */
export type FoundHow = 'base-commit' | 'history' | 'unmerged';

export interface FoundTrees {
  /** Those that fit best first. */
  readonly trees: readonly { readonly tree: Tree; readonly found: FoundHow }[];
  readonly problems: readonly Problem[];
}

/** @returns the tree, or in words why it cannot be opened and what to give instead */
export function openTree(spec: string): { readonly tree: Tree | null; readonly problem: string | null } {
  const at = spec.lastIndexOf('@');
  const [path, revision] = at > 0 && !existsSync(spec) ? [spec.slice(0, at), spec.slice(at + 1)] : [spec, null];
  if (!existsSync(path))
    return {
      tree: null,
      problem: `--tree ${spec}: there is no ${path}; give a directory, a git clone (with @REVISION if not HEAD) or a tarball`,
    };
  const stat = statSync(path);
  if (stat.isFile() && revision === null) return tarballTree(path);
  if (!stat.isDirectory())
    return { tree: null, problem: `--tree ${spec}: ${path} is no directory, so there are no revisions in it` };
  const bare = existsSync(join(path, 'HEAD')) && existsSync(join(path, 'objects'));
  if (revision === null && !bare) return { tree: directoryTree(path), problem: null };
  return gitTree(path, revision ?? 'HEAD');
}
