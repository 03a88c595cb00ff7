/**
 * Functions that a patch gives another name: a removed and an added signature with the same parameters in one hunk. From
 * a mail alone this is what ties a new name to the function we have a model of.
 *
 * Example: `-__ftrace_replace_code(struct dyn_ftrace *rec, int enable)` / `+ftrace_replace_code_rec(struct dyn_ftrace *rec,
 * int enable)` renames the former to the latter.
 */
import type { FilePatch } from './diff.ts';

/** Old names by new ones. */
export function renamedFunctions(files: readonly FilePatch[]): ReadonlyMap<string, string> {
  const renamed = new Map<string, string>();
  for (const { lines } of files.flatMap((file) => file.hunks)) {
    const signatures = (op: '+' | '-') =>
      lines.filter((line) => line.op === op).flatMap(({ text }) => signatureOf(text));
    const [old, added] = [signatures('-'), signatures('+')];
    const stays = (name: string) => [old, added].every((side) => side.some((signature) => signature.name === name));
    const fresh = added.filter(({ name }) => !stays(name));
    for (const removed of old.filter(({ name }) => !stays(name))) {
      const twin = fresh.findIndex(({ parameters }) => parameters === removed.parameters);
      // Each new name is given once.
      for (const { name } of twin < 0 ? [] : fresh.splice(twin, 1)) renamed.set(name, removed.name);
    }
  }
  return renamed;
}

/** A function's name and parameters where a definition starts: at column 0, without a semicolon. */
function signatureOf(text: string): { name: string; parameters: string }[] {
  const match = /^(?:[A-Za-z_][\w\s*]*[\s*])?([A-Za-z_]\w*)(\([^;]*)$/.exec(text);
  return match === null ? [] : [{ name: match[1] ?? '', parameters: (match[2] ?? '').replace(/[\s{]*$/, '') }];
}
