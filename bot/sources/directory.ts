/**
 * A tree in a directory. Where it is the work tree of a git clone, its files are read as they lie there, and the clone's
 * history is asked for what the files do not say.
 */
import { existsSync, lstatSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join, normalize, sep } from 'node:path';
import type { Problem } from '../../analyzers/source/place.ts';
import { fileBytesMax, isSafePath } from './file.ts';
import { gitHistory } from './git.ts';
import type { Tree } from './tree.ts';

export function directoryTree(root: string): Tree {
  const real = realpathSync(root);
  const cache = new Map<string, string | null>();
  const problems: Problem[] = [];
  const name =
    normalize(root)
      .split(sep)
      .filter((part) => part !== '')
      .at(-1) ?? root;
  return {
    name,
    read(path) {
      let text = cache.get(path);
      if (text === undefined) {
        const read = isSafePath(path) ? readInside(real, path) : { text: null, problem: null };
        if (read.problem !== null)
          problems.push({ kind: 'unreadable-file', text: `${path} is in ${name}, but ${read.problem}` });
        text = read.text;
        cache.set(path, text);
      }
      return text;
    },
    problems: () => problems,
    ...(existsSync(join(root, '.git')) ? gitHistory(root, 'HEAD') : { blob: () => null }),
  };
}

interface ReadFile {
  readonly text: string | null;
  /** Why a file that is there is not read. */
  readonly problem: string | null;
}
const absent: ReadFile = { text: null, problem: null };

function readInside(root: string, path: string): ReadFile {
  const full = join(root, path);
  try {
    if (!lstatSync(full).isFile() && !lstatSync(full).isSymbolicLink()) return absent;
    const target = realpathSync(full);
    if (!target.startsWith(root + sep)) return { text: null, problem: 'a link leads out of the tree' };
    const { size } = statSync(target);
    if (!statSync(target).isFile()) return absent;
    if (size > fileBytesMax) return { text: null, problem: `has ${size} bytes; at most ${fileBytesMax} are read` };
    return { text: readFileSync(target, 'utf8'), problem: null };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    return { text: null, problem: ['ENOENT', 'ENOTDIR'].includes(code) ? null : `cannot be read (${code})` };
  }
}
