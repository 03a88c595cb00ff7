/**
 * What of a mail no list changes, as a digest: the same mail by two lists, or as its author sent it, has one content; another
 * mail under the same Message-ID has another. Left out is what lists rewrite: From and the other headers, prefixes of the
 * subject, transfer encodings, blank line ends, quoted "From " lines, and the footer.
 */
import { createHash } from 'node:crypto';
import type { Message } from '../mail/message.ts';

/** How footers begin; each runs to the end of the mail. All together are no longer than this. */
const footerLinesMax = 24;
const footers: readonly RegExp[] = [
  // Mailman.
  /^_{30,}$/,
  // ezmlm and others.
  /^-{50,}$/,
  // Majordomo.
  /^--? ?$/,
];
const tellsOfList =
  /\b(mailing list|to unsubscribe|unsubscribe from this (list|group)|you received this message because|listinfo)\b/i;

export function contentOf(message: Message, raw: Buffer): string {
  const text = canonicalBody(message.body);
  const hash = createHash('sha256').update(canonicalSubject(message.subject)).update('\n\n');
  // What has no text, or none that is read, is told apart by its bytes.
  return hash.update(text === '' ? bytesBehindHeaders(raw) : text).digest('hex');
}

/** Without `Re:` and bracket groups, in any order: lists put theirs before or behind them. */
function canonicalSubject(subject: string): string {
  let rest = subject;
  for (;;) {
    const next = rest.replace(/^\s*(?:\[[^\]]{0,200}\]|(?:re|aw|sv|antw|fwd?)(?:\[\d+\])?\s*:)\s*/i, '');
    if (next === rest) return rest.trim();
    rest = next;
  }
}

function canonicalBody(body: string): string {
  const lines = body.split('\n').map((line) => line.trimEnd().replace(/^>+From /, 'From '));
  return lines.slice(0, footerStart(lines)).join('\n').trim();
}

function footerStart(lines: readonly string[]): number {
  let end = lines.length;
  while (end > 0 && lines[end - 1] === '') end--;
  // From the top, so that a footer below another goes with it.
  for (let at = Math.max(0, end - footerLinesMax); at < end; at++)
    if (footers.some((begins) => begins.test(lines[at] ?? '')) && isFooter(lines.slice(at + 1, end))) return at;
  return lines.length;
}

/** Told by the line below the ruler: a signature is no footer, nor is a line that is drawn in a text. */
const isFooter = (lines: readonly string[]) => tellsOfList.test(lines.find((line) => line !== '') ?? '');

function bytesBehindHeaders(raw: Buffer): Buffer {
  const ends = [raw.indexOf('\n\n'), raw.indexOf('\r\n\r\n')].filter((at) => at >= 0);
  return ends.length === 0 ? Buffer.alloc(0) : raw.subarray(Math.min(...ends));
}
