/** The rows as people and programs read them, and the summary below them. */
import type { Catalogue } from './catalogue.ts';
import { answers, type Row, type RowFinding } from './row.ts';

const columns = ['date', 'message-id', 'base', 'answer', 'findings', 'unread', 'why', 'subject'] as const;

function cellsOf(row: Row): readonly string[] {
  const unread = row.runs === 0 ? '' : `${row.unread}/${row.runs}`;
  const findings = row.findings.map(findingText).join('; ');
  return [row.date, row.messageId, row.base, row.answer, findings, unread, row.why, row.subject];
}

function findingText({ level, check, entryPoint, file, line, mailLine }: RowFinding): string {
  const mail = mailLine === null ? '' : ` (mail line ${mailLine})`;
  return `${level} ${check} at ${entryPoint}: ${file.split('/').at(-1)}:${line}${mail}`;
}

/** Tab-separated, with a heading. */
export function tsvOf(rows: readonly Row[]): string {
  const clean = (cell: string) => cell.replace(/[\t\n\r]+/g, ' ');
  return [columns, ...rows.map(cellsOf)].map((cells) => `${cells.map(clean).join('\t')}\n`).join('');
}

/** In columns; a cell is cut where it would be wider than people read across. */
export function tableOf(rows: readonly Row[]): string {
  const lines = [columns as readonly string[], ...rows.map(cellsOf)].map((cells) =>
    cells.map((cell, i) => shown(cell, widthMax[i] ?? 40)),
  );
  const widths = columns.map((_, i) => Math.max(...lines.map((cells) => cells[i]?.length ?? 0)));
  return lines
    .map(
      (cells) =>
        `${cells
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}
const widthMax = [10, 60, 40, 8, 80, 7, 100, 70];

function shown(cell: string, max: number): string {
  // Bytes of a stranger's mail go to a terminal here.
  const plain = cell.replace(/\p{C}+/gu, ' ');
  return plain.length > max ? `${plain.slice(0, max - 1)}…` : plain;
}

export interface Summary {
  readonly mails: number;
  readonly damagedMails: number;
  readonly threads: number;
  readonly patches: number;
  readonly answers: Readonly<Record<string, number>>;
  /** Of this run; 0 of what was there already. */
  readonly seconds: number;
  readonly cpuSeconds: number;
}

export function summaryOf(rows: readonly Row[], catalogue: Catalogue, seconds: number): Summary {
  const counts = answers.map((answer) => [answer, rows.filter((row) => row.answer === answer).length] as const);
  return {
    mails: catalogue.mails,
    damagedMails: catalogue.damaged,
    threads: catalogue.threads.length,
    patches: rows.length,
    answers: Object.fromEntries(counts.filter(([, count]) => count > 0)),
    seconds,
    cpuSeconds: rows.reduce((sum, row) => sum + row.cpuSeconds, 0),
  };
}

export function summaryText(summary: Summary, rows: readonly Row[]): string {
  const { mails, damagedMails, threads, patches, seconds, cpuSeconds } = summary;
  const counted = Object.entries(summary.answers).map(([answer, count]) => `${count} ${answer}`);
  return [
    `${mails} mails (${damagedMails} damaged), ${patches} relevant patches in ${threads} threads: ${counted.join(', ')}`,
    `${cpuSeconds.toFixed(0)} s of CPU for the patches, ${seconds.toFixed(0)} s in all for this run`,
    ...reasonsOf(rows).map(([why, count]) => `${String(count).padStart(5)}  ${why}`),
    '',
  ].join('\n');
}

const reasonsMax = 20;

/** Why nothing was said, the commonest first; what differs from patch to patch only by names and numbers is one reason. */
function reasonsOf(rows: readonly Row[]): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const { answer, why } of rows) {
    if (answer !== 'silence') continue;
    const kind = why
      .replace(/^.*? in (ppc\S+) \([^)]*\) /, 'a run ')
      .replace(/[\w./-]+\.[chS](:\d+)?/g, 'FILE')
      .replace(/\d+/g, 'N');
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1]).slice(0, reasonsMax);
}
