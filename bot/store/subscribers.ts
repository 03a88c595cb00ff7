/** Who gets the digest of which list. */
import type { Insertable, Kysely } from 'kysely';
import type { Tables } from './tables.ts';

/** @param subscriber with both addresses in lower case */
export async function subscribe(tx: Kysely<Tables>, subscriber: Insertable<Tables['subscribers']>): Promise<void> {
  await tx
    .insertInto('subscribers')
    .values(subscriber)
    .onConflict((conflict) => conflict.columns(['address', 'list']).doNothing())
    .execute();
}

export async function unsubscribe(
  tx: Kysely<Tables>,
  { address, list }: { readonly address: string; readonly list: string },
): Promise<void> {
  await tx.deleteFrom('subscribers').where('address', '=', address).where('list', '=', list).execute();
}

/** Addresses, in order. */
export async function subscribersOf(db: Kysely<Tables>, list: string): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('subscribers')
    .select('address')
    .where('list', '=', list)
    .orderBy('address')
    .execute();
  return rows.map(({ address }) => address);
}
