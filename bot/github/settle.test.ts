/**
 * One issue made as it should be, against the fake server: what people and GitHub do meanwhile, a row each, and a thousand runs at
 * random in which answers are lost, processes die, limits are hit and people meddle. Time is the test's own.
 */
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { Octokit } from 'octokit';
import { type Disturbed, type FakeServer, fakeServer } from '../sources/github/fake-server.ts';
import { GithubClient, type Lanes } from './client.ts';
import type { WantedIssue } from './issue.ts';
import { type IssueTask, lagMs, type Settled, settleIssue } from './settle.ts';
import { FakeIssues, type FakeRepository, login, token } from './testing/fake-issues.ts';
import { randomOf, troubleAt } from './testing/trouble.ts';
import { Tracker } from './tracker.ts';

let clock = Date.parse('2026-03-01T00:00:00Z');
const now = () => new Date(clock);
const world = new FakeIssues(now);
let script: (method: string, path: string) => Disturbed = () => null;
let server: FakeServer;
let requests = 0;

before(async () => {
  server = await fakeServer({
    handlers: world.handlers,
    refuse: (asked) =>
      asked.headers.authorization === `token ${token}`
        ? world.redirect(asked)
        : { status: 401, body: { message: 'Bad credentials' } },
    script: ({ method, path }) => {
      requests++;
      return script(method, path);
    },
    rewrite: world.rewrite,
  });
  world.api = server.api;
});
after(() => server.close());

const lanes: Lanes = { read: (run) => run(), write: (run) => run() };
const quiet = () => {};

/** As one process has it: what it knew goes with it. */
function trackerOf(repository: string): Tracker {
  const octokit = new Octokit({
    ...{ auth: token, baseUrl: server.api, retry: { enabled: false }, throttle: { enabled: false } },
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
  });
  const sleep = async (ms: number) => {
    clock += ms;
  };
  const client = new GithubClient({ octokit, api: server.api, lanes, now, sleep });
  return new Tracker(repository, {
    ...{ client, now },
    login: async () => ({ data: login, moved: false, trouble: null }),
  });
}

let names = 0;
const newRepository = () => world.add(`example/run-${++names}`);
const wanted = (set: Partial<WantedIssue> = {}): WantedIssue => ({
  ...{ key: 'k', title: 'A task resumes on the new word', body: 'It breaks.', labels: ['ftrace'], state: 'open' },
  ...set,
});
const taskOf = (set: Partial<WantedIssue> = {}): IssueTask => ({
  ...{ wanted: wanted(set), number: null, url: null, unsureAt: null },
});

/** As the store and the queue do it: at least once, later where it says so. */
async function converge(task: IssueTask, tracker: Tracker, mostTimes = 60): Promise<Settled> {
  let settled: Settled = { ...task, state: 'later', why: null, notBefore: null };
  for (let times = 0; times < mostTimes && settled.state === 'later'; times++) {
    clock = Math.max(clock + 1_000, settled.notBefore?.getTime() ?? 0);
    settled = await settleIssue({ ...task, ...settled }, tracker, now);
  }
  return settled;
}

const ours = ({ issues }: FakeRepository, key: string) =>
  issues.filter(({ author, body }) => author === login && body.includes(`"key":"${key}"`));

interface Row {
  readonly what: string;
  /** After the first version of the issue was written. */
  readonly meanwhile: (repository: FakeRepository) => void;
  readonly next?: Partial<WantedIssue>;
  readonly state?: Settled['state'];
  readonly why?: RegExp;
  readonly issue?: Readonly<Record<string, unknown>>;
}
const first = ({ issues }: FakeRepository) => issues[0]!;
const rows: readonly Row[] = [
  { what: 'it changes', meanwhile: quiet, next: { title: 'B', body: 'Still.' }, issue: { title: 'B' } },
  {
    what: 'it holds now',
    meanwhile: quiet,
    next: { state: 'closed' },
    issue: { state: 'closed', stateReason: 'completed' },
  },
  {
    what: 'a person gave it another title',
    meanwhile: (repository) => {
      first(repository).title = 'Mine';
    },
    ...{ next: { title: 'B', body: 'Still.' }, why: /another title/, issue: { title: 'Mine' } },
  },
  {
    what: 'a person closed it, and nothing is new',
    meanwhile: (repository) => void Object.assign(first(repository), { state: 'closed', stateReason: 'completed' }),
    ...{ why: /a person closed it/, issue: { state: 'closed' } },
  },
  {
    what: 'a person does not plan it, and a new version still has it',
    meanwhile: (repository) => void Object.assign(first(repository), { state: 'closed', stateReason: 'not_planned' }),
    ...{ next: { body: 'v3 too' }, why: /not planned/, issue: { state: 'closed' } },
  },
  {
    what: 'a label was taken off, another put on',
    meanwhile: (repository) => {
      first(repository).labels = ['Confirmed'];
    },
    ...{ next: { labels: ['ftrace', 'v3'] }, issue: { labels: ['Confirmed', 'v3'] } },
  },
  {
    what: 'a person wrote around our part, in a browser',
    meanwhile: (repository) => {
      first(repository).body = `Mine.\n\n${first(repository).body}\n\nAnd mine.`.replaceAll('\n', '\r\n');
    },
    next: { body: 'v3 too' },
    issue: {},
  },
  {
    what: 'a person wrote all of it anew',
    meanwhile: (repository) => {
      first(repository).body = 'Mine.';
    },
    next: { body: 'v3 too' },
    issue: {},
  },
  {
    what: 'locked, and we may',
    meanwhile: (repository) => {
      first(repository).locked = true;
    },
    ...{ next: { title: 'B' }, why: /is locked/, issue: { title: 'B' } },
  },
  {
    what: 'locked, and we may not',
    meanwhile: (repository) => {
      first(repository).locked = true;
      repository.lockedIsClosed = true;
    },
    ...{ next: { title: 'B' }, state: 'parked', why: /locked, and we may not/ },
  },
  {
    what: 'deleted',
    meanwhile: (repository) => {
      first(repository).fate = 'deleted';
    },
    ...{ next: { title: 'B' }, state: 'left', why: /deleted/ },
  },
  {
    what: 'transferred',
    meanwhile: (repository) => {
      const other = newRepository();
      const moved = world.make(other, { ...first(repository) });
      first(repository).fate = { to: other.name, number: moved.number };
    },
    ...{ next: { title: 'B' }, state: 'left', why: /moved it to example\/run-/ },
  },
  {
    what: 'the repository has another name',
    meanwhile: (repository) => world.rename(repository, `${repository.name}-renamed`),
    ...{ next: { title: 'B' }, issue: { title: 'B' } },
  },
  {
    what: 'issues were turned off',
    meanwhile: (repository) => {
      repository.hasIssues = false;
    },
    ...{ next: { title: 'B' }, state: 'parked', why: /turned off/ },
  },
];
for (const { what, meanwhile, next = {}, state = 'written', why = null, issue = null } of rows)
  test(`an issue: ${what}`, async () => {
    script = () => null;
    const repository = newRepository();
    const name = repository.name;
    const made = await converge(taskOf(), trackerOf(name));
    assert.deepEqual([made.state, made.number], ['written', 1], server.faults.join());
    meanwhile(repository);
    // Of one that is gone, or that a person wrote anew, only its number tells that it was ours.
    const isMarked = state !== 'left' && !/anew|turned off/.test(what);
    for (const task of [{ ...made, wanted: wanted(next) }, ...(isMarked ? [taskOf(next)] : [])]) {
      const settled = await converge(task, trackerOf(name));
      assert.equal(settled.state, state, settled.why ?? '');
      if (why !== null) assert.match(settled.why ?? '', why);
      if (issue !== null) {
        const found = first(repository);
        assert.deepEqual({ ...found, ...issue }, found);
        if (next.body !== undefined) assert.ok(found.body.includes(next.body));
        if (what.includes('around')) assert.match(found.body, /^Mine\..*v3 too.*And mine\.$/s);
        if (what.includes('anew')) assert.match(found.body, /^Mine\.\n\n<!--/);
      }
    }
    assert.ok(ours(repository, 'k').filter(({ fate }) => fate === 'here').length <= 1);
    assert.deepEqual(server.faults, []);
  });

test("a stranger's issue with a copy of our mark is not ours", async () => {
  script = () => null;
  const repository = newRepository();
  await converge(taskOf(), trackerOf(repository.name));
  const { body } = first(repository);
  repository.issues.length = 0;
  world.make(repository, { author: 'mallory', title: 'x', body, labels: [] });
  const settled = await converge(taskOf(), trackerOf(repository.name));
  assert.equal(settled.number, 2);
  assert.equal(repository.issues[0]?.title, 'x');
});

test('what GitHub does not take is parked, in its words', async () => {
  const repository = newRepository();
  const { state, why } = await converge(taskOf({ title: 'x'.repeat(300) }), trackerOf(repository.name));
  assert.deepEqual([state, why], ['parked', '422 Validation Failed']);
});

/** @returns what is wrong; null where all is well */
async function run(seed: number): Promise<string | null> {
  const random = randomOf(seed);
  const repository = newRepository();
  const before = repository.name;
  world.lagMs = random() < 0.5 ? 0 : 30_000;
  const rate = 0.5 * random();
  script = () => (random() < rate ? troubleAt(random, now()) : null);
  let tracker = trackerOf(before);
  const keys = random() < 0.5 ? ['a'] : ['a', 'b'];
  const tasks = new Map(keys.map((key) => [key, taskOf({ key })]));
  const steps = 1 + Math.floor(random() * 3);
  for (let step = 0; step <= steps; step++) {
    // What is wanted changes; in the end it holds still, and nothing is in the way.
    const isEnd = step === steps;
    if (isEnd) {
      script = () => null;
      clock += lagMs;
    }
    for (const key of keys) {
      const task = tasks.get(key)!;
      const isOpen = isEnd || random() < 0.6;
      const want = wanted({ key, title: `${key} v${step}`, body: `v${step}`, state: isOpen ? 'open' : 'closed' });
      const settled = await converge({ ...task, wanted: want }, tracker, isEnd ? 20 : 1 + Math.floor(random() * 3));
      // The process dies before it has kept what came of it; that it began is known.
      const isLost = !isEnd && random() < 0.3;
      tasks.set(key, isLost ? { ...task, unsureAt: now() } : { ...settled, wanted: want });
      if (isLost) tracker = trackerOf(before);
      if (isEnd && settled.state !== 'written') return `${key} is ${settled.state}: ${settled.why}`;
      if (random() < 0.1 && repository.name === before) world.rename(repository, `${before}-renamed`);
      for (const issue of repository.issues) if (random() < 0.1) issue.locked = !issue.locked;
    }
  }
  for (const key of keys) {
    const found = ours(repository, key);
    if (found.length !== 1) return `${found.length} issues of ${key}`;
    const [issue] = found;
    if (issue?.title !== `${key} v${steps}` || issue.state !== 'open') return `${issue?.title} is ${issue?.state}`;
    if (!issue.body.includes(`\nv${steps}\n`)) return `the body of ${key} is old`;
  }
  return null;
}

test('a thousand runs in which answers are lost and processes die: never a second issue, and all is written in the end', async () => {
  const asked = requests;
  const wrong: string[] = [];
  for (let seed = 1; seed <= 1_000; seed++) {
    const why = await run(seed);
    if (why !== null) wrong.push(`seed ${seed}: ${why}`);
  }
  assert.deepEqual(wrong, []);
  assert.deepEqual(server.faults, []);
  // They were runs, and not a thousand times nothing.
  assert.ok(requests - asked > 8_000, String(requests - asked));
});
