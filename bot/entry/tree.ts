/**
 * A kernel tree in a folder: its text by path, and its tracer entry files.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';

export const folderReader =
  (tree: string) =>
  (path: string): string | null => {
    const inside = join(tree, normalize(join('/', path)));
    return existsSync(inside) ? readFileSync(inside, 'utf8') : null;
  };

/** Tracer entry code of the versions from v4.19 on. */
export const entryFiles: readonly string[] = [
  'ftrace_entry.S',
  'ftrace_mprofile.S',
  'ftrace_64_mprofile.S',
  'ftrace_64_pg_entry.S',
  'ftrace_64_pg.S',
  'ftrace_low.S',
  'ftrace_64.S',
  'ftrace_32.S',
].map((name) => `arch/powerpc/kernel/trace/${name}`);
