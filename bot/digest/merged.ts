/**
 * Is a patch merged? Only git clones among the trees of the settings tell: one whose history has a commit of that title that touches the
 * file, or one, not shallow, that is that much newer than the patch and has none. Of the name alone: a commit's title is the mail's, and
 * maintainers seldom change it. What a stranger wrote is an argument of git here and nothing else.
 */
import { execFile } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { About, Finding } from './digest.ts';

const run = promisify(execFile);
const dayMs = 24 * 3_600_000;
const limits = { timeoutMs: 30_000, output: 1 << 20 } as const;
/** A tree that is not so much newer may yet get it. */
const settledMs = 90 * dayMs;

export type IsMerged = (one: {
  readonly about: About;
  readonly finding: Pick<Finding, 'file'>;
}) => Promise<boolean | null>;

/** @param trees as the settings have them: `DIRECTORY`, `DIRECTORY@REVISION`, tarballs */
export function mergedIn(trees: readonly string[]): IsMerged {
  const clones = trees.flatMap((spec) => cloneOf(spec) ?? []);
  return async ({ about, finding }) => {
    let known: boolean | null = null;
    // A title that was cut or masked is no commit's.
    if (about.title.includes('…')) return known;
    for (const { path, revision } of clones) {
      const git = async (...args: readonly string[]) => {
        const options = { timeout: limits.timeoutMs, maxBuffer: limits.output };
        // As bot/sources/git.ts: nothing is fetched, and no repository further up is taken for it.
        const kept = { LC_ALL: 'C', GIT_ALLOW_PROTOCOL: 'none', GIT_NO_LAZY_FETCH: '1', GIT_NO_REPLACE_OBJECTS: '1' };
        const env = { ...process.env, ...kept, GIT_CEILING_DIRECTORIES: dirname(realpathSync(path)) };
        return run('git', ['-C', path, ...args], { ...options, env }).then(
          ({ stdout }) => stdout,
          () => null,
        );
      };
      const since = `--since=${about.sentAt}`;
      const named = ['--fixed-strings', `--grep=${about.title}`, '--format=%s', revision, '--', finding.file];
      const titles = await git('log', since, ...named);
      if (titles === null) continue;
      if (titles.split('\n').includes(about.title)) return true;
      const newest = await git('log', '-1', '--format=%cI', revision, '--');
      if (newest === null || Date.parse(newest.trim()) - Date.parse(about.sentAt) <= settledMs) continue;
      // A history that is cut off has no commit of most that is merged.
      if ((await git('rev-parse', '--is-shallow-repository'))?.trim() === 'false') known = false;
    }
    return known;
  };
}

/** As bot/sources/tree.ts reads it; null for what has no history. */
function cloneOf(spec: string): { readonly path: string; readonly revision: string } | null {
  const at = spec.lastIndexOf('@');
  const [path, revision] = at > 0 && !existsSync(spec) ? [spec.slice(0, at), spec.slice(at + 1)] : [spec, 'HEAD'];
  const isClone =
    existsSync(join(path, '.git')) || (existsSync(join(path, 'HEAD')) && existsSync(join(path, 'objects')));
  return isClone && !revision.startsWith('-') ? { path, revision } : null;
}
