/**
 * Which tree a patch is read on, of all that may be its base: those that were given, and those that their histories have for
 * it. The one idea: the series is applied on each of them, and for each patch the one is taken that it fits best. Files by
 * the mail's blob ids before files it merely applies to, those before a fuzz; a tree that it does not fit is never taken.
 *
 * Example: on `--tree v5.2 --tree linux.git@v6.1` a patch whose `index` line has the blob of v5.2 is run on v5.2; one that was
 * made between the two is run on the commit of linux.git that has its blob.
 */
import type { FilePatch } from '../../analyzers/patch/diff.ts';
import { isElsewhere, relevantFiles } from '../../analyzers/patch/relevant.ts';
import type { Problem } from '../../analyzers/source/place.ts';
import { type Base, SeriesBase } from './base.ts';
import { blobId } from './file.ts';
import type { Prerequisites } from './prerequisites.ts';
import type { History, MadeOn, Tree } from './tree.ts';

export class SeriesBases {
  readonly #candidates: readonly Candidate[];
  readonly #prerequisites: Prerequisites;
  /** Of looking for prerequisites, and for trees in histories. */
  readonly problems: readonly Problem[];

  /**
   * @param sources `trees` that were given, and `histories` of which nobody gave a revision
   * @param series the files of every patch, in order
   */
  constructor(
    { trees, histories }: { readonly trees: readonly Tree[]; readonly histories: readonly History[] },
    series: readonly (readonly FilePatch[])[],
    said: Pick<MadeOn, 'commits' | 'date'> & { readonly prerequisites: Prerequisites },
  ) {
    this.#prerequisites = said.prerequisites;
    const { patches } = said.prerequisites;
    // A tree may have the prerequisites, or be what they were made on.
    const wanted = [firstTouched(series)];
    if (patches.length > 0) wanted.unshift(firstTouched([...patches.map(({ files }) => files), ...series]));
    // Where a tree that was given has all that the mail names, nothing better is in a history.
    const given = trees.filter((tree) => wanted.some((files) => isMadeOn(tree, files)));
    const looked =
      said.commits.length === 0 && given.length > 0
        ? []
        : [...trees, ...histories].flatMap((source) =>
            wanted.map((files) => source.bases?.({ commits: said.commits, date: said.date, files }) ?? null),
          );
    const found = looked.flatMap((history) => history?.trees ?? []);
    const matter = new Set(relevantFiles(series.flat()).map(({ oldPath }) => oldPath));
    const relevant = firstTouched(series).filter(({ path }) => matter.has(path));
    const inHistories = [...new Map(found.map((one) => [one.tree.name, one])).values()];
    // Of those that fit as well, the first is taken.
    this.#candidates = [
      ...inHistories.filter((one) => one.found === 'base-commit'),
      ...given.map((tree) => ({ tree, found: undefined })),
      ...inHistories.filter((one) => one.found === 'history'),
      ...inHistories.filter((one) => one.found === 'unmerged'),
      ...trees.filter((tree) => !given.includes(tree)).map((tree) => ({ tree, found: undefined })),
    ].map(({ tree, found: how }) => ({
      series: new SeriesBase(tree, how),
      foreign: relevant.filter((file) => !isMadeOn(tree, [file])).length,
      unfit: 0,
    }));
    for (const { series } of this.#candidates) for (const patch of patches) series.lay(patch);
    this.problems = [...missingOf(said.prerequisites), ...looked.flatMap((history) => history?.problems ?? [])];
  }

  /** The base of the next patch on the tree that it fits best; null where there is no tree. */
  next(files: readonly FilePatch[]): Base | null {
    const bases = this.#candidates.map((candidate) => {
      const base = candidate.series.next(files);
      const rank = rankOf(base, candidate);
      if (base.how !== 'tree') candidate.unfit++;
      return { base, rank };
    });
    const [best] = bases.sort((a, b) => compare(a.rank, b.rank));
    if (best === undefined) return null;
    // Where every file is the author's, it does not matter what else was looked for.
    const told = best.rank.slice(0, 6).every((value) => value === 0) ? missingOf(this.#prerequisites) : this.problems;
    const problems = [...told, ...best.base.unreadable(), ...best.base.problems];
    return { ...withMissing(best.base, this.#prerequisites), problems };
  }
}

const missingOf = ({ missing }: Prerequisites): Problem[] =>
  missing.map(({ kind, id }) => ({
    kind: 'missing-prerequisite',
    text: `the prerequisite with ${kind} ${id} is not at hand; give it with --also or --archive`,
  }));

/** Where every file is the author's, the tree has what they stand on; else what is missing makes a doubt. */
function withMissing(base: Base, { missing }: Prerequisites): Base {
  const { applied } = base.prerequisites;
  const absent = [...missing.map(({ id }) => id), ...base.prerequisites.absent];
  const ref = [
    base.ref,
    ...(applied.length > 0 ? [`with its ${prerequisiteText(applied)}`] : []),
    ...(absent.length > 0 ? [`without its ${prerequisiteText(absent)}`] : []),
  ].join(', ');
  const known = base.fits.length > 0 && base.fits.every(({ base: relation }) => relation === 'same');
  const doubt = base.doubt ?? (absent.length > 0 && !known ? `${prerequisiteText(absent)} is not in it` : null);
  return { ...base, ref, doubt, prerequisites: { applied, absent } };
}

const prerequisiteText = (names: readonly string[]) =>
  `${names.length === 1 ? 'prerequisite' : 'prerequisites'} ${names.slice(0, 3).map(quoted).join(', ')}${names.length > 3 ? ` and ${names.length - 3} more` : ''}`;

/** A title, beside an id. */
const quoted = (name: string) => (name.includes(' ') ? `"${name}"` : name);

interface Candidate {
  readonly series: SeriesBase;
  /** Of the relevant files that the whole series touches, those the tree has otherwise than its author had. */
  readonly foreign: number;
  /** Earlier patches of the series that it did not fit. */
  unfit: number;
}

/**
 * Lower is better, the first difference decides: does not fit, nor did earlier patches, fuzz, files that differ or, where
 * nothing reads them, do not fit, files of another revision, files of the rest of the series that differ, lines off. Of two
 * trees that have the file, one may be of before the series and one of years before.
 */
function rankOf({ how, fits, prerequisites, ...own }: Base, { unfit, foreign }: Candidate): readonly number[] {
  const sum = (of: (fit: Base['fits'][number]) => number) => fits.reduce((total, fit) => total + of(fit), 0);
  return [
    how === 'tree' ? 0 : 1,
    unfit,
    sum(({ fuzz }) => fuzz),
    sum(({ base }) => (base === 'other' ? 1 : 0)) + own.unfit.size,
    prerequisites.absent.length,
    sum(({ base }) => (base === 'lent' ? 1 : 0)),
    foreign,
    sum(({ offset }) => offset),
  ];
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, i) => value !== b[i]);
  return at < 0 ? 0 : a[at]! - b[at]!;
}

/** The blob of each file before the first patch of the series that touches it. */
function firstTouched(series: readonly (readonly FilePatch[])[]): MadeOn['files'] {
  const touched = new Set<string>();
  const files: { path: string; blob: string }[] = [];
  for (const { oldPath, newPath, oldBlob } of series.flat().filter((file) => !isElsewhere(file))) {
    if (oldPath !== null && oldBlob !== null && !touched.has(oldPath)) files.push({ path: oldPath, blob: oldBlob });
    for (const path of [oldPath, newPath]) if (path !== null) touched.add(path);
  }
  // Histories look for some of them only: those that matter come first.
  const matter = new Set(relevantFiles(series.flat()).map(({ oldPath }) => oldPath));
  return [...files].sort((a, b) => Number(matter.has(b.path)) - Number(matter.has(a.path)));
}

function isMadeOn(tree: Tree, files: MadeOn['files']): boolean {
  if (files.length === 0) return false;
  return files.every(({ path, blob }) => {
    const text = tree.read(path);
    return text !== null && blobId(text).startsWith(blob);
  });
}
