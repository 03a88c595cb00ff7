/**
 * The kernel's own source as Debian ships it, for tests: parts of linux-source-6.1, unpacked into a folder of their own.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const archive = '/usr/src/linux-source-6.1.tar.xz';

/** The name of the package that is missing; null where it is there. */
export const debianSourceAbsent = existsSync(archive) ? null : 'linux-source-6.1';

/**
 * Calls `use` with a folder that holds these paths of the source, which is gone afterwards.
 * @throws Error with what tar says where they cannot be unpacked
 */
export async function withDebianSource(paths: readonly string[], use: (tree: string) => void | Promise<void>) {
  const tree = mkdtempSync(join(tmpdir(), 'linux-6.1-'));
  try {
    const members = paths.map((path) => `linux-source-6.1/${path}`);
    const { status, stderr } = spawnSync('tar', [
      'xJf',
      archive,
      '-C',
      tree,
      '--strip-components=1',
      '--wildcards',
      ...members,
    ]);
    if (status !== 0) throw new Error(stderr.toString());
    await use(tree);
  } finally {
    rmSync(tree, { recursive: true });
  }
}

/** Headers, entry code and the files that say which profiles there are. */
export const entryPaths: readonly string[] = [
  ...['include', 'kernel/trace', 'kernel/asm-offsets.c', 'Kconfig', 'platforms/Kconfig.cputype'].map(
    (path) => `arch/powerpc/${path}`,
  ),
  'include',
];

/** All that a review of a patch of call sites or entry code asks for. */
export const reviewPaths: readonly string[] = [
  ...entryPaths,
  ...['module.c', 'module_64.c', 'module_32.c'].map((name) => `arch/powerpc/kernel/${name}`),
  ...['code-patching.c', 'feature-fixups.c'].map((name) => `arch/powerpc/lib/${name}`),
  ...['ftrace.c', 'trace.h', 'trace_output.h'].map((name) => `kernel/trace/${name}`),
];
