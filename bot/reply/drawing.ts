/**
 * What the drawings of a reply share: an instruction with a remark behind it, in a column of its own.
 */

/** An indented line of code with an arrow and a remark. */
export const withNote = (text: string, note: string) => `\t${text}${padding(text)}<-- ${note}`;

/** Tabs up to the column of the arrows, 24 columns behind the first word's. */
function padding(text: string): string {
  const width = [...text].reduce((column, char) => (char === '\t' ? (Math.floor(column / 8) + 1) * 8 : column + 1), 0);
  return '\t'.repeat(Math.max(1, Math.ceil((32 - width) / 8)));
}
