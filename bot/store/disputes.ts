/** Findings that somebody says are none. One of a work is not mailed again for its later versions. */
import type { Insertable, Kysely, Selectable } from 'kysely';
import { storable, type Tables } from './tables.ts';

export type Dispute = Selectable<Tables['disputes']>;

/** @returns whether the same person had not disputed it before */
export async function recordDispute(tx: Kysely<Tables>, dispute: Insertable<Tables['disputes']>): Promise<boolean> {
  const made = await tx
    .insertInto('disputes')
    .values({ ...dispute, reason: storable(dispute.reason) })
    .onConflict((conflict) => conflict.columns(['fingerprint', 'series_id', 'by_address']).doNothing())
    .returning('id')
    .executeTakeFirst();
  return made !== undefined;
}

/** Of any version of a work, oldest first. */
export async function disputesOfWork(
  db: Kysely<Tables>,
  { author, name }: { readonly author: string; readonly name: string },
): Promise<readonly Dispute[]> {
  return db
    .selectFrom('disputes')
    .innerJoin('series', 'series.id', 'disputes.series_id')
    .selectAll('disputes')
    .where('series.author', '=', author)
    .where('series.name', '=', name)
    .orderBy('disputes.id')
    .execute();
}
