/** How far each source is read: saved with the mail that it stands behind. */
import type { Kysely } from 'kysely';
import type { Position } from '../intake/raw-mail.ts';
import { json, type Tables } from './tables.ts';

/** What of a source is read on its own: mailboxes, the repositories of an archive, files. */
function mailboxOf(position: Position): string {
  switch (position.kind) {
    case 'imap':
      return position.mailbox;
    case 'git':
      return String(position.epoch);
    case 'file':
      return position.path;
    case 'id':
      return '';
  }
}

/** Where to go on: the newest position of each mailbox, epoch or file of a source. */
export async function readPositions(db: Kysely<Tables>, source: string): Promise<readonly Position[]> {
  const rows = await db
    .selectFrom('positions')
    .select('position')
    .where('source', '=', source)
    .orderBy('mailbox')
    .execute();
  return rows.map(({ position }) => position);
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
