/**
 * Everything that is kept, as lines of JSON: `{"table":"mails","row":{…}}`, bytes as base64. Tables come in an order in which
 * their references can be followed; rows of one table in the order of their keys. One transaction: all of it is of one moment.
 */
import { type Kysely, sql } from 'kysely';
import type { Tables } from './tables.ts';

/** With the key to go on by. */
const tables: readonly (readonly [keyof Tables, readonly string[]])[] = [
  ['schema_versions', ['version']],
  ['threads', ['id']],
  ['mails', ['id']],
  ['message_ids', ['message_id']],
  ['series', ['id']],
  ['reviews', ['id']],
  ['verdicts', ['review_id', 'message_id']],
  ['replies', ['id']],
  ['patchwork_checks', ['id']],
  ['decisions', ['id']],
  ['positions', ['source', 'mailbox']],
  ['switches', ['name']],
  ['commands', ['id']],
  ['disputes', ['id']],
  ['opt_outs', ['address']],
  ['subscribers', ['address', 'list']],
  ['asked_passes', ['author', 'name']],
  ['github_items', ['id']],
  ['github_deliveries', ['id']],
  ['digests', ['id']],
  ['unsubscribe_tokens', ['token']],
  ['kept_verdicts', ['key']],
  ['patch_claims', ['patch']],
  ['singletons', ['name']],
  ['source_states', ['source']],
  ['processes', ['name']],
];
export const exportedTables: readonly string[] = tables.map(([table]) => table);
/** Mails are a few kilobytes, and some are megabytes. */
const rowsAtOnce = 100;

/** @param write takes a line; nothing more is read before it is done with it */
export async function exportAll(db: Kysely<Tables>, write: (line: string) => Promise<void>): Promise<void> {
  await db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (tx) => {
      for (const [table, key] of tables)
        for await (const row of rowsOf(tx, table, key))
          await write(`${JSON.stringify({ table, row: withText(row) })}\n`);
    });
}

async function* rowsOf(
  tx: Kysely<Tables>,
  table: string,
  key: readonly string[],
): AsyncGenerator<Record<string, unknown>> {
  const columns = sql.join(key.map((column) => sql.ref(column)));
  let after: readonly unknown[] | null = null;
  for (;;) {
    const behind = after === null ? sql`` : sql`where (${columns}) > (${sql.join(after)})`;
    const { rows } =
      (await sql`select * from ${sql.table(table)} ${behind} order by ${columns} limit ${sql.lit(rowsAtOnce)}`.execute(
        tx,
      )) as { rows: Record<string, unknown>[] };
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < rowsAtOnce) return;
    after = key.map((column) => last[column]);
  }
}

const withText = (row: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, Buffer.isBuffer(value) ? value.toString('base64') : value]),
  );
