/**
 * Reads that somebody waits for, as a page. They see one moment, and on PGlite, where a transaction holds everybody else up, they
 * wait for others once and not before each query. Whoever has much to write asks whether somebody reads, and then writes less at once.
 */
import type { Kysely } from 'kysely';
import type { Store } from './store.ts';
import type { Tables } from './tables.ts';

/** After so long without one nobody is taken to be about to read more. */
const quietMs = 5_000;
const lastReads = new WeakMap<Store['db'], number>();

export function reading<Value>(
  { db }: Pick<Store, 'db'>,
  read: (db: Kysely<Tables>) => Promise<Value>,
): Promise<Value> {
  lastReads.set(db, performance.now());
  return db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(read);
}

export const isBeingRead = ({ db }: Pick<Store, 'db'>): boolean =>
  performance.now() - (lastReads.get(db) ?? Number.NEGATIVE_INFINITY) < quietMs;
