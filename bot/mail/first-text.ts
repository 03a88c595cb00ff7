/**
 * What a person wrote who sent a mail: its first part, where that is plain text. Whatever stands behind it, attached or inline,
 * is somebody's file or somebody's mail, and is not among his words.
 *
 * Example: of multipart/mixed with a text and a patch it is the text; of multipart/alternative the plain one; of HTML none.
 */
import libmime from 'libmime';
import { readMessage } from './message.ts';

interface FirstText {
  /** LF; null where the first part is no text. */
  readonly text: string | null;
  /** Nothing stands behind it. */
  readonly isAll: boolean;
}

/** Deeper nests nobody writes in. */
const depthMax = 8;
const none: FirstText = { text: null, isAll: false };

/** Never throws. */
export async function firstText(raw: Buffer): Promise<FirstText> {
  let part = raw.toString('latin1').replaceAll('\r\n', '\n');
  for (let depth = 0; depth < depthMax; depth++) {
    const { headers, body } = divided(part);
    const { type, boundary } = contentTypeOf(headers);
    if (!type.startsWith('multipart/')) {
      const isText = type === 'text/plain' && !/^content-disposition:\s*attachment/im.test(headers);
      if (!isText) return none;
      const { text } = await textOf(headers, body);
      return { text, isAll: depth === 0 };
    }
    const first = boundary === '' ? null : firstPart(body, boundary);
    if (first === null) return none;
    part = first;
  }
  return none;
}

function divided(part: string): { readonly headers: string; readonly body: string } {
  if (part.startsWith('\n')) return { headers: '', body: part.slice(1) };
  const end = part.indexOf('\n\n');
  return end < 0 ? { headers: part, body: '' } : { headers: part.slice(0, end + 1), body: part.slice(end + 2) };
}

/** A mail that names none is plain text (RFC 2045 5.2). */
function contentTypeOf(headers: string): { readonly type: string; readonly boundary: string } {
  const line = headerOf(headers, 'content-type');
  if (line === '') return { type: 'text/plain', boundary: '' };
  const { value, params } = libmime.parseHeaderValue(line);
  return { type: `${value ?? ''}`.trim().toLowerCase(), boundary: `${params?.boundary ?? ''}` };
}

/** Unfolded; '' where there is none. Of several the last, as mailparser has it. */
const headerOf = (headers: string, name: string) =>
  [...headers.matchAll(new RegExp(`^${name}[ \\t]*:(.*(?:\\n[ \\t].*)*)`, 'gim'))]
    .at(-1)?.[1]
    ?.replace(/\n(?=[ \t])/g, '')
    .trim() ?? '';

/** Between the first delimiter line and the next. */
function firstPart(body: string, boundary: string): string | null {
  const lines = body.split('\n');
  const isDelimiter = (line: string) =>
    line.startsWith(`--${boundary}`) && /^(--)?\s*$/.test(line.slice(boundary.length + 2));
  const begin = lines.findIndex(isDelimiter);
  if (begin < 0 || /--\s*$/.test((lines[begin] ?? '').slice(boundary.length + 2))) return null;
  const rest = lines.slice(begin + 1);
  const end = rest.findIndex(isDelimiter);
  return (end < 0 ? rest : rest.slice(0, end)).join('\n');
}

/** Decoded as every mail is. */
async function textOf(headers: string, body: string): Promise<{ readonly text: string }> {
  const kept = ['content-type', 'content-transfer-encoding'].flatMap((name) => {
    const value = headerOf(headers, name);
    return value === '' ? [] : [`${name}: ${value}\n`];
  });
  const message = await readMessage(Buffer.from(`${kept.join('')}\n${body}`, 'latin1'));
  return { text: message.body };
}
