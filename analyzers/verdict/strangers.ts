/**
 * Functions that only the patched source calls, and that it does not hold. What goes wrong in its runs may be what they are
 * for; a word that is not written where it was may be written there.
 *
 * Example: a patch notes each word in a batch of its own, and writes them in a file that is not read.
 */
import type { Protocol } from '../protocol/protocol.ts';

interface BothSides {
  readonly before: readonly Protocol[];
  readonly after: readonly Protocol[];
}

/** By what `kernelOf` says, one of them; from a mail alone what it leaves out is taken to serve its purpose. */
export function strangersOf(
  { before, after }: BothSides,
  kernelOf: (protocol: Protocol) => string,
): ReadonlyMap<string, string> {
  const known = new Set(before.flatMap(({ unknownFunctions = [] }) => unknownFunctions));
  const found = after
    .filter(({ evidence }) => evidence === 'tree')
    .flatMap((protocol) => (protocol.unknownFunctions ?? []).map((name) => [kernelOf(protocol), name] as const));
  return new Map(found.filter(([, name]) => !known.has(name)));
}
