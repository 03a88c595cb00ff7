/** `import`, `export`, `backup`: what is done with the store while the daemon does not have it. */
import { Command } from 'commander';
import type { StoreChoice } from './store-option.ts';
import { explain } from './usage/usage.ts';

const streams = {
  out: (text: string) => process.stdout.write(text),
  err: (text: string) => process.stderr.write(text),
};

// What a store needs is loaded for these alone.
const command = (name: string, description: string) =>
  new Command(name)
    .description(description)
    .option('--settings <file>', 'settings that say where the store is, in place of config/defaults.yaml')
    .option('--store <place>', 'the store itself: a data directory, or the postgres:// URL of a server');

export function storeCommands(): readonly Command[] {
  return [importing(), exporting(), backingUp()];
}

function importing(): Command {
  return explain(
    command('import', 'Keep the mails of an archive: a clone of a public-inbox, an mbox or a maildir.')
      .argument('<path>', 'the git repository or the directory of its epochs 0.git, 1.git, …; the file; the maildir')
      .action(async (path: string, choice: StoreChoice) => {
        const { importCommand } = await import('./import-command.ts');
        const stop = new AbortController();
        process.once('SIGINT', () => stop.abort());
        const interactive = process.stderr.isTTY === true;
        process.exitCode = await importCommand({ path, choice, signal: stop.signal, ...streams, interactive });
      }),
    {
      more: `
Every mail is kept once, whatever list or file it comes by; patches in it are kept, not reviewed. Stopped by ^C or by a
crash, the same command goes on behind the last mails that were kept; when all is read, it adds nothing.`,
      status: { 0: 'all of it', 1: 'a part could not be read', 2: 'nothing could be done', 130: 'stopped' },
      examples: ['scenario-bot import ~/lore/linuxppc-dev --store /var/lib/scenario-bot'],
    },
  );
}

function exporting(): Command {
  return explain(
    command('export', 'Print everything that is kept, a row a line, as JSON.').action(async (choice: StoreChoice) => {
      const { exportCommand } = await import('./export-command.ts');
      const write = (text: string) =>
        new Promise<void>((resolve) => {
          if (process.stdout.write(text)) resolve();
          else process.stdout.once('drain', resolve);
        });
      process.exitCode = await exportCommand({ choice, write, err: streams.err });
    }),
    {
      more: `
Each line is {"table": …, "row": {…}}; the bytes of mails are base64. All of it is as it was at one moment.`,
      status: { 0: 'all of it', 2: 'the store cannot be opened, such as while the bot has its directory' },
      examples: ['scenario-bot export --store /var/lib/scenario-bot | gzip > export.ndjson.gz'],
    },
  );
}

function backingUp(): Command {
  return explain(
    command('backup', "Copy the data directory's database into one file.")
      .argument('<file>', 'a .tar.gz; one that is there is replaced')
      .action(async (file: string, choice: StoreChoice) => {
        const { backupCommand } = await import('./backup-command.ts');
        process.exitCode = await backupCommand({ file, choice, ...streams });
      }),
    {
      more: `
The bot must not have the directory open. A PostgreSQL server is backed up by pg_dump.`,
      status: { 0: 'copied', 2: 'there is no backup' },
      examples: ['scenario-bot backup /var/backups/bot.tar.gz --store /var/lib/scenario-bot'],
    },
  );
}
