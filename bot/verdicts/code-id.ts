/**
 * Which program made a verdict: a hash over the text of every file that judging a patch can reach by its imports, and over the
 * versions of the packages they use. Nobody has to remember to raise it: a changed character is another program, and files
 * that judging does not reach, such as those of the pages, may change.
 */
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '../..');
/** With what it is called as in the running program: sources, or what they were compiled to. */
const extension = import.meta.filename.slice(import.meta.filename.lastIndexOf('.'));

/**
 * Of what judges patches. Read as the program is loaded, not when it is first asked for: a process runs the code that it started
 * with, also where that was replaced meanwhile, and what it keeps must not look as if the new one had said so.
 */
const known = idOfCode('bot/review');
export const codeId = (): string => known;

/** The files that count, as paths below the root. */
export const codeFiles = (entry: string): readonly string[] =>
  [...filesBehind(`${join(root, entry)}${extension}`).keys()].map((file) => file.slice(root.length + 1)).sort();

/** @param entry path of a module below the root, without its extension */
export function idOfCode(entry: string): string {
  const files = filesBehind(`${join(root, entry)}${extension}`);
  const hash = createHash('sha256').update(process.versions.v8);
  // Bundled, or elsewhere than it should be: then nothing is known of it, and nothing is found that another process kept.
  if (files.size < 2) return hash.update(randomUUID()).digest('hex');
  for (const [file, text] of [...files].sort(([a], [b]) => (a < b ? -1 : 1)))
    hash.update(JSON.stringify([file.slice(root.length), text]));
  return hash.update(packages()).digest('hex');
}

/** With exact versions, as package.json has them; a package has it beside what was compiled as well. */
function packages(): string {
  return JSON.stringify(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).dependencies);
}

/** A module and all that it imports of this program, by path. */
function filesBehind(entry: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  const open = [entry];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (files.has(file) || !existsSync(file)) continue;
    const text = readFileSync(file, 'utf8');
    files.set(file, text);
    for (const [, path = ''] of text.matchAll(/\b(?:from|import)\b[\s(]*["'](\.[^"'\n]+)["']/g))
      open.push(join(dirname(file), path));
  }
  return files;
}
