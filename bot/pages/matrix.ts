/**
 * The runs of a patch as tables: entry points down, kernels across, one table for each part of the kernel that modifies text. A
 * cell has its levels before and after the patch; the worst of all cells are marked, and said in a sentence, so that nobody has
 * to look for them.
 *
 * Example: `enable` on ppc64-mprofile-gcc6 held before and breaks at the levels preemption and stale after; with and without
 * preemption come to the same, so that they are one column.
 */
import type { Levels, Run } from '../../analyzers/verdict/verdict.ts';

export interface Matrix {
  readonly subject: Run['subject'];
  readonly columns: readonly { readonly profile: string; readonly preemption: string }[];
  readonly rows: readonly { readonly entryPoint: string; readonly cells: readonly (Cell | null)[] }[];
}

interface Cell {
  /** What it comes to, the way people are told: `breaks`, `held`, … */
  readonly word: string;
  /** For the style sheet, which says nothing that the word does not say. */
  readonly kind: 'new' | 'old' | 'gone' | 'open' | 'held';
  readonly isWorst: boolean;
  readonly levels: readonly { readonly name: string; readonly mark: string; readonly outcome: string }[];
  /** Null where it is as after. */
  readonly before: Cell['levels'] | null;
}

export interface Worst {
  readonly word: string;
  readonly entryPoint: string;
  readonly columns: readonly string[];
  /** How many cells are as bad. */
  readonly count: number;
}

export interface Matrices {
  readonly tables: readonly Matrix[];
  /** Null where all held. */
  readonly worst: Worst | null;
}

const levelNames = ['sequential', 'preemption', 'stale', 'architecture'] as const;
type LevelName = (typeof levelNames)[number];
const marks: Readonly<Record<Levels[keyof Levels], string>> = {
  held: '✓',
  broken: '✗',
  limit: '…',
  unread: '–',
  defined: '✓',
  quasi: '~',
  undefined: '!',
};

/** Which levels were asked for: the others are unread throughout. */
export const levelsIn = (runs: readonly Run[]): readonly LevelName[] =>
  levelNames.filter((name) => runs.some(({ before, after }) => before[name] !== 'unread' || after[name] !== 'unread'));

export function matricesOf(runs: readonly Run[], levels: readonly LevelName[]): Matrices {
  const judged = [...Map.groupBy(runs, ({ subject }) => subject)].map(([subject, own]) => gridOf(subject, own));
  const all = judged.flatMap(({ rows }) => rows.flatMap(({ cells }) => cells.flatMap((cell) => cell ?? [])));
  const rankIn = ({ before, after }: Pair) => rankOf(before, after, levels);
  const least = Math.min(...all.map(rankIn));
  const isWorst = (pair: Pair) => least < rank.held && rankIn(pair) === least;
  const tables = judged.map(({ subject, columns, rows }) => ({
    subject,
    columns,
    rows: rows.map(({ entryPoint, cells }) => ({
      entryPoint,
      cells: cells.map((cell) => cell && cellOf(cell, { levels, isWorst: isWorst(cell) })),
    })),
  }));
  return { tables, worst: worstOf(tables) };
}

interface Pair {
  readonly before: Levels;
  readonly after: Levels;
}
interface Grid {
  readonly subject: Run['subject'];
  readonly columns: Matrix['columns'];
  readonly rows: readonly { readonly entryPoint: string; readonly cells: readonly (Pair | null)[] }[];
}

function gridOf(subject: Run['subject'], runs: readonly Run[]): Grid {
  const entryPoints = [...new Set(runs.map(({ entryPoint }) => entryPoint))];
  const found = new Map(runs.map((run) => [`${run.entryPoint} ${run.profile}`, run]));
  const columnOf = (profile: string) => entryPoints.map((entry) => found.get(`${entry} ${profile}`) ?? null);
  const byName = Map.groupBy(new Set(runs.map(({ profile }) => profile)), (profile) => profile.split('/')[0] ?? '');
  const columns = [...byName].flatMap(([name, profiles]) => {
    const all = profiles.map((profile) => ({ preemption: preemptions[profile.split('/')[1] ?? ''] ?? '', profile }));
    const texts = new Set(all.map(({ profile }) => textOf(columnOf(profile))));
    const alike = all.length > 1 && texts.size === 1;
    return (alike ? [{ preemption: 'with and without preemption', profile: profiles[0] ?? '' }] : all).map((one) => ({
      profile: name,
      preemption: one.preemption,
      cells: columnOf(one.profile),
    }));
  });
  return {
    subject,
    columns: columns.map(({ profile, preemption }) => ({ profile, preemption })),
    rows: entryPoints.map((entryPoint, row) => ({ entryPoint, cells: columns.map(({ cells }) => cells[row] ?? null) })),
  };
}

const preemptions: Readonly<Record<string, string>> = {
  preempt: 'with preemption',
  nopreempt: 'without preemption',
};
const textOf = (cells: readonly (Pair | null)[]) =>
  JSON.stringify(cells.map((cell) => cell && [cell.before, cell.after]));

/** The worst first: what breaks for everybody comes before what needs an interrupt, what is new before what was there. */
const rank = { new: 0, open: 3, undefined: 4, old: 5, gone: 8, held: 9 } as const;

function rankOf(before: Levels, after: Levels, asked: readonly LevelName[]): number {
  const breaking = breakingOf(after);
  if (breaking !== null) return before[breaking] === 'broken' ? rank.old : rank.new + levelNames.indexOf(breaking);
  if (isOpen(after, asked)) return rank.open;
  if (after.architecture === 'undefined' && before.architecture !== 'undefined') return rank.undefined;
  return breakingOf(before) === null ? rank.held : rank.gone;
}

const breakingOf = (levels: Levels) =>
  (['sequential', 'preemption', 'stale'] as const).find((level) => levels[level] === 'broken') ?? null;
/** A level that was not asked for is unread as well, and no gap. */
const isOpen = (levels: Levels, asked: readonly LevelName[]) =>
  (['sequential', 'preemption', 'stale'] as const).some(
    (level) => levels[level] === 'limit' || (levels[level] === 'unread' && asked.includes(level)),
  ) || levels.sequential === 'unread';

interface CellOptions {
  readonly levels: readonly LevelName[];
  readonly isWorst: boolean;
}

function cellOf({ before, after }: Pair, { levels, isWorst }: CellOptions): Cell {
  const listed = (of: Levels) => levels.map((name) => ({ name, mark: marks[of[name]], outcome: of[name] }));
  const [was, is] = [listed(before), listed(after)];
  const same = levels.every((name) => before[name] === after[name]);
  // What every level says needs no more than the word.
  const isPlain = same && new Set(is.map(({ mark }) => mark)).size === 1;
  const breaking = breakingOf(after);
  const kind =
    breaking !== null
      ? before[breaking] === 'broken'
        ? 'old'
        : 'new'
      : isOpen(after, levels)
        ? 'open'
        : breakingOf(before) === null
          ? 'held'
          : 'gone';
  const words = {
    ...{ new: 'breaks', old: 'breaks as before', gone: 'fixed', held: 'held' },
    open: after.sequential !== 'unread' && Object.values(after).includes('limit') ? 'limit' : 'unread',
  } as const;
  return { kind, isWorst, word: words[kind], levels: isPlain ? [] : is, before: same ? null : was };
}

function worstOf(tables: readonly Matrix[]): Worst | null {
  const cells = tables.flatMap(({ rows, columns }) =>
    rows.flatMap(({ entryPoint, cells: own }) =>
      own.flatMap((cell, at) => (cell?.isWorst ? [{ entryPoint, cell, column: columns[at] }] : [])),
    ),
  );
  const [first] = cells;
  if (first === undefined) return null;
  const { entryPoint, cell } = first;
  const breaking = cell.levels.find(({ outcome }) => outcome === 'broken');
  const isHeld = cell.before?.every(({ name, outcome }) => name === 'architecture' || outcome === 'held') ?? false;
  return {
    entryPoint,
    word:
      breaking === undefined
        ? cell.word
        : `${cell.word} at level ${breaking.name}${cell.kind === 'new' && isHeld ? '; before the patch it held' : ''}`,
    columns: cells
      .filter((one) => one.entryPoint === entryPoint)
      .map(({ column }) => `${column?.profile ?? ''}, ${column?.preemption ?? ''}`),
    count: cells.length,
  };
}
