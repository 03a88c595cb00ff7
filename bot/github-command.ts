/** `github`: what would be written to GitHub, as it would stand there; and another try for what is parked. */
import { Command } from 'commander';
import { defaultsFile, readSettings } from './settings/settings.ts';

interface Line {
  readonly kind: string;
  readonly repository: string;
  readonly key: string;
  readonly state: string;
  readonly url: string | null;
  readonly why: string | null;
  readonly wanted: unknown;
}
interface Common {
  readonly settings?: string;
  readonly json?: boolean;
}

async function order<Value>(
  name: 'github-plan' | 'github-retry',
  args: unknown,
  { options, print }: { readonly options: Common; readonly print: (value: Value) => string },
): Promise<void> {
  const { settings, problems } = readSettings(options.settings ?? defaultsFile);
  // What a store needs is loaded for an order alone.
  const { ask } = await import('./serve/ask.ts');
  const answer = settings === null ? { value: null, problem: problems.join('\n') } : await ask(settings, name, args);
  if (answer.problem !== null) {
    process.stderr.write(`${name.replace('-', ' ')}: ${answer.problem}\n`);
    process.exitCode = 2;
    return;
  }
  const { value } = answer;
  process.stdout.write(options.json === true ? `${JSON.stringify(value, null, 2)}\n` : print(value as Value));
}

const command = (name: string, description: string) =>
  new Command(name)
    .description(description)
    .option('--settings <file>', 'the settings of the daemon, in place of config/defaults.yaml')
    .option('--json', 'print JSON');

export function githubCommand(): Command {
  const plan = command('plan', 'Print what would be written: dry runs, what waits, what is parked.')
    .option('--all', 'what was written, too')
    .option('--full', 'with the text, as it would stand there')
    .action((options: Common & { readonly all?: boolean; readonly full?: boolean }) =>
      order<readonly Line[]>(
        'github-plan',
        { all: options.all ?? false },
        {
          options,
          print: (lines) =>
            lines.length === 0 ? 'nothing\n' : lines.map((line) => planText(line, options.full ?? false)).join(''),
        },
      ),
    );
  const retry = command('retry', 'Try again what is parked, or was taken away by a person.')
    .argument('<key>', 'of the row, as plan prints it')
    .action((key: string, options: Common) =>
      order<{ readonly state: string }>(
        'github-retry',
        { key },
        { options, print: ({ state }) => `${key}: ${state}\n` },
      ),
    );
  const all = new Command('github').description('What is to be on GitHub: plan, retry.');
  for (const one of [plan, retry]) all.addCommand(one);
  return all;
}

function planText({ kind, repository, key, state, url, why, wanted }: Line, full: boolean): string {
  const head = `${state.padEnd(8)} ${kind.padEnd(6)} ${repository} "${key}"${url ? ` ${url}` : ''}${why ? `: ${why}` : ''}\n`;
  const {
    title = '',
    state: is = '',
    labels = [],
    body = '',
  } = wanted as Record<string, string> & { labels?: string[] };
  const tail =
    kind === 'issue' ? `         ${is}: ${title}${labels.length > 0 ? ` [${[...labels].join(', ')}]` : ''}\n` : '';
  if (!full) return `${head}${tail}`;
  return `${head}${tail}\n${kind === 'issue' ? body : JSON.stringify(wanted, null, 2)}\n\n`;
}
