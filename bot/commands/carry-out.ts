/**
 * What each verb does, in the transaction that keeps that it was done; and before, whether whoever asks may. What comes of an order
 * is a value: told, done, refused with the reason.
 */
import type { Kysely } from 'kysely';
import { known } from '../ask/known.ts';
import type { Message } from '../mail/message.ts';
import type { Proof } from '../mail/proof.ts';
import type { Settings } from '../settings/schema.ts';
import { askForPass } from '../store/asked-passes.ts';
import { recordDecision } from '../store/decisions.ts';
import { recordDispute } from '../store/disputes.ts';
import { optOut } from '../store/opt-outs.ts';
import type { Queue } from '../store/queue.ts';
import { leftStates } from '../store/replies.ts';
import { subscribe, unsubscribe } from '../store/subscribers.ts';
import type { Tables } from '../store/tables.ts';
import { ignoreThread, waitAgain } from '../store/threads.ts';
import { relevantPaths } from '../thread/touched.ts';
import { type About, aboutOf } from './about.ts';
import type { Said } from './answer.ts';
import { explainText } from './explain.ts';
import { helpText } from './help.ts';
import { mayRetest, mayTest } from './rates.ts';
import { inSubject } from './read.ts';
import { hasStanding, ownsThread } from './standing.ts';
import { statusText } from './status.ts';
import { type Order, type Unclear, type Verb, verbs } from './verbs.ts';
import { whyOpen } from './whole.ts';

export type Outcome =
  /** What he wanted to read. */
  | { readonly kind: 'told'; readonly why: string; readonly said: Said }
  /** In words what has changed. */
  | { readonly kind: 'done'; readonly why: string }
  | { readonly kind: 'refused'; readonly why: string; readonly said?: Said }
  /** What comes of it is told by a mail of its own (trial.ts); of which series it is. */
  | { readonly kind: 'begun'; readonly why: string }
  | { readonly kind: 'limited'; readonly why: string };

export interface Carrying {
  readonly message: Message;
  readonly raw: Buffer;
  readonly mailId: number;
  readonly proof: Proof;
  /** In lower case; proved where `proof` is. */
  readonly by: string;
  readonly settings: Settings;
  readonly queue: Pick<Queue, 'enqueue'>;
  readonly now: Date;
}

const done = (why: string): Outcome => ({ kind: 'done', why });
const refused = (why: string): Outcome => ({ kind: 'refused', why });

export async function carryOut(tx: Kysely<Tables>, order: Order | Unclear, carrying: Carrying): Promise<Outcome> {
  const { message, settings } = carrying;
  if (order.verb === null) return { kind: 'refused', why: order.why, said: helpText(settings, [order.why]) };
  const { verb, args } = order;
  const why = verbs[verb].needs === 'nothing' ? null : unprovedText(order, carrying);
  if (why !== null) return refused(why);
  if (verb === 'help') return { kind: 'told', why: 'help', said: helpText(settings, []) };
  if (verb === 'digest') return setDigest(tx, args, carrying);
  if (verb === 'opt-out') return leave(tx, carrying);
  const named = verbs[verb].takes === 'a Message-ID' ? args : '';
  const about = await aboutOf(tx, { message, named, settings });
  if (about === null) {
    const what = named === '' ? 'The mail that you answer' : 'That mail';
    return refused(
      `${what} is not known here. Answer a mail of the patch's thread, or name its Message-ID behind the verb.`,
    );
  }
  if (verb === 'status' || verb === 'explain')
    return { kind: 'told', why: about.messageId, said: await tellOf(tx, verb, { about, settings }) };
  const kept = await whyKept(tx, { verb, about, carrying });
  return kept === null ? changing[verb](tx, { order, about, carrying }) : refused(kept);
}

/** Does the signature cover what is ordered? */
function unprovedText({ line }: Order, { proof, raw }: Carrying): string | null {
  if (proof.author === null)
    return 'Nothing is changed: your mail does not prove who wrote it. It takes one From header, and a DKIM signature of its domain that passes here.';
  const { signed } = proof;
  const open = !signed.has('date')
    ? 'its date'
    : line === inSubject && !signed.has('subject')
      ? 'its subject'
      : whyOpen(raw, signed);
  return open === null ? null : `Nothing is changed: the signature of your mail does not cover ${open}.`;
}

/** Why he may not; null where he may. */
async function whyKept(
  tx: Kysely<Tables>,
  { verb, about, carrying }: { readonly verb: Verb; readonly about: About; readonly carrying: Carrying },
): Promise<string | null> {
  const { proof, by: address, settings } = carrying;
  if (proof.author === null || (about.by !== null && !proof.signed.has(about.by)))
    return `Nothing is changed: the signature of your mail does not cover ${about.by}, by which it says what it is about. Name the Message-ID behind the verb.`;
  const may = await (verb === 'ignore' ? ownsThread : hasStanding)(tx, { about, address, settings });
  if (may) return null;
  const whose = verb === 'ignore' ? 'of all patches in the thread' : 'of the series';
  return `Nothing is changed: you are neither the author ${whose} nor a maintainer that the bot knows.`;
}

type Reading = 'status' | 'explain';
async function tellOf(
  tx: Kysely<Tables>,
  verb: Reading,
  { about, settings }: { readonly about: About; readonly settings: Settings },
): Promise<Said> {
  const found = await known(tx, about.messageId);
  if (found === null) return { prose: ['Nothing is known of it any more.'], lines: [] };
  const linkTo = (id: string) => settings.archive.replace('{msgid}', encodeURIComponent(id).replaceAll('%40', '@'));
  return verb === 'status' ? statusText(found, linkTo) : explainText(found, settings.replay);
}

interface Changing {
  readonly order: Order;
  readonly about: About;
  readonly carrying: Carrying;
}
type Changer = (tx: Kysely<Tables>, changing: Changing) => Promise<Outcome>;

const retest: Changer = async (tx, { about: { threadId, series }, carrying: { by, queue, now, message } }) => {
  if (!(await mayRetest(tx, threadId, now)))
    return refused('Nothing is changed: the thread was judged again often enough today.');
  if (!(await waitAgain(tx, threadId, now)))
    return refused(
      'Nothing is changed: its thread is closed to the bot, is being judged just now, or has nothing to be judged.',
    );
  if (series !== null && series.author === by)
    await askForPass(tx, { author: by, name: series.name, at: now, message_id: message.id });
  await recordDecision(tx, { thread_id: threadId, at: now, what: 'retested', why: `<${message.id}>`, by });
  await queue.enqueue(tx, 'analyse', { threadId }, now);
  return done('It is judged again. Where there is something new to say, that is said in its thread.');
};

const dispute: Changer = async (tx, { order, about: { threadId, series, reply }, carrying: { by, now, message } }) => {
  if (series === null || reply === null || reply.fingerprints.length === 0 || !leftStates.has(reply.state))
    return refused('Nothing is changed: answer the mail of the bot that has the finding.');
  for (const fingerprint of new Set(reply.fingerprints))
    await recordDispute(tx, {
      ...{ thread_id: threadId, series_id: series.id, fingerprint, by_address: by },
      ...{ reason: order.args, message_id: message.id, at: now },
    });
  const why = `${reply.message_id} ${order.args}`;
  await recordDecision(tx, { thread_id: threadId, at: now, what: 'disputed', why, by });
  return done(
    'Its findings are marked as disputed, with your reason for people to read. They are not mailed again for later versions.',
  );
};

const ignore: Changer = async (tx, { about: { threadId }, carrying: { by, now, message } }) => {
  const why = `asked to by ${by}, <${message.id}>`;
  await ignoreThread(tx, threadId, why);
  await recordDecision(tx, { thread_id: threadId, at: now, what: 'ignored', why, by });
  return done('The bot stays out of this thread from now on.');
};

const test: Changer = async (tx, { about: { series }, carrying: { by, queue, now, message, mailId } }) => {
  if (relevantPaths(message.body) === null)
    return refused('Nothing is done: your mail holds no patch of a file that the bot judges.');
  if (series === null) return refused('Nothing is done: the series was not looked at yet.');
  if (!(await mayTest(tx, by, now))) return refused('Nothing is done: you had enough patches tried today.');
  await queue.enqueue(tx, 'try', { mailId }, now);
  return { kind: 'begun', why: series.first_message_id };
};

const changing: Readonly<Record<Exclude<Verb, Reading | 'help' | 'digest' | 'opt-out'>, Changer>> = {
  ...{ retest, ignore, test },
  'false-positive': dispute,
};

async function setDigest(tx: Kysely<Tables>, args: string, { by, settings, message, now }: Carrying): Promise<Outcome> {
  if (args === 'on' && settings.digest.groups.every(({ to }) => !to.includes('subscribers')))
    return refused('Nothing is done: this bot sends no digest to subscribers.');
  for (const { address } of settings.lists) {
    const list = address.toLowerCase();
    if (args === 'on') await subscribe(tx, { address: by, list, at: now, message_id: message.id });
    else await unsubscribe(tx, { address: by, list });
  }
  return done(args === 'on' ? 'The digest is sent to you from now on.' : 'No digest is sent to you any more.');
}

async function leave(tx: Kysely<Tables>, { by, settings, message, now }: Carrying): Promise<Outcome> {
  await optOut(tx, { address: by, at: now, message_id: message.id });
  for (const { address } of settings.lists) await unsubscribe(tx, { address: by, list: address.toLowerCase() });
  return done(
    `This is the last mail of the bot to you, and no patch of yours is answered any more. A person undoes it: write to ${settings.from.address}.`,
  );
}
