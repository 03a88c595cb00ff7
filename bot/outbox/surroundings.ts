/** What the last check is asked of, as the store has it at this moment. */
import type { Kysely } from 'kysely';
import { readMessage } from '../mail/message.ts';
import { heldOf, shows } from '../moderation/mails.ts';
import type { ReplyKind } from '../reply/since.ts';
import type { Settings } from '../settings/schema.ts';
import { disputesOfWork } from '../store/disputes.ts';
import { mailsOfThread } from '../store/mails.ts';
import { optedOut } from '../store/opt-outs.ts';
import { leftStates, type Reply, repliesOfThread, repliesOfWork, replyByMessageId } from '../store/replies.ts';
import { seriesById, versionsOf } from '../store/series.ts';
import { readSwitch } from '../store/switches.ts';
import type { Tables } from '../store/tables.ts';
import { readThread } from '../store/threads.ts';
import { type Clearance, lastCheck, type Surroundings } from './last-check.ts';
import { isRetraction } from './retraction.ts';

const dayMs = 24 * 60 * 60_000;
/** To the bot's own people, or to whoever asked, alone: no word on the thread. */
export const isAside = ({ kind }: Pick<Reply, 'kind'>) => /^(moderation|command-)/.test(kind);

type Asked = { readonly settings: Pick<Settings, 'optedOut'>; readonly now: Date };

/** May it leave, as things are? `isKilled` where nothing may. */
export async function clear(db: Kysely<Tables>, reply: Reply, asked: Asked): Promise<Cleared> {
  const surroundings = await surroundingsOf(db, reply, asked);
  const { isKilled, recipients } = surroundings;
  if (!isAside(reply)) return { clearance: lastCheck(surroundings), isKilled, recipients };
  // Of what is asked about a thread nothing counts but whether there is still something to ask.
  const why = isKilled ? 'posting is stopped' : recipients.length === 0 ? 'nobody is left to write to' : null;
  if (why !== null) return { clearance: { kind: isKilled ? 'wait' : 'withdraw', why }, isKilled, recipients };
  const moot = reply.kind === 'moderation' ? await mootOf(db, reply) : null;
  return { clearance: moot === null ? { kind: 'send' } : { kind: 'withdraw', why: moot }, isKilled, recipients };
}

interface Cleared {
  readonly clearance: Clearance;
  readonly isKilled: boolean;
  /** Those who have not opted out. */
  readonly recipients: readonly string[];
}

/** Why nobody needs to be asked any more; null where somebody does. */
async function mootOf(db: Kysely<Tables>, asking: Reply): Promise<string | null> {
  const held = await replyByMessageId(db, asking.parent_message_id);
  if (held?.state !== 'held') return `the reply that it asks about is ${held?.state ?? 'gone'}`;
  return shows(asking, heldOf(held)) ? null : 'the reply that it asks about was edited';
}

async function surroundingsOf(db: Kysely<Tables>, reply: Reply, { settings, now }: Asked): Promise<Surroundings> {
  const thread = await readThread(db, reply.thread_id);
  const work = reply.series_id === null ? null : await seriesById(db, reply.series_id);
  const versions = work === null ? [] : await versionsOf(db, { ...work, changeId: work.change_id });
  const own = await repliesOfThread(db, reply.thread_id);
  const said = work === null ? [] : await repliesOfWork(db, work);
  // Whoever opts out by mail is told so.
  const out = isAside(reply)
    ? new Set(settings.optedOut.map((one) => one.toLowerCase()))
    : await optedOut(db, settings);
  const disputes = work === null ? [] : await disputesOfWork(db, work);
  const left = own.filter((one) => one.id !== reply.id && leftStates.has(one.state) && !isAside(one));
  return {
    kind: reply.kind as ReplyKind,
    version: work?.version ?? 1,
    fingerprints: reply.fingerprints,
    isKilled: (await readSwitch(db, 'posting-stopped')) !== null,
    isIgnored: thread?.state === 'ignored',
    isOptedOut: work !== null && out.has(work.author.toLowerCase()),
    isRetracted: work !== null && (await isTakenBack(db, reply, work.author)),
    newestVersion: Math.max(1, ...versions.map(({ version }) => version)),
    ownOfLastDay: left.filter(({ sent_at }) => sent_at !== null && now.getTime() - sent_at.getTime() < dayMs).length,
    disputed: disputes.map(({ fingerprint }) => fingerprint),
    said: said
      .filter(({ id, version, state }) => id !== reply.id && version === work?.version && leftStates.has(state))
      .flatMap(({ fingerprints }) => fingerprints),
    recipients: reply.recipients.filter((address) => !out.has(address.toLowerCase())),
  };
}

/** Has the author of the work, answering in its thread, taken it back? */
async function isTakenBack(db: Kysely<Tables>, reply: Reply, author: string): Promise<boolean> {
  for (const mail of await mailsOfThread(db, reply.thread_id)) {
    if (mail.from_address !== author.toLowerCase() || mail.relevant) continue;
    if (isRetraction(await readMessage(mail.raw))) return true;
  }
  return false;
}
