/**
 * A diff's text → its files and hunks, each line with its mail line. parse-diff reads the headers; hunks are cut and counted
 * here first, because it never complains: a hunk whose counts are off makes it swallow what follows. A damaged hunk is
 * dropped with a problem; the hunks and files behind it survive.
 */
import parseDiff from 'parse-diff';
import type { Problem } from '../source/place.ts';
import { splitBody } from './split.ts';

interface HunkLine {
  readonly op: ' ' | '+' | '-';
  readonly text: string;
  /** 1-based line in the decoded mail body. */
  readonly mailLine: number;
}

export interface Hunk {
  readonly oldStart: number;
  readonly oldLines: number;
  readonly newStart: number;
  readonly newLines: number;
  /** Text behind the second `@@`. */
  readonly heading: string;
  /** Mail line of the `@@` line. */
  readonly mailLine: number;
  readonly lines: readonly HunkLine[];
  /** The old or the new text ends without a newline at this hunk. */
  readonly oldNoNewline: boolean;
  readonly newNoNewline: boolean;
}

export interface FilePatch {
  /** null: the file is created. */
  readonly oldPath: string | null;
  /** null: the file is deleted. */
  readonly newPath: string | null;
  readonly kind: 'modify' | 'create' | 'delete' | 'rename' | 'copy' | 'mode' | 'binary';
  /** Abbreviated blob ids of the `index` line; null where it has none. */
  readonly oldBlob: string | null;
  readonly newBlob: string | null;
  readonly hunks: readonly Hunk[];
  /** Mail line of the file's first header line. */
  readonly mailLine: number;
  /** A hunk of the file was dropped: what is left is not the whole change. */
  readonly damaged: boolean;
}

export interface ParsedDiff {
  readonly files: readonly FilePatch[];
  readonly problems: readonly Problem[];
}

/** `line` is in characters; `start` is the highest line number at which a hunk may say it begins. */
const limits = { lines: 200_000, files: 2_000, line: 4_096, start: 200_000 } as const;

/** @param body of a mail, decoded */
export function parseBody(body: string): ParsedDiff {
  const { diff, diffStart } = splitBody(body);
  return parseFiles(diff, diffStart);
}

/** @param diff lines of the diff part; @param diffStart mail line of the first */
export function parseFiles(diff: readonly string[], diffStart: number): ParsedDiff {
  const problems: Problem[] = [];
  if (diff.length > limits.lines) {
    return {
      files: [],
      problems: [
        { kind: 'diff-too-large', text: `the diff has ${diff.length} lines; at most ${limits.lines} are read` },
      ],
    };
  }
  const starts = fileStarts(diff);
  if (starts.length > limits.files)
    problems.push({
      kind: 'diff-too-large',
      text: `only the first ${limits.files} of ${starts.length} files are read`,
    });
  const files = starts
    .slice(0, limits.files)
    .map((start, i) => parseFile(diff.slice(start, starts[i + 1] ?? diff.length), diffStart + start, problems));
  return { files: files.filter((file) => file !== null), problems };
}

/** Lines at which a file begins: headers that do not lie inside a hunk. */
function fileStarts(diff: readonly string[]): number[] {
  const starts: number[] = [];
  let owed = 0;
  let git = false;
  let hunks = 0; // of the file so far
  for (const [at, line] of diff.entries()) {
    const hunk = readHeader(line);
    if (hunk !== null) {
      owed = hunk.oldLines + hunk.newLines;
      hunks++;
    } else if (/^diff --git \S/.test(line) || /^Index: \S/.test(line)) {
      starts.push(at);
      git = true;
      [owed, hunks] = [0, 0];
    } else if (/^--- \S/.test(line) && /^\+\+\+ \S/.test(diff[at + 1] ?? '') && isFileStart(at)) {
      starts.push(at);
      [owed, hunks] = [0, 0];
    } else if (owed > 0) owed -= line.startsWith(' ') || line === '' ? 2 : /^[+-]/.test(line) ? 1 : 0;
  }
  return starts;

  /**
   * Of `--- x` and `+++ y`. With a hunk right behind them they are a header even where a hunk with wrong counts is owed
   * lines; not where they are just what it is owed: `-- x` removed and `++ y` added.
   */
  function isFileStart(at: number): boolean {
    if (!git && owed <= 0) return true;
    const hunkBehind = readHeader(diff[at + 2] ?? '') !== null;
    return hunkBehind && owed !== 2 && (hunks > 0 || starts.length === 0);
  }
}

function parseFile(lines: readonly string[], mailLine: number, problems: Problem[]): FilePatch | null {
  const firstHunk = lines.findIndex((line) => line.startsWith('@@'));
  const header = lines.slice(0, firstHunk < 0 ? lines.length : firstHunk).filter((line) => line.length <= limits.line);
  const hunks: Hunk[] = [];
  let damaged = false;
  if (firstHunk >= 0) {
    for (let at = firstHunk; at < lines.length; ) {
      if (!lines[at]?.startsWith('@@')) {
        at++;
        continue;
      }
      const read = readHunk(lines, at, mailLine);
      if (read.hunk !== null) hunks.push(read.hunk);
      else {
        damaged = true;
        problems.push({ kind: 'damaged-hunk', text: `mail line ${mailLine + at}: ${read.why}; the hunk is left out` });
      }
      at = read.next;
    }
  }
  const names = namesOf(header);
  if (names === null) {
    problems.push({ kind: 'no-file-name', text: `mail line ${mailLine}: a file of the diff has no readable name` });
    return null;
  }
  const parsed = parseDiff(
    `${header.filter((line) => !/^(GIT binary patch|literal|delta)/.test(line)).join('\n')}\n`,
  )[0];
  const index = /^index ([0-9a-f]{7,40})\.\.([0-9a-f]{7,40})/m.exec(header.join('\n'));
  const binary = header.some((line) => /^(GIT binary patch|Binary files )/.test(line));
  const has = (text: string) => header.some((line) => line.startsWith(text));
  const kind = binary
    ? 'binary'
    : parsed?.new === true || names.old === null
      ? 'create'
      : parsed?.deleted === true || names.new === null
        ? 'delete'
        : has('rename from')
          ? 'rename'
          : has('copy from')
            ? 'copy'
            : hunks.length === 0 && !damaged && has('new mode')
              ? 'mode'
              : 'modify';
  if (hunks.length === 0 && !damaged && !binary && (kind === 'modify' || has('+++ '))) {
    damaged = true;
    problems.push({
      kind: 'no-hunk',
      text: `mail line ${mailLine}: a file of the diff has no hunk (was the mail cut?)`,
    });
  }
  const blob = (id: string | undefined) => (id === undefined || /^0+$/.test(id) ? null : id);
  return {
    oldPath: kind === 'create' ? null : names.old,
    newPath: kind === 'delete' ? null : names.new,
    kind,
    oldBlob: blob(index?.[1]),
    newBlob: blob(index?.[2]),
    hunks,
    mailLine,
    damaged,
  };
}

interface Header {
  readonly oldStart: number;
  readonly oldLines: number;
  readonly newStart: number;
  readonly newLines: number;
  readonly heading: string;
}

function readHeader(line: string): Header | null {
  if (line.length > limits.line) return null;
  const match = /^@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@ ?(.*)$/.exec(line);
  if (match === null) return null;
  const [, oldStart, oldLines = '1', newStart, newLines = '1', heading = ''] = match;
  return {
    oldStart: Number(oldStart),
    oldLines: Number(oldLines),
    newStart: Number(newStart),
    newLines: Number(newLines),
    heading,
  };
}

function readHunk(
  lines: readonly string[],
  at: number,
  mailLine: number,
): { hunk: Hunk | null; next: number; why: string } {
  const header = readHeader(lines[at] ?? '');
  if (header === null) return { hunk: null, next: at + 1, why: 'the line of a hunk cannot be read' };
  if (Math.max(header.oldStart, header.newStart) > limits.start)
    return { hunk: null, next: at + 1, why: `the hunk starts beyond line ${limits.start}` };
  const body: HunkLine[] = [];
  let [removed, added] = [header.oldLines, header.newLines];
  let [oldNoNewline, newNoNewline] = [false, false];
  let next = at + 1;
  while (removed > 0 || added > 0 || (lines[next] ?? '').startsWith('\\')) {
    const line = lines[next];
    if (line === undefined)
      return { hunk: null, next, why: `the diff ends ${removed} old and ${added} new lines before the hunk does` };
    if (readHeader(line) !== null)
      return { hunk: null, next, why: `a new hunk starts ${removed} old and ${added} new lines too early` };
    const op = line === '' ? ' ' : line.charAt(0);
    if (op === '\\') {
      const last = body.at(-1)?.op;
      if (last !== '+') oldNoNewline = true;
      if (last !== '-') newNoNewline = true;
      next++;
      continue;
    }
    if (op !== ' ' && op !== '+' && op !== '-')
      return {
        hunk: null,
        next: next + 1,
        why: `line ${mailLine + next} of the mail does not start with a blank, + or - (was it wrapped?)`,
      };
    if (op !== '+') removed--;
    if (op !== '-') added--;
    if (line.length > limits.line)
      return { hunk: null, next: next + 1, why: `line ${mailLine + next} of the mail is longer than ${limits.line}` };
    if (removed < 0 || added < 0)
      return { hunk: null, next: next + 1, why: 'the line counts of the hunk do not fit its lines' };
    body.push({ op, text: line.slice(1), mailLine: mailLine + next });
    next++;
  }
  // A hunk that goes on beyond its counts would be cut short silently.
  if (/^([+-]| \s*\S)/.test(lines[next] ?? '') && !/^(--- |\+\+\+ |-- ?$)/.test(lines[next] ?? '')) {
    return { hunk: null, next: next + 1, why: 'the hunk goes on beyond its line counts' };
  }
  return { hunk: { ...header, mailLine: mailLine + at, lines: body, oldNoNewline, newNoNewline }, next, why: '' };
}

/** Paths from the rename lines, else `---`/`+++`, else `diff --git a/x b/x`. */
function namesOf(header: readonly string[]): { old: string | null; new: string | null } | null {
  const value = (prefix: string) => header.find((line) => line.startsWith(prefix))?.slice(prefix.length);
  const moved = { from: value('rename from ') ?? value('copy from '), to: value('rename to ') ?? value('copy to ') };
  if (moved.from !== undefined && moved.to !== undefined) return { old: unquote(moved.from), new: unquote(moved.to) };
  const [old, fresh] = [value('--- '), value('+++ ')];
  if (old !== undefined && fresh !== undefined) return { old: stripped(old), new: stripped(fresh) };
  const line = header[0] ?? '';
  // A blank in the name: where both sides are the same, the cut is in the middle.
  const git = /^diff --git a\/(.+) b\/(\1)$/.exec(line) ?? /^diff --git (?:"?a\/)(.+?)"? "?b\/(.+?)"?$/.exec(line);
  if (git === null) return null;
  return {
    old: value('new file mode ') === undefined ? unquote(git[1] ?? '') : null,
    new: value('deleted file mode ') === undefined ? unquote(git[2] ?? '') : null,
  };
}

function stripped(name: string): string | null {
  const path = unquote(name.replace(/\t.*$/, '').trimEnd());
  if (path === '/dev/null') return null;
  return path.replace(/^(?:[abiwco12]|linux[^/]*)\//, '');
}

/** C-quoted names: "\303\274.c" is UTF-8 bytes. */
function unquote(name: string): string {
  const quoted = /^"(.*)"$/.exec(name);
  if (quoted === null) return name;
  const bytes: number[] = [];
  const text = quoted[1] ?? '';
  for (let at = 0; at < text.length; at++) {
    const octal = /^\\([0-7]{3})/.exec(text.slice(at));
    if (octal !== null) {
      bytes.push(Number.parseInt(octal[1] ?? '', 8));
      at += 3;
    } else if (text[at] === '\\') {
      at++;
      bytes.push(({ n: 10, t: 9, r: 13 } as Record<string, number>)[text[at] ?? ''] ?? text.charCodeAt(at));
    } else bytes.push(text.charCodeAt(at));
  }
  return new TextDecoder().decode(Uint8Array.from(bytes));
}
