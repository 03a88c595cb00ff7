/**
 * What was unpacked of a tarball, in a cache folder that is named by the tarball's size, date and both ends. A folder appears
 * there when it is whole, by being renamed.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { UnpackJob } from './main.ts';
import { neededVersion } from './needed.ts';

/** The folder is there afterwards, whole, or not at all. @returns what is wrong with the tarball */
export function unpackInto(folder: string, job: Omit<UnpackJob, 'folder' | 'bytes'>): string | null {
  if (existsSync(folder)) return null;
  mkdirSync(dirname(folder), { recursive: true, mode: 0o700 });
  removeLeftOvers(dirname(folder));
  const work = mkdtempSync(`${folder}.tmp-`);
  try {
    const whole: UnpackJob = { ...job, bytes: statSync(job.archive).size, folder: work };
    const { stdout, status, error } = spawnSync(
      process.execPath,
      [join(import.meta.dirname, 'main.ts'), JSON.stringify(whole)],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
    );
    if (status !== 0) return error?.message ?? 'unpacking it was stopped';
    const { problem }: { problem: string | null } = JSON.parse(stdout);
    if (problem !== null) return problem;
    if (!existsSync(join(work, 'files'))) return 'it holds nothing of a kernel tree';
    rename(work, folder);
    return null;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Another process may have been faster, and has the same. */
function rename(work: string, folder: string): void {
  try {
    renameSync(work, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}

/** Of processes that were killed, a day ago or earlier. */
function removeLeftOvers(parent: string): void {
  const dayMs = 86_400_000;
  for (const entry of readdirSync(parent)) {
    const path = join(parent, entry);
    if (entry.includes('.tmp-') && Date.now() - statSync(path).mtimeMs > dayMs)
      rmSync(path, { recursive: true, force: true });
  }
}

/** Both ends tell one tarball from another that was made at the same time: the last block of xz has the sizes of all. */
export function identityOf(archive: string): string {
  const { size, mtimeMs } = statSync(archive);
  const hash = createHash('sha256').update(`${size} ${mtimeMs} ${neededVersion}`);
  const file = openSync(archive, 'r');
  try {
    const end = Buffer.alloc(Math.min(size, 1 << 16));
    for (const at of [0, size - end.length]) {
      readSync(file, end, 0, end.length, at);
      hash.update(end);
    }
  } finally {
    closeSync(file);
  }
  return hash.digest('hex').slice(0, 32);
}
