/** How much may be asked for, in any day: counted from what was obeyed. */
import type { Kysely } from 'kysely';
import { countCommands } from '../store/commands.ts';
import { countDecisions } from '../store/decisions.ts';
import type { Tables } from '../store/tables.ts';

const dayMs = 24 * 3_600_000;
const rates = {
  /** Mails of one author who proves that he is. */
  proved: 20,
  /** Mails that bear an author's name, and mails without proof altogether. */
  unproved: 4,
  unprovedAll: 20,
  /** Of a thread: it costs minutes of a processor. */
  retests: 3,
  /** Of an author: they do as well. */
  tests: 6,
} as const;

/** Whoever proves nothing may be anybody, and is written to because somebody else says so. */
export async function mayAsk(
  tx: Kysely<Tables>,
  { by, isProved, now }: { readonly by: string; readonly isProved: boolean; readonly now: Date },
): Promise<boolean> {
  const since = new Date(now.getTime() - dayMs);
  if (isProved) return (await countCommands(tx, { byAddress: by, proved: true, since })) < rates.proved;
  return (
    (await countCommands(tx, { byAddress: by, proved: false, since })) < rates.unproved &&
    (await countCommands(tx, { byAddress: null, proved: false, since })) < rates.unprovedAll
  );
}

export async function mayRetest(tx: Kysely<Tables>, threadId: number, now: Date): Promise<boolean> {
  const since = new Date(now.getTime() - dayMs);
  return (await countDecisions(tx, { threadId, what: 'retested', since })) < rates.retests;
}

export async function mayTest(tx: Kysely<Tables>, by: string, now: Date): Promise<boolean> {
  const since = new Date(now.getTime() - dayMs);
  return (await countCommands(tx, { byAddress: by, proved: true, since, verb: 'test' })) < rates.tests;
}
