/**
 * Templates to text: LiquidJS with one filter of ours, which wraps prose. Values are put in as they are; the reply is plain
 * text, and headers are not made here.
 */
import { join } from 'node:path';
import { Liquid } from 'liquidjs';

/** Columns of prose (MAIL.md: 72 to 75); quotes, drawings and commands are not wrapped. */
const columns = 72;

const engine = new Liquid({
  root: join(import.meta.dirname, '../../templates'),
  extname: '.liquid',
  strictVariables: true,
  strictFilters: true,
  ownPropertyOnly: true,
});
engine.registerFilter('wrap', (text: string) => wrap(text));

/** @throws Error where a template names what `values` has not: a bug of ours */
export const render = (template: string, values: object): string =>
  `${engine
    .renderFileSync(template, values)
    .replace(/[ \t]+$/gm, (blank: string) => (blank === ' ' ? blank : ''))
    .replace(/\n{3,}/g, '\n\n')
    .trim()}\n`;

function wrap(text: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].join('\n');
}
