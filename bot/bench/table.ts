/**
 * Figures as text: a plain table, and numbers as short as they mean something.
 */

/** The first column stands left, the others right. */
export function printRow(widths: readonly number[], cells: readonly string[]): string {
  const padded = cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)));
  return padded.join('  ').trimEnd();
}

/** Three digits that count: 0.0123, 1.23, 123, 12345. */
export function short(number: number): string {
  if (number === 0) return '0';
  const decimals = Math.max(0, Math.min(4, 2 - Math.floor(Math.log10(number))));
  return number.toFixed(decimals);
}
