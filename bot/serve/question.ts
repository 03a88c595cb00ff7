/**
 * What is asked of a series: its mails, at which level, on which trees, by which analyzers. The same question is answered once,
 * however often people talk in its thread.
 */
import { analyzerVersion } from '../analysis/version.ts';
import type { Settings } from '../settings/schema.ts';

export interface Question {
  readonly analyzer: string;
  /** Message-IDs of the cover letter, if there is one, and the patches. */
  readonly mails: readonly string[];
  readonly level: string;
  readonly trees: readonly string[];
}

export const questionOf = (
  mails: readonly string[],
  { analysis, trees }: Pick<Settings, 'analysis' | 'trees'>,
): Question => ({ analyzer: analyzerVersion, mails, level: analysis.level, trees });

/** @param inputs of a review, as they are stored */
export function isAnswered(question: Question, inputs: unknown): boolean {
  const { question: asked } = (inputs ?? {}) as { readonly question?: Question };
  return asked !== undefined && textOf(asked) === textOf(question);
}

const textOf = ({ analyzer, mails, level, trees }: Question) => JSON.stringify([analyzer, mails, level, trees]);
