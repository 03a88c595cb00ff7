/**
 * The source before and after a patch. On a tree: the base file by its blob id where the tree has a history, else by path;
 * earlier patches of the series applied first; base and result hashed against the mail's `index` line. A patch that does not
 * fit is never judged on the tree: the diff's own lines are all there is then, and the verdict says so. A file that nothing
 * reads may be another than the author's; which are read is seen when all has been read.
 */
import { applyFile, type Origin } from '../../analyzers/patch/apply.ts';
import { type ChangedLine, changedLines } from '../../analyzers/patch/changed.ts';
import type { FilePatch } from '../../analyzers/patch/diff.ts';
import { canMatter, isElsewhere, isRelevant } from '../../analyzers/patch/relevant.ts';
import { renamedFunctions } from '../../analyzers/patch/renames.ts';
import { reversed } from '../../analyzers/patch/reverse.ts';
import type { Problem } from '../../analyzers/source/place.ts';
import { blobId, isSafePath } from './file.ts';
import type { LentPatch } from './prerequisites.ts';
import type { FoundHow, Tree } from './tree.ts';

/** Text by path; null where there is none. */
export type Read = (path: string) => string | null;

/** How a file of the patch lies on the tree: against the blob ids of its `index` line, null where it has none. */
export interface FileFit {
  readonly path: string;
  readonly blob: string | null;
  /**
   * The author's (`same`), or another; `lent` is the author's, out of the tree's history, where at this revision the file is
   * another; `edited` would be the author's had the patches before been mailed as they were made.
   */
  readonly base: 'same' | 'lent' | 'edited' | 'other' | null;
  /** Is the result the author's? */
  readonly result: boolean | null;
  readonly offset: number;
  readonly fuzz: number;
}

/** How a tree was come by: given by the operator, or as a history has it. */
export type Found = 'given' | FoundHow;

export interface Base {
  readonly how: 'tree' | 'diff';
  /** What was used, for people: `v5.2-rc6 (ftrace.c is blob 517662a56bdc as in the mail)`. */
  readonly ref: string;
  readonly found: Found | null;
  readonly fits: readonly FileFit[];
  /** What the mail names as such: titles of what was laid under the series, titles or ids of what does not fit or is not at hand. */
  readonly prerequisites: { readonly applied: readonly string[]; readonly absent: readonly string[] };
  /** Why it is known not to be the tree that the patch was made on; null where it may be. */
  readonly doubt: string | null;
  /** Parts of functions are missing from what is at hand. */
  readonly partial: boolean;
  readonly before: Read;
  readonly after: Read;
  /** Functions of which only unchanged parts are at hand. */
  readonly contextOnly: ReadonlySet<string>;
  /** Old names of functions that this series has renamed so far, by new ones. */
  readonly renamed: ReadonlyMap<string, string>;
  /** By file, then by line of the patched source: where it stands in the mail. */
  readonly origins: ReadonlyMap<string, ReadonlyMap<number, Origin>>;
  /** What the patch adds and takes out. */
  readonly changes: readonly ChangedLine[];
  readonly problems: readonly Problem[];
  /** What could not be read so far though the tree has it: it looked absent to whoever read. */
  readonly unreadable: () => readonly Problem[];
  /** Files of this patch that do not fit, and that a run is not expected to read. */
  readonly unfit: ReadonlySet<string>;
  /** Files without a change that this patch, or one before it in the series, makes to them, and why: none may be read. */
  readonly misfits: ReadonlyMap<string, Problem>;
}

/** Applies the patches of a series one after the other; each call is the next patch. */
export class SeriesBase {
  readonly #tree: Tree;
  readonly #found: Found;
  #overlay: ReadonlyMap<string, string | null> = new Map();
  /** Files of the author's that a mail of the series changes in another way than the author did. */
  readonly #edited = new Set<string>();
  /** Prerequisites that do not fit. */
  readonly #unlaid: string[] = [];
  readonly #laid: string[] = [];
  #failed = 0;
  /** Files without a change that the series makes to them, and why. */
  readonly #unfit = new Map<string, Problem>();
  /** Of files that could not be applied: what the tree knows under the old name alone. */
  #renamed: ReadonlyMap<string, string> = new Map();

  constructor(tree: Tree, found: Found = 'given') {
    this.#tree = tree;
    this.#found = found;
  }

  /** Puts a patch under the series. It may be in the tree already; where it does not fit, none of it is taken. */
  lay({ title, files }: LentPatch): void {
    const overlay = new Map(this.#overlay);
    const pathOf = ({ newPath, oldPath }: FilePatch) => newPath ?? oldPath ?? '';
    const read = files.filter((file) => canMatter(pathOf(file)) && !isElsewhere(file) && file.kind !== 'binary');
    if (read.length === 0) return;
    for (const file of read) {
      const path = pathOf(file);
      if (!isSafePath(path) || (file.oldPath !== null && !isSafePath(file.oldPath))) continue;
      if (this.#isThere(file)) continue;
      const applied = file.damaged ? null : applyFile(this.#baseOf(file, path)?.text ?? null, file);
      if (applied?.kind !== 'patched' || applied.fuzz > 0) {
        this.#unlaid.push(title);
        return;
      }
      overlay.set(path, file.kind === 'delete' ? null : applied.text);
      if (file.kind === 'rename' && file.oldPath !== null) overlay.set(file.oldPath, null);
    }
    this.#overlay = overlay;
    this.#laid.push(title);
  }

  /** Has the tree the change already? Then it can be taken back as it stands. */
  #isThere(file: FilePatch): boolean {
    const path = file.newPath ?? '';
    const made = this.#overlay.get(path);
    const text = made === undefined ? this.#tree.read(path) : made;
    if (file.newPath === null) return text === null;
    const back = text === null || file.damaged ? null : applyFile(text, reversed(file));
    return back?.kind === 'patched' && back.fuzz === 0;
  }

  /** The base of the next patch. Its result becomes the base of the one after it, as far as it applies. */
  next(files: readonly FilePatch[]): Base {
    const problems: Problem[] = [];
    const overlay = new Map(this.#overlay);
    const origins = new Map<string, ReadonlyMap<number, Origin>>();
    const changes: ChangedLine[] = [];
    const fits: FileFit[] = [];
    let rejected = false;
    const lost: FilePatch[] = [];
    const unfit = new Map<string, Problem>();
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
      if (isElsewhere(file)) continue;
      const applied = this.#apply(file, path, { problems, fits });
      if (applied === null) {
        // A tree may hold only some of the kernel's files; what is missing and never read is no matter.
        const isAbsent = this.#baseOf(file, path) === null && !file.damaged;
        if (!canMatter(path) && isAbsent) continue;
        rejected ||= isAbsent || file.damaged || mayBeRead(file);
        lost.push(file);
        const why = problems.at(-1);
        if (why !== undefined && !this.#isThere(file)) for (const one of pathsOf(file)) unfit.set(one, why);
        continue;
      }
      overlay.set(path, applied.text);
      if (file.kind === 'rename' && file.oldPath !== null) overlay.set(file.oldPath, null);
      if (applied.origin === null) continue;
      origins.set(path, applied.origin);
      changes.push(...changedLines(file, applied.origin));
    }
    for (const title of this.#unlaid)
      problems.push({
        kind: 'prerequisite-misfit',
        text: `the prerequisite "${title}" neither fits ${this.#tree.name} nor is it there`,
      });
    if (this.#failed > 0)
      problems.push({
        kind: 'earlier-patch',
        text: `${this.#failed} earlier patch(es) of the series did not fit ${this.#tree.name} in full`,
      });
    if (rejected || lost.length > 0) this.#failed++;
    for (const [one, why] of unfit) this.#unfit.set(one, why);
    for (const { path, base } of fits) if (base === 'same') this.#unfit.delete(path);
    const misfits = new Map(this.#unfit);
    this.#renamed = new Map([...this.#renamed, ...renamedFunctions(lost)]);
    const before = this.#reader(this.#overlay);
    this.#overlay = overlay;
    return {
      how: rejected ? 'diff' : 'tree',
      ref: refText(this.#tree.name, this.#found, { fits, unfit: unfitText(misfits) }),
      found: this.#found,
      fits,
      prerequisites: { applied: this.#laid, absent: this.#unlaid },
      doubt: this.#found === 'unmerged' ? unmerged : (doubtOf(fits) ?? unfitText(misfits)),
      partial: false,
      contextOnly: new Set(),
      renamed: this.#renamed,
      before,
      after: this.#reader(overlay),
      origins,
      changes,
      problems,
      unreadable: () => this.#tree.problems?.() ?? [],
      unfit: new Set(unfit.keys()),
      misfits,
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
    out: { problems: Problem[]; fits: FileFit[] },
  ): { text: string | null; origin: ReadonlyMap<number, Origin> | null } | null {
    const { problems, fits } = out;
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
    const applied = applyFile(base?.text ?? null, file);
    if (applied.kind === 'misfit') {
      const { hunk, why } = applied;
      problems.push({
        kind: 'reject',
        text: `${path}: the hunk at mail line ${hunk.mailLine} ${why} in ${this.#tree.name}`,
      });
      return null;
    }
    const fit: FileFit = {
      path,
      blob: file.oldBlob,
      base: base === null ? null : this.#relationOf(file, base),
      result: file.newBlob === null ? null : blobId(applied.text).startsWith(file.newBlob),
      offset: applied.offset,
      fuzz: applied.fuzz,
    };
    fits.push(fit);
    if (fit.base !== 'other' && fit.result === false) this.#edited.add(path);
    else this.#edited.delete(path);
    problems.push(...problemsOf(fit, file, this.#tree.name));
    return { text: file.kind === 'delete' ? null : applied.text, origin: applied.origin };
  }

  /**
   * What the series made of the file so far; else the tree's file; else, where that is another than the mail names, the one
   * that it names, from the tree's history.
   */
  #baseOf(file: FilePatch, path: string): BaseFile | null {
    const from = file.oldPath ?? path;
    const made = this.#overlay.get(from);
    if (made !== undefined) return made === null ? null : { text: made, from: 'series' };
    if (file.kind === 'create') return null;
    const own = this.#tree.read(from);
    if (file.oldBlob !== null && (own === null || !blobId(own).startsWith(file.oldBlob))) {
      const named = this.#tree.blob(file.oldBlob);
      if (named !== null) return { text: named, from: 'history' };
    }
    return own === null ? null : { text: own, from: 'tree' };
  }

  #relationOf({ oldBlob, oldPath }: FilePatch, { text, from }: BaseFile): FileFit['base'] {
    if (oldBlob === null) return null;
    if (blobId(text).startsWith(oldBlob)) return from === 'history' ? 'lent' : 'same';
    return from === 'series' && this.#edited.has(oldPath ?? '') ? 'edited' : 'other';
  }
}

interface BaseFile {
  readonly text: string;
  readonly from: 'series' | 'history' | 'tree';
}

function problemsOf({ path, base, blob, result, offset, fuzz }: FileFit, file: FilePatch, tree: string): Problem[] {
  const problems: Problem[] = [];
  if (fuzz > 0) problems.push({ kind: 'fuzz', text: `${path}: applied with fuzz ${fuzz}` });
  if (offset > 0) problems.push({ kind: 'offset', text: `${path}: applied ${linesText(offset)} off` });
  if (base === 'other')
    problems.push({ kind: 'other-blob', text: `${path} of ${tree} is not blob ${blob} of the mail` });
  else if (result === false && (base !== null || file.kind === 'create'))
    problems.push({
      kind: 'other-result',
      text: `${path}: the diff does not give blob ${file.newBlob} of the mail: it was changed after it was made`,
    });
  return problems;
}

/**
 * A tree that differs from what the mail says of it, or from lines that the mail shows. Of code: that a Kconfig or a Makefile
 * is another is told, and is so between any two trees.
 */
function doubtOf(fits: readonly FileFit[]): string | null {
  const code = fits.filter(({ path }) => canMatter(path) && isCode(path));
  const other = code.find(({ base }) => base === 'other');
  if (other !== undefined) return `its ${shortName(other)} is not blob ${other.blob} of the mail`;
  const fuzzy = code.find(({ fuzz }) => fuzz > 0);
  return fuzzy === undefined
    ? null
    : `${linesText(fuzzy.fuzz)} of its ${shortName(fuzzy)} are not as the mail shows them`;
}

/** Whoever sends a patch can push such a commit, with any change he likes to what the patch does not show. */
const unmerged = 'its commit is not in the history of the repository: it may hold anything';

/** Does a run read it, or what is made of it? Of C beside what modifies text, only the layout of what entry code finds. */
const mayBeRead = (file: FilePatch) =>
  pathsOf(file).some((path) => isRelevant(path) || !path.endsWith('.c') || path.endsWith('/asm-offsets.c'));

const pathsOf = ({ oldPath, newPath }: FilePatch) => [oldPath, newPath].filter((path) => path !== null);

function unfitText(misfits: ReadonlyMap<string, Problem>): string | null {
  const [path] = misfits.keys();
  return path === undefined ? null : `a change of the series to its ${path.split('/').at(-1)} does not fit`;
}

const isCode = (path: string) => /\.[chS]$/.test(path);
const linesText = (count: number) => `${count} ${count === 1 ? 'line' : 'lines'}`;
/** `ftrace.c`, but `powerpc/Makefile`. */
const shortName = ({ path }: FileFit) =>
  path
    .split('/')
    .slice(isCode(path) ? -1 : -2)
    .join('/');

/** The tree, and how it is known to be the author's or not. */
function refText(
  name: string,
  found: Found,
  { fits, unfit }: { readonly fits: readonly FileFit[]; readonly unfit: string | null },
): string {
  const withBase = (...kinds: readonly FileFit['base'][]) =>
    fits.filter(({ base }) => kinds.includes(base)).sort((a, b) => Number(isCode(b.path)) - Number(isCode(a.path)));
  const edited = fits.filter(({ base, result }) => base === 'edited' || (base === 'same' && result === false));
  const unnamed = fits.filter(({ base, offset, fuzz }) => base === null && offset + fuzz > 0);
  const parts = [
    found === 'base-commit' ? "the mail's base-commit" : '',
    found === 'unmerged' ? "the mail's base-commit, not in the history" : '',
    listed(withBase('same', 'lent'), (fit) => `${shortName(fit)} is blob ${fit.blob}`, ' as in the mail'),
    withBase('lent').length > 0 ? `the other files are those of ${name}` : '',
    edited.length > 0 ? `the diff of ${listed(edited, shortName)} was changed after it was made` : '',
    listed(withBase('other'), (fit) => `its ${shortName(fit)} is not blob ${fit.blob} of the mail${offText(fit)}`),
    listed(unnamed, (fit) => `${shortName(fit)}${offText(fit)}`),
    unfit ?? '',
  ].filter((part) => part !== '');
  return parts.length === 0 ? name : `${name} (${parts.join('; ')})`;
}

/** Two of them, and how many more. */
function listed(fits: readonly FileFit[], text: (fit: FileFit) => string, end = ''): string {
  const more = fits.length > 2 ? ` and ${fits.length - 2} more` : '';
  return fits.length === 0 ? '' : `${fits.slice(0, 2).map(text).join(', ')}${more}${end}`;
}

function offText({ offset, fuzz }: FileFit): string {
  const off = offset > 0 ? ` ${linesText(offset)} off` : '';
  const lost = fuzz > 0 ? ` without ${linesText(fuzz)} of context` : '';
  return off + lost === '' ? '' : `, applied${off}${lost}`;
}
