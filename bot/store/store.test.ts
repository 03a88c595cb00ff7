/** The store on both engines: opening, schemas, and that a row and its job are one. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import { mailsOfThread } from './mails.ts';
import { migrate } from './migrate.ts';
import { migrations } from './migrations/all.ts';
import { readPositions, savePositions } from './positions.ts';
import { Queue } from './queue.ts';
import { openStore, whyNothingIsKept } from './store.ts';
import type { Tables } from './tables.ts';
import { onBothEngines } from './testing/engines.ts';
import { insertThreads } from './threads.ts';

const now = new Date('2026-01-02T03:04:05.678Z');
const thread = { id: 7, root: 'a@example.org', touched_at: now, state: 'quiet' as const };
const fail = (error: Error) => {
  throw error;
};

test('the queue’s schema is the one that processes of before work on', () => {
  const { pgboss } = JSON.parse(
    readFileSync(import.meta.resolve('pg-boss').replace(/^file:\/\/(.*)dist.*$/, '$1package.json'), 'utf8'),
  );
  // Another one is made by the first process that comes: it takes a migration of ours that names no `oldest`.
  assert.equal(pgboss.schema, 46);
});

onBothEngines((bench, engine) => {
  test('what is written is read as it was', async () => {
    const { db } = bench().store;
    const raw = Buffer.from(Array.from({ length: 512 }, (_, i) => i));
    const hostile = 'é\u{1f600} \\u0000 "\'';
    await insertThreads(db, [{ ...thread, id: 2 ** 40, reason: hostile }]);
    const mail = {
      ...{ message_id: 'a@example.org', content: '', digest: '', raw, subject: hostile, from_address: '' },
      ...{ sent_at: null, received_at: now, thread_id: 2 ** 40, reused: false, own: true, relevant: false },
      ...{ version: 1, part: 2, total: null, loose: false, damage: null, parents: ['b@example.org'] },
    };
    await db.insertInto('mails').values(mail).execute();
    const { id, ...row } = await db.selectFrom('mails').selectAll().executeTakeFirstOrThrow();
    assert.equal(typeof id, 'number');
    assert.ok(Buffer.isBuffer(row.raw));
    assert.deepEqual(row, mail);
    assert.equal((await db.selectFrom('threads').selectAll().executeTakeFirstOrThrow()).reason, hostile);
  });

  test('a database that takes nothing says why', async () => {
    const { store } = bench();
    await store.db.connection().execute(async (db) => {
      const why = () => whyNothingIsKept({ ...store, db });
      assert.equal(await why(), null);
      await sql`set default_transaction_read_only = on`.execute(db);
      assert.equal(await why(), `${store.name} keeps nothing: cannot execute CREATE TABLE in a read-only transaction`);
      await sql`reset default_transaction_read_only`.execute(db);
      assert.equal(await why(), null);
      const { rows } = await sql`select from room`.execute(db);
      assert.equal(rows.length, 0);
    });
  });

  test('a position is the last that was saved, for each mailbox', async () => {
    const { db } = bench().store;
    const at = (mailbox: string, uid: number) => ({
      source: 'work',
      position: { kind: 'imap' as const, mailbox, uidValidity: '123456789012345678901', uid },
    });
    await savePositions(db, [at('INBOX', 1), at('lists', 7), at('INBOX', 2)], now);
    await savePositions(db, [at('INBOX', 3), { source: 'work', position: { kind: 'id' } }], now);
    assert.deepEqual(await readPositions(db, 'work'), [at('INBOX', 3).position, at('lists', 7).position]);
    assert.deepEqual(await readPositions(db, 'other'), []);
  });

  test('a row and its job are committed together, or neither is', async () => {
    const { store } = bench();
    const queue = await Queue.open(store, fail);
    const write = async (tx: Kysely<Tables>, id: number) => {
      await insertThreads(tx, [{ ...thread, id }]);
      await queue.enqueue(tx, 'look', { threadId: id }, now);
    };
    await assert.rejects(
      store.db.transaction().execute(async (tx) => {
        await write(tx, 1);
        throw new Error('not this one');
      }),
      /not this one/,
    );
    await store.db.transaction().execute((tx) => write(tx, 2));
    assert.deepEqual(await jobs(store.db), ['look 2']);
    assert.deepEqual(
      (await store.db.selectFrom('threads').select('id').execute()).map(({ id }) => id),
      [2],
    );
    await queue.stop(0);
  });

  test('one job a row waits, and the later time counts', async () => {
    const { store } = bench();
    const queue = await Queue.open(store, fail);
    const later = new Date(now.getTime() + 60_000);
    await queue.enqueue(store.db, 'look', { threadId: 1 }, now);
    await queue.enqueue(store.db, 'look', { threadId: 1 }, later);
    await queue.enqueue(store.db, 'look', { threadId: 2 }, now);
    await queue.enqueue(store.db, 'analyse', { threadId: 1 }, now);
    assert.deepEqual(await jobs(store.db), ['analyse 1', 'look 1', 'look 2']);
    const { rows } = await sql<{ start_after: Date }>`
      select start_after from pgboss.job where name = 'look' and singleton_key = '1'`.execute(store.db);
    assert.deepEqual(rows, [{ start_after: later }]);
    await queue.stop(0);
  });

  test('a job is run, again where it throws, and wakes its worker at once', async () => {
    const { store } = bench();
    const queue = await Queue.open(store, fail);
    const ran: number[] = [];
    const done = new Promise<void>((resolve) => {
      void queue.work('look', {
        atOnce: 1,
        run: async ({ threadId }) => {
          ran.push(threadId);
          if (ran.length === 1) throw new Error('once');
          if (ran.length === 3) resolve();
        },
      });
    });
    await queue.enqueue(store.db, 'look', { threadId: 1 }, now);
    await queue.enqueue(store.db, 'look', { threadId: 2 }, now);
    await done;
    assert.deepEqual(ran.toSorted(), [1, 1, 2]);
    await queue.stop(1_000);
  });

  // A server's other processes may have it: there, a heart that stopped is waited for.
  test('a job that a killed process was running is run again at once', {
    skip: engine === 'PostgreSQL' && 'not at once',
  }, async () => {
    const { store } = bench();
    const killed = await Queue.open(store, fail);
    await killed.enqueue(store.db, 'post', { replyId: 1 }, now);
    await sql`update pgboss.job set state = 'active', started_on = now()`.execute(store.db);
    await killed.stop(0);
    const next = await Queue.open(store, fail);
    await new Promise<void>((resolve) => {
      void next.work('post', {
        atOnce: 1,
        run: async ({ replyId }) => {
          assert.equal(replyId, 1);
          resolve();
        },
      });
    });
    await next.stop(1_000);
  });

  test('a database of a newer program is left alone, and named', async () => {
    const place = await bench().emptyPlace();
    const { store } = await openStore(place, { holder: 'test' });
    await store!.db
      .insertInto('schema_versions')
      .values({ version: 999, name: 'of the future', applied_at: now })
      .execute();
    await store!.close();
    const { problem } = await openStore(place, { holder: 'test' });
    assert.equal(problem?.kind, 'newer-schema');
    assert.match(problem.text, /has schema 999, and this program knows schema \d+/);
  });

  test('a migration that fails leaves the schema before it, and a later one is made from there', async () => {
    const { store } = await openStore(await bench().emptyPlace(), { holder: 'test' });
    const { db } = store!;
    const last = migrations.at(-1)!.number;
    const next = { number: last + 1, name: 'next', statements: ['create table more (id integer)'] };
    const broken = { ...next, statements: [...next.statements, 'create table more (id integer)'] };
    await assert.rejects(migrate(db, now, [...migrations, broken]), /already exists/);
    await insertThreads(db, [thread]);
    assert.equal(await migrate(db, now, [...migrations, next]), null);
    assert.equal(await migrate(db, now, [...migrations, next]), null);
    assert.deepEqual((await sql`select * from more`.execute(db)).rows, []);
    assert.equal((await migrate(db, now))?.kind, 'newer-schema');
    await store!.close();
  });

  test('a schema that says so is worked on by programs of before, and by no older one', async () => {
    const place = await bench().emptyPlace();
    const { store } = await openStore(place, { holder: 'test' });
    const { db } = store!;
    const last = migrations.at(-1)!.number;
    const wider = { number: last + 1, name: 'wider', oldest: last, statements: ['alter table threads add more text'] };
    const next = { ...wider, number: last + 2, name: 'next', statements: ['create table more (id integer)'] };
    assert.equal(await migrate(db, now, [...migrations, wider, next]), null);
    await insertThreads(db, [thread]);
    await store!.close();
    const again = await openStore(place, { holder: 'test' });
    assert.equal(again.problem, null);
    assert.equal((await migrate(again.store!.db, now, migrations.slice(0, -1)))?.kind, 'newer-schema');
    const last3 = { ...next, number: last + 3, name: 'no way back', oldest: last + 3, statements: [] };
    assert.equal(await migrate(again.store!.db, now, [...migrations, wider, next, last3]), null);
    await again.store!.close();
    assert.equal((await openStore(place, { holder: 'test' })).problem?.kind, 'newer-schema');
  });

  test('who reads all there is, as an export does, holds up nobody who opens it', {
    skip: engine === 'PGlite' && 'one connection',
  }, async () => {
    const { db } = bench().store;
    await db.transaction().execute(async (tx) => {
      await tx.selectFrom('schema_versions').selectAll().execute();
      assert.equal(await Promise.race([migrate(db, now), sleep(1_500, 'it waits')]), null);
    });
  });

  test('a migration lets who works on its table go first', {
    skip: engine === 'PGlite' && 'one connection',
  }, async () => {
    const { store } = await openStore(await bench().emptyPlace(), { holder: 'test' });
    const { db } = store!;
    const number = migrations.at(-1)!.number + 1;
    const wider = { number, name: 'wider', oldest: number - 1, statements: ['alter table threads add more text'] };
    let migrated: Promise<unknown> = Promise.resolve();
    await db.transaction().execute(async (tx) => {
      await insertThreads(tx, [thread]);
      migrated = migrate(db, now, [...migrations, wider]);
      await sleep(2_500);
      // Nobody else is held up by the one that waits.
      await db.selectFrom('threads').selectAll().execute();
    });
    assert.equal(await migrated, null);
    await store!.close();
  });

  test('what was written under schema 1 is there under the newest', async () => {
    const { store } = await openStore(await bench().emptyPlace(), { holder: 'test' });
    const { db } = store!;
    const { rows } = await sql<{ name: string }>`
      select quote_ident(tablename) as name from pg_tables where schemaname = 'public'`.execute(db);
    await sql.raw(`drop table ${rows.map(({ name }) => name).join(', ')} cascade`).execute(db);
    await migrate(db, now, migrations.slice(0, 1));
    for (const statement of [
      `insert into threads (id, root, touched_at, state) values (1, 'a', '2026-01-01Z', 'waiting')`,
      `insert into mails (message_id, content, digest, raw, subject, from_address, received_at, thread_id, reused, own,
        relevant, loose) values ('a', 'c', 'd', 'raw', 's', 'f', now(), 1, false, false, true, false)`,
      `insert into message_ids values ('a', 1)`,
      `insert into series (id, thread_id, name, author, version, total, first_message_id, patches) values
        (1, 1, 'powerpc/ftrace: x', 'ada@example.org', 1, 1, 'a', '{a}'), (2, 1, 'y', 'b', 1, 1, 'absent', '{q}')`,
      `insert into reviews (id, thread_id, series_id, analyzer, inputs, inputs_digest, document, created_at) values
        (1, 1, 1, '1', '{}', 'a', '{}', '2026-01-01Z'), (2, 1, 1, '2', '{}', 'b', '{}', '2026-01-02Z'),
        (3, 1, 2, '2', '{}', 'b', '{}', '2026-01-03Z')`,
      `insert into verdicts values (1, 'a', 'finding', '[]'), (2, 'a', 'silence', '[]'), (2, 'b', 'pass', '[]')`,
    ])
      await sql.raw(statement).execute(db);
    assert.equal(await migrate(db, now), null);
    const [mail] = await mailsOfThread(db, 1);
    assert.deepEqual([mail?.message_id, String(mail?.raw), mail?.relevant, mail?.parents], ['a', 'raw', true, null]);
    const [judged, lost] = await db.selectFrom('series').selectAll().orderBy('id').execute();
    assert.deepEqual([judged?.answer, judged?.reviewed_at?.getTime()], ['pass', Date.UTC(2026, 0, 2)]);
    assert.deepEqual(judged?.sent_at, mail?.received_at);
    assert.deepEqual([lost?.answer, lost?.sent_at.getTime()], ['silence', Date.UTC(2026, 0, 1)]);
    await store!.close();
  });

  test(`${engine}: two that open at once make one schema`, {
    skip: engine === 'PGlite' && 'it is opened once',
  }, async () => {
    const place = await bench().emptyPlace();
    const both = await Promise.all([openStore(place, { holder: 'a' }), openStore(place, { holder: 'b' })]);
    assert.deepEqual(
      both.map(({ problem }) => problem),
      [null, null],
    );
    await Promise.all(both.map(({ store }) => store?.close()));
  });
});

test('migrations are numbered from 1, without gaps', () => {
  assert.deepEqual(
    migrations.map(({ number }) => number),
    migrations.map((_, index) => index + 1),
  );
});

async function jobs(db: Kysely<Tables>): Promise<readonly string[]> {
  const { rows } = await sql<{
    job: string;
  }>`select name || ' ' || singleton_key as job from pgboss.job order by 1`.execute(db);
  return rows.map(({ job }) => job);
}
