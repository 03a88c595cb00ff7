/**
 * Could a mail be read in another way under other headers than it was signed with? Who changes what a signature does not cover makes
 * a command of what its author attached or quoted: by another boundary, by none, or by an encoding that is no more undone.
 */

/** What the signature should cover, in words; null where there is one way to read it. */
export function whyOpen(raw: Buffer, signed: ReadonlySet<string>): string | null {
  const text = raw.toString('latin1').replaceAll('\r\n', '\n');
  const end = text.indexOf('\n\n');
  const [head, body] = end < 0 ? [text, ''] : [text.slice(0, end), text.slice(end)];
  const hasParts =
    /^content-type[ \t]*:\s*(multipart|message)\//im.test(head) ||
    /^content-(type|disposition|transfer-encoding)[ \t]*:/im.test(body);
  if (hasParts && !signed.has('content-type')) return 'its content-type (send plain text alone)';
  const isEncoded = /^content-transfer-encoding[ \t]*:\s*quoted-printable/im.test(text);
  // A line that the encoding broke, or that undoing it makes, begins where nobody began one.
  const isMade = isEncoded ? /=0[ad]/i.test(body) : /=$/m.test(body);
  return isMade && !signed.has('content-transfer-encoding') ? 'its content-transfer-encoding' : null;
}
