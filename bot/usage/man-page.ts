/**
 * A command as a page of the manual, section 1: made of what the command line is made of, so that it says what `--help` says.
 * `scenario-bot man review | man -l -` reads one; a global installation of the package has them all.
 */
import type { Command } from 'commander';
import { isGroup, usageOf } from './usage.ts';

/** Of the program, or of a command of its own; a group's page has the commands in it. */
export function manPage(command: Command, version: string): string {
  const { parent } = command;
  const name = pageName(command);
  const lines = [
    `.TH ${quoted(name.toUpperCase())} 1 "" ${quoted(`scenario-bot ${version}`)} "scenario-bot manual"`,
    '.SH NAME',
    `${text(name)} \\- ${text(firstSentence(command.description()))}`,
    '.SH SYNOPSIS',
    ...synopsis(command),
    '.SH DESCRIPTION',
    ...paragraphs(command.description()),
    ...paragraphs(usageOf(command)?.more ?? ''),
    ...section('ARGUMENTS', argumentsOf(command)),
    ...section('OPTIONS', optionsOf(command)),
    ...(isGroup(command) ? ['.SH COMMANDS', ...command.commands.flatMap(parent === null ? entry : inFull)] : []),
    ...ending(command, '.SH'),
    '.SH SEE ALSO',
    text(parent === null ? 'README.md of the package has the rest.' : 'scenario-bot(1)'),
  ];
  return `${lines.join('\n')}\n`;
}

/** `scenario-bot-outbox` */
export const pageName = (command: Command): string => fullName(command).replaceAll(' ', '-');

/** `scenario-bot outbox list` */
const fullName = (command: Command): string =>
  command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;

const synopsis = (command: Command): readonly string[] =>
  (isGroup(command) && command.parent !== null ? command.commands : [command]).flatMap((one) => [
    `.B ${text(fullName(one))}`,
    text(one.usage()),
    '.br',
  ]);

const entry = (command: Command): readonly string[] => [
  '.TP',
  `.BR ${text(pageName(command))} (1)`,
  text(command.description()),
];

const inFull = (command: Command): readonly string[] => [
  `.SS ${quoted(`${command.name()} ${command.usage()}`)}`,
  ...paragraphs(command.description()),
  ...paragraphs(usageOf(command)?.more ?? ''),
  ...argumentsOf(command),
  ...optionsOf(command),
  ...ending(command, '.PP'),
];

const argumentsOf = (command: Command): readonly string[] =>
  command.registeredArguments.flatMap((argument) =>
    argument.description === '' ? [] : ['.TP', `.I ${text(argument.name())}`, text(argument.description)],
  );

function optionsOf(command: Command): readonly string[] {
  const own = Object.entries(usageOf(command)?.ownOptions ?? {});
  const options = command.createHelp().visibleOptions(command);
  return [
    ...options.map((option) => [option.flags, command.createHelp().optionDescription(option)] as const),
    ...own,
  ].flatMap(([flags, description]) => ['.TP', `.B ${text(flags)}`, text(description)]);
}

/** Exit statuses and examples, each under a heading of the kind given. */
function ending(command: Command, heading: '.SH' | '.PP'): readonly string[] {
  const usage = usageOf(command);
  if (usage === null) return [];
  const title = (words: string) => (heading === '.SH' ? [`.SH ${words.toUpperCase()}`] : ['.PP', `${words}:`]);
  return [
    ...title('Exit status'),
    ...Object.entries(usage.status).flatMap(([status, when]) => ['.TP', `.B ${status}`, text(when)]),
    ...title('Examples'),
    ...verbatim(usage.examples),
  ];
}

const section = (name: string, lines: readonly string[]) => (lines.length === 0 ? [] : [`.SH ${name}`, ...lines]);

/** Text that is set anew, but for lines that begin with a blank. */
function paragraphs(words: string): readonly string[] {
  if (words === '') return [];
  return words
    .trim()
    .split('\n\n')
    .flatMap((paragraph) => {
      const lines = paragraph.split('\n');
      const kept = lines.findIndex((line) => line.startsWith(' '));
      const set = kept < 0 ? lines : lines.slice(0, kept);
      return [
        ...(set.length > 0 ? ['.PP', ...set.map(text)] : []),
        ...(kept < 0 ? [] : verbatim(lines.slice(kept).map((line) => line.trim()))),
      ];
    });
}

const verbatim = (lines: readonly string[]) => ['.PP', '.nf', '.RS', ...lines.map(text), '.RE', '.fi'];

const firstSentence = (words: string) =>
  (/^[^.:]+/.exec(words)?.[0] ?? words).replace(/^./, (one) => one.toLowerCase());

/** Nothing in it is a request or an escape; every dash can be copied into a shell. */
const text = (words: string): string =>
  words
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('`', '\\(ga')
    .replaceAll('~', '\\(ti')
    .replaceAll('^', '\\(ha')
    .replace(/^\./gm, '\\&.');
const quoted = (words: string) => `"${text(words).replaceAll('"', '\\(dq')}"`;
