/** `digest`: what happened in any window of time, printed as the mail that would tell of it. Nothing is sent. */
import { Command, Option } from 'commander';
import type { DigestAnswer } from './digest/orders.ts';
import { momentOf } from './digest/week.ts';
import { defaultsFile, readSettings } from './settings/settings.ts';
import { explain } from './usage/usage.ts';

interface Options {
  readonly since?: string;
  readonly until?: string;
  readonly group?: string;
  readonly as: 'mail' | 'issue' | 'json';
  readonly settings?: string;
}

const weekMs = 7 * 24 * 3_600_000;

export const digestCommand = (): Command =>
  explain(
    new Command('digest')
      .description('Print what happened in a window of time, the riskiest first. Nothing is sent.')
      .option(
        '--since <day>',
        'its beginning: 2026-11-16, or a moment with its offset; without it a week before its end',
      )
      .option('--until <day>', 'its end, which is not in it; without it now')
      .option('--group <name>', 'as this group of the settings has it; without it everything')
      .addOption(new Option('--as <what>', 'how it is printed').choices(['mail', 'issue', 'json']).default('mail'))
      .option('--settings <file>', 'the settings of the daemon, in place of config/defaults.yaml')
      .action(async (options: Options) => {
        const problem = await print(options);
        if (problem === null) return;
        process.stderr.write(`digest: ${problem}\n`);
        process.exitCode = 2;
      }),
    {
      status: { 0: 'printed', 2: 'a word is off, or the store cannot be asked' },
      examples: ['scenario-bot digest --since 2026-11-16 --until 2026-11-23 --settings bot.yaml'],
    },
  );

/** @returns in words what is in the way */
async function print({ since, until, group, as, settings: file }: Options): Promise<string | null> {
  const { settings, problems } = readSettings(file ?? defaultsFile);
  if (settings === null) return problems.join('\n');
  const to = until === undefined ? new Date() : momentOf(until, settings.digest.zone);
  if (to === null) return `--until ${until} is no day such as 2026-11-23`;
  const from = since === undefined ? new Date(to.getTime() - weekMs) : momentOf(since, settings.digest.zone);
  if (from === null) return `--since ${since} is no day such as 2026-11-16`;
  // What a store needs is loaded for an order alone.
  const { ask } = await import('./serve/ask.ts');
  const window = { since: from.toISOString(), until: to.toISOString(), group: group ?? null };
  const answer = await ask(settings, 'digest', window);
  if (answer.problem !== null) return answer.problem;
  const { digest, mail, issue } = answer.value as DigestAnswer;
  const text = { mail, issue: `# ${issue.title}\n\n${issue.body}`, json: `${JSON.stringify(digest, null, 2)}\n` };
  process.stdout.write(text[as]);
  return null;
}
