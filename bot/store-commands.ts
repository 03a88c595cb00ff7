/** `import`, `export`, `backup`: what is done with the store while the daemon does not have it. */
import { Command } from 'commander';
import type { StoreChoice } from './store-option.ts';

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
  return command('import', 'Keep the mails of an archive: a clone of a public-inbox, an mbox or a maildir.')
    .argument('<path>', 'the git repository or the directory of its epochs 0.git, 1.git, …; the file; the maildir')
    .addHelpText(
      'after',
      `
Every mail is kept once, whatever list or file it comes by; patches in it are kept, not reviewed. Stopped by ^C or by a
crash, the same command goes on behind the last mails that were kept; when all is read, it adds nothing.
Exit status: 0 all of it, 1 a part could not be read, 2 nothing could be done, 130 stopped.

Example:
  npm run --silent import -- ~/lore/linuxppc-dev --store /var/lib/scenario-bot`,
    )
    .action(async (path: string, choice: StoreChoice) => {
      const { importCommand } = await import('./import-command.ts');
      const stop = new AbortController();
      process.once('SIGINT', () => stop.abort());
      const interactive = process.stderr.isTTY === true;
      process.exitCode = await importCommand({ path, choice, signal: stop.signal, ...streams, interactive });
    });
}

function exporting(): Command {
  return command('export', 'Print everything that is kept, a row a line, as JSON.')
    .addHelpText(
      'after',
      `
Each line is {"table": …, "row": {…}}; the bytes of mails are base64. All of it is as it was at one moment.
Exit status: 0, or 2 where the store cannot be opened, such as while the bot has its directory.

Example:
  npm run --silent bot -- export --store /var/lib/scenario-bot | gzip > export.ndjson.gz`,
    )
    .action(async (choice: StoreChoice) => {
      const { exportCommand } = await import('./export-command.ts');
      const write = (text: string) =>
        new Promise<void>((resolve) => {
          if (process.stdout.write(text)) resolve();
          else process.stdout.once('drain', resolve);
        });
      process.exitCode = await exportCommand({ choice, write, err: streams.err });
    });
}

function backingUp(): Command {
  return command('backup', "Copy the data directory's database into one file.")
    .argument('<file>', 'a .tar.gz; one that is there is replaced')
    .addHelpText(
      'after',
      `
The bot must not have the directory open. A PostgreSQL server is backed up by pg_dump.
Exit status: 0, or 2 where there is no backup.

Example:
  npm run --silent bot -- backup /var/backups/bot.tar.gz --store /var/lib/scenario-bot`,
    )
    .action(async (file: string, choice: StoreChoice) => {
      const { backupCommand } = await import('./backup-command.ts');
      process.exitCode = await backupCommand({ file, choice, ...streams });
    });
}
