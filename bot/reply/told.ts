/** A finding as plain text that stands by itself, for where there is no mail: the same words as in the reply. */
import type { Finding } from '../../analyzers/verdict/verdict.ts';
import type { PatchReview } from '../review.ts';
import { findingValue } from './finding.ts';
import { render } from './template.ts';

export interface ToldFinding {
  readonly lead: string;
  /** With the lines of the patch that it is about, wrapped; not to be taken for Markdown. */
  readonly text: string;
  /** A command; null where nothing can be replayed. */
  readonly replay: string | null;
}

/** @param replay a command with {schedule} in it */
export function toldOf(row: PatchReview, finding: Finding, replay: string): ToldFinding {
  const value = findingValue(row, finding, replay);
  return { lead: value.lead, text: render('told', { finding: value, newline: '\n' }), replay: value.replay };
}
