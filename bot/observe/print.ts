/**
 * Rows of steps as a plain table, columns as wide as their widest cell; what stores nothing stands across them.
 */
import type { Protocol } from '../../analyzers/protocol/protocol.ts';
import type { Row } from './table.ts';

/** Protocols that come to the same rows are told once. */
export interface Observed {
  readonly protocols: readonly Protocol[];
  readonly rows: readonly Row[];
}

const heads = ['step', 'record', 'address', 'old word', 'new word', 'bytes', 'instructions', 'asked for at'] as const;

export function printObserved({ protocols, rows }: Observed): string {
  const [first] = protocols;
  if (first === undefined) return '';
  const lines = [headingOf(first, protocols), ''];
  const cells = rows.map((row, index) => cellsOf(row, index + 1));
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...cells.filter((line) => line.length > 2).map((line) => line[column]?.length ?? 0)),
  );
  const print = (line: readonly string[]) =>
    `  ${line.map((cell, column) => (column === 0 ? cell.padStart(widths[0] ?? 0) : cell.padEnd(widths[column] ?? 0))).join('  ')}`.trimEnd();
  if (rows.length > 0) lines.push(print(heads), ...cells.map(print));
  else lines.push('  nothing is modified');
  if (first.outcome !== 'ok') lines.push('', `  ${first.outcome}: ${first.why}`);
  for (const { text, file, line } of first.assumptions.filter((one) => one.decisive))
    lines.push('', `  rests on: ${text}${file === null ? '' : ` (${file}:${line})`}`);
  return `${lines.join('\n')}\n`;
}

/** `ppc64-mprofile-gcc6, enable: two records near the tracer, all hit, live; with and without preemption`. */
function headingOf(first: Protocol, all: readonly Protocol[]): string {
  const { profile, entryPoint, siteKind, plan, fault } = first.scenario;
  const preemptions = new Set(all.map(({ scenario }) => scenario.preemption));
  const preemption = preemptions.size === 2 ? 'with and without' : preemptions.has('full') ? 'with' : 'without';
  const where = { near: 'near the tracer', far: 'out of its reach', module: 'in a module' }[siteKind];
  const failing = fault === undefined ? '' : `, ${fault.primitive}() failing at call ${fault.nth}`;
  const live = first.live ? 'while they are run' : 'before they can be run';
  return `${profile}, ${entryPoint}: two records ${where}, ${plan} hit, ${live}, ${preemption} preemption${failing}`;
}

function cellsOf(row: Row, step: number): readonly string[] {
  const indent = '  '.repeat(row.depth);
  if (row.what !== '') return [String(step), `${indent}${row.what}${row.at === null ? '' : `  (${placeText(row)})`}`];
  return [
    String(step),
    row.of,
    `${indent}${row.where}`,
    row.old,
    row.new,
    String(row.bytes ?? ''),
    row.instructions.join('; '),
    placeText(row),
  ];
}

const placeText = ({ at }: Row) => (at === null ? '' : `${at.at.file}:${at.at.line} ${at.fn}()`);
