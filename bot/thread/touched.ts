/** Which of the files that matter a mail's patch touches, told from its decoded text: cheap enough to be asked of every mail. */
import { parseBody } from '../../analyzers/patch/diff.ts';
import { isRelevant, relevantFiles } from '../../analyzers/patch/relevant.ts';

/** null for no patch, or none that touches one; none for a diff that names one and cannot be read. */
export function relevantPaths(body: string): readonly string[] | null {
  // Names are looked for first: to read a diff costs more.
  if (!namesRelevant(body)) return null;
  const { files } = parseBody(body);
  const paths = relevantFiles(files).flatMap(({ oldPath, newPath }) => [oldPath, newPath]);
  return paths.length > 0 || files.length === 0 ? [...new Set(paths.filter((path) => path !== null))] : null;
}

/** In the lines of a diff that name files. */
export function namesRelevant(text: string): boolean {
  for (const match of text.matchAll(/^(?:--- |\+\+\+ |rename from |rename to )(?:[abciow12]\/)?(\S+)/gm))
    if (isRelevant(match[1] ?? '')) return true;
  return false;
}
