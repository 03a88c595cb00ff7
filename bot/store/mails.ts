/** Mails, each kept once, raw. */
import { type Insertable, type Kysely, type Selectable, sql } from 'kysely';
import type { Tables } from './tables.ts';

export type Mail = Selectable<Tables['mails']>;
export type NewMail = Insertable<Tables['mails']> & { readonly id: number };
/** What tells mails apart. */
export type MailKey = Pick<Mail, 'id' | 'message_id' | 'content' | 'thread_id'>;

const rowsAtOnce = 500;

export async function mailsByMessageId(db: Kysely<Tables>, ids: readonly string[]): Promise<readonly MailKey[]> {
  if (ids.length === 0) return [];
  return db
    .selectFrom('mails')
    .select(['id', 'message_id', 'content', 'thread_id'])
    .where('message_id', 'in', ids)
    .execute();
}

/** All of a thread, in the order they came. Mails under another's Message-ID are left out: they are of nobody known. */
export async function mailsOfThread(db: Kysely<Tables>, threadId: number): Promise<readonly Mail[]> {
  return db
    .selectFrom('mails')
    .selectAll()
    .where('thread_id', '=', threadId)
    .where('reused', '=', false)
    .orderBy('id')
    .execute();
}

/** Of a thread's mails what says how they answer each other. */
export async function shapesOfThread(
  db: Kysely<Tables>,
  threadId: number,
): Promise<readonly Pick<Mail, 'message_id' | 'version' | 'parents'>[]> {
  return db
    .selectFrom('mails')
    .select(['message_id', 'version', 'parents'])
    .where('thread_id', '=', threadId)
    .where('reused', '=', false)
    .orderBy('id')
    .execute();
}

/** By Message-ID, of those that are here. */
export async function subjectsOf(db: Kysely<Tables>, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom('mails')
    .select(['message_id', 'subject'])
    .where('message_id', 'in', ids)
    .where('reused', '=', false)
    .execute();
  return new Map(rows.map(({ message_id, subject }) => [message_id, subject]));
}

export async function mailById(db: Kysely<Tables>, id: number): Promise<Mail | null> {
  return (await db.selectFrom('mails').selectAll().where('id', '=', id).executeTakeFirst()) ?? null;
}

/** Patches that answer no mail, of the same author, version and total as one of these: they may be one series. */
export async function loosePatches(
  db: Kysely<Tables>,
  alike: readonly Pick<Mail, 'from_address' | 'version' | 'total'>[],
): Promise<readonly Pick<Mail, 'from_address' | 'version' | 'total' | 'sent_at' | 'received_at' | 'thread_id'>[]> {
  if (alike.length === 0) return [];
  return db
    .selectFrom('mails')
    .select(['from_address', 'version', 'total', 'sent_at', 'received_at', 'thread_id'])
    .where('loose', '=', true)
    .where(({ eb, refTuple, tuple }) =>
      eb(
        refTuple('from_address', 'total', 'version'),
        'in',
        alike.map(({ from_address, total, version }) => tuple(from_address, total, version)),
      ),
    )
    .execute();
}

export async function insertMails(tx: Kysely<Tables>, mails: readonly NewMail[]): Promise<void> {
  for (let at = 0; at < mails.length; at += rowsAtOnce)
    await tx
      .insertInto('mails')
      .values(mails.slice(at, at + rowsAtOnce))
      .execute();
}

/** What there is of mails, for people. A series is told by its author, version and number of patches in a thread. */
export async function countMails(db: Kysely<Tables>): Promise<{
  readonly mails: number;
  readonly threads: number;
  readonly series: number;
  readonly relevant: number;
  readonly damaged: number;
}> {
  const { rows } = await sql<{ mails: number; threads: number; series: number; relevant: number; damaged: number }>`
    select count(*) as mails, count(distinct thread_id) as threads,
      count(distinct (thread_id, from_address, version, total, case when total is null then subject end))
        filter (where version is not null and not reused) as series,
      count(*) filter (where relevant and not reused) as relevant,
      count(*) filter (where damage is not null) as damaged
    from mails`.execute(db);
  return rows[0]!;
}

/** In lower case, each once. */
export async function sendersOfPatches(db: Kysely<Tables>, threadId: number): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('mails')
    .select('from_address')
    .distinct()
    .where('thread_id', '=', threadId)
    .where('version', 'is not', null)
    .where('reused', '=', false)
    .execute();
  return rows.map(({ from_address }) => from_address);
}
