/**
 * Which headers of the kernel are read. A unit of ftrace includes some hundred headers and needs a dozen of them; the
 * rest is macros that prelude.ts says in one line each. The one idea: a short allow-list, plus every header that the
 * patch touches or creates, so that what a patch changes is never hidden behind a shim of ours.
 *
 * Example: `#include <asm/code-patching.h>` is arch/powerpc/include/asm/code-patching.h; `#include <linux/sched.h>` is
 * passed over, unless the patch touches include/linux/sched.h.
 */
import type { Resolve } from '../source/reading.ts';

/** Text of a path of the tree, null where the tree does not hold it. */
export type Read = (path: string) => string | null;

export interface SourceText {
  readonly file: string;
  readonly text: string;
}

/** Headers that define words, records and flags of call sites; each reads well without the headers it includes itself. */
const allowed: ReadonlySet<string> = new Set([
  'asm/asm-compat.h',
  'asm/asm-const.h',
  'asm/code-patching.h',
  'asm/disassemble.h',
  'asm/ftrace.h',
  'asm/inst.h',
  'asm/module.h',
  'asm/ppc-opcode.h',
  'asm/reg.h',
  'asm/text-patching.h',
  'asm/types.h',
  'asm-generic/text-patching.h',
  'linux/ftrace.h',
  'linux/sizes.h',
]);

const systemFolders = [
  'arch/powerpc/include',
  'arch/powerpc/include/uapi',
  'include',
  'include/uapi',
  'arch/powerpc/include/generated',
] as const;

/** @param touched paths that the patch touches or creates; a header among them is read wherever it is included */
export function resolverOf(read: Read, touched: ReadonlySet<string>): Resolve {
  return (path, form, from) => {
    const candidates = form === 'quoted' ? [beside(from, path), ...systemPaths(path)] : systemPaths(path);
    for (const candidate of candidates) {
      const quoted = form === 'quoted' && candidate === candidates[0];
      if (!quoted && !allowed.has(path) && !touched.has(candidate)) continue;
      const text = read(candidate);
      if (text !== null) return { file: candidate, text };
    }
    return null;
  };
}

/** Every header that the tree holds, as assembly needs them: what it says in macros no shim of ours says. */
export function treeResolver(read: Read): Resolve {
  return (path, form, from) => {
    for (const candidate of [...(form === 'quoted' ? [beside(from, path)] : []), ...systemPaths(path)]) {
      const text = read(candidate);
      if (text !== null) return { file: candidate, text };
    }
    return null;
  };
}

/** A missing `asm/x.h` is asm-generic's. */
function systemPaths(path: string): string[] {
  const paths = systemFolders.map((folder) => `${folder}/${path}`);
  if (path.startsWith('asm/')) paths.push(`include/asm-generic/${path.slice('asm/'.length)}`);
  return paths;
}

/** `path` seen from the folder of `from`, `..` resolved; outside the tree it is left unresolved and so never found. */
function beside(from: string, path: string): string {
  const parts = from.split('/').slice(0, -1);
  for (const part of path.split('/')) {
    if (part === '..') {
      if (parts.length === 0) return path;
      parts.pop();
    } else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}
