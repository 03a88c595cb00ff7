/**
 * The files of a PGlite database as a tarball, written as they are read: with the directory locked nobody changes them, and what
 * a crash left to be done is done when the copy is opened. To restore is to unpack: `tar -xzf FILE -C DIRECTORY`.
 */
import { createReadStream, createWriteStream, existsSync, globSync, lstatSync, renameSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';
import type { Problem } from '../../analyzers/source/place.ts';
import { lockDirectory } from './directory-lock.ts';
import { databaseIn } from './pglite.ts';

/** @returns why there is no backup; null where `file` is one. A file that is there already is replaced when the new one is whole. */
export async function backUp(directory: string, file: string): Promise<Problem | null> {
  if (!existsSync(databaseIn(directory)))
    return { kind: 'no-database', text: `there is no database in ${directory}: give the data directory` };
  const { lock, problem } = await lockDirectory(directory, 'backup');
  if (problem !== null) return problem;
  const unfinished = `${file}.new`;
  try {
    const tarball = pack();
    const written = pipeline(tarball, createGzip({ level: 1 }), createWriteStream(unfinished, { mode: 0o600 }));
    await Promise.all([written, packAll(directory, tarball)]);
    renameSync(unfinished, file);
    return null;
  } catch (error) {
    rmSync(unfinished, { force: true });
    return { kind: 'no-backup', text: `${file} cannot be written (${(error as Error).message})` };
  } finally {
    await lock.release();
  }
}

async function packAll(directory: string, tarball: ReturnType<typeof pack>): Promise<void> {
  const database = databaseIn(directory);
  const paths = globSync('**', { cwd: database }).filter((path) => path !== '.');
  for (const path of ['', ...paths.sort()]) {
    const whole = join(database, path);
    const name = relative(directory, whole);
    const stat = lstatSync(whole);
    if (stat.isDirectory()) tarball.entry({ name, type: 'directory', mode: 0o700, mtime: stat.mtime });
    if (!stat.isFile()) continue;
    const entry = tarball.entry({ name, size: stat.size, mode: 0o600, mtime: stat.mtime });
    await pipeline(createReadStream(whole), entry);
  }
  tarball.finalize();
}
