/**
 * What is due is made: the digest's row, its mails, their jobs and what is to be on GitHub are written in one transaction, and the row
 * is one a group and week. So a crash loses nothing of it or all, and whoever comes second makes nothing.
 *
 * A week that was missed, for the daemon was down, is made up by the next digest, which begins where the last one ended. A group that is
 * new begins with the next one that is due.
 */
import { randomBytes } from 'node:crypto';
import type { Kysely } from 'kysely';
import { upsertIssue } from '../github/upsert.ts';
import { askModerators } from '../moderation/moderate.ts';
import type { Settings } from '../settings/schema.ts';
import { insertDigest, lastDigest, lastMade, unsubscribeToken } from '../store/digests.ts';
import { optedOut } from '../store/opt-outs.ts';
import type { Queue } from '../store/queue.ts';
import { insertReply } from '../store/replies.ts';
import type { Store } from '../store/store.ts';
import { subscribersOf } from '../store/subscribers.ts';
import type { Tables } from '../store/tables.ts';
import { insertThreads, placeIds, takeIds } from '../store/threads.ts';
import { type Digest, isQuiet } from './digest.ts';
import { issueOf } from './issue.ts';
import { composeMail } from './mail.ts';
import { type Group, readDigest } from './read.ts';
import { dueBeside, lastDue, weekOf } from './week.ts';

export interface Making {
  readonly store: Pick<Store, 'db'>;
  readonly queue: Pick<Queue, 'enqueue'>;
  readonly settings: Settings;
  readonly now: () => Date;
}

/** What was missed before that is not made up. */
const weeksMax = 8;
const weekMs = 7 * 24 * 3_600_000;

/** @returns what was made, for the log */
export async function makeDue(making: Making): Promise<readonly { readonly group: string; readonly week: string }[]> {
  const made: { group: string; week: string }[] = [];
  for (const group of making.settings.digest.groups) {
    const week = await makeOne(group, making);
    if (week !== null) made.push({ group: group.name, week });
  }
  return made;
}

/** Is there one to be made for any group, or a group that is new? */
export async function isAnyDue({ store, settings, now }: Omit<Making, 'queue'>): Promise<boolean> {
  const due = lastDue(now(), settings.digest);
  for (const { name } of settings.digest.groups) {
    const last = await lastDigest(store.db, name);
    if (last === null || last.until < due) return true;
  }
  return false;
}

async function makeOne(group: Group, { store, queue, settings, now }: Making): Promise<string | null> {
  const due = lastDue(now(), settings.digest);
  const row = { group: group.name, week: weekOf(due, settings.digest.zone), until: due };
  const last = await lastDigest(store.db, group.name);
  if (last === null) {
    const since = dueBeside(due, -1, settings.digest);
    await insertDigest(store.db, { ...row, since, state: 'begun', digest: null }, now());
    return null;
  }
  if (last.until >= due) return null;
  const since = new Date(Math.max(last.until.getTime(), due.getTime() - weeksMax * weekMs));
  const weeks = Math.max(1, Math.round((due.getTime() - since.getTime()) / weekMs));
  const madeAt = now();
  // What was judged until the last one was made is in it: it had waited for that.
  const toldUntil = last.state === 'begun' || last.created_at < since ? since : last.created_at;
  const digest = await readDigest(store.db, {
    ...{ group, settings, weeks, since, until: due, week: row.week },
    judged: { since: toldUntil, until: madeAt },
  });
  const state = isQuiet(digest) ? 'quiet' : 'made';
  const isNew = await store.db.transaction().execute(async (tx) => {
    const before = ((await lastMade(tx, group.name))?.digest ?? null) as Digest | null;
    if (!(await insertDigest(tx, { ...row, since, state, digest: state === 'made' ? digest : null }, madeAt)))
      return false;
    if (state === 'made') {
      await writeMails(tx, digest, { group, settings, queue, now: madeAt });
      if (group === settings.digest.groups[0])
        await writeIssues(tx, [digest, before], { settings, queue, now: madeAt });
    }
    return true;
  });
  return isNew && state === 'made' ? row.week : null;
}

interface Writing {
  readonly settings: Settings;
  readonly queue: Pick<Queue, 'enqueue'>;
  readonly now: Date;
}

const stateOfMode = { 'dry-run': 'dry', moderate: 'held', post: 'due' } as const;

/** One to the list, one to each subscriber. Each begins a thread of its own: people may answer it. */
async function writeMails(
  tx: Kysely<Tables>,
  digest: Digest,
  { group, settings, queue, now }: Writing & { readonly group: Group },
): Promise<void> {
  const list = settings.lists.find(({ address }) => address.toLowerCase() === group.list.toLowerCase());
  if (list === undefined || list.mode === 'off') return;
  const out = await optedOut(tx, settings);
  const subscribers = group.to.includes('subscribers') ? await subscribersOf(tx, group.list.toLowerCase()) : [];
  const to = [
    ...(group.to.includes('list') ? [{ address: list.address, isSubscriber: false }] : []),
    ...subscribers.filter((address) => !out.has(address)).map((address) => ({ address, isSubscriber: true })),
  ];
  for (const { address, isSubscriber } of to) {
    const oneClick = isSubscriber ? await oneClickOf(tx, { address, list: group.list, settings, now }) : null;
    const { messageId, recipients, raw } = composeMail(digest, { settings, to: address, oneClick, now });
    const [threadId = 0] = await takeIds(tx, 'threads', 1);
    await insertThreads(tx, [{ id: threadId, root: messageId, touched_at: now, settles_at: null, state: 'quiet' }]);
    await placeIds(tx, new Map([[messageId, threadId]]));
    const state = stateOfMode[list.mode];
    const { id, isNew } = await insertReply(tx, {
      ...{ message_id: messageId, parent_message_id: messageId, thread_id: threadId, series_id: null, review_id: null },
      // What a subscriber gets he asked for by a command, and nobody else reads of it.
      kind: isSubscriber ? 'command-digest' : 'digest',
      ...{ mode: list.mode, state, raw, recipients: [...recipients], created_at: now },
    });
    if (!isNew) continue;
    if (state === 'due') await queue.enqueue(tx, 'post', { replyId: id }, now);
    if (state === 'held')
      await askModerators(
        tx,
        { held: { messageId, parent: messageId, recipients, raw }, threadId, why: 'it is the digest of the week' },
        { queue, settings, now },
      );
  }
}

/** RFC 8058: by https, and signed by us; else a mail has to do. */
async function oneClickOf(
  tx: Kysely<Tables>,
  { address, list, settings, now }: Omit<Writing, 'queue'> & { readonly address: string; readonly list: string },
): Promise<string | null> {
  const { http, dkim } = settings;
  if (dkim === null || !http?.url?.startsWith('https://')) return null;
  const token = await unsubscribeToken(tx, {
    ...{ address, list: list.toLowerCase(), at: now },
    token: randomBytes(24).toString('base64url'),
  });
  return `${http.url}/digest/unsubscribe/${token}`;
}

/** The one of the week is open; the one before is closed by it. */
async function writeIssues(
  tx: Kysely<Tables>,
  [digest, before]: readonly [Digest, Digest | null],
  { settings, queue, now }: Writing,
): Promise<void> {
  const { issue } = settings.digest;
  if (issue === null) return;
  const style = { labels: issue.labels, archive: settings.archive, bot: settings.from.name };
  const context = { queue, now, repository: issue.repository, mode: issue.mode };
  if (before !== null) await upsertIssue(tx, { ...issueOf(before, style), state: 'closed' }, context);
  await upsertIssue(tx, { ...issueOf(digest, style), state: 'open' }, context);
}
