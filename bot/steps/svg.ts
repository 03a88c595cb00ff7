/**
 * Steps as a drawing: a lane for the modifying side and one for each CPU, time downward, a row a step. A drawing stands by
 * itself: it takes nothing from a page, and is readable on white and on black.
 */
import { escapeMarkup } from './markup.ts';
import { endingText, settingText } from './sentence.ts';
import type { Row, Steps } from './steps.ts';

const size = { row: 22, head: 92, number: 44, lane: 340, gap: 8, char: 7.3 } as const;
const colours = ['#1f6fb2', '#a3560b', '#6b4fa0', '#1d7a5f', '#9b2f6d', '#5c6b00', '#3d5a80', '#7a4b3a'] as const;
const colourOf = (task: number) => colours[task % colours.length] ?? '#000';
const guiltyColour = '#b3261e';
const font = 'font-family="ui-monospace, DejaVu Sans Mono, Menlo, Consolas, monospace"';

export function svgOf(steps: Steps): string {
  const { rows, cpus, schedule } = steps;
  const lanes = [
    'Modifying CPU',
    ...(schedule.model.other.length > 0 ? ['Second patcher'] : []),
    ...cpus.map((cpu) => `CPU ${cpu}`),
  ];
  const laneOf = ({ who }: Row) => {
    if (who.kind === 'patcher') return who.second ? 1 : 0;
    return lanes.length - cpus.length + Math.max(0, cpus.indexOf(who.cpu));
  };
  const width = size.number + lanes.length * (size.lane + size.gap);
  const ending = fold(endingText(steps), Math.floor((width - 16) / size.char));
  const height = size.head + rows.length * size.row + 24 + ending.length * 18;
  const heads = lanes.map((name, i) => text(laneX(i) + 8, size.head - 12, name, { weight: 'bold' }));
  const rails = lanes.map(
    (_, i) =>
      `<rect x="${laneX(i)}" y="${size.head}" width="${size.lane}" height="${rows.length * size.row}" fill="#808080" fill-opacity="0.08"/>`,
  );
  const waits = rows.flatMap((row, at) => {
    const running = row.tasks.filter(({ state, cpu }) => state === 'running' && cpus.includes(cpu));
    return running.map(({ task, cpu }) => {
      const x = laneX(lanes.length - cpus.length + cpus.indexOf(cpu));
      return `<rect x="${x + 1}" y="${size.head + at * size.row}" width="3" height="${size.row}" fill="${colourOf(task)}" fill-opacity="0.45"/>`;
    });
  });
  const drawn = rows.map((row, at) => rowOf(row, at, { x: laneX(laneOf(row)), guilty: at === steps.guilty }));
  const setting = fold(settingText(steps), Math.floor((width - 16) / size.char)).slice(0, 3);
  const below = size.head + rows.length * size.row + 22;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" ${font} font-size="12">`,
    `<title>${escapeMarkup(endingText(steps))}</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...setting.map((line, i) => text(8, 20 + 18 * i, line)),
    ...rails,
    ...heads,
    ...waits,
    ...drawn,
    ...ending.map((line, i) =>
      text(8, below + 18 * i, line, { weight: 'bold', fill: steps.broken === null ? '#1d1d1f' : guiltyColour }),
    ),
    '</svg>',
    '',
  ].join('\n');
}

const laneX = (lane: number) => size.number + lane * (size.lane + size.gap);

function rowOf(row: Row, at: number, { x, guilty }: { x: number; guilty: boolean }): string {
  const y = size.head + at * size.row;
  const { who, step } = row;
  const isBreak = step.kind === 'break';
  const colour = guilty || isBreak ? guiltyColour : who.kind === 'task' ? colourOf(who.task) : '#3a3a3c';
  const task = who.kind === 'task' ? `task ${who.task}  ` : '';
  const said = `${task}${row.where === '' ? '' : `${row.where}  `}${row.what}${step.kind === 'instruction' && row.note !== '' ? '  (old word)' : ''}`;
  const line = short(guilty ? `${said}  ← guilty` : said, Math.floor((size.lane - 16) / size.char));
  const fixed = step.kind === 'instruction' && step.fixed;
  return [
    text(size.number - 10, y + 15, String(at + 1), { fill: '#6e6e73', anchor: 'end' }),
    `<rect x="${x + 1}" y="${y + 1}" width="${size.lane - 2}" height="${size.row - 2}" rx="3" fill="${colour}" fill-opacity="${guilty || isBreak ? 0.18 : fixed ? 0.05 : 0.13}"/>`,
    `<rect x="${x + 1}" y="${y + 1}" width="3" height="${size.row - 2}" fill="${colour}"/>`,
    text(x + 10, y + 15, line, {
      fill: guilty || isBreak ? guiltyColour : '#1d1d1f',
      weight: guilty || isBreak ? 'bold' : 'normal',
    }),
  ].join('');
}

interface Look {
  readonly weight?: 'bold' | 'normal';
  readonly fill?: string;
  readonly anchor?: 'end';
}

const text = (x: number, y: number, said: string, { weight = 'normal', fill = '#1d1d1f', anchor }: Look = {}) =>
  `<text x="${x}" y="${y}" fill="${fill}"${weight === 'bold' ? ' font-weight="bold"' : ''}${anchor === undefined ? '' : ' text-anchor="end"'} xml:space="preserve">${escapeMarkup(said)}</text>`;

const short = (said: string, max: number) => (said.length > max ? `${said.slice(0, max - 1)}…` : said);

function fold(said: string, max: number): string[] {
  const lines: string[] = [];
  for (const word of said.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= max) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
