/** Deliveries of GitHub's webhook, each once. */
import type { Kysely } from 'kysely';
import type { Tables } from './tables.ts';

/** GitHub delivers again for three days. */
const keptMs = 30 * 24 * 3_600_000;

/** @returns false where it was taken before */
export async function recordDelivery(tx: Kysely<Tables>, id: string, now: Date): Promise<boolean> {
  await tx
    .deleteFrom('github_deliveries')
    .where('at', '<', new Date(now.getTime() - keptMs))
    .execute();
  const made = await tx
    .insertInto('github_deliveries')
    .values({ id, at: now })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .returning('id')
    .executeTakeFirst();
  return made !== undefined;
}
