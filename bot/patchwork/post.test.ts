/**
 * Checks on their way to an instance of patchwork: what may be posted, what becomes of it when the instance or the network
 * fails, and that a check is there once whatever happens.
 */
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { Scene } from '../serve/testing/scene.ts';
import { checksIn, insertCheck, type PatchworkCheck, readCheck } from '../store/patchwork-checks.ts';
import { saveReview } from '../store/reviews.ts';
import { supersede } from '../store/series.ts';
import { switchOn } from '../store/switches.ts';
import { onPglite } from '../store/testing/engines.ts';
import { ignoreThread } from '../store/threads.ts';
import { seeded } from '../torture/random.ts';
import { PatchworkClient } from './client.ts';
import { type Disturbance, FakePatchwork } from './fake-patchwork.ts';
import { type CheckPosting, postCheck } from './post.ts';

const context = 'scenario-bot';
const patch = 'p1@example.org';
const day = 24 * 3_600_000;
let fake: FakePatchwork;

before(async () => {
  fake = await FakePatchwork.start();
});
after(() => fake.stop());

const clientOf = (token = 'let-me-in', url = fake.url, timeoutMs = 5_000) =>
  new PatchworkClient({
    ...{ url, project: 'linuxppc-dev', gapMs: 0, timeoutMs, signal: new AbortController().signal },
    token: async () => ({ value: token, problem: null }),
  });

/** A store, and one patch that patchwork knows in two projects. */
class World {
  readonly scene: Scene;
  client: CheckPosting['client'] = clientOf();
  replyId = 0;
  seriesId = 0;
  #reviewId = 0;

  constructor(scene: Scene) {
    this.scene = scene;
  }

  static async begin(scene: Scene): Promise<World> {
    const world = new World(scene);
    world.replyId = await scene.begin({ state: 'sent' });
    world.seriesId = (await scene.reply()).series_id ?? 0;
    const review = { threadId: 1000, seriesId: world.seriesId, analyzer: '1', inputs: {}, document: {}, verdicts: [] };
    world.#reviewId = (await saveReview(scene.store.db, review, scene.time)).id;
    for (const list of [fake.patches, fake.checks, fake.asked]) list.length = 0;
    fake.faults.clear();
    fake.disturb = () => null;
    for (const project of ['linux-trace-kernel', 'linuxppc-dev'])
      fake.patches.push({ id: fake.patches.length + 1, msgid: `<${patch}>`, project });
    return world;
  }

  /** A check that is due, and its job. */
  async want(check: Partial<PatchworkCheck> = {}): Promise<number> {
    const row = await insertCheck(this.scene.store.db, {
      ...{ message_id: patch, context, series_id: this.seriesId, review_id: this.#reviewId, reply_id: this.replyId },
      ...{ result: 'warning', description: 'it goes wrong', target_url: 'https://lore.example.org/r1/', state: 'due' },
      ...{ created_at: this.scene.time, ...check },
    });
    await this.scene.queue.enqueue(this.scene.store.db, 'patchwork', { checkId: row.id }, this.scene.time);
    return row.id;
  }

  /** The jobs that are due, again when one throws, and those that come of them; until there is none, or `most` were run. */
  async work(most = 1_000): Promise<void> {
    const { scene, client } = this;
    for (let done = 0; done < most && scene.jobs.length > 0; done++) {
      scene.jobs.sort((a, b) => a.at.getTime() - b.at.getTime());
      const job = scene.jobs.shift()!;
      if (job.name !== 'patchwork') continue;
      scene.time = new Date(Math.max(scene.time.getTime(), job.at.getTime()));
      const { checkId } = job.data as { checkId: number };
      const posting = { ...scene, store: scene.store, now: scene.now, client };
      await postCheck(checkId, posting).catch((error: Error) => {
        if (error.message !== 'died') throw error;
        scene.jobs.push(job);
      });
    }
  }

  async rows(): Promise<readonly string[]> {
    const rows = await checksIn(this.scene.store.db, ['dry', 'due', 'posted', 'withdrawn', 'parked']);
    return rows.map(({ result, state, error }) => `${result} ${state}${error === null ? '' : `: ${error}`}`);
  }
}

onPglite((bench) => {
  const begin = () => World.begin(new Scene(bench().store));
  const posted = () => fake.checks.map(({ patch: id, state }) => `${id} ${state}`);

  test('a warning, put right later, on the patch of our project', async () => {
    const world = await begin();
    const id = await world.want();
    await world.work();
    await world.want({ result: 'success', reply_id: null, description: 'it holds', target_url: null });
    await world.work();
    assert.deepEqual(posted(), ['2 warning', '2 success']);
    assert.deepEqual(await world.rows(), ['warning posted', 'success posted']);
    const row = await readCheck(world.scene.store.db, id);
    assert.deepEqual([row?.patch_id, row?.check_id, row?.attempts], [2, 1, 1]);
    assert.equal(fake.shown(2, context), 'success');
    assert.deepEqual([...fake.faults], []);
  });

  test('a job that comes twice', async () => {
    const world = await begin();
    const id = await world.want();
    await world.work();
    await postCheck(id, { ...world.scene, store: world.scene.store, now: world.scene.now, client: world.client });
    assert.deepEqual(posted(), ['2 warning']);
  });

  test('a Message-ID with all that means something in a URL', async () => {
    const world = await begin();
    const odd = 'a+b/c%2Fd&e=f#g;h?i!{}é@example.org';
    fake.patches.push({ id: 3, msgid: `<${odd}>`, project: 'linuxppc-dev' });
    await world.want({ message_id: odd });
    await world.work();
    assert.deepEqual(posted(), ['3 warning']);
  });

  /** @param expected rows, and how many requests there were */
  function check(
    name: string,
    arrange: (world: World) => Promise<unknown>,
    expected: string | RegExp,
    { asks = 0, jobs = 1_000 }: { readonly asks?: number; readonly jobs?: number } = {},
  ): void {
    test(name, async () => {
      const world = await begin();
      await arrange(world);
      await world.work(jobs);
      const [row = ''] = await world.rows();
      if (typeof expected === 'string') assert.equal(row, expected);
      else assert.match(row, expected);
      assert.equal(fake.asked.length, asks);
      assert.deepEqual(fake.checks, []);
      assert.deepEqual([...fake.faults], []);
    });
  }
  const replyIs =
    (state: 'dry' | 'held' | 'due' | 'sending' | 'withdrawn' | 'rejected' | 'parked') => async (world: World) =>
      world.want({ reply_id: await world.scene.add({ message_id: 'r2@bot.example.org', state }) });
  for (const state of ['held', 'due', 'sending', 'parked'] as const)
    check(`a reply that is ${state}`, replyIs(state), 'warning due: its mail has not gone out', { jobs: 20 });
  check('a reply that was withdrawn', replyIs('withdrawn'), 'warning withdrawn: its mail was withdrawn');
  check('a reply that was rejected', replyIs('rejected'), 'warning withdrawn: a moderator rejected its mail');
  check('a reply that was a dry run', replyIs('dry'), 'warning withdrawn: its mail was a dry run');
  check('a dry run', (world) => world.want({ state: 'dry' }), 'warning dry');
  check(
    'posting is stopped',
    async (world) => {
      await switchOn(world.scene.store.db, 'posting-stopped', { at: world.scene.time, by: 'x', why: 'y' });
      await world.want();
    },
    'warning due: posting is stopped',
    { jobs: 3 },
  );
  check(
    'a thread that is ignored',
    async (world) => {
      await ignoreThread(world.scene.store.db, 1000, 'asked to');
      await world.want();
    },
    'warning withdrawn: the thread was closed to the bot',
  );
  check(
    'a newer version came before what held was posted',
    async (world) => {
      const newer = await bench()
        .store.db.insertInto('series')
        .values({
          ...{ thread_id: 1000, name: 'x', change_id: null, author: 'a', version: 3, total: 1 },
          ...{ first_message_id: 'p2', patches: ['p2'], superseded_by: null, sent_at: world.scene.time },
        })
        .returning('id')
        .executeTakeFirstOrThrow();
      await supersede(world.scene.store.db, [world.seriesId], newer.id);
      await world.want({ result: 'success', reply_id: null });
    },
    'success withdrawn: there is a newer version',
  );
  check(
    'no instance',
    async (world) => {
      world.client = null;
      await world.want();
    },
    'warning due',
  );

  const to = (token: string, url?: () => string) => async (world: World) => {
    world.client = clientOf(token, url?.());
    await world.want();
  };
  check('a wrong token', to('nope'), /^warning due: patchwork answers 403: .*Invalid token/, { asks: 3, jobs: 3 });
  check('a token of nobody who may', to('stranger'), /^warning due: .*403.*permission/, { asks: 6, jobs: 2 });
  check(
    'nobody there',
    to('let-me-in', () => 'http://127.0.0.1:1'),
    /^warning due: .*does not answer/,
    { jobs: 2 },
  );
  check(
    'an instance that stays away',
    to('let-me-in', () => 'http://127.0.0.1:1'),
    /^warning parked: .*not answer/,
  );
  check(
    'a URL that patchwork takes for none',
    (world) => world.want({ target_url: 'http://bot/x' }),
    /^warning parked: patchwork answers 400: .*Enter a valid URL/,
    { asks: 3 },
  );
  const answers = (disturbance: Disturbance) => async (world: World) => {
    fake.disturb = () => disturbance;
    await world.want();
  };
  const moved = { status: 301, headers: { location: 'https://pw.example.org/' } };
  check('an instance that has moved', answers(moved), /parked: .*301 https:\/\/pw.*set patchwork.url/, { asks: 1 });
  check('a page in place of an answer', answers({ status: 200, body: '<html>' }), /due: .*none of its API/, {
    ...{ asks: 1, jobs: 1 },
  });
  check('a broken shape', answers({ status: 200, body: '[{"id":"x"}]' }), /due: .*none of its API/, {
    asks: 1,
    jobs: 1,
  });

  test('a mail that patchwork has not got yet, and one that it never gets', async () => {
    const world = await begin();
    const [, own] = fake.patches.splice(0);
    await world.want();
    await world.work(4);
    assert.match((await world.rows())[0] ?? '', /^warning due: patchwork has no patch <p1@example.org> .* or not yet/);
    fake.patches.push(own!);
    await world.work();
    assert.deepEqual(posted(), ['2 warning']);
    await world.want({ message_id: 'never@example.org' });
    const begun = world.scene.time.getTime();
    await world.work();
    assert.match((await world.rows())[1] ?? '', /^warning parked: patchwork has no patch <never@example.org>/);
    const tookMs = world.scene.time.getTime() - begun;
    assert.ok(tookMs >= 3 * day && tookMs < 4 * day, `${tookMs / day} days`);
  });

  test('a limit that says for how long', async () => {
    const world = await begin();
    let limits = 1;
    fake.disturb = () => (limits-- > 0 ? { status: 429, headers: { 'retry-after': '3000' } } : null);
    await world.want();
    const begun = world.scene.time.getTime();
    await world.work();
    assert.deepEqual(posted(), ['2 warning']);
    assert.equal(world.scene.time.getTime() - begun, 3_000_000);
  });

  test('one that has the same context beside us', async () => {
    const world = await begin();
    let posts = 0;
    fake.disturb = (request) => {
      if (!request.startsWith('POST') || posts++ > 0) return null;
      // Done, and answered by nothing; then somebody else posts one.
      setTimeout(() => fake.checks.push({ ...fake.checks[0]!, id: 2, username: 'other', state: 'success' }), 20);
      return 'lost';
    };
    await world.want();
    await world.work(1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await world.work();
    assert.deepEqual(posted(), ['2 warning', '2 success']);
    assert.deepEqual(await world.rows(), ['warning posted']);
  });

  const runs = Number(process.env.PATCHWORK_RUNS ?? 200);
  const seed = Number(process.env.PATCHWORK_SEED ?? Math.trunc(Math.random() * 2 ** 31));
  test(`${runs} runs with failures at random end in what is wanted, once (PATCHWORK_SEED=${seed})`, async () => {
    const world = await begin();
    let failures = 0;
    for (let run = 0; run < runs; run++) {
      const random = seeded(seed + run);
      const id = fake.patches.length + 1;
      const message_id = `run${run}@example.org`;
      fake.patches.push({ id, msgid: `<${message_id}>`, project: 'linuxppc-dev' });
      let left = Math.trunc(random() * 12);
      const fails = () => left > 0 && left-- > 0 && random() < 0.7;
      fake.disturb = () => {
        if (!fails()) return null;
        failures++;
        return disturbances[Math.trunc(random() * disturbances.length)]!;
      };
      world.client = dying(clientOf('let-me-in', fake.url, 50), () => left > 0 && random() < 0.1);
      const wanted: string[] = [];
      for (let count = 1 + Math.trunc(random() * 3); count > 0; count--) {
        const result = wanted.at(-1) === 'warning' ? 'success' : 'warning';
        wanted.push(result);
        await world.want({ message_id, result, description: `${result}` });
        // Some are overtaken before they are posted.
        await world.work(random() < 0.5 ? 1_000 : Math.trunc(random() * 3));
      }
      await world.work();
      const there = fake.checks.filter((one) => one.patch === id).map(({ state }) => state);
      const told = `PATCHWORK_SEED=${seed + run}: ${wanted} became ${there}`;
      assert.equal(there.at(-1), wanted.at(-1), told);
      assert.ok(
        there.every((state, index) => state !== there[index - 1]),
        `twice: ${told}`,
      );
      assert.ok(there.length <= wanted.length, told);
    }
    assert.deepEqual([...fake.faults], []);
    assert.ok(failures > runs, `${failures} failures`);
    assert.deepEqual(await checksIn(world.scene.store.db, ['due', 'parked']), []);
  });
});

const disturbances: readonly Disturbance[] = [
  ...(['lost', 'lost', 'lost', 'hang up', 'silence'] as const),
  ...[500, 502, 503, 504, 408, 429, 401].map((status) => ({ status, body: 'no' })),
  { status: 429, headers: { 'retry-after': 'Fri, 02 Jan 2026 03:04:05 GMT' } },
  { status: 201, body: '{"id"' },
];

/** A process that ends between two steps. */
function dying(client: PatchworkClient, dies: () => boolean): NonNullable<CheckPosting['client']> {
  const orDie = async <Value>(step: () => Promise<Value>): Promise<Value> => {
    if (dies()) throw new Error('died');
    const value = await step();
    if (dies()) throw new Error('died');
    return value;
  };
  return {
    patchOf: (id) => orDie(() => client.patchOf(id)),
    checksOf: (id, name) => orDie(() => client.checksOf(id, name)),
    post: (id, body) => orDie(() => client.post(id, body)),
  };
}
