/**
 * What one preprocessing may spend. The one idea: every loop that a stranger's text can make long pays here first, and
 * when a purse is empty the whole run stops with one problem that names the limit; a macro bomb ends in milliseconds.
 *
 * Example: with tokensMax 1000, `#define A B B` … doubling twelve times stops with kind 'limit', text 'tokensMax …'.
 */
import type { Place, Problem } from './place.ts';

export interface PreprocessLimits {
  /** Tokens read from files and made by macros, together. */
  readonly tokensMax: number;
  /** Macros within macros, and macro calls within the arguments of macro calls. */
  readonly expansionDepthMax: number;
  readonly includeDepthMax: number;
  /** Characters of source text read (each inclusion counts) and of text made by `#` and `##`. */
  readonly bytesMax: number;
}

/** Room for any kernel file with its headers (kernel/trace/ftrace.c with all of its own takes half), and an end in a second. */
export const defaultPreprocessLimits: PreprocessLimits = {
  tokensMax: 3_000_000,
  expansionDepthMax: 200,
  includeDepthMax: 60,
  bytesMax: 32_000_000,
};

/** The one thing here that changes: what is left, and whether a limit ended the run. */
export interface Budget {
  readonly limits: PreprocessLimits;
  readonly problems: Problem[];
  tokensLeft: number;
  bytesLeft: number;
  stopped: boolean;
}

export function newBudget(limits: PreprocessLimits, problems: Problem[]): Budget {
  return { limits, problems, tokensLeft: limits.tokensMax, bytesLeft: limits.bytesMax, stopped: false };
}

/** Notes a problem; behind PROBLEMS_MAX they are dropped, since they only repeat. */
export function report(budget: Budget, problem: Problem): void {
  if (budget.problems.length < PROBLEMS_MAX) budget.problems.push(problem);
}
const PROBLEMS_MAX = 1000;

/** Pays; false when the run is over. The first time a purse is empty the problem is recorded. */
export function charge(budget: Budget, tokens: number, bytes: number, at: Place): boolean {
  budget.tokensLeft -= tokens;
  budget.bytesLeft -= bytes;
  if (budget.tokensLeft < 0) stopAtLimit(budget, 'tokensMax', at);
  else if (budget.bytesLeft < 0) stopAtLimit(budget, 'bytesMax', at);
  return !budget.stopped;
}

/** Ends the run; only the first limit reached is reported, the others would follow from it. */
export function stopAtLimit(budget: Budget, limit: keyof PreprocessLimits, at: Place): void {
  if (budget.stopped) return;
  budget.stopped = true;
  const { file, line, macros } = at;
  budget.problems.push({
    kind: 'limit',
    text: `${limit} (${budget.limits[limit]}) reached; nothing behind this place was read`,
    at: { file, line, macros: macros.slice(0, 8) },
  });
}
