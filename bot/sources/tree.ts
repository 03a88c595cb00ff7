/**
 * A kernel source tree as the reader asks for it: text by path. A directory that may hold only some of the kernel's files,
 * or a git clone at a revision (bare or not), read through git without a shell and without a checkout.
 *
 * Paths come out of mails: one that is absolute, climbs out, or leads out of the directory through a link is not there.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, join, normalize, sep } from 'node:path';

export interface Tree {
  /** As a reply names it: the directory's last component, or the revision. */
  readonly name: string;
  /** null where there is no such file, or none that may be read. */
  read(path: string): string | null;
  /** Text of a blob by (abbreviated) id; null where the tree cannot tell (a directory holds no history). */
  blob(id: string): string | null;
}

const fileBytesMax = 8 << 20;

/** @returns the tree, or in words why it cannot be opened and what to give instead */
export function openTree(spec: string): { readonly tree: Tree | null; readonly problem: string | null } {
  const at = spec.lastIndexOf('@');
  const [path, revision] = at > 0 && !existsSync(spec) ? [spec.slice(0, at), spec.slice(at + 1)] : [spec, null];
  if (!existsSync(path))
    return {
      tree: null,
      problem: `--tree ${spec}: there is no ${path}; give a directory or a git clone, the latter with @REVISION if not HEAD`,
    };
  if (!statSync(path).isDirectory()) return { tree: null, problem: `--tree ${spec}: ${path} is not a directory` };
  const bare = existsSync(join(path, 'HEAD')) && existsSync(join(path, 'objects'));
  if (revision === null && !bare) return { tree: directoryTree(path), problem: null };
  return gitTree(path, revision ?? 'HEAD');
}

export function isSafePath(path: string): boolean {
  const normal = normalize(path);
  return (
    path !== '' &&
    !path.includes('\0') &&
    !isAbsolute(path) &&
    normal !== '..' &&
    !normal.startsWith(`..${sep}`) &&
    !normal.split(sep).includes('.git')
  );
}

/** The id git gives a text. */
export function blobId(text: string): string {
  const bytes = Buffer.from(text, 'utf8');
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}

function directoryTree(root: string): Tree {
  const real = realpathSync(root);
  const cache = new Map<string, string | null>();
  const history = existsSync(join(root, '.git')) ? (id: string) => catFile(root, id) : () => null;
  return {
    name:
      normalize(root)
        .split(sep)
        .filter((part) => part !== '')
        .at(-1) ?? root,
    read(path) {
      let text = cache.get(path);
      if (text === undefined) {
        text = isSafePath(path) ? readInside(real, path) : null;
        cache.set(path, text);
      }
      return text;
    },
    blob: history,
  };
}

function readInside(root: string, path: string): string | null {
  const full = join(root, path);
  try {
    if (!lstatSync(full).isFile() && !lstatSync(full).isSymbolicLink()) return null;
    const target = realpathSync(full);
    if (!target.startsWith(root + sep)) return null;
    if (statSync(target).size > fileBytesMax) return null;
    return readFileSync(target, 'utf8');
  } catch {
    return null; // not there, or not readable: the same to the reader
  }
}

function gitTree(path: string, revision: string): { tree: Tree | null; problem: string | null } {
  if (revision.startsWith('-')) return { tree: null, problem: `--tree: "${revision}" is no revision` };
  const commit = git(path, ['rev-parse', '--verify', '--quiet', `${revision}^{tree}`]);
  if (commit === null)
    return { tree: null, problem: `--tree ${path}@${revision}: git does not know this revision there` };
  const id = commit.trim();
  const cache = new Map<string, string | null>();
  return {
    tree: {
      name: revision,
      read(file) {
        let text = cache.get(file);
        if (text === undefined) {
          text = isSafePath(file) ? git(path, ['cat-file', 'blob', `${id}:${file}`]) : null;
          cache.set(file, text);
        }
        return text;
      },
      blob: (blob) => catFile(path, blob),
    },
    problem: null,
  };
}

const catFile = (path: string, id: string) =>
  /^[0-9a-f]{7,40}$/.test(id) ? git(path, ['cat-file', 'blob', id]) : null;

function git(path: string, args: readonly string[]): string | null {
  const result = spawnSync('git', ['-C', path, ...args], {
    encoding: 'utf8',
    maxBuffer: fileBytesMax,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return result.status === 0 ? result.stdout : null;
}
