/**
 * What the archive's table has of one patch, as a value that is stored and read back: which mail, what it was judged on, the
 * answer, what was found, and why what was not read was not.
 */
import type { PatchReview } from '../review.ts';

/** `damaged`, `limit` and `crash` are outcomes of the run, the others answers of a review. */
export const answers = ['finding', 'question', 'pass', 'silence', 'damaged', 'limit', 'crash'] as const;
export type Answer = (typeof answers)[number];

export interface RowFinding {
  readonly level: string;
  readonly check: string;
  readonly entryPoint: string;
  readonly profiles: readonly string[];
  readonly file: string;
  readonly line: number;
  readonly mailLine: number | null;
  readonly schedule: string;
}

export interface Row {
  readonly messageId: string;
  readonly subject: string;
  /** When it was sent: YYYY-MM-DD. */
  readonly date: string;
  readonly base: string;
  readonly answer: Answer;
  readonly why: string;
  readonly findings: readonly RowFinding[];
  readonly notes: readonly string[];
  /** Runs by outcome after the patch, of the level with the least said; in how many something could not be read. */
  readonly runs: number;
  readonly unread: number;
  readonly problems: readonly string[];
  readonly assumptions: readonly string[];
  readonly cpuSeconds: number;
}

/** Of the patch, before anything is known of it. */
export type RowStart = Pick<Row, 'messageId' | 'subject' | 'date'>;

export function unreviewedRow(start: RowStart, answer: Answer, why: string): Row {
  const nothing = {
    base: '',
    findings: [],
    notes: [],
    runs: 0,
    unread: 0,
    problems: [],
    assumptions: [],
    cpuSeconds: 0,
  };
  return { ...start, ...nothing, answer, why };
}

export function reviewedRow(start: RowStart, { base, verdict }: PatchReview, cpuSeconds: number): Row {
  return {
    ...start,
    base: `${base.how}: ${base.ref}`,
    answer: verdict.answer,
    why: verdict.why,
    findings: verdict.findings.map(({ level, check, entryPoint, profiles, file, line, mailLine, schedule }) => {
      return { level, check, entryPoint, profiles, file, line, mailLine, schedule };
    }),
    notes: verdict.notes.map(({ id }) => id),
    runs: verdict.runs.length,
    unread: verdict.runs.filter(({ after }) => Object.values(after).includes('unread')).length,
    problems: verdict.problems.map(({ text }) => text),
    assumptions: verdict.assumptions.map(({ text }) => text),
    cpuSeconds,
  };
}
