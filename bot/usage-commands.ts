/** `completion` and `man`: the command line told to a shell and to the manual. */
import { Argument, Command } from 'commander';
import { completion, type Shell, shells } from './usage/completion.ts';
import { manPage } from './usage/man-page.ts';
import { explain } from './usage/usage.ts';

export function usageCommands(program: Command): readonly Command[] {
  const complete = new Command('completion')
    .description('Print what makes a shell complete the words of scenario-bot.')
    .addArgument(new Argument('<shell>', 'whose').choices(shells))
    .action((shell: Shell) => {
      process.stdout.write(completion(program, shell));
    });
  const man = new Command('man')
    .description('Print the page of the manual of a command, for man -l.')
    .argument('[command]', 'which; without it that of scenario-bot itself')
    .action((name: string | undefined) => {
      const command = name === undefined ? program : program.commands.find((one) => one.name() === name);
      if (command === undefined) {
        process.stderr.write(`man: there is no command ${name}; scenario-bot --help lists them\n`);
        process.exitCode = 2;
        return;
      }
      process.stdout.write(manPage(command, program.version() ?? ''));
    });
  return [
    explain(complete, {
      status: { 0: 'printed', 2: 'there is no such shell here' },
      examples: [
        'eval "$(scenario-bot completion bash)"   # in ~/.bashrc; zsh in ~/.zshrc',
        'scenario-bot completion fish > ~/.config/fish/completions/scenario-bot.fish',
      ],
    }),
    explain(man, {
      more: 'A global installation of the package has them all: man scenario-bot-review.',
      status: { 0: 'printed', 2: 'there is no such command' },
      examples: ['scenario-bot man review | man -l -'],
    }),
  ];
}
