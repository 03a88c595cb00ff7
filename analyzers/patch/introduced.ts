/**
 * Kconfig symbols that a patch brings with it: nothing says how they are set, so the patched source is read both ways.
 *
 * Example: an added line `config PPC_NEW_STUBS` introduces PPC_NEW_STUBS; `config HAVE_…` follows from the architecture.
 */
import type { FilePatch } from './diff.ts';

/** Symbols that follow from compiler and architecture: a profile sets them, or no kernel has them with it. */
const decidedElsewhere = /^(ARCH|HAVE)_|PATCHABLE|OUT_OF_LINE|MPROFILE|_ABI_/;

/** Kconfig symbols on added lines and on no other: new with this patch, as far as the mail shows. */
export function introducedSymbols(files: readonly FilePatch[]): string[] {
  const symbols = (op: '+' | ' ' | '-') =>
    new Set(
      files.flatMap((file) =>
        file.hunks.flatMap((hunk) =>
          hunk.lines.flatMap((line) =>
            line.op === op ? [...line.text.matchAll(/^config (\w+)/g)].map((match) => match[1] ?? '') : [],
          ),
        ),
      ),
    );
  const [added, kept, removed] = [symbols('+'), symbols(' '), symbols('-')];
  return [...added]
    .filter((symbol) => !kept.has(symbol) && !removed.has(symbol) && !decidedElsewhere.test(symbol))
    .slice(0, 2);
}
