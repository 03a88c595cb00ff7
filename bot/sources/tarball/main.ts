/**
 * Unpacks a tarball in a process of its own, for trees are read synchronously: words in, what is wrong out, progress on
 * standard error.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isNeeded } from './needed.ts';
import { unpack } from './unpack.ts';

export interface UnpackJob {
  readonly archive: string;
  readonly bytes: number;
  /** Gets `files/` and `members.json`. */
  readonly folder: string;
  /** The one folder of the tree to unpack; null for all that is needed at once. */
  readonly only: string | null;
  /** As people know it. */
  readonly name: string;
}

const job: UnpackJob = JSON.parse(process.argv[2] ?? '');
const interactive = process.stderr.isTTY === true;
let told = -1;
const folderOf = (path: string) => path.slice(0, Math.max(0, path.lastIndexOf('/')));
const { members, problem } = await unpack(
  { ...job, folder: join(job.folder, 'files') },
  (path) => (job.only === null ? isNeeded(path) : folderOf(path) === job.only),
  (share) => {
    const percent = Math.floor(share * 100);
    if (percent === told || (!interactive && told >= 0)) return;
    told = percent;
    const what = `unpacking ${job.only ?? 'parts'} of ${job.name}, once`;
    process.stderr.write(interactive ? `\r\u001b[K${what}: ${percent} %` : `${what}\n`);
  },
);
if (interactive) process.stderr.write('\r\u001b[K');
if (problem === null) writeFileSync(join(job.folder, 'members.json'), JSON.stringify(members));
process.stdout.write(JSON.stringify({ problem }));
