/**
 * Completion of the command line in a shell, made of what the command line is made of: the commands at each place, the options
 * of each, and what an option's value may be. Where a value is none of a few words, the shell completes names of files.
 */
import type { Command, Option } from 'commander';
import { usageOf } from './usage.ts';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

export const completion = (program: Command, shell: Shell): string =>
  shell === 'fish' ? fish(program) : shell === 'zsh' ? `${zshHead}${bash(program)}` : bash(program);

const zshHead = 'autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n';

interface Place {
  /** The words that lead there: '' at the program, `outbox list`. */
  readonly path: string;
  readonly command: Command;
}

const places = (command: Command, path = ''): readonly Place[] => [
  { path, command },
  ...command.commands.flatMap((one) => places(one, `${path} ${one.name()}`.trim())),
];

const flagsOf = (command: Command): readonly string[] => [
  ...command
    .createHelp()
    .visibleOptions(command)
    .flatMap(({ long, short }) => long ?? short ?? []),
  ...Object.keys(usageOf(command)?.ownOptions ?? {}),
];
const takesValue = (option: Option) => option.required || option.optional;

/** The words of a command's first argument, where there are few. */
const choicesOf = (command: Command): readonly string[] => [
  ...command.commands.map((one) => one.name()),
  ...(command.registeredArguments[0]?.argChoices ?? []),
];

function bash(program: Command): string {
  const all = places(program);
  const steps = all.slice(1).map(({ path }) => quoted(path));
  const values = all.flatMap(({ path, command }) =>
    command.options.filter(takesValue).map((option) => {
      const at = quoted(`${path}:${option.long}`);
      return `    ${at}) ${option.argChoices ? compgen(option.argChoices) : 'COMPREPLY=()'}; return ;;`;
    }),
  );
  const words = all.map(
    ({ path, command }) =>
      `    ${quoted(path)}) options=${quoted(flagsOf(command).join(' '))} words=${quoted(choicesOf(command).join(' '))} ;;`,
  );
  return `# Completion of scenario-bot in bash: eval "$(scenario-bot completion bash)"
_scenario_bot() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" place="" options="" words="" at next
  if [ "$current" = = ]; then current=""
  elif [ "$previous" = = ]; then previous="\${COMP_WORDS[COMP_CWORD-2]}"; fi
  for ((at = 1; at < COMP_CWORD; at++)); do
    next="\${place:+$place }\${COMP_WORDS[at]}"
    case "$next" in
      ${steps.join('|')}) place="$next" ;;
    esac
  done
  case "$place:$previous" in
${values.join('\n')}
  esac
  case "$place" in
${words.join('\n')}
  esac
  case "$current" in
    -*) ${compgen('$options')} ;;
    *) ${compgen('$words')} ;;
  esac
}
complete -o default -F _scenario_bot scenario-bot
`;
}

const compgen = (words: readonly string[] | string) =>
  `COMPREPLY=($(compgen -W "${typeof words === 'string' ? words : words.join(' ')}" -- "$current"))`;

function fish(program: Command): string {
  const all = places(program);
  const lines = all.flatMap(({ path, command }) => {
    const within = path === '' ? [] : path.split(' ');
    const names = command.commands.map((one) => one.name());
    const seen = within.map((word) => `__fish_seen_subcommand_from ${word}`);
    const before =
      path === ''
        ? ['__fish_use_subcommand']
        : [...seen, ...(names.length > 0 ? [`not __fish_seen_subcommand_from ${names.join(' ')}`] : [])];
    const head = (conditions: readonly string[]) => `complete -c scenario-bot -n ${quoted(conditions.join('; and '))}`;
    return [
      ...command.commands.map((one) => `${head(before)} -f -a ${one.name()} -d ${quoted(one.description())}`),
      ...(command.registeredArguments[0]?.argChoices ?? []).map((word) => `${head(before)} -f -a ${word}`),
      ...command.options.map(
        (option) =>
          `${head(before)} -l ${option.long?.slice(2)}${takesValue(option) ? (option.argChoices ? ` -x -a ${quoted(option.argChoices.join(' '))}` : ' -r') : ''} -d ${quoted(option.description)}`,
      ),
    ];
  });
  return `# Completion of scenario-bot in fish: scenario-bot completion fish | source\n${lines.join('\n')}\n`;
}

/** For bash and for fish: what both take for an apostrophe is one between double quotes. */
const quoted = (words: string) => `'${words.replaceAll("'", `'"'"'`)}'`;
