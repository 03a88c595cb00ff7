/** One at a time, whatever happens to the one: sessions of one PostgreSQL, by a way to it that may be cut, and with short times. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { Postgres, postgresAbsent } from '../servers/postgres.ts';
import { Way } from '../servers/way.ts';
import { keyOf } from './lock-session.ts';
import { isEnded, processName } from './process-name.ts';
import { freeOf, type Holding, type SingletonEvent, Singletons, type SingletonTiming } from './singletons.ts';
import { openStore, type Store } from './store.ts';

// Above what a busy machine may keep a process waiting.
const timing = { confirmMs: 100, leaseMs: 2_000, takeoverMs: 2_500, vanishedMs: 2_500 };
const name = 'poster';

test('a process is known to have ended by what it is called, and no other is', async () => {
  assert.equal(isEnded(processName()), false);
  const child = spawn(process.execPath, [
    ...['--input-type=module', '-e'],
    `import { processName } from ${JSON.stringify(import.meta.resolve('./process-name.ts'))};
     console.log(processName()); setInterval(() => {}, 1000);`,
  ]);
  const [said] = await once(child.stdout, 'data');
  const called = String(said).trim();
  assert.equal(isEnded(called), false);
  assert.equal(isEnded(called.replace(/ \S+$/, ' another-boot/pid:[1]')), false);
  // Another that has got its id.
  assert.equal(isEnded(called.replace(/ \d+ (?=\S+$)/, ' 1 ')), true);
  child.kill('SIGKILL');
  await once(child, 'close');
  assert.equal(isEnded(called), true);
  assert.equal(isEnded(''), false);
});

describe('PostgreSQL', { skip: postgresAbsent }, () => {
  let postgres: Postgres;
  let store: Store;
  let url = '';
  const opened: Held[] = [];

  before(async () => {
    postgres = await Postgres.start();
    url = await postgres.database();
    store = (await openStore({ kind: 'server', url }, { holder: 'test' })).store!;
  });
  beforeEach(async () => {
    await Promise.all(opened.splice(0).map(({ singletons }) => singletons.stop(0)));
    await sql`truncate singletons`.execute(store.db);
  });
  after(async () => {
    await Promise.all(opened.map(({ singletons }) => singletons.stop(0)));
    await store.close();
    await postgres.stop();
  });
  const hold = async (at = url, times = timing) => {
    const held = await Held.open(at, times);
    opened.push(held);
    return held;
  };
  const terminate = () =>
    sql`select pg_terminate_backend(pid) from pg_locks
      where locktype = 'advisory' and objid::bigint = ${keyOf(name)}`.execute(store.db);

  test('one has it, another stands by, and has it at once where it is given back', async () => {
    const first = await hold();
    await first.until('held');
    const second = await hold();
    await sleep(3 * timing.confirmMs);
    assert.equal(second.holding, null);
    assert.deepEqual(await freeOf(store, [name, 'other']), ['other']);
    const asked = performance.now();
    await first.singletons.stop(1_000);
    await second.until('held');
    assert.ok(performance.now() - asked < timing.takeoverMs, `${performance.now() - asked} ms`);
  });

  test('a session that is ended: the one has dropped it before the other begins', async () => {
    // Who looks seldom leaves it to the other.
    const first = await hold(url, { ...timing, confirmMs: 1_500 });
    await first.until('held');
    const second = await hold();
    const holding = first.holding!;
    await terminate();
    // It takes it for its own no more as soon as it hears of it, and by its own clock where it does not.
    const [at] = await second.until('held');
    assert.ok(holding.lost.aborted && !holding.isHeld());
    assert.ok(at! > first.lastAt);
    await assert.rejects(store.db.transaction().execute(holding.check), /another process/);
    await store.db.transaction().execute(second.holding!.check);
  });

  test('while what one does is written nobody else begins', async () => {
    const first = await hold();
    await first.until('held');
    const second = await hold();
    const { holding } = first;
    await store.db.transaction().execute(async (tx) => {
      await holding?.check(tx);
      await terminate();
      await sleep(timing.takeoverMs + 1_500);
      assert.deepEqual([first.holding, second.holding], [null, null]);
    });
    while (first.holding === null && second.holding === null) await sleep(10);
  });

  test('a way that is cut: it drops it by its own clock, and the server gives it to another', async (t) => {
    const way = await Way.open(postgres.port);
    t.after(() => way.close());
    const first = await hold(url.replace(`:${postgres.port}`, `:${way.port}`));
    await first.until('held');
    const second = await hold();
    const cut = performance.now();
    way.isCut = true;
    const [lostAt] = await first.until('lost');
    assert.ok(lostAt! - cut < timing.leaseMs + 1_500, `${lostAt! - cut} ms`);
    const [heldAt] = await second.until('held');
    assert.ok(heldAt! > lostAt!);
    way.isCut = false;
    await sleep(5 * timing.confirmMs);
    assert.equal(first.holding, null);
  });

  test('what ends by itself is begun again, and so is what throws', async () => {
    const held = await hold();
    const runs: string[] = [];
    held.singletons.hold('short', async () => {
      runs.push('short');
      if (runs.length === 2) throw new Error('as it happens');
    });
    while (runs.length < 3) await sleep(50);
    assert.ok(held.events.some(({ what, why }) => what === 'failed' && why === 'as it happens'));
  });

  test('what does not end in time is dropped', async () => {
    const held = await hold();
    let isLost = false;
    held.singletons.hold('long', async ({ lost }) => {
      await once(lost, 'abort');
      isLost = true;
    });
    await held.until('held', 2);
    await held.singletons.stop(300);
    await sleep(10);
    assert.ok(isLost);
  });

  test('the time is the database’s', async (t) => {
    const { now } = (await hold()).singletons;
    assert.ok(Math.abs(now().getTime() - Date.now()) < 1_000);
    t.mock.method(Date, 'now', () => performance.timeOrigin + performance.now() + 3_600_000);
    const skewed = await hold();
    assert.ok(Math.abs(skewed.singletons.now().getTime() - (performance.timeOrigin + performance.now())) < 1_000);
  });
});

/** Singletons that hold the name, and write down what becomes of it. */
class Held {
  readonly singletons: Singletons;
  readonly events: SingletonEvent[];
  holding: Holding | null = null;
  /** When it took itself for the holder, the last time. */
  lastAt = 0;
  readonly #at: number[];

  static async open(url: string, times: SingletonTiming): Promise<Held> {
    const [events, at]: [SingletonEvent[], number[]] = [[], []];
    const tell = (event: SingletonEvent) => {
      events.push(event);
      at.push(performance.now());
    };
    const held = new Held(await Singletons.open({ jobs: { connectionString: url } }, tell, times), events, at);
    held.singletons.hold(name, async (holding) => {
      held.holding = holding;
      while (!holding.ending.aborted) {
        if (holding.isHeld()) held.lastAt = performance.now();
        await sleep(10);
      }
      held.holding = null;
    });
    return held;
  }

  private constructor(singletons: Singletons, events: SingletonEvent[], at: number[]) {
    this.singletons = singletons;
    this.events = events;
    this.#at = at;
  }

  /** @returns when it was said */
  async until(what: SingletonEvent['what'], count = 1): Promise<readonly number[]> {
    for (;;) {
      const found = this.#at.filter((_, index) => this.events[index]?.what === what);
      if (found.length >= count) return found;
      await sleep(5);
    }
  }
}
