/** Advisory locks of the database, by number: whoever opens the same database from elsewhere must use the same. */
import { type Kysely, sql } from 'kysely';
import type { Tables } from './tables.ts';

const locks = { migrate: 0x5ce0_0001, intake: 0x5ce0_0002, slots: 0x5ce0_0003, commands: 0x5ce0_0004 } as const;

/** Waits for it; the end of the transaction gives it back. */
export async function lockUntilCommit(tx: Kysely<Tables>, name: keyof typeof locks): Promise<void> {
  await sql`select pg_advisory_xact_lock(${sql.lit(locks[name])})`.execute(tx);
}
