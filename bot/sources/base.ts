/**
 * The source before and after a patch. On a tree: the base file by its blob id where the tree has a history, else by path;
 * earlier patches of the series applied first; results hashed against the mail's `index` line. A patch that does not fit is
 * never judged on the tree: the diff's own lines are all there is then, and the verdict says so.
 */
import { applyFile, type Origin } from '../../analyzers/patch/apply.ts';
import type { FilePatch } from '../../analyzers/patch/diff.ts';
import { canMatter } from '../../analyzers/patch/relevant.ts';
import { renamedFunctions } from '../../analyzers/patch/renames.ts';
import type { Problem } from '../../analyzers/source/place.ts';
import { blobId, isSafePath, type Tree } from './tree.ts';

/** Text by path; null where there is none. */
export type Read = (path: string) => string | null;

export interface Base {
  readonly how: 'tree' | 'diff';
  /** What was used, for people: `v5.2-rc6 (ftrace.c is blob 517662a56bdc as in the mail)`. */
  readonly ref: string;
  /** Parts of functions are missing from what is at hand. */
  readonly partial: boolean;
  readonly before: Read;
  readonly after: Read;
  /** Functions of which only unchanged parts are at hand. */
  readonly contextOnly: ReadonlySet<string>;
  /** Old names of functions that this series has renamed so far, by new ones. */
  readonly renamed: ReadonlyMap<string, string>;
  /** Where a line of the patched source stands in the mail. */
  readonly origin: (file: string, line: number) => Origin | null;
  readonly problems: readonly Problem[];
}

/** Applies the patches of a series one after the other; each call is the next patch. */
export class SeriesBase {
  readonly #tree: Tree;
  #overlay: ReadonlyMap<string, string | null> = new Map();
  #failed = 0;
  /** Of files that could not be applied: what the tree knows under the old name alone. */
  #renamed: ReadonlyMap<string, string> = new Map();

  constructor(tree: Tree) {
    this.#tree = tree;
  }

  /** The base of the next patch. Its result becomes the base of the one after it, as far as it applies. */
  next(files: readonly FilePatch[]): Base {
    const problems: Problem[] = [];
    const overlay = new Map(this.#overlay);
    const origins = new Map<string, ReadonlyMap<number, Origin>>();
    const found: string[] = [];
    let rejected = false;
    const lost: FilePatch[] = [];
    for (const file of files) {
      const path = file.newPath ?? file.oldPath ?? '';
      if (!isSafePath(path) || (file.oldPath !== null && !isSafePath(file.oldPath))) {
        problems.push({
          kind: 'unsafe-path',
          text: `the diff names ${JSON.stringify(path)}, which is outside the tree; it is left out`,
        });
        rejected = true;
        continue;
      }
      const applied = this.#apply(file, path, { problems, found });
      if (applied === null) {
        // A tree may hold only some of the kernel's files; what is missing and never read is no matter.
        if (!canMatter(path) && this.#baseOf(file, path) === null && !file.damaged) continue;
        rejected = true;
        lost.push(file);
        continue;
      }
      overlay.set(path, applied.text);
      if (file.kind === 'rename' && file.oldPath !== null) overlay.set(file.oldPath, null);
      if (applied.origin !== null) origins.set(path, applied.origin);
    }
    if (this.#failed > 0)
      problems.push({
        kind: 'earlier-patch',
        text: `${this.#failed} earlier patch(es) of the series did not fit ${this.#tree.name} in full`,
      });
    if (rejected) this.#failed++;
    this.#renamed = new Map([...this.#renamed, ...renamedFunctions(lost)]);
    const before = this.#reader(this.#overlay);
    this.#overlay = overlay;
    return {
      how: rejected ? 'diff' : 'tree',
      ref: `${this.#tree.name}${found.length > 0 ? ` (${found.join(', ')} as in the mail)` : ''}`,
      partial: false,
      contextOnly: new Set(),
      renamed: this.#renamed,
      before,
      after: this.#reader(overlay),
      origin: (file, line) => origins.get(file)?.get(line) ?? null,
      problems,
    };
  }

  #reader(overlay: ReadonlyMap<string, string | null>): Read {
    return (path) => {
      const own = overlay.get(path);
      return own === undefined ? this.#tree.read(path) : own;
    };
  }

  #apply(
    file: FilePatch,
    path: string,
    out: { problems: Problem[]; found: string[] },
  ): { text: string | null; origin: ReadonlyMap<number, Origin> | null } | null {
    const { problems, found } = out;
    if (file.kind === 'binary') {
      problems.push({ kind: 'binary-file', text: `${path}: a binary change is not read` });
      return { text: null, origin: null };
    }
    if (file.damaged) {
      problems.push({ kind: 'damaged-file', text: `${path}: a hunk is damaged, so the change is not whole` });
      return null;
    }
    const base = this.#baseOf(file, path);
    if (base === null && file.kind !== 'create') {
      problems.push({ kind: 'no-base-file', text: `${file.oldPath ?? path} is not in ${this.#tree.name}` });
      return null;
    }
    const applied = applyFile(base, file);
    if (applied.rejects.length > 0) {
      const lines = applied.rejects.map((hunk) => hunk.mailLine).join(', ');
      problems.push({
        kind: 'reject',
        text: `${path}: the hunk at mail line ${lines} does not fit ${this.#tree.name}`,
      });
      return null;
    }
    if (applied.fuzz > 0) problems.push({ kind: 'fuzz', text: `${path}: applied with fuzz ${applied.fuzz}` });
    if (applied.offset > 0) problems.push({ kind: 'offset', text: `${path}: applied ${applied.offset} lines off` });
    if (file.newBlob !== null && !blobId(applied.text).startsWith(file.newBlob)) {
      problems.push({
        kind: 'other-blob',
        text: `${path}: the result is not blob ${file.newBlob} of the mail; the base differs from the author's`,
      });
    } else if (file.oldBlob !== null) found.push(`${path.split('/').at(-1)} is blob ${file.oldBlob}`);
    return { text: file.kind === 'delete' ? null : applied.text, origin: applied.origin };
  }

  /** What the series made of the file so far; else the blob the mail names; else the tree's file. */
  #baseOf(file: FilePatch, path: string): string | null {
    const from = file.oldPath ?? path;
    if (this.#overlay.has(from)) return this.#overlay.get(from) ?? null;
    if (file.kind === 'create') return null;
    const named = file.oldBlob === null ? null : this.#tree.blob(file.oldBlob);
    if (named !== null) return named;
    return this.#tree.read(from);
  }
}
