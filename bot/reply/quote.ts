/**
 * What is quoted of a patch: the hunk's heading and the lines around the guilty one, exact, with `[ ... ]` where something
 * is left out. No line numbers of ours: they differ from tree to tree.
 */

const linesBefore = 7;
const linesAfter = 3;

/**
 * @param body the decoded mail body
 * @param mailLine 1-based line of `body`, inside a hunk
 */
export function quoteHunk(body: string, mailLine: number): string[] {
  const lines = body.split('\n');
  const at = mailLine - 1;
  const heading = lines.findLastIndex((line, i) => i < at && /^@@ -\d/.test(line));
  if (heading < 0) return [];
  const file = lines.findLastIndex((line, i) => i < heading && /^(diff --git |Index: )/.test(line));
  const from = Math.max(heading + 1, at - linesBefore);
  const to = endOfStatement(lines, at);
  return [
    ...(file < 0 ? [] : [`> ${lines[file]}`, '[ ... ]']),
    `> ${lines[heading]}`,
    ...(from > heading + 1 ? ['[ ... ]'] : []),
    ...lines.slice(from, to + 1).map((line) => `> ${line}`.trimEnd()),
  ];
}

/** The line on which the statement ends that starts on a line. */
function endOfStatement(lines: readonly string[], at: number): number {
  for (let i = at; i < Math.min(lines.length, at + linesAfter); i++) if (/[;{}]\s*$/.test(lines[i] ?? '')) return i;
  return at;
}

/** A mail's attribution line. */
export const attribution = (date: Date | null, name: string): string =>
  date === null ? `${name} wrote:` : `On ${date.toUTCString().replace(/ \d\d:.*/, '')}, ${name} wrote:`;
