/**
 * Outcomes for people: a line a mutant, and four lines that count them.
 */
import type { Failed } from './pool.ts';
import type { Row } from './row.ts';
import type { Told } from './worker.ts';

export type Result = (Told | Failed) & { readonly row: Row };

type Ran = Extract<Result, { outcome: unknown }>;

/** A tree as a line names it: its last component. */
const treeName = (spec: string) => spec.replace(/\/+$/, '').split('/').at(-1) ?? spec;

export function outcomeText(result: Result): string {
  const { row, tree } = result;
  const head = `${treeName(tree).padEnd(8)} ${row.harmful ? 'harmful ' : 'harmless'} ${row.kind.padEnd(24)} ${row.id.padEnd(34)}`;
  if ('notApplied' in result) return `${head} does not apply: ${result.notApplied}\n`;
  if ('failure' in result) return `${head} WRONG  ${result.failure}\n`;
  const { outcome } = result;
  return `${head} ${mark(result)}  ${outcome.said}\n`;
}

function mark({ row, outcome }: Ran): string {
  if (!outcome.right) return 'WRONG';
  if (!row.harmful) return 'silent';
  return outcome.atLine ? 'found' : 'WRONG LINE';
}

export function listText(rows: readonly Row[]): string {
  return rows
    .map(({ id, kind, styles, why, ...row }) => {
      const answer = row.harmful ? `${row.level} ${[row.check].flat().join('|')}` : 'silence';
      return `${id}\n    ${kind}; ${styles.join(', ')}; right answer: ${answer}\n    ${why}\n`;
    })
    .join('');
}

export interface Summary {
  /** Four. */
  readonly lines: readonly string[];
  readonly right: boolean;
}

export function summaryLines(results: readonly Result[]): Summary {
  const ran = results.filter((result): result is Ran => 'outcome' in result);
  const failed = results.filter((result) => 'failure' in result);
  const [harmful, harmless] = [ran.filter(({ row }) => row.harmful), ran.filter(({ row }) => !row.harmful)];
  const found = harmful.filter(({ outcome }) => outcome.right);
  const atLine = found.filter(({ outcome }) => outcome.atLine);
  const silent = harmless.filter(({ outcome }) => outcome.right);
  const passes = silent.filter(({ outcome }) => outcome.answer === 'pass');
  const wrong = [...ran.filter(({ outcome }) => !outcome.right || !outcome.atLine), ...failed];
  const skipped = results.filter((result) => 'notApplied' in result);
  const trees = [...new Set(results.map(({ tree }) => treeName(tree)))];
  return {
    lines: [
      `harmful:  ${found.length} of ${harmful.length} found, ${atLine.length} at the right line; ${kindsText(harmful)}`,
      `harmless: ${silent.length} of ${harmless.length} silent, ${passes.length} of them a pass; ${kindsText(harmless)}`,
      `run on ${trees.join(', ')}; not applied: ${namesText(skipped)}`,
      `wrong: ${namesText(wrong)}`,
    ],
    right: wrong.length === 0 && ran.length > 0,
  };
}

function kindsText(ran: readonly Ran[]): string {
  const counts = new Map<string, Set<string>>();
  for (const { row } of ran) counts.set(row.kind, (counts.get(row.kind) ?? new Set()).add(row.id));
  const most = Math.max(0, ...[...counts.values()].map(({ size }) => size));
  const rows = new Set(ran.map(({ row }) => row.id)).size;
  return `${rows} rows of ${counts.size} kinds, at most ${most} of one`;
}

function namesText(results: readonly Result[]): string {
  if (results.length === 0) return 'none';
  const names = results.map(({ tree, id }) => `${treeName(tree)} ${id}`);
  return `${results.length} (${names.slice(0, 8).join(', ')}${names.length > 8 ? ', …' : ''})`;
}
