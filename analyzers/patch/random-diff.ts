/**
 * A unified diff of two texts, for tests: what diff -u prints, made without it, so that any context and any last line can be
 * had.
 */
const none = '\\ No newline at end of file';

/** A line of a diff for every line of both texts: the plainest alignment, by the longest common subsequence. */
function align(old: readonly string[], fresh: readonly string[]): string[] {
  const length = old.map(() => fresh.map(() => 0)).concat([[]]);
  for (let i = old.length - 1; i >= 0; i--)
    for (let j = fresh.length - 1; j >= 0; j--)
      length[i]![j] =
        old[i] === fresh[j]
          ? 1 + (length[i + 1]?.[j + 1] ?? 0)
          : Math.max(length[i + 1]?.[j] ?? 0, length[i]?.[j + 1] ?? 0);
  const out: string[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < fresh.length) {
    if (i < old.length && j < fresh.length && old[i] === fresh[j])
      [out[out.length], i, j] = [` ${old[i]}`, i + 1, j + 1];
    else if (i < old.length && (length[i + 1]?.[j] ?? 0) >= (length[i]?.[j + 1] ?? 0)) out.push(`-${old[i++]}`);
    else if (j < fresh.length) out.push(`+${fresh[j++]}`);
    else out.push(`-${old[i++]}`);
  }
  return out;
}

/** A unified diff, with a hunk for every stretch of changes that are at most twice the context apart. */
export function unified(old: string, fresh: string, context: number): string[] {
  const cut = (text: string) =>
    text === ''
      ? []
      : text
          .replace(/\n$/, '')
          .split('\n')
          .map((line, at, all) => (at === all.length - 1 && !text.endsWith('\n') ? `${line}\n${none}` : line));
  const all = align(cut(old), cut(fresh));
  const near = all.map((_, at) =>
    all.slice(Math.max(0, at - context), at + context + 1).some((line) => !line.startsWith(' ')),
  );
  const out: string[] = [];
  let [oldAt, newAt] = [0, 0];
  for (let at = 0; at < all.length; ) {
    if (!near[at]) {
      [oldAt, newAt, at] = [oldAt + 1, newAt + 1, at + 1];
      continue;
    }
    const end = near.indexOf(false, at);
    const hunk = all.slice(at, end < 0 ? all.length : end);
    const [oldLines, newLines] = ['+', '-'].map((other) => hunk.filter((line) => !line.startsWith(other)).length);
    out.push(
      `@@ -${oldAt + (oldLines ? 1 : 0)},${oldLines} +${newAt + (newLines ? 1 : 0)},${newLines} @@`,
      ...hunk.join('\n').split('\n'),
    );
    [oldAt, newAt, at] = [oldAt + oldLines!, newAt + newLines!, at + hunk.length];
  }
  return out;
}
