/**
 * A file before and after → the change between them, as git prints it: for patches of our own making.
 */
import { createTwoFilesPatch } from 'diff';

export function gitDiff(path: string, before: string, after: string): string {
  const [from, to] = [`a/${path}`, `b/${path}`];
  const patch = createTwoFilesPatch(from, to, before, after, undefined, undefined, { context: 3 });
  // Ahead of the names it has a line of its own, and a rule.
  return `diff --git ${from} ${to}\n${patch.slice(patch.indexOf('--- '))}`;
}
