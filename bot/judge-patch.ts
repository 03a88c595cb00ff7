/**
 * One patch, with the source before and after it → its verdict: protocols, models, explorations. Its answer follows from the
 * question and from the texts that it reads, and from nothing else (bot/verdicts/question.ts).
 */
import { introducedSymbols } from '../analyzers/patch/introduced.ts';
import { isInterpreted, relevantFiles } from '../analyzers/patch/relevant.ts';
import { extract } from '../analyzers/protocol/extract.ts';
import { isRun } from '../analyzers/protocol/subjects/table.ts';
import type { Problem } from '../analyzers/source/place.ts';
import { judge } from '../analyzers/verdict/judge.ts';
import { changedUncovered } from '../analyzers/verdict/source-cover.ts';
import type { PatchVerdict } from '../analyzers/verdict/verdict.ts';
import type { Kept } from './kept.ts';
import type { ReadSides } from './verdicts/ask-once.ts';
import type { PatchQuestion } from './verdicts/question.ts';

interface Judging {
  readonly kept: Kept;
  /** Told when a part of it begins. */
  readonly stage?: (name: 'before' | 'after' | 'judge') => void;
  readonly shortcuts?: 'all' | 'none';
}

export function judgePatch(question: PatchQuestion, sides: ReadSides, options: Judging): PatchVerdict {
  const { files, touched, how, renamed, contextOnly, problems, origins } = question;
  const relevant = relevantFiles(files);
  const common = {
    touched,
    config: question.kernel,
    evidence: how,
    introduced: introducedSymbols(files),
    renamed,
    contextOnly,
    faults: how === 'tree',
    cache: options.kept.units,
    shortcuts: options.shortcuts ?? 'all',
  } as const;
  options.stage?.('before');
  const before = extract({ ...common, read: sides.before });
  options.stage?.('after');
  const after = extract({ ...common, read: sides.after });
  options.stage?.('judge');
  const [unreadable] = sides.unreadable();
  if (unreadable !== undefined) return silent(`its source could not be read in full: ${unreadable.text}`, problems);
  const misread = [...question.misfits].find(([path]) => sides.read.has(path))?.[1];
  if (misread !== undefined)
    return silent(`the tree given is not what its series applies to: ${misread.text}`, problems);
  // What the patch made unreadable is not judged by what is left of it.
  const lost = newProblems(before.problems, after.problems).filter(({ at }) => touched.includes(at?.file ?? ''));
  const [first] = lost;
  if (first !== undefined) {
    const why = `${first.at?.file}:${first.at?.line} cannot be read: ${first.text}`;
    return silent(why, [...problems, ...lost]);
  }
  const verdict = judge({
    before: before.protocols,
    after: after.protocols,
    evidence: how,
    doubt: question.doubt,
    partial: question.partial,
    highest: question.level,
    limits: question.limits,
    cache: options.kept.explorations,
    mailLineOf: (file, line) => origins.get(file)?.get(line) ?? null,
    changes: question.changes,
    unjudged: relevant.flatMap(({ newPath, oldPath }) => {
      const path = newPath ?? oldPath ?? '';
      const isUnread = isInterpreted(path) && !isRun(path, how);
      return isUnread || (path.endsWith('.S') && !after.assembly.includes(path)) ? [path] : [];
    }),
    uncovered: () => changedUncovered(relevant, { before: before.coverage, after: after.coverage }),
    problems: [...problems, ...after.problems.filter((problem) => touched.includes(problem.at?.file ?? ''))],
  });
  return { ...verdict, kernels: after.profiles };
}

/** A patch of which nothing is said, and why. */
export const silent = (why: string, problems: readonly Problem[]): PatchVerdict => ({
  answer: 'silence',
  why,
  runs: [],
  findings: [],
  notes: [],
  assumptions: [],
  problems,
});

/** Problems of the patched source that the unpatched one does not have. */
function newProblems(before: readonly Problem[], after: readonly Problem[]): readonly Problem[] {
  return after.filter(({ kind, text }) => !before.some((other) => other.kind === kind && other.text === text));
}
