/**
 * A Message-ID in an address of ours, as public-inbox has it: what a path segment may hold (RFC 3986, 3.3) stands for itself, all
 * else is percent-encoded, and so are `+`, which some decoders take for a blank, and a segment of dots, which clients resolve.
 *
 * Example: `a/b+c@example.org` is `/a%2Fb%2Bc@example.org/`.
 */
export function escapeMessageId(id: string): string {
  // Half a surrogate pair is in no mail that was decoded, and in no address.
  const text = id.toWellFormed();
  if (/^\.+$/.test(text)) return text.replaceAll('.', '%2E');
  return encodeURIComponent(text).replace(/%(24|26|2C|3A|3B|3D|40)/g, (escaped) => decodeURIComponent(escaped));
}
