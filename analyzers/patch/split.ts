/**
 * A patch mail's body, cut as `git mailinfo` cuts it: commit message, `---`, notes, diff, signature. Only the diff goes on to
 * a diff parser: prose and samples in a commit message look like diffs, too.
 *
 * Lines are counted in the decoded body from 1; every part keeps the number of its first line.
 */

export interface BodyParts {
  readonly message: string;
  readonly notes: string;
  /** Lines of the diff; `diffStart` is the mail line of the first one. Empty where the mail has no diff. */
  readonly diff: readonly string[];
  readonly diffStart: number;
}

/** Longest line that is read as part of a diff header, in characters (parse-diff is quadratic beyond). */
const headerMax = 4096;

export function splitBody(body: string): BodyParts {
  const lines = body.replace(/\r\n?/g, '\n').split('\n');
  // Behind the last newline is no line: in a hunk that was cut it would pass for an empty one.
  if (lines.length > 1 && lines.at(-1) === '') lines.pop();
  const separator = separatorOf(lines);
  const start = diffStartOf(lines, separator + 1);
  const end = start < 0 ? lines.length : signatureOf(lines, start);
  return {
    message: lines.slice(0, separator < 0 ? (start < 0 ? lines.length : start) : separator).join('\n'),
    notes: separator < 0 ? '' : lines.slice(separator + 1, start < 0 ? lines.length : start).join('\n'),
    diff: start < 0 ? [] : lines.slice(start, end),
    diffStart: start < 0 ? 0 : start + 1,
  };
}

/** The first `---` line, as for git, if a diff follows at all. */
function separatorOf(lines: readonly string[]): number {
  const first = lines.findIndex((line) => /^---\s*$/.test(line));
  return first >= 0 && diffStartOf(lines, first + 1) >= 0 ? first : -1;
}

/** A diff starts at `diff --git`, or at `--- path` with `+++ path` and a hunk right behind it. */
function diffStartOf(lines: readonly string[], from: number): number {
  for (let at = Math.max(0, from); at < lines.length; at++) {
    const line = lines[at] ?? '';
    if (line.length > headerMax) continue;
    if (/^diff --git \S/.test(line) && hasFileBehind(lines, at + 1)) return at;
    if (/^--- \S/.test(line) && /^\+\+\+ \S/.test(lines[at + 1] ?? '') && /^@@ -\d/.test(lines[at + 2] ?? ''))
      return at;
    if (/^Index: \S/.test(line) && /^=+$/.test(lines[at + 1] ?? '')) return at;
  }
  return -1;
}

function hasFileBehind(lines: readonly string[], at: number): boolean {
  return /^(index [0-9a-f]+\.\.|old mode|new mode|new file mode|deleted file mode|similarity index|dissimilarity index|rename from|copy from|--- )/.test(
    lines[at] ?? '',
  );
}

/** `-- ` alone on a line, where no hunk is still owed lines: a removed SQL comment is not a signature. */
function signatureOf(lines: readonly string[], from: number): number {
  let removed = 0;
  let added = 0;
  for (let at = from; at < lines.length; at++) {
    const line = lines[at] ?? '';
    const hunk = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(line);
    if (hunk !== null) {
      removed = Number(hunk[1] ?? 1);
      added = Number(hunk[2] ?? 1);
      continue;
    }
    if (removed <= 0 && added <= 0 && /^-- ?$/.test(line)) return at;
    if (line.startsWith('-') || line.startsWith(' ') || line === '') removed--;
    if (line.startsWith('+') || line.startsWith(' ') || line === '') added--;
  }
  return lines.length;
}
