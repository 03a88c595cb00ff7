/** An older version of the program, by a revision of this clone: its files in a folder, with the packages that it asks for. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Settings } from '../settings/schema.ts';
import { migrations } from '../store/migrations/all.ts';

const root = join(import.meta.dirname, '../..');
const wholeMost = 512 << 20;

export interface Version {
  /** For people. */
  readonly name: string;
  readonly program: string;
  readonly defaults: Settings;
}

/** @throws Error in words, where there is no such version or the two cannot run beside each other */
export function olderVersion(revision: string, folder: string): Version {
  const run = (command: string, args: readonly string[], cwd: string, input?: Buffer): Buffer => {
    const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, input, maxBuffer: wholeMost });
    if (status !== 0) throw new Error(`${command} ${args[0]}: ${error?.message ?? stderr.toString().trim()}`);
    return stdout;
  };
  const name = run('git', ['rev-parse', '--short', '--verify', `${revision}^{commit}`], root)
    .toString()
    .trim();
  mkdirSync(folder, { recursive: true });
  run('tar', ['-x'], folder, run('git', ['archive', name], root));
  const known = newestSchema(folder);
  const needed = Math.max(known, ...migrations.filter(({ number }) => number > known).map(oldestOf));
  if (needed > known)
    throw new Error(
      `${revision} knows schema ${known}, and this version works beside none that does not know ${needed}: all processes are stopped for such an upgrade`,
    );
  const lock = (of: string) => readFileSync(join(of, 'package-lock.json'), 'utf8');
  if (lock(folder) === lock(root)) symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  else run('npm', ['ci', '--ignore-scripts'], folder);
  const defaults: Settings = parse(readFileSync(join(folder, 'config/defaults.yaml'), 'utf8'));
  return { name, program: join(folder, 'bot/main.ts'), defaults };
}

const oldestOf = ({ number, oldest = number }: (typeof migrations)[number]) => oldest;

/** By the names of its migrations. */
function newestSchema(folder: string): number {
  const numbers = readdirSync(join(folder, 'bot/store/migrations')).map((file) =>
    Number(/^\d{4}/.exec(file)?.[0] ?? 0),
  );
  return Math.max(...numbers);
}
