/**
 * Text of people as anybody may read it: of a mailbox the domain is cut, as public-inbox does for readers that are not asked who
 * they are. Message-IDs in addresses of pages stay, for they are what a page is found by.
 *
 * Example: `Ada <ada@example.org>` is `Ada <ada@…>`.
 */
export const masked = (text: string): string =>
  text.replace(/([\p{L}\p{N}_.+-]{1,64})@[\w-]{1,63}(?:\.[\w-]{1,63})+/gu, '$1@…');
