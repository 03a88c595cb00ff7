/** An operator's order as a command: its options, how it is given, and what is printed of what came of it. */
import { Command } from 'commander';
import type { OrderName } from './serve/orders.ts';
import { defaultsFile, readSettings } from './settings/settings.ts';
import { explain } from './usage/usage.ts';

export interface Common {
  readonly settings?: string;
  readonly json?: boolean;
}

/** Prints what came of it, and sets the exit status: 0 done, 2 not. */
export async function order<Value>(
  { settings: file, json }: Common,
  { name, args, print }: { readonly name: OrderName; readonly args: unknown; readonly print: (value: Value) => string },
): Promise<void> {
  const { settings, problems } = readSettings(file ?? defaultsFile);
  // What a store needs is loaded for an order alone.
  const { ask } = await import('./serve/ask.ts');
  const answer = settings === null ? { value: null, problem: problems.join('\n') } : await ask(settings, name, args);
  if (answer.problem !== null) {
    process.stderr.write(`${name.replace('-', ' ')}: ${answer.problem}\n`);
    process.exitCode = 2;
    return;
  }
  process.stdout.write(json === true ? `${JSON.stringify(answer.value, null, 2)}\n` : print(answer.value as Value));
}

/** An order with an example of it. */
export const command = (name: string, description: string, example: string) =>
  explain(
    new Command(name)
      .description(description)
      .option('--settings <file>', 'the settings of the daemon, in place of config/defaults.yaml')
      .option('--json', 'print JSON'),
    {
      more: 'A daemon that runs is asked; without one the store is opened.',
      status: { 0: 'done', 2: 'not done; standard error says why' },
      examples: [`scenario-bot ${example} --settings bot.yaml`],
    },
  );
