/**
 * The lines of a mail that say what its patch was made on: `base-commit:` and `prerequisite-…:` as git format-patch --base and
 * b4 write them, and `Depends-on:` with one Message-ID or one link to a mail. Only lines that hold nothing else count, and
 * nothing is guessed: prose that speaks of another series names no prerequisite.
 */
import type { Message } from '../mail/message.ts';

export interface Prerequisite {
  readonly kind: 'patch-id' | 'message-id' | 'change-id';
  readonly id: string;
}

const limits = { commits: 4, prerequisites: 64 } as const;

/** Ids of commits, as the mails of a series have them: each is looked for, and may be a tree to apply all of the series to. */
export function baseCommitsOf(messages: readonly (Message | null)[]): readonly string[] {
  const found = messages.flatMap((message) =>
    [...(message?.body ?? '').matchAll(/^base-commit: ([0-9a-f]{7,40})[ \t]*$/gm)].slice(0, limits.commits),
  );
  return [...new Set(found.map((match) => match[1] ?? ''))].slice(0, limits.commits);
}

const link = String.raw`https?:\/\/(?:lore\.kernel\.org|patch\.msgid\.link)\/(?:[\w.-]+\/)?([^\/\s@<>]+@[^\/\s@<>]+)\/?(?:[tT]\/?)?(?:#\w+)?`;
const rows: readonly (readonly [Prerequisite['kind'], RegExp])[] = [
  ['patch-id', /^prerequisite-patch-id: ([0-9a-f]{40})$/],
  ['message-id', /^prerequisite-message-id: <?([^<>\s]+@[^<>\s]+?)>?$/],
  ['change-id', /^prerequisite-change-id: ([\w.:-]+)$/],
  ['message-id', /^(?:depends[- ]on|prerequisites?): ?<([^<>\s]+@[^<>\s]+)>$/i],
  ['message-id', new RegExp(`^(?:depends[- ]on|prerequisites?): ?<?${link}>?$`, 'i')],
];

/** In the order that they stand in, which is the order to apply them in. */
export function prerequisitesOf(message: Message | null): readonly Prerequisite[] {
  const found = new Map<string, Prerequisite>();
  for (const line of (message?.body ?? '').split('\n')) {
    if (!/^(?:depends|prerequisite)/i.test(line) || line.length > 1_000) continue;
    for (const [kind, pattern] of rows) {
      const match = pattern.exec(line.trimEnd());
      if (match !== null) found.set(`${kind} ${match[1]}`, { kind, id: plain(match[1] ?? '') });
    }
  }
  return [...found.values()].slice(0, limits.prerequisites);
}

/** Of a link: `%2B` is a plus. */
function plain(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}
