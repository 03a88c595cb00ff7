/**
 * A kernel tree in a folder: its tracer entry files, and headers as the build would find them.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import type { Resolve } from '../../analyzers/source/reading.ts';

export const folderReader =
  (tree: string) =>
  (path: string): string | null => {
    const inside = join(tree, normalize(join('/', path)));
    return existsSync(inside) ? readFileSync(inside, 'utf8') : null;
  };

/** Every header the tree holds. A missing `asm/x.h` is asm-generic's. */
export function everyHeader(read: (path: string) => string | null): Resolve {
  return (path, form, from) => {
    const folders = ['arch/powerpc/include', 'include', 'arch/powerpc/include/uapi', 'include/uapi'];
    const candidates = [
      ...(form === 'quoted' ? [join(from, '..', path)] : []),
      ...folders.map((folder) => `${folder}/${path}`),
      ...(path.startsWith('asm/') ? [`include/asm-generic/${path.slice('asm/'.length)}`] : []),
    ];
    for (const file of candidates) {
      const text = read(file);
      if (text !== null) return { file, text };
    }
    return null;
  };
}

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
