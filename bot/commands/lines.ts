/**
 * The one way in which a `#scenario` line is read, whoever it is for: at the beginning of a line, in a paragraph of its own, in
 * its author's own words. Quoted text, a signature, a diff, a mail that is forwarded or quoted whole below are somebody else's
 * words, and are never asked.
 *
 * Example: in `> text\n#scenario reject: the base\nis wrong` there is one, with the verb `reject` and the words `the base is wrong`.
 */

export interface OrderLine {
  /** Of the text, from 0. */
  readonly line: number;
  /** As it stands there. */
  readonly written: string;
  /** In lower case; '' where it names none. */
  readonly verb: string;
  /** Is there a colon behind the verb? */
  readonly colon: boolean;
  /** What stands behind the verb on its line. */
  readonly args: string;
  /** The same, and what follows up to the end of the paragraph: a client wraps what is long. */
  readonly words: string;
  /** Does a paragraph begin with it? Else a client may have wrapped prose that names an order. */
  readonly isApart: boolean;
}

export function orderLines(text: string): readonly OrderLine[] {
  const own = ownLines(text);
  return own.flatMap((written, line) => {
    const read = readLine(written);
    if (read === null) return [];
    const above = own[line - 1] ?? '';
    const isApart = above.trim() === '' || above.startsWith('>') || readLine(above) !== null;
    const rest = own.slice(line + 1);
    const end = rest.findIndex((one) => one.trim() === '' || one.startsWith('>') || readLine(one) !== null);
    const words = oneLine([read.args, ...(end < 0 ? rest : rest.slice(0, end))].join(' '));
    return [{ line, written: written.trimEnd(), ...read, words, isApart }];
  });
}

/** A line by itself, such as a subject; null where it orders nothing. */
export function readLine(line: string): Pick<OrderLine, 'verb' | 'colon' | 'args'> | null {
  const [, rest] = /^#scenario(?=[\s:]|$)(.*)$/is.exec(line) ?? [];
  if (rest === undefined) return null;
  const [, verb = '', colon = '', args = ''] = /^\s*([^\s:]*)(:?)(.*)$/s.exec(rest) ?? [];
  return { verb: verb.toLowerCase(), colon: colon !== '', args: oneLine(args) };
}

const oneLine = (text: string) => text.replace(/[\s\p{Cc}]+/gu, ' ').trim();

/** A line that begins what is not its author's, to the end of the mail. */
const ends: readonly ((line: string, rest: readonly string[]) => boolean)[] = [
  (line) => line === '-- ' || line === '--',
  // Of a diff.
  (line) => /^(diff -|Index: |--- \S|\+\+\+ \S|@@ -\d)/.test(line),
  // `-----Original Message-----`, `---------- Forwarded message ---------`, in whatever language; and what signs a text.
  (line) => /^-{3,}.*\p{L}.*-{3,}\s*$/u.test(line) && !line.startsWith('-----BEGIN PGP SIGNED'),
  (line) => /^(-{2,}\s*|begin )forwarded (message|by)\b/i.test(line),
  // What is cut out for git am.
  (line) => /^[-\s]+(8<|>8|%<|>%|✂)/.test(line),
  // Outlook's ruler, and a list's.
  (line) => /^_{10,}\s*$/.test(line),
  // Headers of a mail that is quoted without marks.
  (line, rest) => /^\p{L}+ ?:.*@/u.test(line) && rest.slice(0, 4).some((next) => headerNames.test(next)),
  // An attribution with no quote below it: all of that mail stands there as it was.
  (line, rest) =>
    /\b(wrote|writes|schrieb|écrit|escribió|scritto)\b[^:]{0,80}:\s*$/i.test(line) &&
    !(rest.find((next) => next.trim() !== '') ?? '>').startsWith('>'),
];
const headerNames = /^(sent|date|to|subject|gesendet|datum|an|betreff|envoyé|à|objet)\s*:/i;
/** What is longer begins nothing. */
const lineMax = 500;

function ownLines(text: string): readonly string[] {
  const lines = text.split('\n');
  const end = lines.findIndex(
    (line, index) => line.length <= lineMax && ends.some((begins) => begins(line, lines.slice(index + 1, index + 12))),
  );
  return end < 0 ? lines : lines.slice(0, end);
}
