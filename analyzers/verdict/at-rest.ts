/**
 * What a task executes at a place once all is done, for subjects whose places hold instructions that only work on the
 * processor: caches that are flushed, speculation that is stopped. The machine cannot tell whether they are there; so a
 * patch that changes which are executed there is not passed.
 *
 * Example: without the second store of the barrier for e500 a task executes `isync` where it executed `isync; sync`.
 */
import { storesOf, wordsOf } from '../machine/micro-step.ts';
import { layout, type SiteModel } from '../machine/model.ts';
import { preferredNop } from '../power/code.ts';
import { disassemble } from '../power/text.ts';

/** @param path the addresses that a task executes that runs the function alone, when all is done */
export function atRest({ model, site }: SiteModel, path: readonly number[]): string {
  const words = new Map(
    model.texts.flatMap((text) => text.words.map((word, index) => [text.address + 4 * index, word] as const)),
  );
  for (const [address, word] of model.steps.flatMap(storesOf).flatMap(wordsOf)) words.set(address, word);
  const own = new Set(site.own?.map((offset) => layout.site + offset));
  return path
    .filter((address) => own.has(address))
    .map((address) => [words.get(address) ?? 0, address] as const)
    .filter(([word]) => word !== preferredNop)
    .map(([word, address]) => disassemble(word, BigInt(address), words.get(address + 4)))
    .join('; ');
}
