/** Who wants no mail of ours, beside those of the settings: not written to, and as an author never answered. */
import type { Insertable, Kysely } from 'kysely';
import type { Tables } from './tables.ts';

/** @param optOut with the address in lower case */
export async function optOut(tx: Kysely<Tables>, optOut: Insertable<Tables['opt_outs']>): Promise<void> {
  await tx
    .insertInto('opt_outs')
    .values(optOut)
    .onConflict((conflict) => conflict.column('address').doNothing())
    .execute();
}

/** All of them, in lower case; with those of the settings. */
export async function optedOut(
  db: Kysely<Tables>,
  settings: { readonly optedOut: readonly string[] },
): Promise<ReadonlySet<string>> {
  const rows = await db.selectFrom('opt_outs').select('address').execute();
  return new Set([...settings.optedOut, ...rows.map(({ address }) => address)].map((one) => one.toLowerCase()));
}
