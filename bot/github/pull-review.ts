/**
 * What was found in a pull request → one review of it: a comment on each guilty line that its diff shows, the rest in its body; null
 * where there is nothing to say. A repair is a suggestion only where it is one line before the very line that is commented on.
 */
import { codeBlock, inCode, ownBlock } from './public-text.ts';

export interface PullFinding {
  readonly commit: string;
  readonly file: string;
  /** Of the source as its commit leaves it. */
  readonly line: number;
  /** As it stands there, without its `+`; null where the commit does not show it. */
  readonly text: string | null;
  readonly isQuestion: boolean;
  readonly told: { readonly text: string; readonly replay: string | null };
  readonly repair: {
    readonly kind: string;
    readonly perRecord: boolean;
    readonly inWalk: boolean;
    /** It goes before the guilty line itself. */
    readonly isHere: boolean;
  } | null;
}
export interface PullFile {
  readonly path: string;
  /** Hunks of the whole pull request, without file headers; '' where GitHub shows none. */
  readonly patch: string;
}
export interface PullReview {
  readonly commit_id: string;
  readonly event: 'COMMENT';
  readonly body: string;
  readonly comments: readonly {
    readonly path: string;
    readonly line: number;
    readonly side: 'RIGHT';
    readonly body: string;
  }[];
}

const findingsMax = 10;

/** By which it is found again. */
export const reviewMark = (head: string): string => `<!-- scenario-bot review ${head} -->`;

export function pullReview(
  head: string,
  {
    findings,
    files,
    bot,
  }: { readonly findings: readonly PullFinding[]; readonly files: readonly PullFile[]; readonly bot: string },
): PullReview | null {
  if (findings.length === 0) return null;
  const placed = findings.slice(0, findingsMax).map((finding) => ({ finding, shown: shownLine(finding, files) }));
  const comments = placed.flatMap(({ finding, shown }) =>
    shown === null
      ? []
      : [{ path: finding.file, line: shown.number, side: 'RIGHT' as const, body: textOf(finding, shown) }],
  );
  const elsewhere = placed.flatMap(({ finding, shown }) =>
    shown === null
      ? [`In ${inCode(finding.file)}, commit ${finding.commit.slice(0, 12)}:\n\n${textOf(finding, null)}`]
      : [],
  );
  const count = findings.length === 1 ? 'One scenario' : `${findings.length} scenarios`;
  const more = findings.length > findingsMax ? ` The first ${findingsMax} are told.` : '';
  const lead = `${count} in which these commits ${findings.every(({ isQuestion }) => isQuestion) ? 'may break' : 'break'} a traced function, tried on an emulated machine.${more}`;
  const foot = `${inCode(bot)} is a program, and may be wrong.`;
  return {
    ...{ commit_id: head, event: 'COMMENT', comments },
    body: [reviewMark(head), lead, ...elsewhere, foot].join('\n\n').slice(0, 60_000),
  };
}

/** Where GitHub refuses a line: all of it in the body. */
export const withoutLines = (head: string, options: Parameters<typeof pullReview>[1]): PullReview | null =>
  pullReview(head, { ...options, files: [] });

interface ShownLine {
  readonly number: number;
  readonly text: string;
  /** The line above it, where that is shown. */
  readonly above: string | null;
}

function textOf({ told, repair }: PullFinding, shown: ShownLine | null): string {
  const isLiteral = repair?.kind === 'grace-period' && !repair.perRecord && !repair.inWalk && repair.isHere;
  return [
    codeBlock(told.text.trimEnd().split('\n')),
    ...(isLiteral && shown !== null && startsStatement(shown) ? [suggestion(shown)] : []),
    ...(told.replay === null || told.replay.length > 12_000
      ? []
      : ['To follow it step by step:', ownBlock(told.replay)]),
  ].join('\n\n');
}

/** Else the line before it would take its place: in an `if` without braces, or in the midst of a call. */
const startsStatement = ({ above, text }: ShownLine) =>
  above !== null && /([;{}]|\*\/)\s*$/.test(above) && /[;{]\s*$/.test(text) && !text.includes('`');

function suggestion({ text }: ShownLine): string {
  const indent = /^\s*/.exec(text)?.[0] ?? '';
  return `\`\`\`suggestion\n${indent}synchronize_rcu_tasks();\n${text}\n\`\`\``;
}

/** Of the lines that the pull request shows on its right side, the nearest one that reads as the guilty one. */
function shownLine({ file, line, text }: PullFinding, files: readonly PullFile[]): ShownLine | null {
  const patch = files.find(({ path }) => path === file)?.patch ?? '';
  if (text === null || text.trim() === '') return null;
  const shown: ShownLine[] = [];
  let number = 0;
  let above: string | null = null;
  for (const row of patch.split('\n')) {
    const hunk = /^@@ -\d+(?:,\d+)? \+(\d+)(?:,\d+)? @@/.exec(row);
    if (hunk !== null) {
      number = Number(hunk[1]);
      above = null;
    } else if (row.startsWith('+') || row.startsWith(' ')) {
      if (row.slice(1) === text) shown.push({ number, text, above });
      above = row.slice(1);
      number++;
    }
  }
  return shown.toSorted((a, b) => Math.abs(a.number - line) - Math.abs(b.number - line))[0] ?? null;
}
