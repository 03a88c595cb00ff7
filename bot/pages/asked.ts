/**
 * What somebody typed into the search: the Message-ID of one mail, as it stands or in a link to an archive; else words. Enough of
 * a domain makes the difference between a Message-ID and the address of an author.
 *
 * Example: `<20190627.1@bot.example.org>` and `https://lore.kernel.org/all/20190627.1@bot.example.org/T/#u` are the same mail.
 */
/** With or without its angle brackets. */
export const bareMessageId = (text: string): string => text.trim().replace(/^<(.*)>$/s, '$1');

export function messageIdIn(text: string): string | null {
  const typed = text.trim();
  if (/\s/.test(typed)) return null;
  if (/^https?:\/\//i.test(typed)) return inLink(typed);
  const id = bareMessageId(typed);
  return /^[^@<>]+@[^@<>]+$/.test(id) && (id !== typed || /\d/.test(id)) ? id : null;
}

function inLink(link: string): string | null {
  try {
    const segments = new URL(link).pathname.split('/').map(decodeURIComponent);
    return segments.find((segment) => /^[^@]+@[^@]+$/.test(segment)) ?? null;
  } catch {
    return null;
  }
}
