/**
 * The story of the bot, one line a noun:
 * mails → threads → series → patches → hunks → protocols → models and explorations → verdicts → reply.
 *
 * It opens nothing and prints nothing: mails and the tree come in, the review goes out as a value.
 */
import { type FilePatch, parseBody } from '../analyzers/patch/diff.ts';
import { irrelevant, isEntryCode, isInterpreted, isOfNewerDesign, relevantFiles } from '../analyzers/patch/relevant.ts';
import type { KernelConfig } from '../analyzers/protocol/kernel-config.ts';
import { flagsByBase, misfitOfConfig } from '../analyzers/protocol/profiles.ts';
import { isRun } from '../analyzers/protocol/subjects/table.ts';
import type { Problem } from '../analyzers/source/place.ts';
import { type ExplorationCache, type ExploreLimits, newCache } from '../analyzers/verdict/protocol-run.ts';
import type { Level, PatchVerdict } from '../analyzers/verdict/verdict.ts';
import { judgePatch, silent } from './judge-patch.ts';
import { Kept } from './kept.ts';
import type { Message } from './mail/message.ts';
import type { Base } from './sources/base.ts';
import { SeriesBases } from './sources/bases.ts';
import { DiffBase } from './sources/diff-base.ts';
import { MailsAtHand } from './sources/prerequisites.ts';
import type { History, Tree } from './sources/tree.ts';
import { baseCommitsOf } from './thread/base-lines.ts';
import { newest, readSeries, type Series, type SeriesPatch } from './thread/series.ts';
import { readSubject } from './thread/subject.ts';
import { askOnce, type Verdicts } from './verdicts/ask-once.ts';

export interface ReviewOptions {
  /** What may be the base of a patch; for each the one that fits is taken. */
  readonly trees: readonly Tree[];
  /** Where a base is looked for besides; nowhere by default. */
  readonly histories?: readonly History[];
  /** The kernel of a .config; every one that the tree can have by default. */
  readonly kernel?: KernelConfig | null;
  /** Mails beside the thread, in which prerequisites are looked for. */
  readonly beside?: readonly Message[];
  readonly level: Level;
  /** Judge only this patch; null for all of the newest version. */
  readonly patch: string | null;
  readonly limits: ExploreLimits;
  /** What was judged before, and is not judged again; nothing by default. */
  readonly verdicts?: Verdicts;
  readonly progress: (text: string) => void;
  /** Told when a part of a patch's review begins. */
  readonly stage?: (name: 'before' | 'after' | 'judge' | 'base') => void;
  /** `none`: everything is read and run as often as it is asked for; for measuring. */
  readonly shortcuts?: 'all' | 'none';
}

export interface PatchReview {
  readonly patch: SeriesPatch;
  readonly base: Pick<Base, 'how' | 'ref' | 'found' | 'fits' | 'doubt' | 'prerequisites'>;
  readonly verdict: PatchVerdict;
}
export interface SeriesReview {
  readonly series: Series;
  readonly patches: readonly PatchReview[];
}
export interface Review {
  readonly series: readonly SeriesReview[];
  readonly problems: readonly Problem[];
  readonly cache: ExplorationCache;
}

export function review(messages: readonly Message[], options: ReviewOptions): Review {
  const all = readSeries(messages);
  const chosen =
    options.patch === null
      ? newest(all)
      : all.filter((series) => series.patches.some((patch) => patch.message.id === options.patch));
  const problems = messages
    .filter(({ subject }) => !readSubject(subject).isReply)
    .flatMap((message) =>
      message.problems.map((problem) => ({
        ...problem,
        text: `${message.subject || message.id || 'a mail'}: ${problem.text}`,
      })),
    );
  const cache = newCache();
  const wanted = (patch: SeriesPatch) => options.patch === null || patch.message.id === options.patch;
  const atHand = new MailsAtHand([...messages, ...(options.beside ?? [])]);
  const reviewed = chosen.map((series) => ({
    series,
    patches: [...reviewPatches(series, { ...options, kept: new Kept(cache), wanted, atHand })],
  }));
  return { series: reviewed, problems, cache };
}

type PatchesOptions = Omit<ReviewOptions, 'patch' | 'beside'> & {
  /** Where prerequisites are looked for. */
  readonly atHand: MailsAtHand;
  readonly kept: Kept;
  /** Which patches are judged; the others are what those stand on. */
  readonly wanted: (patch: SeriesPatch) => boolean;
};

/** The patches of a series, each as soon as it is judged. */
export function* reviewPatches(series: Series, options: PatchesOptions): Generator<PatchReview> {
  const read = series.patches.map((patch) => ({ patch, parsed: parseBody(patch.message.body) }));
  const commits = baseCommitsOf([series.cover, ...series.patches.map(({ message }) => message)]);
  // For what is not answered anyway nobody is asked.
  const matters =
    series.stableTree === null &&
    read.some(({ patch, parsed }) => patch.silence === null && relevantFiles(parsed.files).length > 0);
  const onTree = new SeriesBases(
    { trees: options.trees, histories: matters ? (options.histories ?? []) : [] },
    read.map(({ parsed }) => parsed.files),
    {
      commits,
      date: series.patches[0]?.message.date ?? null,
      prerequisites: options.atHand.prerequisitesOf(series),
    },
  );
  const onDiff = new DiffBase();
  for (const { patch, parsed } of read) {
    options.kept.makeRoom();
    const fromTree = onTree.next(parsed.files);
    const fromDiff = onDiff.next(parsed.files);
    if (!options.wanted(patch)) continue;
    options.progress(`${patch.message.subject}`);
    const usable =
      fromTree !== null && fromTree.how === 'tree'
        ? fromTree
        : { ...fromDiff, problems: [...(fromTree ?? onTree).problems, ...fromDiff.problems] };
    const problems = [...patch.message.problems, ...parsed.problems, ...usable.problems, ...series.problems];
    const verdict = reviewPatch({ series, patch, files: parsed.files, base: usable, problems }, options);
    options.stage?.('base');
    const { how, ref, found, fits, doubt, prerequisites } = usable;
    yield { patch, base: { how, ref, found, fits, doubt, prerequisites }, verdict };
  }
}

interface PatchInput {
  readonly series: Series;
  readonly patch: SeriesPatch;
  readonly files: readonly FilePatch[];
  readonly base: Base;
  readonly problems: readonly Problem[];
}

function reviewPatch(input: PatchInput, options: PatchesOptions): PatchVerdict {
  const { series, patch, files, base, problems } = input;
  const silence = (why: string) => silent(why, problems);
  if (patch.silence !== null) return silence(`the mail is not to be answered: ${patch.silence}`);
  if (series.stableTree !== null)
    return silence(`a backport to ${series.stableTree} of a change that is upstream already`);
  if (files.length === 0) return silence(problems[0]?.text ?? 'there is no diff in the mail');
  const relevant = relevantFiles(files);
  if (relevant.length === 0) return silence(irrelevant);
  const damaged = relevant.find((file) => file.damaged);
  if (damaged !== undefined)
    return silence(`its diff of ${damaged.newPath ?? damaged.oldPath} is damaged: ${damageOf(problems)}`);
  const { kernel = null } = options;
  const recompiled = files.some(changesCompiler) ? changedCalls(base, kernel) : null;
  if (recompiled !== null)
    return silence(
      `it changes what the compiler leaves at the start of functions${recompiled}: call sites before and after cannot be compared`,
    );
  const misfit = base.how === 'diff' && options.trees.length > 0 ? misfitOf(problems) : null;
  if (base.how === 'diff' && files.some(isOfNewerDesign))
    return silence(
      misfit ??
        'the mail alone is not enough: it is of a design (v5.19 on) that only its tree shows; give it with --tree',
    );
  const paths = relevant.flatMap((file) => [file.newPath, file.oldPath].filter((path) => path !== null));
  const isRead = (path: string) => isInterpreted(path) && isRun(path, base.how);
  const readable = paths.some(isRead) || (base.how === 'tree' && paths.some(isEntryCode));
  if (!readable) return silence(paths.some(isOfTree) && misfit !== null ? misfit : unreadText(paths));
  const touched = files
    .flatMap((file) => [file.newPath, file.oldPath].filter((path) => path !== null))
    .filter((path) => !base.unfit.has(path));
  const isTree = base.how === 'tree';
  const other = kernel === null ? null : misfitOfConfig({ read: isTree ? base.before : () => null, config: kernel });
  if (kernel !== null && other !== null) return silence(`--config ${kernel.file}: ${other}`);
  const { how, doubt, partial, contextOnly, renamed, origins, changes, misfits } = base;
  return askOnce(
    {
      ...{ files, touched, how, doubt, partial, contextOnly, renamed, origins, changes, misfits, problems, kernel },
      ...{ level: options.level, limits: options.limits },
    },
    { sides: base, verdicts: options.verdicts ?? null, paths: options.kept.paths },
    (question, sides) => judgePatch(question, sides, options),
  );
}

/** Why a tree that was given did not serve. */
const misfitOf = (problems: readonly Problem[]) => {
  const found = problems.find(({ kind }) => misfits.has(kind));
  return found === undefined ? null : `the tree given is not what it applies to: ${found.text}`;
};
const misfits: ReadonlySet<string> = new Set(['reject', 'no-base-file', 'damaged-file', 'binary-file', 'unsafe-path']);

/** Is it judged where its tree is at hand? */
const isOfTree = (path: string) => isEntryCode(path) || (isInterpreted(path) && isRun(path, 'tree'));

const unreadText = ([path = '']: readonly string[]) =>
  isOfTree(path)
    ? `it changes ${path}, which is judged on its tree only; give it with --tree`
    : `it changes ${path} only, which ${isInterpreted(path) ? 'no run executes' : 'is not C'}: not judged`;

/** How traced functions are compiled otherwise, in words; null where they are not. */
function changedCalls(base: Base, config: KernelConfig | null): string | null {
  if (base.how !== 'tree') return '';
  const [before, after] = [base.before, base.after].map((read) => flagsByBase({ read, config }));
  if (before == null || after == null) return '';
  const changed = [...new Set([...before.keys(), ...after.keys()])].filter((id) => before.get(id) !== after.get(id));
  const told = changed.map((id) => `${id}: ${before.get(id) ?? 'none'} → ${after.get(id) ?? 'none'}`);
  return told.length === 0 ? null : ` (${told.join('; ')})`;
}

/** Flags of the Makefiles that decide how a call site looks. */
const changesCompiler = ({ newPath, hunks }: FilePatch) =>
  /(^|\/)Makefile$/.test(newPath ?? '') &&
  hunks.some(({ lines }) =>
    lines.some(
      ({ op, text }) => op !== ' ' && /CC_FLAGS_FTRACE|-fpatchable-function-entry|-mprofile-kernel/.test(text),
    ),
  );

const damageOf = (problems: readonly Problem[]) =>
  problems.find(({ kind }) => kind === 'damaged-hunk')?.text ?? 'a hunk of it cannot be read';
