/**
 * Where a definition that could not be read ends. The one idea: braces are trusted as long as they agree with the
 * layout; kernel style closes definitions with `}` in column 0 and starts new ones there, so a brace too few or too
 * many spoils one function and not the file.
 *
 * Example: behind `int f(void)⏎{⏎\tif (x {⏎}⏎int g(void)` the end is the `}` in column 0.
 */
import { type Cursor, isIdentifier } from './parse-cursor.ts';
import { specifierWords } from './parse-names.ts';
import { startsColumnZero, type Token } from './token.ts';

/** Index behind the definition that starts at `start`. */
export function behindDefinition(cursor: Cursor, start: number): number {
  const { tokens } = cursor;
  let depth = 0;
  // A body whose `{` stands in column 0 ends with a `}` there, whatever the braces between say.
  let byLayout = false;
  for (let index = start; index < tokens.length; index++) {
    const token = tokens[index];
    if (token === undefined) break;
    if (index > start && depth > 0 && startsDefinition(token, tokens[index + 1])) return index;
    if (token.text === '{') {
      byLayout ||= depth === 0 && startsColumnZero(token);
      depth++;
    } else if (token.text === '}') {
      depth = startsColumnZero(token) ? 0 : Math.max(depth - 1, byLayout ? 1 : 0);
      if (depth === 0) {
        const next = tokens[index + 1];
        if (next === undefined || next.atLineStart) return index + 1;
      }
    } else if (token.text === ';' && depth === 0) return index + 1;
  }
  return tokens.length;
}

/** In column 0 and no label: the next definition, so braces before it were left open. */
function startsDefinition(token: Token, next: Token | undefined): boolean {
  if (!startsColumnZero(token) || token.kind !== 'name' || next === undefined) return false;
  if (specifierWords.has(token.text)) return true;
  return isIdentifier(token) && (isIdentifier(next) || specifierWords.has(next.text));
}
