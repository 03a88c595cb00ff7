/**
 * A kernel tarball (`linux-source-6.1.tar.xz`) as a tree. What reading can ask for is unpacked once, into a cache; a file that
 * the tarball holds beyond that is unpacked when it is asked for, with the folder it lies in.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Problem } from '../../../analyzers/source/place.ts';
import { cacheFolder } from '../cache-folder.ts';
import { directoryTree } from '../directory.ts';
import { isSafePath } from '../file.ts';
import type { Tree } from '../tree.ts';
import { identityOf, unpackInto } from './cache.ts';
import type { Member } from './unpack.ts';

/** @returns the tree, or in words why it cannot be had */
export function tarballTree(archive: string): { readonly tree: Tree | null; readonly problem: string | null } {
  const name = basename(archive).replace(/\.(tar(\.\w+)?|tgz|txz)$/, '');
  try {
    const folder = join(cacheFolder('tarballs'), identityOf(archive));
    const problem = unpackInto(folder, { archive, name, only: null });
    if (problem !== null) return { tree: null, problem: `--tree ${archive}: ${problem}` };
    return { tree: new TarballTree(archive, name, folder), problem: null };
  } catch (error) {
    const { code, path = '', message } = error as NodeJS.ErrnoException;
    const why = code === undefined ? message : `${path} (${code}); what is unpacked goes below XDG_CACHE_HOME`;
    return { tree: null, problem: `--tree ${archive}: cannot use ${why}` };
  }
}

class TarballTree implements Tree {
  readonly name: string;
  readonly #archive: string;
  readonly #folder: string;
  readonly #files: Tree;
  readonly #beyond = new Map<string, string | null>();
  readonly #problems: Problem[] = [];
  #kinds: ReadonlyMap<string, Member['kind']> | null = null;

  constructor(archive: string, name: string, folder: string) {
    this.name = name;
    this.#archive = archive;
    this.#folder = folder;
    this.#files = directoryTree(join(folder, 'files'));
  }

  /** A function by itself, as that of the other trees: the reader is handed it without its tree. */
  readonly read = (path: string): string | null => {
    const text = this.#files.read(path);
    if (text !== null || !isSafePath(path)) return text;
    let beyond = this.#beyond.get(path);
    if (beyond === undefined) {
      beyond = this.#readBeyond(path);
      this.#beyond.set(path, beyond);
    }
    return beyond;
  };

  blob(): null {
    return null;
  }

  problems(): readonly Problem[] {
    return this.#problems;
  }

  #readBeyond(path: string): string | null {
    const kind = this.#kindOf(path);
    if (kind === undefined || kind === 'file') return null;
    const problem = kind === 'packed' ? this.#unpack(dirname(path)) : reasons[kind];
    if (problem === null) return directoryTree(join(this.#beyondOf(dirname(path)), 'files')).read(path);
    this.#problems.push({ kind: 'unreadable-file', text: `${path} is in ${this.name}, but ${problem}` });
    return null;
  }

  #kindOf(path: string): Member['kind'] | undefined {
    if (this.#kinds === null) {
      const members: readonly Member[] = JSON.parse(readFileSync(join(this.#folder, 'members.json'), 'utf8'));
      this.#kinds = new Map(members.map((member) => [member.path, member.kind]));
    }
    return this.#kinds.get(path);
  }

  /** @returns why it cannot be */
  #unpack(folder: string): string | null {
    const only = folder === '.' ? '' : folder;
    try {
      const problem = unpackInto(this.#beyondOf(folder), { archive: this.#archive, name: this.name, only });
      return problem === null ? null : `cannot be unpacked: ${problem}`;
    } catch (error) {
      return `cannot be unpacked: ${error instanceof Error ? error.message : String(error)}`;
    }
  }

  #beyondOf(folder: string): string {
    return `${this.#folder}-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`;
  }
}

const reasons = { link: 'it is a link, which is not followed', 'too-large': 'it is too large to be read' } as const;
