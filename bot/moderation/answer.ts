/**
 * What a moderator's answer orders: one line, as all are read (bot/commands/lines.ts). An attachment and a mail within the mail
 * are never asked.
 *
 * Example: `#scenario reject: the base is wrong` below a quote is { kind: 'reject', reason: 'the base is wrong' }.
 */
import { orderLines } from '../commands/lines.ts';
import type { Message } from '../mail/message.ts';

export type Order =
  | { readonly kind: 'approve' }
  | { readonly kind: 'reject'; readonly reason: string }
  /** He tried; in words what was wrong. */
  | { readonly kind: 'unclear'; readonly why: string };

const limits = { reasonLength: 500 } as const;

/** @returns null where nothing is ordered at all */
export function readOrder({ body, problems }: Message, raw: Buffer): Order | null {
  const [order, second] = orderLines(body);
  if (order === undefined) return null;
  if (problems.some(({ kind }) => kind === 'attached-patch') || hasSeveralTexts(raw))
    return { kind: 'unclear', why: 'it holds more than one text; answer with plain text alone' };
  if (second !== undefined) return { kind: 'unclear', why: 'it gives more than one order; give one' };
  if (!order.isApart)
    return { kind: 'unclear', why: 'the order is not a paragraph of its own; leave a line empty above it' };
  const { verb, colon, args, words } = order;
  if (verb === 'approve' && !colon && args === '') return { kind: 'approve' };
  if (verb !== 'reject' || !colon)
    return { kind: 'unclear', why: 'there are #scenario approve and #scenario reject: REASON, and no other order' };
  if (words === '') return { kind: 'unclear', why: 'a rejection says why: #scenario reject: REASON' };
  return { kind: 'reject', reason: words.slice(0, limits.reasonLength) };
}

/** Of several the one that is read need not be the one that he wrote. */
function hasSeveralTexts(raw: Buffer): boolean {
  const types = [...raw.toString('latin1').matchAll(/^content-type:\s*([\w-]+\/[\w.+-]+)/gim)].map(([, type]) =>
    (type ?? '').toLowerCase(),
  );
  return types.filter((type) => type === 'text/plain').length > 1 || types.some((type) => type.startsWith('message/'));
}
