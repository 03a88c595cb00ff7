/** How each source is doing, said by whoever reads it, for those who wait for it on other hosts. */
import type { Kysely, Selectable } from 'kysely';
import type { Tables } from './tables.ts';

export type SourceRow = Selectable<Tables['source_states']>;

/** What nobody has said anything of for so long nobody reads. */
const silentMs = 60_000;

/** @param row `read_at` null leaves what was known of that */
export async function saveSourceState(db: Kysely<Tables>, row: SourceRow): Promise<void> {
  await db
    .insertInto('source_states')
    .values(row)
    .onConflict((conflict) =>
      conflict.column('source').doUpdateSet(({ fn, ref }) => ({
        ...{ state: row.state, problem: row.problem, told_at: row.told_at },
        read_at: fn('greatest', [ref('excluded.read_at'), ref('source_states.read_at')]),
      })),
    )
    .execute();
}

async function statesOf(db: Kysely<Tables>, names: readonly string[]): Promise<readonly (SourceRow | null)[]> {
  if (names.length === 0) return [];
  const rows = await db.selectFrom('source_states').selectAll().where('source', 'in', names).execute();
  return names.map((name) => rows.find(({ source }) => source === name) ?? null);
}

/** When all of them had last been read to their end; null where one never was, or there is none. */
export async function readSince(db: Kysely<Tables>, names: readonly string[]): Promise<Date | null> {
  const times = (await statesOf(db, names)).map((row) => row?.read_at?.getTime() ?? null);
  if (times.length === 0 || times.includes(null)) return null;
  return new Date(Math.min(...times.map(Number)));
}

/** Sources that fail or that nobody reads, in words, and of each whether it is read. */
export async function sourceHealth(
  db: Kysely<Tables>,
  names: readonly string[],
  now: Date,
): Promise<readonly { readonly name: string; readonly isUp: boolean; readonly failing: string | null }[]> {
  return (await statesOf(db, names)).map((row, index) => {
    const name = names[index]!;
    if (row === null || now.getTime() - row.told_at.getTime() > silentMs)
      return { name, isUp: false, failing: `source ${name}: no process reads it` };
    const isUp = row.state === 'waiting' || row.state === 'reading';
    return { name, isUp, failing: row.state === 'failed' ? `source ${name}: ${row.problem ?? 'it fails'}` : null };
  });
}
