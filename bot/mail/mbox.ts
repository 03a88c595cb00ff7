/**
 * An mbox file, or a single mail, as raw mails. Bytes in, bytes out: nothing is decoded here, and a file of any size is cut
 * without copying it into text.
 *
 * mboxo and mboxrd quote body lines that start with "From " by a ">": one is taken away (RFC 4155 and mboxrd).
 */
import type { Problem } from '../../analyzers/source/place.ts';

export interface Mbox {
  readonly mails: readonly Buffer[];
  readonly problems: readonly Problem[];
}

const mboxLimits = { bytes: 2 ** 30, mails: 100_000 } as const;

/** With a time of day: a paragraph that begins "From 2019 on" is none. */
const separator =
  /^From [^\n]{0,300}\d:\d\d[^\n]{0,60}\b\d{4}\b[^\n]{0,40}$|^From (mboxrd@z|MAILER-DAEMON|[0-9a-f]{40})\b[^\n]{0,100}$/;

/** Is a line, without its end, one that starts a mail? Only behind an empty line. */
export const isSeparator = (line: string) => separator.test(line);

export function readMbox(bytes: Buffer): Mbox {
  const problems: Problem[] = [];
  if (bytes.length > mboxLimits.bytes)
    return {
      mails: [],
      problems: [
        { kind: 'file-too-large', text: `the file has ${bytes.length} bytes; at most ${mboxLimits.bytes} are read` },
      ],
    };
  const starts = separators(bytes);
  if (starts.length === 0) {
    if (bytes.toString('latin1', 0, Math.min(bytes.length, 4096)).trim() === '')
      return { mails: [], problems: [{ kind: 'empty', text: 'there is no mail in it' }] };
    return { mails: [bytes], problems };
  }
  if ((starts[0] ?? 0) > 0 && bytes.subarray(0, starts[0]).toString('latin1').trim() !== '') {
    problems.push({
      kind: 'truncated-mbox',
      text: `the file starts in the middle of a mail; its first ${starts[0]} bytes are left out`,
    });
  }
  if (starts.length > mboxLimits.mails)
    problems.push({
      kind: 'too-many-mails',
      text: `only the first ${mboxLimits.mails} of ${starts.length} mails are read`,
    });
  const mails = starts.slice(0, mboxLimits.mails).map((start, i) => {
    const lineEnd = bytes.indexOf(0x0a, start);
    return unquoteFrom(bytes.subarray(lineEnd < 0 ? bytes.length : lineEnd + 1, starts[i + 1] ?? bytes.length));
  });
  const present = mails.filter((mail) => mail.length > 0);
  if (present.length < mails.length)
    problems.push({ kind: 'truncated-mbox', text: `${mails.length - present.length} of its mails are empty` });
  return { mails: present, problems };
}

/** Offsets of separator lines: at the start of the file or behind an empty line, and shaped like one. */
function separators(bytes: Buffer): number[] {
  const found: number[] = [];
  for (let at = bytes.indexOf('From '); at >= 0; at = bytes.indexOf('From ', at + 1)) {
    const behindEmpty =
      at === 0 ||
      (bytes[at - 1] === 0x0a &&
        (at === 1 || bytes[at - 2] === 0x0a || (bytes[at - 2] === 0x0d && (at === 2 || bytes[at - 3] === 0x0a))));
    if (!behindEmpty) continue;
    const end = bytes.indexOf(0x0a, at);
    const line = bytes.toString('latin1', at, Math.min(end < 0 ? bytes.length : end, at + 400)).replace(/\r$/, '');
    if (isSeparator(line)) found.push(at);
  }
  return found;
}

/** "From " at the start of a line, as it was before the mail was put into an mbox. */
export function unquoteFrom(mail: Buffer): Buffer {
  if (mail.indexOf('\n>') < 0 || !/\n>+From /.test(mail.toString('latin1', 0, Math.min(mail.length, 1 << 24))))
    return mail;
  return Buffer.from(mail.toString('latin1').replace(/^>(>*From )/gm, '$1'), 'latin1');
}
