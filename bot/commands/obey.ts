/**
 * The job that obeys what a mail orders, line by line: what changes, what is answered and that it was obeyed are one transaction. A
 * mail is obeyed once, whatever it is called when it comes again. What is not to the bot, or of nobody who is answered, changes
 * nothing, and the log says why.
 *
 * Silence is the rule on a list: what is done there is not said. What is asked for is told to whoever asks, and an error to
 * whoever wrote to the bot by name.
 */
import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import { type Message, readMessage } from '../mail/message.ts';
import { type Proof, proofOf, type Resolve } from '../mail/proof.ts';
import { isListHost, isMailbox } from '../reply/headers.ts';
import type { Settings } from '../settings/schema.ts';
import { commandsOfMail, obeyedTwin, recordCommand } from '../store/commands.ts';
import { lockUntilCommit } from '../store/locks.ts';
import { type Mail, mailById } from '../store/mails.ts';
import { optedOut } from '../store/opt-outs.ts';
import type { Queue } from '../store/queue.ts';
import { insertReply, replyByMessageId } from '../store/replies.ts';
import type { Store } from '../store/store.ts';
import type { Tables } from '../store/tables.ts';
import { silenceOf } from '../thread/silence.ts';
import { composeAnswer } from './answer.ts';
import { type Carrying, carryOut, type Outcome } from './carry-out.ts';
import { mayAsk } from './rates.ts';
import { ordersMax, plusOf, readOrders, recipientsOf } from './read.ts';
import { type Order, type Unclear, verbs } from './verbs.ts';

export interface Obeying {
  readonly store: Store;
  readonly queue: Pick<Queue, 'enqueue'>;
  readonly settings: Settings;
  readonly resolve: Resolve;
  readonly log: Logger;
  readonly now: () => Date;
}

/** Older ones are of an archive that is read for the first time, or come from somebody who has kept them. */
const ageMaxMs = 7 * 24 * 3_600_000;

/** A job `obey`. @throws where the store fails, or a key cannot be asked for: the job comes again */
export async function obey(mailId: number, obeying: Obeying): Promise<void> {
  const { store, log, now } = obeying;
  const mail = await mailById(store.db, mailId);
  if (mail === null) return;
  const message = await readMessage(mail.raw);
  const nothing = (why: string) => log.info({ messageId: mail.message_id, why }, 'an order changes nothing');
  const asking = await askingOf(message, mail, obeying);
  if ('why' in asking) return nothing(asking.why);
  const { orders } = asking;
  const proof = await proofOf(mail.raw, { resolve: obeying.resolve, now: now() });
  const needsProof = orders.some(({ verb }) => verb !== null && verbs[verb].needs !== 'nothing');
  if (proof.author === null && proof.isPassing && needsProof) throw new Error(proof.problem);
  const done = await store.db.transaction().execute((tx) => obeyAll(tx, { ...asking, mail, proof }, obeying));
  if (typeof done === 'string') return nothing(done);
  for (const { order, outcome, isTold } of done)
    log.info(
      {
        ...{ messageId: mail.message_id, by: mail.from_address, proved: proof.author !== null, told: isTold },
        ...{ verb: order.verb ?? '', outcome: outcome.kind, why: outcome.why },
        ...(proof.author === null && needsProof ? { proof: proof.problem } : {}),
      },
      'an order is obeyed',
    );
}

interface Asking {
  readonly message: Message;
  readonly orders: readonly (Order | Unclear)[];
  /** The bot is named in To or Cc. */
  readonly isAddressed: boolean;
  /** It went to a list, or came by one. */
  readonly isOnList: boolean;
}

/** Who is asked, and by whom; or why nobody. */
async function askingOf(
  message: Message,
  mail: Mail,
  { store, settings, now }: Obeying,
): Promise<Asking | { readonly why: string }> {
  const to = recipientsOf(message).map(({ address }) => address);
  const isOwn = (address: string) => plusOf(address, settings.from.address) !== null;
  const isAddressed = to.some(isOwn);
  const answered = message.inReplyTo === null ? null : await replyByMessageId(store.db, message.inReplyTo);
  // Moderators answer there, by orders of their own.
  if (answered?.kind === 'moderation') return { why: 'it answers a mail to moderators' };
  if (!isAddressed && answered === null) return { why: 'it is neither to the bot nor an answer to it' };
  const why = excluded(message, mail, settings) ?? (await ofNobody(message, store.db, { settings, now: now() }));
  if (why !== null) return { why };
  const { orders, why: none } = await readOrders(message, mail.raw, { isToBotAlone: to.length > 0 && to.every(isOwn) });
  if (orders.length === 0) return { why: none };
  const isOnList =
    ['list-id', 'list-post'].some((name) => message.headers.has(name)) || to.some((one) => isList(one, settings));
  return { message, orders, isAddressed, isOnList };
}

const isList = (address: string, { lists, listHosts }: Settings) =>
  isListHost(listHosts, address) || lists.some((list) => list.address.toLowerCase() === address.toLowerCase());

/** What is not a person's own mail, and who is never written to. */
function excluded(message: Message, mail: Mail, settings: Settings): string | null {
  const { address } = message.from;
  if (mail.own || plusOf(address, settings.from.address) !== null) return 'it is our own';
  if (mail.reused) return 'another mail came under its Message-ID before';
  const silence = silenceOf(message);
  if (silence !== null) return silence;
  if (message.problems.some(({ kind }) => kind === 'two-from-headers')) return 'it has more than one From header';
  if (!isMailbox(address)) return 'its author has no address';
  if (isList(address, settings)) return 'a list stands for its author';
  return /^(no-?reply|do-?not-?reply|postmaster|bounces?)\b/i.test(address) ? 'its author reads no mail' : null;
}

async function ofNobody(
  { from, id, date }: Message,
  db: Kysely<Tables>,
  { settings, now }: { readonly settings: Settings; readonly now: Date },
): Promise<string | null> {
  if (id === '') return 'it has no Message-ID';
  if (date === null || Math.abs(now.getTime() - date.getTime()) > ageMaxMs) return 'it is not of these days';
  return (await optedOut(db, settings)).has(from.address.toLowerCase()) ? 'its author wants no mail of ours' : null;
}

interface Obeyed {
  readonly order: Order | Unclear;
  readonly outcome: Outcome;
  readonly isTold: boolean;
}

/** @returns in words why nothing was done */
async function obeyAll(
  tx: Kysely<Tables>,
  { mail, proof, ...asking }: Asking & { readonly mail: Mail; readonly proof: Proof },
  obeying: Obeying,
): Promise<readonly Obeyed[] | string> {
  const { settings, queue } = obeying;
  const { message, orders } = asking;
  const now = obeying.now();
  await lockUntilCommit(tx, 'commands');
  if ((await commandsOfMail(tx, mail.id)).length > 0) return 'it was obeyed before';
  const changing = orders.filter(({ verb }) => verb !== null && verbs[verb].needs !== 'nothing');
  const twin = await obeyedTwin(tx, mail, changing.map(keptOf));
  if (twin !== null) return `it was obeyed before, as <${twin}>`;
  const by = (proof.author ?? message.from.address).toLowerCase();
  const isProved = proof.author !== null;
  const carrying: Carrying = { ...{ message, raw: mail.raw, mailId: mail.id, proof, by }, ...{ settings, queue, now } };
  const isLimited = !(await mayAsk(tx, { by, isProved, now }));
  const obeyed: Obeyed[] = [];
  for (const order of orders) {
    const outcome: Outcome = isLimited
      ? { kind: 'limited', why: 'more than one may ask in a day' }
      : orders.length > ordersMax
        ? { kind: 'refused', why: `Nothing is done: of more than ${ordersMax} orders in a mail none is obeyed.` }
        : await carryOut(tx, order, carrying);
    const row = {
      ...{ mail_id: mail.id, line: order.line, by_address: by, proved: isProved, at: now },
      ...{ ...keptOf(order), outcome: `${outcome.kind}: ${outcome.why}` },
    };
    if (!(await recordCommand(tx, row))) throw new Error('the mail was obeyed elsewhere at the same time');
    obeyed.push({ order, outcome, isTold: isTold(outcome, { ...asking, isProved }) });
  }
  const told = obeyed.filter(({ isTold }) => isTold);
  if (told.length === 0) return obeyed;
  const answer = composeAnswer(message, {
    ...{ settings, to: by, isProved, now, which: 'orders' },
    // One that is of none is said once.
    said: (orders.length > ordersMax ? told.slice(0, 1) : told).map(({ order, outcome }) => ({
      order,
      ...('said' in outcome ? outcome.said : { prose: [outcome.why], lines: [] }),
    })),
  });
  const { id, isNew } = await insertReply(tx, {
    ...{ message_id: answer.messageId, parent_message_id: message.id, thread_id: mail.thread_id, series_id: null },
    ...{
      review_id: null,
      kind: isProved ? 'command-answer' : 'command-answer-unproved',
      mode: 'post',
      state: 'due',
      raw: answer.raw,
      created_at: now,
    },
    recipients: [...answer.recipients],
  });
  if (isNew) await queue.enqueue(tx, 'post', { replyId: id }, now);
  return obeyed;
}

const keptOf = (order: Order | Unclear) => ({
  verb: order.verb ?? '',
  args: 'args' in order ? order.args : order.written.slice(0, 500),
});

function isTold(
  outcome: Outcome,
  { isAddressed, isOnList, isProved }: Pick<Asking, 'isAddressed' | 'isOnList'> & { readonly isProved: boolean },
): boolean {
  switch (outcome.kind) {
    case 'told':
      return true;
    case 'done':
      return !isOnList;
    case 'refused':
      // A list may have broken the signature of a mail that comes as it was as well.
      return isAddressed && (isProved || !isOnList);
    case 'begun':
    case 'limited':
      return false;
  }
}
