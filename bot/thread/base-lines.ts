/**
 * The lines of a mail that say what its patch was made on: `base-commit:` as git format-patch --base and b4 write it, below
 * the commit message of a patch or in a cover letter. Only lines that hold nothing else count.
 */
import type { Message } from '../mail/message.ts';

const commitsMax = 4;

/** Ids of commits, as the mail has them. */
export function baseCommitsOf(message: Message | null): readonly string[] {
  const found = (message?.body ?? '').matchAll(/^base-commit: ([0-9a-f]{7,40})[ \t]*$/gm);
  return [...found].slice(0, commitsMax).map((match) => match[1] ?? '');
}
