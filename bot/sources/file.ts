/**
 * What is asked of a file of a tree wherever it lies: a path that stays inside, a size that can be read, the id git gives it.
 */
import { createHash } from 'node:crypto';
import { isAbsolute, normalize, sep } from 'node:path';

export const fileBytesMax = 8 << 20;

export function isSafePath(path: string): boolean {
  const normal = normalize(path);
  return (
    path !== '' &&
    !path.includes('\0') &&
    !isAbsolute(path) &&
    normal !== '..' &&
    !normal.startsWith(`..${sep}`) &&
    !normal.split(sep).includes('.git')
  );
}

/** The id git gives a file with this text, or with these bytes. */
export function blobId(content: string | Buffer): string {
  const bytes = Buffer.from(content);
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}
