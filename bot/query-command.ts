/** `query`: everything that is known of a mail, by its Message-ID or a link to it; judged now where it never was. */
import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { readMbox } from './mail/mbox.ts';
import type { QueryAnswer } from './serve/queries.ts';
import { defaultsFile, readSettings } from './settings/settings.ts';
import { messageIdIn } from './thread/message-id.ts';
import { explain } from './usage/usage.ts';

interface QueryOptions {
  readonly settings?: string;
  readonly json?: boolean;
  readonly thread?: string;
  readonly analysis: boolean;
}

export const queryCommand = () =>
  explain(
    new Command('query')
      .description(
        'Print what is known of a mail: its series, what was concluded and why, what was said, other versions.',
      )
      .argument('<msgid|url>', 'its Message-ID, with or without <>, or a link to it on lore or another public-inbox')
      .option('--settings <file>', 'the settings of the daemon, in place of config/defaults.yaml')
      .option('--thread <file>', 'an mbox that has its thread; it is kept, and not answered when its list brings it')
      .option('--no-analysis', 'judge nothing: print what is known by now')
      .option('--json', 'print one JSON document in place of lines')
      .action(run),
    {
      more: `
A mail that has not come in is looked for in the sources of the settings: clones of archives, mboxes, maildirs, public-inbox
servers. Of a link the Message-ID alone is taken. A thread that was never analysed is analysed, and nobody is mailed over it:
what would be said is kept as a dry run. With a daemon at work the daemon does it; progress goes to standard error.`,
      status: {
        0: 'no finding in its version (a question included, or nothing judged)',
        1: 'a finding',
        2: 'nothing is known',
      },
      examples: [
        'scenario-bot query 20190627.4@example.org',
        "scenario-bot query 'https://lore.kernel.org/linuxppc-dev/MSGID/T/#u' --json",
      ],
    },
  );

async function run(given: string, { settings: file, json, thread, analysis }: QueryOptions): Promise<void> {
  const fail = (problem: string) => {
    process.stderr.write(`query: ${problem}\n`);
    process.exitCode = 2;
  };
  const { id, problem } = messageIdIn(given);
  if (id === null) return fail(problem ?? '');
  const { settings, problems } = readSettings(file ?? defaultsFile);
  if (settings === null) return fail(problems.join('\n'));
  const mails = thread === undefined ? null : await mailsIn(thread);
  if (typeof mails === 'string') return fail(mails);
  // What a store needs is loaded for a query alone.
  const { askQuery } = await import('./serve/ask.ts');
  const { queryText } = await import('./query-text.ts');
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  const line = progressLine(process.stderr.isTTY === true);
  const query = { messageId: id, thread: mails, analyse: analysis };
  const answer = await askQuery(settings, query, { signal: stop.signal, progress: line.say });
  line.end();
  if (answer.problem !== null) return fail(answer.problem);
  const value = answer.value as Extract<QueryAnswer, { kind: 'known' }>;
  const { known } = value;
  process.stdout.write(
    json === true ? `${JSON.stringify({ ...known, texts: value.texts }, null, 2)}\n` : queryText(id, value),
  );
  process.exitCode = known.series !== null && known.versions[known.series]?.review?.answer === 'finding' ? 1 : 0;
}

/** In base64; in words what is wrong with the file. */
async function mailsIn(file: string): Promise<readonly string[] | string> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => error);
  if (!Buffer.isBuffer(bytes)) return `${file} cannot be read (${bytes.code}); give an mbox that has the thread`;
  const { mails } = readMbox(bytes);
  return mails.length === 0
    ? `${file} holds no mail; give an mbox that has the thread`
    : mails.map((mail) => mail.toString('base64'));
}

/** One line that is written over, for a person who watches; each step once for others. */
function progressLine(interactive: boolean) {
  let before = '';
  const clear = () => {
    if (interactive && before !== '') process.stderr.write(`\r${' '.repeat(before.length)}\r`);
  };
  return {
    say: (text: string) => {
      const now = text.replace(/\p{C}/gu, ' ').slice(0, 100);
      const isOther = interactive ? now !== before : now.split(':')[0] !== before.split(':')[0];
      clear();
      if (interactive) process.stderr.write(now);
      else if (isOther) process.stderr.write(`${now}\n`);
      before = now;
    },
    end: clear,
  };
}
