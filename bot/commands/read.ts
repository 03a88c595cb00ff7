/** The orders of a mail: in its author's own words, or in the subject of a mail to the bot alone; never in a patch. */
import { firstText } from '../mail/first-text.ts';
import type { Mailbox, Message } from '../mail/message.ts';
import { readSubject } from '../thread/subject.ts';
import { orderLines, readLine } from './lines.ts';
import { type Order, orderOf, type Unclear } from './verbs.ts';

/** As the line of an order that is the subject. */
export const inSubject = -1;
/** Of a mail; with more nothing is done. */
export const ordersMax = 3;

export interface OrdersRead {
  readonly orders: readonly (Order | Unclear)[];
  /** Why there are none, in words. */
  readonly why: string;
}

/** @param isToBotAlone it went to the bot and nobody else */
export async function readOrders(
  message: Message,
  raw: Buffer,
  { isToBotAlone }: { readonly isToBotAlone: boolean },
): Promise<OrdersRead> {
  const none = (why: string): OrdersRead => ({ orders: [], why });
  if (isForwarded(message)) return none('it is a mail of somebody else, forwarded');
  const subject = readSubject(message.subject);
  if (subject.isPatch && !subject.isReply) return none('it is a patch');
  const { text } = await firstText(raw);
  const ofSubject = isToBotAlone ? readLine(message.subject) : null;
  const orders = [
    ...(ofSubject === null
      ? []
      : [orderOf({ ...ofSubject, line: inSubject, written: message.subject, words: ofSubject.args, isApart: true })]),
    ...orderLines(text ?? '').map(orderOf),
  ];
  if (orders.length > 0) return { orders, why: '' };
  return none(text === null ? 'its first part is no plain text' : 'nothing is ordered in its own words');
}

const isForwarded = ({ subject, headers }: Message) =>
  /^\s*(fwd?|wg|tr|rv|enc)\s*:/i.test(subject) || headers.has('resent-from');

/** Is it ours, with whatever stands behind a plus? @returns what stands there, '' for nothing; null where it is another */
export function plusOf(address: string, own: string): string | null {
  const [, local = '', domain = ''] = /^(.*)@(.*)$/.exec(own.toLowerCase()) ?? [];
  const [, name = '', host = ''] = /^(.*)@(.*)$/.exec(address.toLowerCase()) ?? [];
  if (host !== domain) return null;
  if (name === local) return '';
  return name.startsWith(`${local}+`) ? name.slice(local.length + 1) : null;
}

export const recipientsOf = ({ to, cc }: Message): readonly Mailbox[] => [...to, ...cc];
