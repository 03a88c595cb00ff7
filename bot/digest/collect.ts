/**
 * From the store what a digest is made of: of each work that something happened to, what bot/ask knows of it, with what its author
 * wrote in its threads. Who wants no mail of ours is left out, and what went to no list that the group is for.
 */
import type { Kysely } from 'kysely';
import { type Known, known } from '../ask/known.ts';
import { readMessage } from '../mail/message.ts';
import { isRetraction } from '../outbox/retraction.ts';
import type { Settings } from '../settings/schema.ts';
import { answersOfAuthor, firstReviewsOf, worksIn } from '../store/digests.ts';
import { mailById, mailsByMessageId } from '../store/mails.ts';
import { optedOut } from '../store/opt-outs.ts';
import type { Tables } from '../store/tables.ts';

interface AuthorMail {
  readonly messageId: string;
  readonly at: Date;
  /** The author takes the series back by it. */
  readonly isRetraction: boolean;
}

export interface WorkMaterial {
  readonly known: Known;
  readonly author: string;
  /** By what names a version. */
  readonly firstReviews: ReadonlyMap<string, Date>;
  readonly authorMails: readonly AuthorMail[];
}

export interface Window {
  readonly since: Date;
  readonly until: Date;
}

/** Works that a digest reads; and for how long one that nobody answers is waited for. */
const worksMax = 2_000;
export const waitsMs = 13 * 7 * 24 * 3_600_000;

export async function collect(
  db: Kysely<Tables>,
  { since, until }: Window,
  { settings, sentTo }: { readonly settings: Pick<Settings, 'optedOut'>; readonly sentTo: readonly string[] },
): Promise<readonly WorkMaterial[]> {
  const out = await optedOut(db, settings);
  const works: WorkMaterial[] = [];
  for (const { author, name, first } of await worksIn(db, { since, until, reachMs: waitsMs, limit: worksMax })) {
    if (out.has(author.toLowerCase())) continue;
    if (sentTo.length > 0 && !(await wentTo(db, first, sentTo))) continue;
    const found = await known(db, first);
    if (found === null) continue;
    const authorMails: AuthorMail[] = [];
    for (const { message_id, at, raw } of await answersOfAuthor(db, { author, name, until }))
      authorMails.push({ messageId: message_id, at, isRetraction: isRetraction(await readMessage(raw)) });
    works.push({
      ...{ known: found, authorMails, firstReviews: await firstReviewsOf(db, { author, name }) },
      author: found.mail?.author.name.trim() || (author.split('@')[0] ?? ''),
    });
  }
  return works;
}

async function wentTo(db: Kysely<Tables>, messageId: string, lists: readonly string[]): Promise<boolean> {
  const [key] = await mailsByMessageId(db, [messageId]);
  const mail = key === undefined ? null : await mailById(db, key.id);
  if (mail === null) return false;
  const { to, cc } = await readMessage(mail.raw);
  return [...to, ...cc].some(({ address }) => lists.some((list) => list.toLowerCase() === address.toLowerCase()));
}
