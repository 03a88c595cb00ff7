/** What the last check is asked of, as the store has it at this moment. */
import type { Kysely } from 'kysely';
import { readMessage } from '../mail/message.ts';
import type { ReplyKind } from '../reply/since.ts';
import type { Settings } from '../settings/schema.ts';
import { mailsOfThread } from '../store/mails.ts';
import { type Reply, repliesOfThread, repliesOfWork } from '../store/replies.ts';
import { seriesById, versionsOf } from '../store/series.ts';
import { readSwitch } from '../store/switches.ts';
import type { Tables } from '../store/tables.ts';
import { readThread } from '../store/threads.ts';
import type { Surroundings } from './last-check.ts';
import { isRetraction } from './retraction.ts';

const dayMs = 24 * 60 * 60_000;
const gone = ['sending', 'sent', 'confirmed'];

export async function surroundingsOf(
  db: Kysely<Tables>,
  reply: Reply,
  { settings, now }: { readonly settings: Pick<Settings, 'optedOut'>; readonly now: Date },
): Promise<Surroundings> {
  const thread = await readThread(db, reply.thread_id);
  const work = reply.series_id === null ? null : await seriesById(db, reply.series_id);
  const versions = work === null ? [] : await versionsOf(db, { ...work, changeId: work.change_id });
  const own = await repliesOfThread(db, reply.thread_id);
  const said = work === null ? [] : await repliesOfWork(db, work);
  const out = new Set(settings.optedOut.map((address) => address.toLowerCase()));
  const left = own.filter(({ id, state }) => id !== reply.id && gone.includes(state));
  return {
    kind: reply.kind as ReplyKind,
    version: work?.version ?? 1,
    fingerprints: reply.fingerprints,
    isKilled: (await readSwitch(db, 'posting-stopped')) !== null,
    isIgnored: thread?.state === 'ignored',
    isRetracted: work !== null && (await isTakenBack(db, reply, work.author)),
    newestVersion: Math.max(1, ...versions.map(({ version }) => version)),
    ownOfLastDay: left.filter(({ sent_at }) => sent_at !== null && now.getTime() - sent_at.getTime() < dayMs).length,
    said: said
      .filter(({ id, version, state }) => id !== reply.id && version === work?.version && gone.includes(state))
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
