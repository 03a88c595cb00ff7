/**
 * Our part of an issue's body. It begins with a comment that no reader sees: the key by which the issue is found again, and what
 * we set with it (title, state, labels). What differs from that, a person has set, and it is left as it is. Both are written in one
 * request, so a lost answer or a store that was restored cannot make them disagree.
 *
 *     <!-- scenario-bot {"key":"…","title":"9f86d081","state":"open","labels":["ftrace"]} -->
 *     …
 *     <!-- /scenario-bot -->
 *
 * What people write before or after it stays.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';

const markShape = z.strictObject({
  key: z.string().max(200),
  /** Of the title, in short. */
  title: z.string(),
  state: z.enum(['open', 'closed']),
  labels: z.array(z.string()),
});
/** What we set last. */
export type Mark = z.infer<typeof markShape>;

const end = '<!-- /scenario-bot -->';
const begin = /<!-- scenario-bot (\{[^\n]*?\}) -->/;

export const digestOf = (title: string): string => createHash('sha256').update(title).digest('hex').slice(0, 8);

/** A text of ours with its mark. */
export function sectionOf(mark: Mark, text: string): string {
  // Neither the end of a comment nor the mark of another can be in it.
  const json = JSON.stringify(mark).replace(/[<>-]/g, (char) => `\\u00${char.charCodeAt(0).toString(16)}`);
  return `<!-- scenario-bot ${json} -->\n${text.replaceAll('<!--', '<!‐‐').trim()}\n${end}`;
}

interface Parts {
  readonly mark: Mark;
  /** Ours, with its comments. */
  readonly section: string;
  readonly before: string;
  readonly after: string;
}

/** Null where nothing in it is ours, or not so any more that we could tell where it ends. */
export function partsOf(body: string): Parts | null {
  // The web interface writes CRLF.
  const text = body.replace(/\r\n?/g, '\n');
  const found = begin.exec(text);
  if (found === null) return null;
  const mark = markShape.safeParse(parse(found[1] ?? ''));
  const endsAt = text.indexOf(end, found.index);
  if (!mark.success || endsAt < 0) return null;
  const after = endsAt + end.length;
  return {
    mark: mark.data,
    section: text.slice(found.index, after),
    before: text.slice(0, found.index),
    after: text.slice(after),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // a person has edited it
  }
}
