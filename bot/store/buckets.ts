/**
 * Token buckets that processes share. What a bucket lets through is arithmetic of who asks (bot/outbox/bucket.ts); here they
 * are read and written, one who asks at a time.
 */
import type { Kysely } from 'kysely';
import { lockUntilCommit } from './locks.ts';
import type { Tables } from './tables.ts';

interface Level {
  readonly tokens: number;
  readonly refilledAt: Date;
}

/** Those of the names that there are. Nobody else reads or writes any until the transaction ends. */
export async function bucketsForUpdate(
  tx: Kysely<Tables>,
  names: readonly string[],
): Promise<ReadonlyMap<string, Level>> {
  await lockUntilCommit(tx, 'buckets');
  if (names.length === 0) return new Map();
  const rows = await tx.selectFrom('buckets').selectAll().where('name', 'in', names).execute();
  return new Map(rows.map(({ name, tokens, refilled_at }) => [name, { tokens, refilledAt: refilled_at }]));
}

export async function saveBuckets(tx: Kysely<Tables>, levels: ReadonlyMap<string, Level>): Promise<void> {
  if (levels.size === 0) return;
  await tx
    .insertInto('buckets')
    .values([...levels].map(([name, { tokens, refilledAt }]) => ({ name, tokens, refilled_at: refilledAt })))
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet(({ ref }) => ({
        tokens: ref('excluded.tokens'),
        refilled_at: ref('excluded.refilled_at'),
      })),
    )
    .execute();
}
