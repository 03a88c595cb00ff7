/** `github`: what would be written to GitHub, as it would stand there; and another try for what is parked. */
import { Command } from 'commander';
import { type Common, command, order } from './order.ts';

interface Line {
  readonly kind: string;
  readonly repository: string;
  readonly key: string;
  readonly state: string;
  readonly url: string | null;
  readonly why: string | null;
  readonly wanted: unknown;
}
export function githubCommand(): Command {
  const plan = command(
    'plan',
    'Print what would be written: dry runs, what waits, what is parked.',
    'github plan --full',
  )
    .option('--all', 'what was written, too')
    .option('--full', 'with the text, as it would stand there')
    .action((options: Common & { readonly all?: boolean; readonly full?: boolean }) =>
      order<readonly Line[]>(options, {
        name: 'github-plan',
        args: { all: options.all ?? false },
        print: (lines) =>
          lines.length === 0 ? 'nothing\n' : lines.map((line) => planText(line, options.full ?? false)).join(''),
      }),
    );
  const retry = command('retry', 'Try again what is parked, or was taken away by a person.', 'github retry KEY')
    .argument('<key>', 'of the row, as plan prints it')
    .action((key: string, options: Common) =>
      order<{ readonly state: string }>(options, {
        name: 'github-retry',
        args: { key },
        print: ({ state }) => `${key}: ${state}\n`,
      }),
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
  const { says = '', text = '', as = '' } = wanted as Record<string, string>;
  const tail =
    kind === 'mark'
      ? `         ${as}, ${says}: ${text}\n`
      : kind === 'issue'
        ? `         ${is}: ${title}${labels.length > 0 ? ` [${[...labels].join(', ')}]` : ''}\n`
        : '';
  if (!full) return `${head}${tail}`;
  return `${head}${tail}\n${kind === 'issue' ? body : JSON.stringify(wanted, null, 2)}\n\n`;
}
