/**
 * Steps as text for a mail: indented by a tab as the drawings of a reply are, and at most 75 columns wide. What a task executes
 * of words that never change is told in one line.
 *
 * Example:
 *
 *             1  task 0, CPU 0   f            calls the function
 *             2  task 0, CPU 0   f            nop
 *             3  modifies        f            nop -> mflr r0
 */
import { endingText, settingText } from './sentence.ts';
import type { Row, Steps } from './steps.ts';

/** Behind the tab. */
const columns = 67;

export function mailText(steps: Steps): string {
  const lines = [
    ...wrap(settingText(steps), columns),
    '',
    ...functionLines(steps),
    ...stretches(steps).flatMap((stretch) => stretchLines(stretch, steps)),
    '',
    ...wrap(endingText(steps), columns),
  ];
  return `${lines.map((line) => (line === '' ? '' : `\t${line}`)).join('\n')}\n`;
}

/** The words as they are at first. */
function functionLines({ words }: Steps): string[] {
  const own = words.filter((word) => word.of === words[0]?.of);
  return [`<${own[0]?.of ?? 'func'}>:`, ...own.map(({ versions }) => cut(versions[0]?.text ?? '', columns)), ''];
}

interface Stretch {
  readonly from: number;
  readonly rows: readonly Row[];
}

/** Each row by itself, but instructions of one task that never change together. */
function stretches({ rows, guilty }: Steps): readonly Stretch[] {
  const found: { from: number; rows: Row[] }[] = [];
  for (const [at, row] of rows.entries()) {
    const last = found.at(-1);
    const before = last?.rows.at(-1);
    const together = before !== undefined && isPlain(before) && isPlain(row) && sameTask(before, row);
    if (together && at !== guilty && last?.from !== guilty) last?.rows.push(row);
    else found.push({ from: at, rows: [row] });
  }
  return found;
}

const isPlain = ({ step }: Row) => step.kind === 'instruction' && step.fixed;
const sameTask = ({ who: a }: Row, { who: b }: Row) => a.kind === 'task' && b.kind === 'task' && a.task === b.task;

function stretchLines({ from, rows }: Stretch, { guilty }: Steps): string[] {
  const [first] = rows;
  if (first === undefined) return [];
  const number = String(from + 1).padStart(3);
  const head = `${number}  ${whoColumn(first).padEnd(15)} `;
  const behind = ' '.repeat(head.length);
  const last = rows.at(-1);
  const what =
    rows.length === 1 || last === undefined
      ? rowText(first)
      : `${first.where} to ${last.where}: ${rows.length} instructions that never change`;
  const mark = from === guilty ? ['<-- the guilty fetch'] : [];
  const source =
    first.source === null
      ? []
      : [
          `(${first.source.fn === '' ? '' : `${first.source.fn}(), `}${first.source.file.split('/').at(-1)}:${first.source.line})`,
        ];
  const width = columns - head.length;
  const told = [what, ...(first.note === '' || rows.length > 1 ? [] : [first.note]), ...source, ...mark];
  return told.flatMap((part) => wrap(part, width)).map((line, i) => (i === 0 ? head : behind) + line);
}

function whoColumn({ who }: Row): string {
  if (who.kind === 'patcher') return who.second ? '2nd modifies' : 'modifies';
  return who.kind === 'cpu' ? `CPU ${who.cpu}` : `task ${who.task}, CPU ${who.cpu}`;
}

const rowText = ({ where, what }: Row) => `${where === '' ? '' : `${where.padEnd(4)}  `}${what.replaceAll('→', '->')}`;

const cut = (text: string, width: number) => (text.length > width ? `${text.slice(0, width - 1)}…` : text);

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/ (?! )/).map((one) => cut(one, width))) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
