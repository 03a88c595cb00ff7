/**
 * A store as after years: so many series with their mails, reviews, decisions and replies, laid down by few statements. The
 * documents are those of real reviews, given in turn.
 */
import { type Kysely, sql } from 'kysely';
import { json, type Tables } from '../store/tables.ts';

export interface ReviewSample {
  readonly answer: string;
  readonly document: { readonly patches: readonly { readonly messageId: string }[] };
}

/** Of the n-th series its first mail, which is its patch as well. */
export const messageIdOf = (n: number) => `${n}.patch@example.org`;

export async function layManySeries(
  db: Kysely<Tables>,
  count: number,
  samples: readonly ReviewSample[],
): Promise<void> {
  const from = sql`from generate_series(1, ${count}::int) as n`;
  const at = sql`timestamptz '2010-01-01' + n * interval '12 hours'`;
  const id = sql`n || '.patch@example.org'`;
  // Three versions of a work follow each other.
  const name = sql`'powerpc/ftrace: rework the ' || (array['trampoline', 'stub', 'call site', 'patch walk'])[1 + n / 3 % 4]
    || ' (' || n / 3 || ')'`;
  const title = sql`'[PATCH v' || 1 + n % 3 || '] ' || ${name}`;
  const raw = sql`convert_to('From: Ada <ada@example.org>' || chr(10) || 'Message-ID: <' || ${id} || '>' || chr(10)
    || 'Subject: ' || ${title} || chr(10) || chr(10) || repeat('A line of the mail. ', 300), 'UTF8')`;
  await sql`insert into threads (id, root, touched_at, analysed_at, state, reason)
    select n, ${id}, ${at}, ${at}, case when n % 100 = 0 then 'parked' else 'analysed' end,
      case when n % 100 = 0 then 'it took more than 900 CPU seconds' end ${from}`.execute(db);
  await sql`insert into message_ids (message_id, thread_id) select ${id}, n ${from}`.execute(db);
  await sql`insert into mails (message_id, content, digest, raw, subject, from_address, sent_at, received_at, thread_id, reused,
      own, relevant, version, part, total, loose, parents)
    select ${id}, 'c' || n, 'd' || n, ${raw}, ${title}, 'ada@example.org', ${at}, ${at}, n, false, false, true, 1 + n % 3, 1, 1,
      false, '{}' ${from}`.execute(db);
  await sql`insert into series (id, thread_id, name, author, version, total, first_message_id, patches, sent_at, answer, reviewed_at)
    select n, n, ${name}, 'ada' || n / 3 % 40 || '@example.org', 1 + n % 3, 1, ${id}, array[${id}], ${at},
      (${samples.map(({ answer }) => answer)}::text[])[1 + n % ${samples.length}::int], ${at} ${from}`.execute(db);
  for (const [index, { answer, document }] of samples.entries()) {
    const own = sql`${from} where n % ${samples.length}::int = ${index}::int`;
    const [text, messageId] = [json(document), document.patches[0]?.messageId ?? ''];
    await sql`insert into reviews (id, thread_id, series_id, analyzer, inputs, inputs_digest, document, created_at)
      select n, n, n, '1', '{}', 'd' || n, replace(${text}::text, ${messageId}::text, ${id})::jsonb, ${at} ${own}`.execute(
      db,
    );
    await sql`insert into verdicts (review_id, message_id, answer, findings)
      select n, ${id}, ${answer}::text, '[]' ${own}`.execute(db);
  }
  await sql`insert into decisions (thread_id, at, what, why, by)
    select n, ${at}, 'finding', 'one finding', 'analysis' ${from}`.execute(db);
  await sql`insert into replies (message_id, parent_message_id, thread_id, series_id, review_id, kind, mode, state, raw,
      recipients, created_at)
    select 'r' || n || '@bot.example.org', ${id}, n, n, n, 'finding', 'post', 'confirmed', ${raw}, '{}', ${at} ${from}
    where n % 3 = 0`.execute(db);
  await sql`insert into disputes (thread_id, series_id, fingerprint, by_address, reason, message_id, at)
    select n, n, 'f' || n, 'bo@example.org', 'It is not reached.', 'x' || n, ${at} ${from} where n % 50 = 0`.execute(
    db,
  );
  for (const table of ['threads', 'series', 'reviews'])
    await sql`select setval(pg_get_serial_sequence(${table}, 'id'), ${count}::int)`.execute(db);
}
