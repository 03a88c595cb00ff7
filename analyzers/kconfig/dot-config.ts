/**
 * A kernel's .config → the values in it. The one idea: nothing is ignored silently; a line that Kconfig would not have
 * written is a problem with its number, and so is a symbol that is set twice in two ways.
 *
 * Example: `CONFIG_SMP=y` / `# CONFIG_PREEMPT is not set` / `CONFIG_THREAD_SHIFT=14` is SMP y, PREEMPT n, THREAD_SHIFT 14.
 */
import type { Problem } from '../source/place.ts';

export interface DotConfig {
  /** As a person names it. */
  readonly file: string;
  /** y, m, n, a number or text without its quotes, by symbol. */
  readonly values: ReadonlyMap<string, string>;
  readonly problems: readonly Problem[];
}

/** Of one file; a distribution's has some 12,000. */
const linesMax = 100_000;
const problemsMax = 20;

export function parseDotConfig(file: string, text: string): DotConfig {
  const values = new Map<string, string>();
  const lineOf = new Map<string, number>();
  const problems: Problem[] = [];
  let wrong = 0;
  const complain = (line: number, words: string) => {
    wrong++;
    if (wrong <= problemsMax)
      problems.push({ kind: 'config', text: `${file}:${line}: ${words}`, at: { file, line, macros: [] } });
  };
  const lines = text.split('\n', linesMax + 1);
  for (const [index, raw] of lines.slice(0, linesMax).entries()) {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    const number = index + 1;
    const read = readLine(line);
    if (read === 'nothing') continue;
    if (typeof read === 'string') {
      complain(number, read);
      continue;
    }
    const before = values.get(read.name);
    if (before !== undefined && before !== read.value)
      complain(number, `CONFIG_${read.name} is ${read.value} here and ${before} in line ${lineOf.get(read.name)}`);
    values.set(read.name, read.value);
    lineOf.set(read.name, number);
  }
  if (lines.length > linesMax) complain(linesMax, `there are more than ${linesMax} lines`);
  if (wrong > problemsMax)
    problems.push({ kind: 'config', text: `${file}: ${wrong - problemsMax} more lines are wrong` });
  return { file, values, problems };
}

/** @returns a symbol and its value, `nothing` for a comment, or in words what is wrong */
function readLine(line: string): { readonly name: string; readonly value: string } | string {
  const unset = /^# CONFIG_(\w+) is not set\b/.exec(line);
  if (unset !== null) return { name: unset[1] ?? '', value: 'n' };
  if (line.trim() === '' || line.startsWith('#')) return 'nothing';
  const set = /^CONFIG_(\w+)=(.*)$/.exec(line);
  if (set === null) return `${told(line)} is no line of a .config`;
  const [, name = '', written = ''] = set;
  if (/^([ymn]|-?\d+|0[xX][0-9a-fA-F]+)$/.test(written)) return { name, value: written };
  const quoted = /^"((?:[^"\\]|\\.)*)"$/.exec(written);
  if (quoted === null) return `${told(written)} is no value of CONFIG_${name}`;
  return { name, value: (quoted[1] ?? '').replace(/\\(.)/g, '$1') };
}

const told = (text: string) => JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
