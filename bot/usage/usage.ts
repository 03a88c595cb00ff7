/**
 * What a person is told of a command besides its words and options: how it does it, its exit statuses, examples. It is said
 * once, at the command; `--help`, the man page and the tests read it from there.
 */
import type { Command } from 'commander';

export interface Usage {
  /** Paragraphs, as they stand in a terminal; lines that begin with a blank are kept as they are. */
  readonly more?: string;
  /** When it exits with which status. */
  readonly status: Readonly<Record<number, string>>;
  /** As typed in a shell. */
  readonly examples: readonly string[];
  /** Words of its own that begin with a dash, of a command that reads its words itself. */
  readonly ownOptions?: Readonly<Record<string, string>>;
}

const usages = new WeakMap<Command, Usage>();

/** @returns the command, for chaining */
export function explain(command: Command, usage: Usage): Command {
  usages.set(command, usage);
  return command.addHelpText('after', () => `\n${helpText(usage)}`);
}

export const usageOf = (command: Command): Usage | null => usages.get(command) ?? null;

/** A group of commands has none. */
export const isGroup = (command: Command): boolean => command.commands.length > 0;

export function helpText({ more, status, examples, ownOptions = {} }: Usage): string {
  const table = (rows: Readonly<Record<string, string>>, indent: number) =>
    Object.entries(rows).map(([name, text]) => `  ${name.padEnd(indent)}${text}`);
  const own = Object.keys(ownOptions).length === 0 ? [] : [['Options:', ...table(ownOptions, 8)]];
  return [
    ...own,
    ...(more === undefined ? [] : [[more.trim()]]),
    ['Exit status:', ...table(status, 5)],
    [examples.length === 1 ? 'Example:' : 'Examples:', ...examples.map((line) => `  ${line}`)],
  ]
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}
