/**
 * What strangers wrote, as it may stand in public on GitHub: mailboxes without their domain, and nothing in it that Markdown or
 * GitHub would act on. An `@name` would write to somebody, a `#12` would show up over there, HTML and images would load: within
 * code none of them does, so that is where everything goes that was not written by us.
 *
 * Example: inCode('Re: ask @ada <ada@example.org> `x`') is "`` Re: ask @ada <ada@…> `x` ``".
 */
import { maskedText } from '../mail/masked-text.ts';

/** What a terminal or a reader's eye would be led by: control characters, and those that turn the direction of text. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
const blockCharsMax = 12_000;

/** One line, for a title or within another text. */
export const oneLine = (text: string, charsMax = 200): string => {
  const line = maskedText(text.replace(/\s+/g, ' ').replace(unseen, '').trim());
  return line.length <= charsMax ? line : `${line.slice(0, charsMax - 1).toWellFormed()}…`;
};

/** As a code span, whatever backticks are in it. */
export function inCode(text: string): string {
  return spanOf(oneLine(text));
}

/** A Message-ID looks like a mailbox, and is to be found by: it stays whole. */
export function idInCode(id: string): string {
  return spanOf(`<${id.replace(/\s+/g, '').replace(unseen, '').slice(0, 900)}>`);
}

function spanOf(text: string): string {
  const ticks = '`'.repeat(longestRun(text) + 1);
  const pad = text === '' || /^`|`$/.test(text) || (text.startsWith(' ') && text.endsWith(' ')) ? ' ' : '';
  return `${ticks}${pad}${text}${pad}${ticks}`;
}

/** As a block of code: tabs and line ends stay, all else as in a line. */
export function codeBlock(lines: readonly string[], language = ''): string {
  const text = maskedText(
    lines
      .join('\n')
      .replace(/\r\n?/g, '\n')
      .replace(unseen, (char) => (char === '\n' || char === '\t' ? char : '')),
  );
  return fenced(text, language);
}

/** What we wrote ourselves: a schedule, a command. */
export const ownBlock = (text: string): string => fenced(text, '');

function fenced(text: string, language: string): string {
  const cut = text.length <= blockCharsMax ? text : `${text.slice(0, blockCharsMax).toWellFormed()}\n[ … ]`;
  const ticks = '`'.repeat(Math.max(3, longestRun(cut) + 1));
  return `${ticks}${language}\n${cut}\n${ticks}`;
}

const longestRun = (text: string) => Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));

/** A link that is itself to be read. @param archive with {msgid} in it */
export const archiveLink = (archive: string, id: string): string => `<${archiveUrl(archive, id)}>`;

/** @param archive with {msgid} in it */
export function archiveUrl(archive: string, id: string): string {
  const escaped = encodeURIComponent(id)
    .replaceAll('%40', '@')
    .replace(/[()'*!]/g, percent);
  return archive.replace('{msgid}', () => escaped);
}

const percent = (char: string) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`;
