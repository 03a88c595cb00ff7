/**
 * Text of people as anybody may read it: a mailbox loses its domain, so that a reader sees who is meant and no harvester learns an
 * address.
 *
 * Example: `Ada <ada@example.org>` is `Ada <ada@…>`.
 */

/**
 * A link is left as it is: what looks like an address there is a Message-ID. Of a local part that is longer than any the end is
 * read (RFC 5321, 4.5.3.1.1): what strangers wrote is read in a time that grows with its length alone. One that is quoted may
 * end in anything, and a domain may be a number in brackets.
 */
const linkOrAddress =
  /https?:\/\/\S+|[^\s<>()[\]",;:@\\]{1,64}@(?:[\p{L}\p{N}_-]+\.)*[\p{L}\p{N}_-]+|@(?:[\p{L}\p{N}_-]+\.)+[\p{L}\p{N}_-]+|@\[[^\s\]]{1,64}\]/gu;
const none: ReadonlySet<string> = new Set();

/** @param ids Message-IDs that stay whole */
export const maskedText = (text: string, ids: ReadonlySet<string> = none): string =>
  text.replace(linkOrAddress, (found) =>
    /^https?:\/\//.test(found) || ids.has(found) ? found : `${found.slice(0, found.lastIndexOf('@'))}@…`,
  );
