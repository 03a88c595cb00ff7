/** `backup`: the data directory's database as one file. A server has its own means, and is told of. */
import { backUp } from './store/backup.ts';
import { chosenPlace, type StoreChoice } from './store-option.ts';

export interface BackupOptions {
  readonly choice: StoreChoice;
  readonly file: string;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** @returns the exit status: 0, or 2 where there is no backup */
export async function backupCommand({ choice, file, out, err }: BackupOptions): Promise<number> {
  const place = chosenPlace('backup', choice, err);
  if (place === null) return 2;
  if (place.kind === 'server') {
    err(`backup: that is a PostgreSQL server: use  pg_dump --format=custom --file=${file} URL  with its URL\n`);
    return 2;
  }
  const problem = await backUp(place.path, file);
  if (problem !== null) {
    err(`backup: ${problem.text}\n`);
    return 2;
  }
  out(`${file} holds the database; to restore it: mkdir -p NEW && tar -xzf ${file} -C NEW\n`);
  return 0;
}
