/**
 * A Message-ID as people write one: with or without its brackets, or in a link to an archive. Of a link the id alone is taken, and
 * its host is asked for nothing.
 *
 * Example: `https://lore.kernel.org/linuxppc-dev/a%2Fb@example.org/T/#u` is `a/b@example.org`.
 */
export function messageIdIn(text: string): { readonly id: string | null; readonly problem: string | null } {
  const given = text.trim();
  const link = /^<?(https?:\/\/[^>]*)>?$/i.exec(given)?.[1];
  const id = link === undefined ? given.replace(/^(?:mid:)?<?([^<>]*)>?$/i, '$1') : idInLink(link);
  if (id === null) return none(`${shown(given)} names no mail; give a link such as https://lore.kernel.org/r/MSGID/`);
  if (!/^[^\s<>\p{Cc}]+$/u.test(id) || id.length > idMost || !id.isWellFormed())
    return none(`${shown(given)} is no Message-ID; give what stands between < and > in the mail's Message-ID header`);
  return { id, problem: null };
}

const idMost = 998;
const none = (problem: string) => ({ id: null, problem });
const shown = (text: string) => JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);

/** The first part of the path that has an `@`; of an id without one, what comes behind the inbox. */
function idInLink(link: string): string | null {
  const path = /^https?:\/\/[^/?#]+\/([^?#]*)/i.exec(link)?.[1] ?? '';
  const parts = path.split('/').map(decoded).filter(Boolean);
  return parts.find((part) => part.includes('@')) ?? (parts.length > 1 ? (parts[1] ?? null) : null);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
