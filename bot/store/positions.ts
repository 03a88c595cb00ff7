/** How far each source is read: saved with the mail that it stands behind. */
import type { Kysely } from 'kysely';
import type { Position } from '../intake/raw-mail.ts';
import { json, type Tables } from './tables.ts';

/** A mail server has a position for each mailbox, and what lies in files one for each. */
const mailboxOf = (position: Position) =>
  position.kind === 'imap' ? position.mailbox : position.kind === 'file' ? position.path : '';

/** Where to go on; null where nothing was read yet. */
export async function readPosition(db: Kysely<Tables>, source: string, mailbox = ''): Promise<Position | null> {
  const row = await db
    .selectFrom('positions')
    .select('position')
    .where('source', '=', source)
    .where('mailbox', '=', mailbox)
    .executeTakeFirst();
  return row?.position ?? null;
}

/** Of several for one place the last counts. A mail asked for by its id leaves no position. */
export async function savePositions(
  tx: Kysely<Tables>,
  reached: readonly { readonly source: string; readonly position: Position }[],
  now: Date,
): Promise<void> {
  const rows = new Map<string, { source: string; mailbox: string; position: string; updated_at: Date }>();
  for (const { source, position } of reached) {
    if (position.kind === 'id') continue;
    const mailbox = mailboxOf(position);
    rows.set(JSON.stringify([source, mailbox]), { source, mailbox, position: json(position), updated_at: now });
  }
  if (rows.size === 0) return;
  await tx
    .insertInto('positions')
    .values([...rows.values()])
    .onConflict((conflict) =>
      conflict.columns(['source', 'mailbox']).doUpdateSet(({ ref }) => ({
        position: ref('excluded.position'),
        updated_at: ref('excluded.updated_at'),
      })),
    )
    .execute();
}
