/**
 * What a moderator's answer orders: one line that begins so, at the beginning of a line, in his own words. Quoted text, a
 * signature, an attachment and a mail within the mail are never asked.
 *
 * Example: `#scenario reject: the base is wrong` below a quote is { kind: 'reject', reason: 'the base is wrong' }.
 */
import type { Message } from '../mail/message.ts';

export type Order =
  | { readonly kind: 'approve' }
  | { readonly kind: 'reject'; readonly reason: string }
  /** He tried; in words what was wrong. */
  | { readonly kind: 'unclear'; readonly why: string };

const limits = { reasonLength: 500 } as const;

/** @returns null where nothing is ordered at all */
export function readOrder({ body, problems }: Message, raw: Buffer): Order | null {
  const own = ownLines(body);
  const at = own.flatMap((line, index) => (/^#scenario\b/i.test(line) ? [index] : []));
  const [first, second] = at;
  if (first === undefined) return null;
  if (problems.some(({ kind }) => kind === 'attached-patch') || hasSeveralTexts(raw))
    return { kind: 'unclear', why: 'it holds more than one text; answer with plain text alone' };
  if (second !== undefined) return { kind: 'unclear', why: 'it gives more than one order; give one' };
  const line = (own[first] ?? '').trimEnd();
  if (/^#scenario\s+approve$/i.test(line)) return { kind: 'approve' };
  const [, begun] = /^#scenario\s+reject:(.*)$/i.exec(line) ?? [];
  if (begun === undefined)
    return { kind: 'unclear', why: 'there are #scenario approve and #scenario reject: REASON, and no other order' };
  // A client wraps what is long: the reason goes on to the end of its paragraph.
  const rest = own.slice(first + 1);
  const end = rest.findIndex((one) => one.trim() === '' || one.startsWith('>'));
  const reason = [begun, ...(end < 0 ? rest : rest.slice(0, end))]
    .join(' ')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  if (reason === '') return { kind: 'unclear', why: 'a rejection says why: #scenario reject: REASON' };
  return { kind: 'reject', reason: reason.slice(0, limits.reasonLength) };
}

function ownLines(body: string): readonly string[] {
  const lines = body.split('\n');
  const end = lines.findIndex((line) => line === '-- ' || line === '--');
  return end < 0 ? lines : lines.slice(0, end);
}

/** Of several the one that is read need not be the one that he wrote. */
function hasSeveralTexts(raw: Buffer): boolean {
  const types = [...raw.toString('latin1').matchAll(/^content-type:\s*([\w-]+\/[\w.+-]+)/gim)].map(([, type]) =>
    (type ?? '').toLowerCase(),
  );
  return types.filter((type) => type === 'text/plain').length > 1 || types.some((type) => type.startsWith('message/'));
}
